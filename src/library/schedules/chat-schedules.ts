import { AppError } from '../../domain/errors.ts';
import type { ScheduleConfiguration, ScheduleFields } from '../../domain/schedule/schedule.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Scheduler } from '../../schedule/scheduler.ts';
import type { Store } from '../../store/store.ts';
import {
  addSchedule,
  countStranded,
  editSchedule,
  enableSchedule,
  removeSchedule,
  type ScheduleChanges,
  startStranded,
} from './schedules.ts';

/** What people do to the schedules of a chat. The scheduler is told of each change, so that nobody has to remember it. */
export interface ChatSchedules {
  /**
   * @param updateId of the update that asks for it: however often that is handled, there is one
   * @throws AppError validation; not_found: it was added, and has been removed since
   */
  readonly add: (chatId: number, fields: Parameters<typeof addSchedule>[2], updateId: number) => ScheduleConfiguration;
  /** @throws AppError validation, not_found */
  readonly edit: (id: number, changes: ScheduleChanges) => ScheduleConfiguration;
  readonly remove: (id: number) => boolean;
  /**
   * Switches a schedule on, and another one of its chat off.
   * @returns the other one; `already` if it was on
   * @throws AppError integrity, not_found
   */
  readonly enable: (schedule: ScheduleConfiguration) => 'already' | { readonly instead: string | undefined };
  /** @returns false if it was off already */
  readonly disable: (schedule: ScheduleConfiguration) => boolean;
  /** The schedule that keeps this one off, since one is on at a time; undefined: it is on itself, or none is. */
  readonly onInsteadOf: (schedule: ScheduleConfiguration) => ScheduleConfiguration | undefined;
  /** What the configuration offers to a chat that has no schedule. */
  readonly offered: (chatId: number) => ScheduleFields | undefined;
  /** Whose clock counts in a chat. */
  readonly setTimezone: (chatId: number, timezone: string) => void;
  /** The zone of a chat, IANA; the bot's own if it has chosen none. */
  readonly timezoneOf: (chatId: number) => string;
  /** How many models wait for a schedule in a chat where none is on: nothing but a person starts them. */
  readonly countStranded: (chatId: number) => number;
  /** @returns how many were started */
  readonly startStranded: (chatId: number) => Promise<number>;
}

export interface ChatSchedulesDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'startNow'>;
  readonly scheduler: Pick<Scheduler, 'poke'>;
  /** Of chats that have none of their own; IANA. */
  readonly timezone: string;
  /** Offered to a chat that has no schedule. */
  readonly defaultSchedule: ScheduleFields | undefined;
}

const enable = (store: Store, schedule: ScheduleConfiguration): ReturnType<ChatSchedules['enable']> => {
  const before = store.schedules.getActiveSchedule(schedule.chatId);
  if (before?.id === schedule.id) return 'already';
  enableSchedule(store, schedule.id, before?.id);
  return { instead: before?.name };
};

/** The schedules of all chats, as people change them. */
export const createChatSchedules = (deps: ChatSchedulesDeps): ChatSchedules => {
  const { store, queue, scheduler, timezone, defaultSchedule } = deps;
  const told = <Result>(result: Result): Result => {
    scheduler.poke();
    return result;
  };
  return {
    add: (chatId, fields, updateId) => {
      const id = told(store.updates.doOnce(updateId, () => addSchedule(store, chatId, fields).id));
      const schedule = store.schedules.getSchedule(id);
      if (!schedule) throw new AppError('not_found', 'That schedule is gone.');
      return schedule;
    },
    edit: (id, changes) => told(editSchedule(store, id, changes)),
    remove: (id) => told(removeSchedule(store, id)),
    enable: (schedule) => told(enable(store, schedule)),
    disable: ({ id, enabled }) => {
      if (!enabled) return false;
      store.schedules.disableSchedule(id);
      return told(true);
    },
    onInsteadOf: ({ id, chatId }) => {
      const active = store.schedules.getActiveSchedule(chatId);
      return active?.id === id ? undefined : active;
    },
    offered: (chatId) => (store.schedules.listSchedules(chatId).length === 0 ? defaultSchedule : undefined),
    setTimezone: (chatId, chosen) => told(store.schedules.setTimezone(chatId, chosen)),
    timezoneOf: (chatId) => store.schedules.timezoneOf(chatId) ?? timezone,
    countStranded: (chatId) => countStranded(store, chatId),
    startStranded: (chatId) => startStranded({ store, queue }, chatId),
  };
};
