import type { App } from '../domain/apps/app.ts';
import type { FilesInBrief } from '../domain/files/loads/files-in-brief.ts';
import type { Host } from '../domain/hosts/host.ts';
import type { Model } from '../domain/model.ts';
import type { StatusWord } from '../domain/states/model.ts';
import type { DownloadSession } from '../domain/session.ts';
import type { Waiting } from '../domain/waiting.ts';
import type { WallClock } from '../lib/clock.ts';
import type { LiveSnapshot } from '../queue/run/live.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { type AppView, appsOf } from './apps/app-view.ts';
import { type CheckView, type CheckViewDeps, checkViewOf } from './checking/check-view.ts';
import { hostsLeft, stillOn } from './hosts/elsewhere.ts';
import { briefOf } from './files-in-brief.ts';

/** Whose clock tells when something opens. */
export interface Times {
  /** IANA. */
  readonly timezone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Everything that is to be seen of a model: the row, what belongs to it, and the live numbers while bytes arrive. */
export interface ModelView extends Times {
  readonly model: Model;
  readonly brief: FilesInBrief;
  /** The newest session, if there was one. */
  readonly session: DownloadSession | undefined;
  /** Set while it runs. */
  readonly snapshot: LiveSnapshot | undefined;
  /** What it waits for; undefined if it has ended, or runs on a host that is there. */
  readonly waiting: Waiting | undefined;
  /** What keeps it from going on that its row does not know of, as a sentence; set while it runs. */
  readonly trouble?: string | undefined;
  /** What will be free on the disk when it has come, everything counted that comes before it; set while it waits. */
  readonly freeAfterBytes?: number | undefined;
  /** Programs that it is, or shall be, linked to. */
  readonly apps: readonly AppView[];
  /** Programs that may take it, and do not have it. */
  readonly appsLeft: readonly App[];
  /** Machines that it could be brought onto besides; set when it is complete. */
  readonly hostsLeft?: readonly Host[];
  /** The machine on which it lies until it has come to the one that it moves to. */
  readonly stillOn?: Host | undefined;
  /** Of an adapter: the number of the model that it is for, if its library has that completely. */
  readonly baseId?: number | undefined;
  /** What was found, or is being found, inside its files; undefined if nobody has asked. */
  readonly check?: CheckView | undefined;
  /** Others who want to be told; set in groups. */
  readonly followers?: number;
}

export interface ViewDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'snapshot' | 'waitingOf' | 'freeAfter' | 'trouble'>;
  readonly checking: CheckViewDeps['checking'];
  readonly apps: readonly App[];
  readonly clock: WallClock;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
}

/** The clock of a chat; the bot's own if it has none. */
export const timesOf = (
  { store, timezone, clock }: Omit<ViewDeps, 'queue' | 'apps' | 'checking'>,
  chatId: number,
): Times => ({
  timezone: store.schedules.timezoneOf(chatId) ?? timezone,
  now: clock.now(),
});

/** What people call its status: the column of what was cancelled says `paused`. */
export const statusWord = ({ models }: Store, { id, status }: Model): StatusWord =>
  status === 'paused' && models.isCancelled(id) ? 'cancelled' : status;

const baseOf = ({ models }: Store, { chatId, status }: Model, { loads }: FilesInBrief): number | undefined => {
  if (status !== 'completed' || loads.kind !== 'peft' || loads.base === undefined) return undefined;
  return models.modelsNamed(chatId, [loads.base]).find((base) => base.status === 'completed')?.id;
};

/** A model as it is right now. */
export const viewOf = (deps: ViewDeps, model: Model): ModelView => {
  const { store, queue } = deps;
  const { id, chatId, status } = model;
  const brief = briefOf(store, model);
  return {
    model,
    brief,
    ...appsOf(deps, model, brief.loads),
    session: store.sessions.sessionOf(model),
    snapshot: status === 'downloading' ? queue.snapshot(id) : undefined,
    waiting: queue.waitingOf(model),
    check: checkViewOf(deps, model),
    ...(status === 'pending' ? { freeAfterBytes: queue.freeAfter(id, model.hostId) } : {}),
    ...(status === 'completed' ? { hostsLeft: hostsLeft(store, model) } : {}),
    stillOn: stillOn(store, model),
    baseId: baseOf(store, model, brief),
    ...(chatId < 0 ? { followers: store.followers.followersOf(id).length } : {}),
    trouble: status === 'downloading' ? queue.trouble(id) : undefined,
    ...timesOf(deps, chatId),
  };
};
