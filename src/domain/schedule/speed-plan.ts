import { parseBytes } from '../../lib/text/bytes.ts';
import { type DaySpan, holdsAt, parseDaySpan } from './day-span.ts';
import { localTime } from './timezone.ts';

/** A time of the day and the limit in it. */
interface Span extends DaySpan {
  /** Bytes per second; undefined = no limit. */
  readonly limit: number | undefined;
}

/** Speed limits by the hour, for everything that is downloaded. */
export type SpeedPlan = readonly Span[];

const parseSpan = (text: string): Span | undefined => {
  const [, times = '', size = ''] = /^(.*?[^\s=])[\s=]+(\S+)$/.exec(text.trim()) ?? [];
  const span = parseDaySpan(times);
  const bytes = parseBytes(size.replace(/\/s$/i, ''));
  const isNone = size.toLowerCase() === 'none';
  return span && (isNone || bytes) ? { ...span, limit: isNone ? undefined : bytes } : undefined;
};

/**
 * Reads `08:00-18:00 5MB, 18:00-23:00 20MB`. Where spans overlap, the first one holds.
 * @returns undefined if it is no plan
 */
export const parseSpeedPlan = (text: string): SpeedPlan | undefined => {
  const spans = text.split(',').map(parseSpan);
  return spans.some((span) => span === undefined) ? undefined : (spans as SpeedPlan);
};

/**
 * What everything together may take, at any time.
 * @param otherwise gives the bytes per second where the plan says nothing; undefined = no limit
 * @returns asked with milliseconds since the epoch, often: the zone's clock is read once a second
 */
export const createSpeedLimit = (
  plan: SpeedPlan,
  timezone: string,
  otherwise: () => number | undefined,
): ((now: number) => number | undefined) => {
  let second = Number.NaN;
  let limit: number | undefined;
  return (now) => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      const { hour, minute } = localTime(now, timezone);
      const span = plan.find((each) => holdsAt(each, hour * 60 + minute));
      limit = span ? span.limit : otherwise();
    }
    return limit;
  };
};
