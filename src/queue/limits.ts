import type { NamedLimit } from '../copies/executor.ts';
import { isScheduled } from '../domain/model.ts';
import type { Store } from '../store/store.ts';

/**
 * How fast a copy may come: as fast as the schedule lets it that allows most, of those by which models want it. Copies of
 * one chat share its limit.
 * @returns undefined: as fast as it can; so it is if some model wants it without a schedule
 */
export const speedLimitOf = (store: Pick<Store, 'models' | 'schedules'>, copyId: number): NamedLimit | undefined => {
  const models = store.models.downloadingFor(copyId);
  if (!models.every(isScheduled)) return undefined;
  const chats = [...new Set(models.map(({ chatId }) => chatId))];
  const limits = chats.map((chatId) => ({
    name: `chat ${chatId}`,
    bytesPerSecond: store.schedules.openRunOf(chatId)?.limitBytes ?? Number.POSITIVE_INFINITY,
  }));
  const [most] = limits.toSorted((left, right) => right.bytesPerSecond - left.bytesPerSecond);
  return most && Number.isFinite(most.bytesPerSecond) ? most : undefined;
};
