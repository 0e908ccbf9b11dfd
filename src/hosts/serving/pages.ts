import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { Page } from '../wire/questions.ts';

/** Whoever does not ask for the next page within this has gone. */
const KEPT_MS = 60_000;
/** So many lists at once: the one nobody has asked for longest goes for another one. */
const OPEN_MOST = 32;
/** A page has as many items as come within this, and at least one. */
const PAGE_MS = 500;
const PAGE_ITEMS = 50;
/** What an item may be long in itself. */
const PAGE_CHARS = 200_000;

interface Open {
  readonly items: AsyncIterator<object>;
  readonly stop: AbortController;
  usedAt: number;
}

/** Lists without a bound, told page by page to whoever asks for the next one. */
export interface Pages {
  /** @throws AppError unavailable: there is no such cursor any more */
  readonly next: <Item extends object>(
    cursor: string | undefined,
    begin: (signal: AbortSignal) => AsyncIterable<Item>,
  ) => Promise<Page<Item>>;
  readonly leave: (cursor: string) => void;
  readonly close: () => void;
}

/** @param clock measures for how long nobody has asked */
export const createPages = (clock: Pick<Clock, 'monotonic'>): Pages => {
  const opened = new Map<string, Open>();

  const leave = (cursor: string): void => {
    const one = opened.get(cursor);
    opened.delete(cursor);
    one?.stop.abort(new Error('nobody wants the rest'));
  };
  const leaveOld = (): void => {
    for (const [cursor, { usedAt }] of opened) {
      if (clock.monotonic() - usedAt > KEPT_MS || opened.size >= OPEN_MOST) leave(cursor);
    }
  };
  const begin = (list: (signal: AbortSignal) => AsyncIterable<object>): Open => {
    leaveOld();
    const stop = new AbortController();
    return { items: list(stop.signal)[Symbol.asyncIterator](), stop, usedAt: 0 };
  };
  const take = (cursor: string): Open => {
    const one = opened.get(cursor);
    if (!one) throw new AppError('unavailable', 'That list was not asked for any further for too long. Try again.');
    // Two that ask for the same page would get half of it each.
    opened.delete(cursor);
    return one;
  };

  return {
    next: async <Item extends object>(
      cursor: string | undefined,
      list: (signal: AbortSignal) => AsyncIterable<Item>,
    ): Promise<Page<Item>> => {
      const one = cursor === undefined ? begin(list) : take(cursor);
      const items: Item[] = [];
      const since = clock.monotonic();
      let chars = 0;
      while (
        items.length < PAGE_ITEMS &&
        chars < PAGE_CHARS &&
        (items.length === 0 || clock.monotonic() - since < PAGE_MS)
      ) {
        const { done, value } = (await one.items.next()) as IteratorResult<Item>;
        if (done === true) return { items };
        items.push(value);
        chars += JSON.stringify(value).length;
      }
      const next = cursor ?? randomUUID();
      one.usedAt = clock.monotonic();
      opened.set(next, one);
      return { cursor: next, items };
    },
    leave,
    close: () => opened.keys().forEach(leave),
  };
};
