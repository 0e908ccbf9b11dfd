import type { ConversationFlavor } from '@grammyjs/conversations';
import type { Context } from 'grammy';
import type { App } from '../domain/apps/app.ts';
import type { Clock } from '../lib/clock.ts';
import type { LogReader } from '../lib/log-entries.ts';
import type { Log } from '../lib/log.ts';
import type { Adding } from '../library/adding/add.ts';
import type { Importing } from '../library/moving/importing.ts';
import type { ChatSchedules } from '../library/schedules/chat-schedules.ts';
import type { Checking } from '../library/checking/checking.ts';
import type { HostDoor } from '../library/hosts/joining.ts';
import type { Configuration } from '../library/configuration/configuration.ts';
import type { Finding } from '../library/finding/finding.ts';
import type { Backups } from '../library/keeping/backups.ts';
import type { Storage } from '../library/storage/storage.ts';
import type { Sending } from '../library/sending/sending.ts';
import type { TalkDesk } from '../library/talks/talks.ts';
import type { StatusDesk } from '../library/watching/status.ts';
import type { Verifying } from '../library/verifying/verifying.ts';
import type { RenewalsDesk } from '../library/renewals/renewals.ts';
import type { Quotas } from '../people/quotas.ts';
import type { Refusals } from '../people/refusals.ts';
import type { PersonalTokens } from '../people/tokens/personal-tokens.ts';
import type { Queue } from '../queue/queue.ts';
import type { Settings } from '../settings/settings.ts';
import type { Store } from '../store/store.ts';
import type { Documents } from './telegram/files/documents.ts';
import type { Noting } from './noted.ts';

/** What dialogues know of their update. */
interface Keeping {
  /** @throws AppError busy: what a dialogue comes to cannot be kept just now */
  checkKeeping?: () => void;
}

export type Ctx = ConversationFlavor<Context> & Noting & Keeping;

/** How long READMEs may take. */
export interface ReadmeTimes {
  /** To be laid out, in milliseconds of a processor's time. */
  readonly mostMs: number;
  /** Before it is said that one is being made ready, in milliseconds. */
  readonly atOnceMs: number;
}

/** What features are made of; each takes the part it needs. */
export interface BotDeps {
  readonly store: Store;
  readonly queue: Queue;
  readonly adding: Adding;
  /** Files with models, and what people decide about them. */
  readonly importing: Importing;
  /** What people search for, and what is found. */
  readonly finding: Finding;
  /** What is read again. */
  readonly verifying: Verifying;
  /** What is looked into: is it whole, does it fit. */
  readonly checking: Checking;
  /** Talks that people have with models. */
  readonly talks: TalkDesk;
  /** Files of models, for chats that want to have them. */
  readonly sending: Sending;
  /** The largest document that may be sent, in bytes. */
  readonly documentMost: number;
  /** Newer commits of what chats have. */
  readonly renewals: RenewalsDesk;
  /** What people have given for what they add. */
  readonly tokens: PersonalTokens;
  readonly documents: Documents;
  /** Aborts when the bot ends: for what goes on behind a handler. */
  readonly ending: AbortSignal;
  /** A message of the bot's that stays however long its chat is still. */
  readonly keepMessage: (chatId: number, messageId: number) => void;
  /** Copies of the database. */
  readonly backups: Pick<Backups, 'request'>;
  /** What takes room on the disk. */
  readonly storage: Storage;
  /** How everything is. */
  readonly status: StatusDesk;
  /** What people do to the schedules of their chats. */
  readonly schedules: ChatSchedules;
  /** Of the whole system, and of each chat. */
  readonly settings: Settings;
  /** What people and groups may have. */
  readonly quotas: Quotas;
  /** The system's settings, as owners see and change them. */
  readonly configuration: Configuration;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
  /** The address of the Hub that is asked instead of huggingface.co; undefined: that one is. */
  readonly ownHub?: string | undefined;
  /** Programs beside hubgram that models can be linked to. */
  readonly apps: readonly App[];
  /** Of READMEs, if they are not to have the usual ones. */
  readonly readmeTimes?: ReadmeTimes | undefined;
  /** How long whoever links a model waits for it, in milliseconds; two seconds if not given. */
  readonly linkMostMs?: number | undefined;
  /** What is refused is counted. */
  readonly refusals: Refusals;
  /** Where other machines come in, if hubgram knows a Redis. */
  readonly hostDoor?: HostDoor | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** What it has told. */
  readonly logs: LogReader;
}
