import type { Clock } from '../lib/clock.ts';
import { createRateLimit, type SpeedLimit } from '../lib/rate-limit.ts';
import type { Store } from '../store/store.ts';
import { isScheduled } from '../domain/model.ts';

/** How fast what schedules download may go. */
export interface Limits {
  /**
   * Of a copy: as fast as the schedule lets it that allows most, of those by which models want it; without a limit if some
   * model wants it without a schedule. Copies of one chat share its limit.
   */
  readonly speedLimitOf: (copyId: number) => () => SpeedLimit | undefined;
}

/** Asked for with every chunk: the row is read this often, in milliseconds. */
const READ_EVERY_MS = 500;

/** What rows say, read now and then. */
const remembered = <T>(clock: Clock, read: () => T, before: T): (() => T) => {
  let known = before;
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonic();
    if (now - readAt < READ_EVERY_MS) return known;
    readAt = now;
    try {
      known = read();
    } catch {
      // Connections ask for it where nobody could handle that: what was known holds until it can be read again.
    }
    return known;
  };
};

const createSpeedLimit = (store: Store, clock: Clock, chatId: number): SpeedLimit => {
  const read = (): number | undefined => store.schedules.openRunOf(chatId)?.limitBytes ?? undefined;
  const perSecond = remembered(clock, read, undefined);
  return { perSecond, allow: createRateLimit(perSecond, clock) };
};

const most = (limits: readonly SpeedLimit[]): SpeedLimit | undefined =>
  limits.toSorted(
    (left, right) => (right.perSecond() ?? Number.POSITIVE_INFINITY) - (left.perSecond() ?? Number.POSITIVE_INFINITY),
  )[0];

export const createLimits = ({ store, clock }: { readonly store: Store; readonly clock: Clock }): Limits => {
  const speedLimits = new Map<number, SpeedLimit>();
  const ofChat = (chatId: number): SpeedLimit => {
    const speedLimit = speedLimits.get(chatId) ?? createSpeedLimit(store, clock, chatId);
    speedLimits.set(chatId, speedLimit);
    return speedLimit;
  };
  return {
    speedLimitOf: (copyId) => {
      const chats = remembered<readonly number[]>(clock, () => {
        const models = store.models.downloadingFor(copyId);
        return models.every(isScheduled) ? [...new Set(models.map(({ chatId }) => chatId))] : [];
      }, []);
      return () => most(chats().map(ofChat));
    },
  };
};
