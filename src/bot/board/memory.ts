import { isForNow } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Drawing, Slot } from './slots.ts';

/** What has become of a slot's message. */
export interface News {
  /** It stands in this message from now on; null: that message is gone. Left out: where it stood. */
  readonly messageId?: number | null;
  /** It did not go to the slot's topic, which is closed or gone, but to the chat itself. */
  readonly hasLeftThread?: boolean;
  /** This is on the screen. */
  readonly drawing?: Drawing;
}

/**
 * What is on the screen, as far as the database could not be told: on a full disk Telegram takes what is sent, and
 * nobody would know of it at the next look, so that the same card would be sent again and again.
 */
export interface Memory {
  /** Writes it down, or keeps it in mind until that works. Never throws. */
  readonly note: (slot: Slot, news: News) => void;
  /** Tries to write down what is kept in mind. */
  readonly writeDown: () => void;
  /** The slots as the rows would say if all of it were written. */
  readonly correct: (slots: readonly Slot[]) => Slot[];
}

interface Kept extends News {
  readonly slot: Slot;
}

const write = ({ slot, messageId, hasLeftThread, drawing }: Kept): void => {
  if (hasLeftThread) slot.leaveThread();
  if (messageId !== undefined) slot.sent(messageId);
  drawing?.drew();
};

const corrected = (slot: Slot, { messageId = slot.messageId, drawing }: Kept): Slot => ({
  ...slot,
  messageId,
  drawn: drawing?.content ?? null,
});

/**
 * Nothing is known yet of what is on the screen but what the rows say.
 * @param log told of writes that the database refuses
 */
export const createMemory = (log: Log): Memory => {
  const kept = new Map<string, Kept>();
  return {
    note: (slot, news) => {
      // A drawing of a message that has gone since is none.
      const one: Kept = news.messageId === null ? { slot, ...news } : { ...kept.get(slot.key), slot, ...news };
      try {
        write(one);
        kept.delete(slot.key);
      } catch (error) {
        if (!kept.has(slot.key))
          log.warn({ err: error, slot: slot.key }, 'What a card shows could not be written down');
        kept.set(slot.key, one);
      }
    },
    writeDown: () => {
      for (const [key, one] of kept) {
        try {
          write(one);
          kept.delete(key);
        } catch (error) {
          // As before; it was told of then. Of a full disk or a busy database, the others would be refused as well.
          if (isForNow(error)) return;
        }
      }
    },
    correct: (slots) =>
      slots.map((slot) => {
        const one = kept.get(slot.key);
        return one ? corrected(slot, one) : slot;
      }),
  };
};
