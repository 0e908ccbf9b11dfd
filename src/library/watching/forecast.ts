import { THIS_HOST } from '../../domain/hosts/host.ts';
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
  /** What downloads take of it within a day; at most so much where there is room for it. */
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

/** Whether less will be left than shall stay free. */
export const willBeFull = ({ freeBytes, floorBytes, comingBytes, othersBytes }: DiskForecast): boolean =>
  freeBytes - comingBytes - othersBytes < floorBytes;

/** A disk and what it may hold, in bytes. */
interface DiskNow extends Pick<DiskForecast, 'freeBytes' | 'floorBytes'> {
  /** All models together; undefined: as much as there is room for. */
  readonly maxTotalBytes: number | undefined;
}

/**
 * More does not come within a day than the best quarter of an hour of the last day would bring; where nothing came, nobody knows,
 * and all of it may. Nor does more than all models together may take.
 */
export const forecastDisk = (
  store: Store,
  { freeBytes, floorBytes, maxTotalBytes = Infinity }: DiskNow,
  now: number,
): DiskForecast => {
  const fastest = Math.max(...trafficDay(store, undefined, now).bars.map(({ bytesPerSecond }) => bytesPerSecond));
  const perDay = fastest > 0 ? (fastest * DAY_MS) / 1000 : Infinity;
  const most = Math.min(perDay, Math.max(0, maxTotalBytes - store.storage.countStored(undefined, THIS_HOST).sizeBytes));
  const forecast = (comingBytes: number): DiskForecast => ({
    freeBytes: freeBytes + store.storage.removedBytes(),
    floorBytes,
    comingBytes: Math.min(comingBytes, most),
    othersBytes: othersPerMs(levelsOf(store, now)) * DAY_MS,
  });
  const worst = forecast(store.watching.bytesComingAtMost());
  return willBeFull(worst) ? forecast(store.watching.bytesComing()) : worst;
};
