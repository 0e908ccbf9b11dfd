import { z } from 'zod';
import { messageOf } from '../domain/errors.ts';
import { cronMistake } from '../schedule/occurrences.ts';
import { SCHEDULE_TYPES, type ScheduleConfiguration, validateSchedule } from '../domain/schedule/schedule.ts';
import { parseDay } from '../domain/schedule/weekdays.ts';

/** A schedule that every new chat is offered. */
export type DefaultSchedule = Pick<
  ScheduleConfiguration,
  'name' | 'type' | 'time' | 'dayOfWeek' | 'cron' | 'enabled' | 'maxConcurrentDownloads'
>;

const Shape = z.strictObject({
  enabled: z.boolean({ error: 'expected true or false' }).default(true),
  name: z.string({ error: 'expected a text' }).default('default'),
  type: z.enum(SCHEDULE_TYPES, { error: 'expected daily, weekly or custom' }),
  time: z.string({ error: 'expected HH:MM in quotes, such as "23:00"' }).optional(),
  day_of_week: z
    .string({ error: 'expected the name of a day, such as fri' })
    .transform((text) => parseDay(text) ?? -1)
    .refine((day) => day >= 0, { error: 'expected the name of a day, such as fri' })
    .optional(),
  cron: z.string({ error: 'expected a cron expression in quotes, such as "30 2 * * 1-5"' }).optional(),
  max_concurrent_downloads: z.number({ error: 'expected a whole number from 1 to 10' }).default(1),
});

/**
 * Reads `default_schedule` of the YAML file: `{type: weekly, day_of_week: fri, time: "23:00", …}`.
 * @param mistake gets a sentence for each mistake
 */
export const readDefaultSchedule = (
  given: unknown,
  mistake: (sentence: string) => void,
): DefaultSchedule | undefined => {
  if (given === undefined) return undefined;
  const read = Shape.safeParse(given);
  if (!read.success) {
    for (const { path, message } of read.error.issues)
      mistake(`${['default_schedule', ...path].join('.')}: ${message}.`);
    return undefined;
  }
  const { enabled, name, type, time, day_of_week, cron, max_concurrent_downloads } = read.data;
  const schedule = {
    enabled,
    name,
    type,
    // A cron expression says it all; the others must have a time.
    time: time ?? (type === 'custom' ? '00:00' : ''),
    dayOfWeek: day_of_week ?? null,
    cron: cron ?? null,
    maxConcurrentDownloads: max_concurrent_downloads,
  };
  try {
    validateSchedule(schedule);
    const cronSays = schedule.cron === null ? undefined : cronMistake(schedule.cron);
    if (cronSays !== undefined) mistake(`default_schedule: ${cronSays}`);
  } catch (error) {
    mistake(`default_schedule: ${messageOf(error)}`);
  }
  return schedule;
};
