/* app/hosting: what a machine that serves another bot knows and tells of itself: where its Redis is, how it is. */

import type { Copies } from '../../copies/copies.ts';
import { createMeter } from '../../domain/meter.ts';
import type { RunTold, Serving } from '../../hosts/serving/serve.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import { within } from '../../lib/async/within.ts';
import type { Scope } from '../../lib/scope.ts';
import { startTicker } from '../../lib/ticker.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Check } from '../../ops/health/health.ts';
import type { Report } from '../daemon/report.ts';
import { createHostMovement } from './movement.ts';

/** What carries out, once it is open. */
interface Begun {
  readonly serving: Pick<Serving, 'told'>;
  readonly copies: Pick<Copies, 'bytesReceived' | 'room'>;
  readonly cacheDir: string;
}

/** How a host stands, for whoever asks: nothing of it is told unasked. */
export interface HostStanding {
  /** It knows its name. */
  readonly named: (name: string, isJoined: boolean) => void;
  /** Redis has let it in, or is lost. */
  readonly reach: (isReached: boolean, why?: () => string | undefined) => void;
  /** From now on it is looked how fast bytes come, until the scope closes. */
  readonly begun: (begun: Begun, scope: Scope) => void;
  readonly checkRedis: Check;
  /** For how long nothing has come that should, in milliseconds; undefined: nothing should. */
  readonly stillMs: () => number | undefined;
  /** Whether Redis lets it in now. */
  readonly isReached: () => boolean;
  readonly runs: () => readonly RunTold[];
  /** undefined: nothing is carried out yet. */
  readonly copies: () => Begun['copies'] | undefined;
  /** 0 while nothing is received. */
  readonly bytesPerSecond: () => number;
  /** @returns nothing before it knows its name */
  readonly figures: () => Promise<Pick<Report, 'host' | 'queue'>>;
}

const LOOK_MS = 1000;
/** A disk that hangs is left out. */
const DISK_MS = 2000;
/** As long as for Telegram: Redis may be started anew without anybody being woken. */
const SILENT_MOST_MS = 120_000;

const createReach = (clock: Clock) => {
  let isReached = false;
  let wasReached = false;
  let why: (() => string | undefined) | undefined;
  let at = { now: clock.now(), monotonic: clock.monotonic() };
  return {
    set: (is: boolean, reason?: () => string | undefined): void => {
      why = reason;
      if (is === isReached) return;
      isReached = is;
      wasReached ||= is;
      at = { now: clock.now(), monotonic: clock.monotonic() };
    },
    isReached: () => isReached,
    /** What the settings, or who is let in, have to do with it, as a sentence; undefined: nothing that is known. */
    why: () => (isReached ? undefined : why?.()),
    since: () => toIso(at.now),
    check: (): { readonly ok: boolean; readonly message: string } => {
      if (isReached) return { ok: true, message: 'Redis is reached.' };
      const awayMs = clock.monotonic() - at.monotonic;
      const message = wasReached
        ? `Redis cannot be reached for ${formatDuration(awayMs)}. What runs goes on; look whether it runs, and at the network.`
        : 'Redis has not let it in yet.';
      return { ok: wasReached && awayMs < SILENT_MOST_MS, message };
    },
  };
};

/** It has no name, and Redis is not reached, at first. */
export const createHostStanding = (clock: Clock): HostStanding => {
  const reach = createReach(clock);
  const meter = createMeter();
  let [name, isJoined]: [name: string | undefined, isJoined: boolean] = [undefined, false];
  let begun: Begun | undefined;
  const runs = (): readonly RunTold[] => begun?.serving.told() ?? [];
  const movement = createHostMovement(runs, clock);
  const bytesPerSecond = (): number =>
    runs().some(({ isReceiving }) => isReceiving) ? (meter.bytesPerSecond(clock.monotonic()) ?? 0) : 0;

  const disk = async (): Promise<NonNullable<Report['host']>['disk']> => {
    if (!begun) return undefined;
    const { copies, cacheDir: folder } = begun;
    // It is away or hangs: the health says so.
    const room = await within(DISK_MS, copies.room).catch(() => undefined);
    return room && { folder, ...room };
  };
  return {
    named: (...now) => ([name, isJoined] = now),
    reach: reach.set,
    begun: (now, scope) => {
      begun = now;
      const look = (): void => {
        const received = now.copies.bytesReceived();
        meter.sample({ ready: received, received }, clock.monotonic());
        movement.look();
      };
      scope.use(startTicker(LOOK_MS, look, () => undefined));
    },
    checkRedis: reach.check,
    stillMs: movement.stillMs,
    isReached: reach.isReached,
    copies: () => begun?.copies,
    runs,
    bytesPerSecond,
    figures: async () => {
      if (name === undefined) return {};
      const all = runs();
      const told = all.map(({ kind, what, bytesDone, bytesTotal }) => ({ kind, what, bytesDone, bytesTotal }));
      const downloading = all.filter(({ kind }) => kind === 'copy').length;
      return {
        queue: {
          downloading,
          waiting: 0,
          paused: 0,
          failed: 0,
          verifying: all.length - downloading,
          bytesPerSecond: bytesPerSecond(),
        },
        host: {
          name,
          isJoined,
          isRedisReached: reach.isReached(),
          redisSince: reach.since(),
          redisWhy: reach.why(),
          runs: told,
          disk: await disk(),
        },
      };
    },
  };
};
