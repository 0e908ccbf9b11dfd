import { toIso } from '../../lib/clock.ts';
import type { Store } from '../../store/store.ts';

/** What came over the network in a quarter of an hour. */
export interface TrafficBar {
  /** When it began, milliseconds since the epoch. */
  readonly from: number;
  readonly bytes: number;
  /** On average over it, or over as much of it as has passed. */
  readonly bytesPerSecond: number;
}

/** What came over the network in the last day. */
export interface TrafficDay {
  readonly bytes: number;
  /** The oldest first, with those in which nothing came; the last one is the one that runs. */
  readonly bars: readonly TrafficBar[];
}

const BAR_MS = 900_000;
const BARS = 96;
/** Less than this is no basis for a speed. */
const LEAST_MS = 60_000;

/** @param chatId undefined: of everything. @param now milliseconds since the epoch */
export const trafficDay = (store: Pick<Store, 'watching'>, chatId: number | undefined, now: number): TrafficDay => {
  const last = Math.floor(now / BAR_MS) * BAR_MS;
  const first = last - (BARS - 1) * BAR_MS;
  const sums = new Map<number, number>();
  for (const { period, bytes } of store.watching.trafficSince(toIso(first), chatId)) {
    const from = Math.floor(Date.parse(period) / BAR_MS) * BAR_MS;
    sums.set(from, (sums.get(from) ?? 0) + bytes);
  }
  const bars = Array.from({ length: BARS }, (_, at) => {
    const from = first + at * BAR_MS;
    const bytes = sums.get(from) ?? 0;
    const passedMs = from === last ? Math.max(LEAST_MS, now - from) : BAR_MS;
    return { from, bytes, bytesPerSecond: (bytes / passedMs) * 1000 };
  });
  return { bytes: bars.reduce((sum, { bytes }) => sum + bytes, 0), bars };
};
