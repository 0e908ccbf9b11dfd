import { isForNow } from '../../domain/errors.ts';

/** A row that is shown by a message; null: by none. */
interface Shown {
  readonly id: number;
  readonly messageId: number | null;
}

/** Messages that were sent, and of which the database could not be told yet: the same must not be sent once more meanwhile. */
export interface Unnoted {
  /** Writes down which message shows a row; what the database refuses for now is kept here. */
  readonly note: (id: number, messageId: number) => void;
  /** The message that shows a row, as it says itself or as it is kept here. */
  readonly messageOf: (row: Shown) => number | null;
  /** Tries once more to write down what is kept here; to be called with each look. */
  readonly again: () => void;
  /** The row is gone, or its message is. */
  readonly forget: (id: number) => void;
}

/** @param write writes down which message shows a row */
export const createUnnoted = (write: (id: number, messageId: number) => void): Unnoted => {
  const kept = new Map<number, number>();
  /** @returns false: the database refuses */
  const isWritten = (id: number, messageId: number): boolean => {
    try {
      write(id, messageId);
      return true;
    } catch (error) {
      if (!isForNow(error)) throw error;
      return false;
    }
  };
  return {
    note: (id, messageId) => {
      kept.set(id, messageId);
      if (isWritten(id, messageId)) kept.delete(id);
    },
    messageOf: ({ id, messageId }) => messageId ?? kept.get(id) ?? null,
    again: () => {
      for (const [id, messageId] of kept) {
        // It would refuse the others too.
        if (!isWritten(id, messageId)) return;
        kept.delete(id);
      }
    },
    forget: (id) => void kept.delete(id),
  };
};
