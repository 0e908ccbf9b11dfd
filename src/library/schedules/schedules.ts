/* library/schedules: the schedules of a chat, and what people are shown of them. */

import { AppError, refuse } from '../../domain/errors.ts';
import {
  daysOf,
  madeUpName,
  onDays,
  timeOf,
  type ScheduleConfiguration,
  type ScheduleFields,
  validateSchedule,
} from '../../domain/schedule/schedule.ts';
import type { Weekdays } from '../../domain/schedule/weekdays.ts';
import { type Model } from '../../domain/model.ts';
import { countOneByOne } from '../../lib/async/slices.ts';
import type { Queue } from '../../queue/queue.ts';
import { cronMistake } from '../../schedule/occurrences.ts';
import { sumUp } from '../../schedule/scheduler.ts';
import type { Store } from '../../store/store.ts';

/** A chat may have so many schedules: more make no list on a phone. */
const SCHEDULES_MOST = 20;

const checkCron = (cron: string | null | undefined): void => {
  const mistake = cron ? cronMistake(cron) : undefined;
  if (mistake !== undefined) refuse(mistake);
};

const isNamed = (schedule: ScheduleConfiguration, name: string): boolean =>
  schedule.name.toLowerCase() === name.trim().toLowerCase();

/** Names are unique in a chat, whatever their case: commands know schedules by them. */
const checkName = (others: readonly ScheduleConfiguration[], name: string): void => {
  if (/^#?\d+$/.test(name.trim())) refuse('A name needs a letter: numbers mean the schedules as they are listed.');
  if (others.some((other) => isNamed(other, name))) refuse(`There is a schedule “${name.trim()}” already.`);
};

const freeName = (others: readonly ScheduleConfiguration[], wanted: string): string => {
  const names = [wanted, ...Array.from({ length: SCHEDULES_MOST }, (_, index) => `${wanted} ${index + 2}`)];
  return names.find((name) => !others.some((other) => isNamed(other, name))) ?? wanted;
};

/**
 * A new schedule of a chat; enabled if no other one is. Without a name it gets one.
 * @throws AppError validation with what is wrong and what would be right
 */
export const addSchedule = (
  store: Store,
  chatId: number,
  fields: Omit<ScheduleFields, 'name'> & { readonly name?: string | undefined },
): ScheduleConfiguration => {
  const others = store.schedules.listSchedules(chatId);
  if (others.length >= SCHEDULES_MOST) refuse(`A chat has ${SCHEDULES_MOST} schedules at most. Remove one first.`);
  if (fields.name !== undefined) checkName(others, fields.name);
  checkCron(fields.cron);
  validateSchedule({ ...fields, name: fields.name ?? 'new' });
  const name = fields.name?.trim() ?? freeName(others, madeUpName(fields));
  return store.schedules.createSchedule({ ...fields, name, chatId });
};

/** What of a schedule shall change; `days` for one that opens on days of the week. */
export type ScheduleChanges = Partial<ScheduleFields> & { readonly days?: Weekdays };

/** The times of a schedule after a change, if they are days and a time. */
const daysAndTime = (before: ScheduleConfiguration, changes: ScheduleChanges): Partial<ScheduleFields> | undefined => {
  const { days, time, type, cron } = changes;
  if (cron || (type !== undefined && days === undefined)) return undefined;
  if (days === undefined && (time === undefined || before.type !== 'custom')) return undefined;
  const kept = days ?? daysOf(before);
  if (!kept) refuse(`${before.name} follows a cron expression. Change that, as in cron="30 2 * * 1-5", or name days.`);
  return { dayOfWeek: null, cron: null, ...onDays(kept ?? [], time ?? timeOf(before)) };
};

/** The changes, and with a new type that fields go which only the old type has. */
const fitting = (before: ScheduleConfiguration, changes: ScheduleChanges): Partial<ScheduleFields> => {
  const { days: _, ...others } = changes;
  const times = daysAndTime(before, changes);
  if (times) return { ...others, ...times };
  const type = others.type ?? (others.cron ? 'custom' : others.dayOfWeek === undefined ? before.type : 'weekly');
  return {
    time: timeOf(before),
    ...others,
    type,
    ...(type === 'custom' ? {} : { cron: null }),
    ...(type === 'weekly' ? {} : { dayOfWeek: null }),
  };
};

/** Changes a schedule; the scheduler takes over into an open run what concerns it. @throws AppError validation, not_found */
export const editSchedule = (store: Store, id: number, changes: ScheduleChanges): ScheduleConfiguration => {
  const before = store.schedules.getSchedule(id);
  if (!before) throw new AppError('not_found', 'That schedule is gone.');
  const others = store.schedules.listSchedules(before.chatId).filter((other) => other.id !== id);
  if (changes.name !== undefined) checkName(others, changes.name);
  checkCron(changes.cron);
  store.schedules.updateSchedule(id, {
    ...fitting(before, changes),
    ...(changes.name === undefined ? {} : { name: changes.name.trim() }),
  });
  return store.schedules.getSchedule(id) as ScheduleConfiguration;
};

/**
 * Removes a schedule. Its open run is closed and summed up before: without the schedule nobody could count what it did.
 * @returns false if there is no such schedule
 */
export const removeSchedule = (store: Store, id: number): boolean =>
  store.atomically(() => {
    const schedule = store.schedules.getSchedule(id);
    const run = schedule && store.schedules.openRunOf(schedule.chatId);
    if (run?.scheduleId === id) {
      store.schedules.closeRun(run.id, 'disabled');
      sumUp(store, run);
    }
    return store.schedules.removeSchedule(id);
  });

/**
 * Switches a schedule on, and the one that is on in its chat off.
 * @param instead the id of the one that was seen to be on
 * @throws AppError integrity: by now another one is on; not_found
 */
export const enableSchedule = (store: Store, id: number, instead: number | undefined): void => {
  if (store.schedules.enableSchedule(id, instead ?? null)) return;
  const schedule = store.schedules.getSchedule(id);
  if (!schedule) throw new AppError('not_found', 'That schedule is gone.');
  const active = store.schedules.getActiveSchedule(schedule.chatId);
  const now = active ? `“${active.name}” is on` : 'none is on';
  throw new AppError(
    'integrity',
    `The schedules have changed meanwhile: ${now}. Look again, and switch on what you want.`,
  );
};

/** Models that wait for a schedule in a chat where none is on: nothing but a person starts them. */
const strandedModels = (store: Store, chatId: number): Model[] =>
  store.schedules.getActiveSchedule(chatId) ? [] : store.models.waitingForSchedule(chatId);

/** How many these are. */
export const countStranded = (store: Store, chatId: number): number =>
  store.schedules.getActiveSchedule(chatId) ? 0 : store.models.countWaitingForSchedule(chatId);

/** @returns how many were started */
export const startStranded = (
  { store, queue }: { readonly store: Store; readonly queue: Pick<Queue, 'startNow'> },
  chatId: number,
): Promise<number> => countOneByOne(strandedModels(store, chatId), ({ id }) => queue.startNow(id));

/** What is done to one schedule of a chat. */
export type ScheduleVerb = 'enable' | 'disable' | 'remove' | 'edit';

/** The schedules of a chat that something can be done to. */
export const schedulesFor = (store: Store, chatId: number, verb: ScheduleVerb): readonly ScheduleConfiguration[] => {
  const own = store.schedules.listSchedules(chatId);
  if (verb === 'enable') return own.filter(({ enabled }) => !enabled);
  return verb === 'disable' ? own.filter(({ enabled }) => enabled) : own;
};

/** The schedule of a chat that a word means: its name, or its number as `3` or `#3`. */
export const findSchedule = (store: Store, chatId: number, word: string): ScheduleConfiguration | undefined => {
  const own = store.schedules.listSchedules(chatId);
  const number = /^#?(\d{1,15})$/.exec(word.trim())?.[1];
  return own.find((schedule) => (number === undefined ? isNamed(schedule, word) : schedule.id === Number(number)));
};

/** The schedule with this number, if it is one of this chat. */
export const scheduleIn = (
  { schedules }: Store,
  chatId: number | undefined,
  id: number | null | undefined,
): ScheduleConfiguration | undefined => {
  const schedule = typeof id === 'number' ? schedules.getSchedule(id) : undefined;
  return schedule?.chatId === chatId ? schedule : undefined;
};
