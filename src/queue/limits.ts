import type { NamedLimit } from '../copies/executor.ts';
import { isScheduled } from '../domain/model.ts';
import type { Store } from '../store/store.ts';

/** On how many hosts a chat's schedule has something running: each gets an equal share of its limit, and keeps to that by itself. */
const hostsOf = ({ models }: Pick<Store, 'models'>, chatId: number): number =>
  Math.max(1, models.scheduledHosts(chatId));

/**
 * How fast a copy may come: as fast as the schedule lets it that allows most, of those by which models want it. Copies of
 * one chat share its limit. Where they lie on several hosts, each host has a fixed share of it: nothing is settled between them
 * from second to second.
 * @returns undefined: as fast as it can; so it is if some model wants it without a schedule
 */
export const speedLimitOf = (store: Pick<Store, 'models' | 'schedules'>, copyId: number): NamedLimit | undefined => {
  const models = store.models.downloadingFor(copyId);
  if (!models.every(isScheduled)) return undefined;
  const chats = [...new Set(models.map(({ chatId }) => chatId))];
  const limits = chats.map((chatId) => ({
    name: `chat ${chatId}`,
    bytesPerSecond: Math.max(1, Math.floor(openLimitOf(store, chatId) / hostsOf(store, chatId))),
  }));
  const [most] = limits.toSorted((left, right) => right.bytesPerSecond - left.bytesPerSecond);
  return most && Number.isFinite(most.bytesPerSecond) ? most : undefined;
};

const openLimitOf = ({ schedules }: Pick<Store, 'schedules'>, chatId: number): number =>
  schedules.openRunOf(chatId)?.limitBytes ?? Number.POSITIVE_INFINITY;
