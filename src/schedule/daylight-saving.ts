import { changeBetween, offsetMs } from '../domain/schedule/timezone.ts';

/*
 * A label is what the clock on the wall shows: the milliseconds at which a clock in UTC would show the same. Timetables
 * are counted on labels, where every day has 24 hours, and only then turned into instants. So the two rules about
 * daylight saving stand in one place, `instantOf`, and hold for all kinds of timetables alike. Croner's own zones do
 * not: it loses a skipped time if the gap ends on the next day (23:30 in America/Nuuk), and runs one of several hours
 * (`30 2,14 * * *`) not at all when it is skipped and twice when it comes twice.
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What the clock on the wall shows at an instant, to the minute. */
export const labelAt = (ms: number, timezone: string): number =>
  Math.floor((ms + offsetMs(ms, timezone)) / MINUTE) * MINUTE;

/**
 * The first instant at which the clock shows this label; if it never does, the first at which it shows a later one.
 * A later label never comes at an earlier instant.
 */
export const instantOf = (label: number, timezone: string): number => {
  // No zone is a whole day away from UTC, so the instant lies between these two.
  const before = offsetMs(label - DAY, timezone);
  const after = offsetMs(label + DAY, timezone);
  if (before === after) return label - before;
  const shown = [before, after].find((offset) => offsetMs(label - offset, timezone) === offset);
  if (shown !== undefined) return label - shown;
  return changeBetween(label - after, label - before, timezone);
};
