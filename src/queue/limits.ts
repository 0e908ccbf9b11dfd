import type { Model } from '../domain/model.ts';
import type { Clock } from '../lib/clock.ts';
import { createRateLimit, type SpeedLimit } from '../lib/rate-limit.ts';
import type { Store } from '../store/store.ts';

/** How fast what a schedule downloads may go. */
export interface Limits {
  /** The speed limit that all scheduled downloads of the model's chat share; undefined if it is not downloaded by a schedule. */
  readonly speedLimitOf: (model: Model) => SpeedLimit | undefined;
}

/** Asked for with every chunk: the row is read this often, in milliseconds. */
const READ_EVERY_MS = 500;

const createSpeedLimit = (store: Store, clock: Clock, chatId: number): SpeedLimit => {
  const limitOf = (): number | undefined => {
    try {
      return store.schedules.openRunOf(chatId)?.limitBytes ?? undefined;
    } catch {
      // Connections ask for it where nobody could handle that: what was known holds until it can be read again.
      return known;
    }
  };
  let known: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  const perSecond = (): number | undefined => {
    const now = clock.monotonic();
    if (now - readAt >= READ_EVERY_MS) {
      readAt = now;
      known = limitOf();
    }
    return known;
  };
  return { perSecond, allow: createRateLimit(perSecond, clock) };
};

export const createLimits = ({ store, clock }: { readonly store: Store; readonly clock: Clock }): Limits => {
  const speedLimits = new Map<number, SpeedLimit>();
  return {
    speedLimitOf: ({ chatId, scheduled, runNow }) => {
      if (!scheduled || runNow) return undefined;
      const speedLimit = speedLimits.get(chatId) ?? createSpeedLimit(store, clock, chatId);
      speedLimits.set(chatId, speedLimit);
      return speedLimit;
    },
  };
};
