import { setImmediate as breathe } from 'node:timers/promises';
import { offsetMs } from '../../domain/schedule/timezone.ts';
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
  const since = toIso(now - DAYS * DAY_MS);
  const came = new Map(
    store.storage
      .dailyBytes({ since, shiftMinutes: Math.round(shift / MINUTE_MS) }, chatId)
      .map((day) => [day.date, day.bytes]),
  );
  return {
    models,
    rest: {
      copies: sum.copies - models.length,
      sizeBytes: sum.sizeBytes - models.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    },
    days: dates.map((date) => ({ date, bytes: came.get(date) ?? 0 })),
  };
};
