import type { FormattedString } from '@grammyjs/parse-mode';
import type { Api } from 'grammy';
import type { Clock } from '../../../lib/clock.ts';
import type { Log } from '../../../lib/log.ts';
import type { Sending } from '../../../library/sending/sending.ts';
import type { Queue } from '../../../queue/queue.ts';
import type { FileSend } from '../../../store/messages/file-sends.ts';
import type { Store } from '../../../store/store.ts';
import { apiFailure } from '../../telegram/api-failure.ts';
import type { CallBudget } from '../../telegram/call-budget.ts';
import { leaveAlone } from '../../telegram/too-many-requests.ts';
import { createUnnoted } from '../unnoted.ts';
import { threadOf } from './thread.ts';
import { progressText } from './text.ts';

export interface SendFilesDeps {
  /** An Api without automatic retries. */
  readonly api: Api;
  /** The same for one call that may take so long. */
  readonly apiFor: (timeoutSeconds: number) => Api;
  /** What it is called over is a Bot API server of one's own. */
  readonly isOwnServer: boolean;
  /** The bot's number at Telegram. */
  readonly botId: number;
  readonly store: Store;
  readonly sending: Sending;
  readonly queue: Pick<Queue, 'lookAt'>;
  readonly budget: CallBudget;
  readonly clock: Clock;
  readonly log: Log;
}

/** How far files are that are on their way, as messages: for what takes so long that somebody wonders. */
export interface Progress {
  /** So many bytes of it have gone into the call. */
  readonly read: (id: number, bytes: number) => void;
  /** Nothing of it is under way any more. */
  readonly ended: (id: number) => void;
  /** Draws what has changed and may be drawn. */
  readonly draw: () => void;
  /** The message that says how far it is; null: there is none. */
  readonly messageOf: (send: FileSend) => number | null;
  /** Resolves when its message is not being drawn; until the next `read` or `draw` it stays as it is. */
  readonly drawn: (id: number) => Promise<void>;
  readonly forget: (id: number) => void;
  readonly close: () => Promise<void>;
}

/** What comes sooner needs no message that says so. */
const WONDER_MS = 3000;
const SHOWN_MOST = 100;

/** Keeps a message for each file that takes its time: sent once it does, edited within the budget of calls. */
export const createProgress = (deps: SendFilesDeps): Progress => {
  const { api, store, sending, budget, clock, log } = deps;
  const bytes = new Map<number, number>();
  const shown = new Map<number, string>();
  const drawing = new Map<number, Promise<void>>();
  const unnoted = createUnnoted(store.fileSends.setProgressMessage);
  /** When each was first seen here. */
  const since = new Map<number, number>();

  const put = async (send: FileSend, { text, entities }: FormattedString): Promise<void> => {
    const { id, chatId } = send;
    const messageId = unnoted.messageOf(send);
    try {
      if (messageId !== null) await api.editMessageText(chatId, messageId, text, { entities });
      else {
        const message = await api.sendMessage(chatId, text, {
          entities,
          disable_notification: true,
          ...threadOf(send),
        });
        unnoted.note(id, message.message_id);
      }
      shown.set(id, text);
    } catch (error) {
      const failure = apiFailure(error);
      if (failure.kind === 'wait') leaveAlone(deps, chatId, failure.ms);
      else {
        // The file comes all the same: how far it is can be said the next time, or not at all.
        shown.set(id, text);
        if (failure.kind !== 'unchanged')
          log.debug({ err: error, chat: chatId }, 'How far a file is could not be said');
      }
    } finally {
      drawing.delete(id);
    }
  };

  const drawOne = (send: FileSend): void => {
    const { id, chatId, failure } = send;
    const now = clock.monotonic();
    const seen = since.get(id) ?? now;
    since.set(id, seen);
    if (failure !== null || drawing.has(id) || (unnoted.messageOf(send) === null && now - seen < WONDER_MS)) return;
    const of = sending.wanted(send);
    const text = of && progressText(of, bytes.get(id), send.attempts > 0);
    if (text === undefined || text.text === shown.get(id) || !budget.allows(chatId, 'progress', now)) return;
    budget.spend(chatId, 'progress', now);
    drawing.set(id, put(send, text));
  };

  const forget = (id: number): void => {
    for (const map of [bytes, shown, since]) map.delete(id);
    unnoted.forget(id);
  };

  return {
    read: (id, read) => void bytes.set(id, read),
    ended: (id) => void bytes.delete(id),
    draw: () => {
      unnoted.again();
      for (const send of store.fileSends.listFileSends(SHOWN_MOST)) drawOne(send);
    },
    messageOf: unnoted.messageOf,
    drawn: async (id) => drawing.get(id),
    forget,
    close: async () => {
      await Promise.all(drawing.values());
    },
  };
};
