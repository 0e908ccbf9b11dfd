import { setImmediate as breathe } from 'node:timers/promises';
import { changeBetween, offsetMs } from '../../domain/schedule/timezone.ts';
import { toIso } from '../../lib/clock.ts';
import type { StoredCount } from '../../store/storage/storage-sums.ts';
import type { Store } from '../../store/store.ts';
import type { Times } from '../model-view.ts';
import type { StoredModel } from './storage.ts';

/** A day of the chat's calendar. */
export interface DayBytes {
  /** `2026-11-29` */
  readonly date: string;
  /** What came from the network. */
  readonly bytes: number;
}

/** What a picture shows, and the words beside it. */
export interface StorageFigures {
  /** The largest models. */
  readonly models: readonly StoredModel[];
  /** Of all the others. */
  readonly rest: StoredCount;
  /** The last thirty, the oldest first, with those on which nothing came. */
  readonly days: readonly DayBytes[];
}

const SHOWN_MOST = 12;
const DAYS = 30;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A stretch of time in which the clocks of a zone are as far ahead of UTC throughout. */
interface Stretch {
  readonly since: number;
  /** undefined: it is now. */
  readonly until: number | undefined;
  readonly shift: number;
}

/** Days are those of the calendar there: where the clocks were changed meanwhile, what came before is counted by those of then. */
const stretchesOf = (from: number, now: number, timezone: string): readonly Stretch[] => {
  const stretches: Stretch[] = [];
  let since = from;
  for (let at = from; at < now; at += DAY_MS) {
    const [shift, next] = [offsetMs(at, timezone), Math.min(at + DAY_MS, now)];
    if (offsetMs(next, timezone) === shift) continue;
    const until = changeBetween(at, next, timezone);
    stretches.push({ since, until, shift });
    since = until;
  }
  return [...stretches, { since, until: undefined, shift: offsetMs(now, timezone) }];
};

/** Everything else has its turn between the rows of copies and those of a month of downloads. @param chatId undefined: of all chats */
export const storageFigures = async (
  store: Store,
  chatId: number | undefined,
  { timezone, now }: Times,
): Promise<StorageFigures> => {
  const sum = store.storage.countStored(chatId);
  const models = store.storage
    .listStored({ limit: SHOWN_MOST, offset: 0 }, chatId)
    .flatMap(({ modelId, ...stored }) => {
      const model = store.models.getModel(modelId);
      return model ? [{ ...stored, model }] : [];
    });
  await breathe();
  const shift = offsetMs(now, timezone);
  const dates = Array.from({ length: DAYS }, (_, at) => toIso(now + shift - (DAYS - 1 - at) * DAY_MS).slice(0, 10));
  const came = new Map<string, number>();
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  // The first of these days may have an hour more.
  for (const stretch of stretchesOf(minute - (DAYS + 1) * DAY_MS, minute, timezone)) {
    const [since, until] = [toIso(stretch.since), stretch.until === undefined ? undefined : toIso(stretch.until)];
    const shiftMinutes = Math.round(stretch.shift / MINUTE_MS);
    for (const { date, bytes } of store.storage.dailyBytes({ since, until, shiftMinutes }, chatId))
      came.set(date, (came.get(date) ?? 0) + bytes);
    await breathe();
  }
  return {
    models,
    rest: {
      copies: sum.copies - models.length,
      sizeBytes: sum.sizeBytes - models.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    },
    days: dates.map((date) => ({ date, bytes: came.get(date) ?? 0 })),
  };
};
