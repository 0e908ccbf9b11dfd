import { type DiskLevel, othersPerMs } from '../../domain/watching/disk-trend.ts';
import { toIso } from '../../lib/clock.ts';
import type { Store } from '../../store/store.ts';
import { trafficDay } from './traffic-day.ts';

/** What will become of the models' disk within a day, in bytes. */
export interface DiskForecast {
  /** What is free now, with what is given back as soon as something needs it. */
  readonly freeBytes: number;
  /** Of that: what stays so. */
  readonly floorBytes: number;
  /** What downloads take of it within a day. */
  readonly comingBytes: number;
  /** And what others take, if they go on as in the last hours. */
  readonly othersBytes: number;
}

const DAY_MS = 86_400_000;
/** The trend of so many hours goes on. */
const TREND_MS = 6 * 3_600_000;

/** The levels of the last hours with what came for us until each. */
const levelsOf = (store: Store, now: number): DiskLevel[] => {
  const since = toIso(now - TREND_MS);
  const traffic = store.watching.trafficSince(since);
  let ownBytes = 0;
  let at = 0;
  return store.watching.diskLevelsSince(since).map(({ period, freeBytes }) => {
    // A level is that of the end of its period.
    for (; at < traffic.length && (traffic[at]?.period ?? '') <= period; at += 1) ownBytes += traffic[at]?.bytes ?? 0;
    return { at: Date.parse(period), freeBytes, ownBytes };
  });
};

/**
 * As fast as the best quarter of an hour of the last day was, more does not come within a day; where nothing came, nobody knows, and
 * all of it may.
 * @param disk what is free on it and what shall stay so, in bytes
 */
export const forecastDisk = (
  store: Store,
  { freeBytes, floorBytes }: Pick<DiskForecast, 'freeBytes' | 'floorBytes'>,
  now: number,
): DiskForecast => {
  const fastest = Math.max(...trafficDay(store, undefined, now).bars.map(({ bytesPerSecond }) => bytesPerSecond));
  const most = fastest > 0 ? (fastest * DAY_MS) / 1000 : Infinity;
  return {
    freeBytes: freeBytes + store.storage.removedBytes(),
    floorBytes,
    comingBytes: Math.min(store.watching.bytesComing(), most),
    othersBytes: othersPerMs(levelsOf(store, now)) * DAY_MS,
  };
};

/** Whether less will be left than shall stay free. */
export const willBeFull = ({ freeBytes, floorBytes, comingBytes, othersBytes }: DiskForecast): boolean =>
  freeBytes - comingBytes - othersBytes < floorBytes;
