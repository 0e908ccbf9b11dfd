import { LAPSE_MS } from '../lib/lapse.ts';

/** How far back speed is looked at, in milliseconds. */
const WINDOW_MS = 15_000;
/** Less than this is no basis for a speed. */
const LEAST_MS = 1500;
/** After a standstill all that has come meanwhile is read at once. So long that is no speed of the network. */
const SETTLE_MS = 3000;
/** Nothing moved for so long: there is no honest time left. */
const STILL_MS = 5000;

/** What a transfer says of itself at one moment, in bytes. */
export interface Reading {
  /** On disk or received, of all that is wanted. */
  readonly ready: number;
  /** From the network so far; never less than before. */
  readonly received: number;
}

/** Measures one run. Times are those of a clock that only goes forward, handed in. */
export interface Meter {
  readonly sample: (reading: Reading, now: number) => void;
  /** The bytes to show as there; goes back only if data was truly thrown away. */
  readonly ready: () => number;
  /** Bytes per second over the last 15 s or so; undefined until there is enough to say. */
  readonly bytesPerSecond: (now: number) => number | undefined;
  /** Milliseconds until all of `total` is there; undefined while nothing moves. */
  readonly etaMs: (total: number, now: number) => number | undefined;
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** Speed over a sliding window. */
const createSpeed = () => {
  let samples: Sample[] = [];
  let movedAt: number | undefined;
  let settledAt = Number.NEGATIVE_INFINITY;
  return {
    sample: (bytes: number, now: number): void => {
      const last = samples.at(-1);
      // Nobody looked for so long: the program stood still, which is no slowness of the network either.
      if (last && now - last.at > LAPSE_MS) settledAt = now + SETTLE_MS;
      if (now < settledAt) movedAt = undefined;
      else if (last && bytes > last.bytes) movedAt = now;
      // What went before the first byte (files were checked, the Hub was asked) is not slowness of the network.
      if (movedAt === undefined) samples = [];
      samples.push({ at: now, bytes });
      // The newest sample that is older than the window stays: it is where the window begins.
      const begin = samples.findLastIndex((sample) => sample.at <= now - WINDOW_MS);
      if (begin > 0) samples = samples.slice(begin);
    },
    perSecond: (now: number): number | undefined => {
      const first = samples[0];
      const last = samples.at(-1);
      if (!first || !last || movedAt === undefined || now - first.at < LEAST_MS) return undefined;
      return ((last.bytes - first.bytes) / (now - first.at)) * 1000;
    },
    isStill: (now: number): boolean => movedAt === undefined || now - movedAt > STILL_MS,
  };
};

/**
 * @param readyBefore what was there when the run before this one ended. While this one still looks at what lies on the
 * disk it knows of less, and that is not to be shown as a loss.
 */
export const createMeter = (readyBefore = 0): Meter => {
  const speed = createSpeed();
  let floor = readyBefore;
  let ready = 0;
  return {
    sample: (reading, now) => {
      // Bytes arrive, so the looking is over; or less is there than a moment ago. Either way it is the truth.
      if (reading.received > 0 || reading.ready < ready) floor = 0;
      ready = reading.ready;
      speed.sample(reading.received, now);
    },
    ready: () => Math.max(ready, floor),
    bytesPerSecond: speed.perSecond,
    etaMs: (total, now) => {
      const perSecond = speed.perSecond(now);
      if (perSecond === undefined || perSecond <= 0 || speed.isStill(now)) return undefined;
      return (Math.max(0, total - Math.max(ready, floor)) / perSecond) * 1000;
    },
  };
};
