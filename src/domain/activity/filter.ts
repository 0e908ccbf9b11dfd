import { z } from 'zod';
import { table } from '../../lib/table.ts';
import { offsetMs } from '../schedule/timezone.ts';
import { ACTIVITY_RESULTS } from './activity.ts';

const HOUR_MS = 3_600_000;
const SPAN = /^(\d{1,4})([hd])$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a time since when: so many hours or days (`24h`, `7d`), or a date (`2026-11-01`). */
export const isSince = (text: string): boolean =>
  SPAN.test(text) || (DATE.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)));

/** What of the activity log is shown; all that is given has to fit. */
export const activityFilterSchema = z.strictObject({
  userId: z.number().optional(),
  chatId: z.number().optional(),
  action: z.string().optional(),
  result: z.enum(ACTIVITY_RESULTS).optional(),
  /** As people write it: hours and days are counted back from whenever somebody looks. */
  since: z.string().optional(),
});
export type ActivityFilter = Readonly<z.infer<typeof activityFilterSchema>>;

/** Deeds that are steps of one: the asking has the name of the whole, and the buttons that do it have their own. */
const STEPS = table<readonly [string, ...string[]]>({ remove: ['remove', 'forget', 'erase', 'eraseAll'] });

/** All that an action of a filter means, itself first. */
export const actionsOf = (action: string): readonly [string, ...string[]] => STEPS[action] ?? [action];

/** By what a filter finds an action. */
export const wholeOf = (action: string): string =>
  Object.entries(STEPS).find(([, steps]) => steps?.includes(action))?.[0] ?? action;

/** The same filter is the same text, in whatever order it came about. */
export const activityFilterKey = ({ userId, chatId, action, result, since }: ActivityFilter): string =>
  JSON.stringify({ userId, chatId, action, result, since });

/**
 * The moment that a filter begins with, milliseconds since the epoch.
 * @param timezone whose midnight a date begins at
 * @returns undefined: with the beginning of all
 */
export const beginningOf = ({ since = '' }: ActivityFilter, now: number, timezone: string): number | undefined => {
  const [, amount, unit] = SPAN.exec(since) ?? [];
  if (amount !== undefined) return now - Number(amount) * (unit === 'd' ? 24 : 1) * HOUR_MS;
  if (!DATE.test(since)) return undefined;
  const midnight = Date.parse(`${since}T00:00:00Z`);
  return midnight - offsetMs(midnight - offsetMs(midnight, timezone), timezone);
};
