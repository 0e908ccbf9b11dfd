import type { Transformer } from 'grammy';
import { isForNow } from '../../domain/errors.ts';
import { toIso } from '../../lib/clock.ts';
import type { ClearableMessage } from '../../store/messages/clearing.ts';
import type { BotDeps } from '../context.ts';

/** What the bot has sent and was told by commands, noted as rows a little later: many by one write. */
export interface SentMessages {
  /** Notes what the calls of an Api send. @param userId whom that answers */
  readonly transformer: (userId?: number) => Transformer;
  readonly note: (message: Omit<ClearableMessage, 'sentAt'>) => void;
  /** Somebody wants it to stay. */
  readonly keep: (chatId: number, messageId: number) => void;
  /** Writes down what is noted. */
  readonly close: () => void;
}

/** At most one write in so long, however much is sent: nobody waits for it, and it is no more to flush than what else is written. */
const WRITE_MS = 1000;
/** Before a write that the database refused is tried again. */
const AGAIN_MS = 5000;
/** On a disk that stays full the oldest are forgotten: they stay in their chats. */
const NOTED_MOST = 10_000;

interface Sent {
  readonly message_id: number;
  readonly chat: { readonly id: number };
}

/** A document is what somebody asked for to keep it. */
const NOT_NOTED: ReadonlySet<string> = new Set(['sendDocument', 'sendChatAction']);

const sentBy = (method: string, result: unknown): Sent | undefined =>
  method.startsWith('send') && !NOT_NOTED.has(method) && typeof result === 'object' && result !== null
    ? (result as Sent)
    : undefined;

/** @param log told of writes that the database refuses */
export const createSentMessages = ({ store, clock, log }: Pick<BotDeps, 'store' | 'clock' | 'log'>): SentMessages => {
  const noted = new Map<string, ClearableMessage>();
  let timer: NodeJS.Timeout | undefined;

  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const messages = [...noted.values()];
    if (messages.length === 0) return;
    try {
      store.clearing.noteMessages(messages);
      noted.clear();
    } catch (error) {
      if (!isForNow(error)) log.warn({ err: error, messages: messages.length }, 'What was sent could not be noted');
      timer = setTimeout(write, AGAIN_MS).unref();
    }
  };

  const note = (message: Omit<ClearableMessage, 'sentAt'>): void => {
    const [oldest] = noted.keys();
    if (noted.size >= NOTED_MOST && oldest !== undefined) noted.delete(oldest);
    noted.set(`${message.chatId} ${message.messageId}`, { ...message, sentAt: toIso(clock.now()) });
    timer ??= setTimeout(write, WRITE_MS).unref();
  };

  return {
    transformer: (userId) => async (call, method, payload, signal) => {
      const answer = await call(method, payload, signal);
      const sent = answer.ok ? sentBy(method, answer.result) : undefined;
      if (sent) note({ chatId: sent.chat.id, messageId: sent.message_id, userId: userId ?? null, command: false });
      return answer;
    },
    note,
    keep: (chatId, messageId) => {
      noted.delete(`${chatId} ${messageId}`);
      store.clearing.keepMessages(chatId, [messageId]);
    },
    close: () => {
      write();
      clearTimeout(timer);
    },
  };
};
