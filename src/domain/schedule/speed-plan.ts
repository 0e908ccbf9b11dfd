import { parseBytes } from '../../lib/text/bytes.ts';
import { parseTime } from './schedule.ts';
import { localTime } from './timezone.ts';

/** A time of the day and the limit in it. */
interface Span {
  /** Minutes after midnight; `to` is outside, and may lie before `from`: then it spans midnight. */
  readonly from: number;
  readonly to: number;
  /** Bytes per second; undefined = no limit. */
  readonly limit: number | undefined;
}

/** Speed limits by the hour, for everything that is downloaded. */
export type SpeedPlan = readonly Span[];

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const parseSpan = (text: string): Span | undefined => {
  const [, start = '', end = '', size = ''] = /^(\S+?)\s*[-–]\s*(\S+?)[\s=]+(\S+)$/.exec(text.trim()) ?? [];
  const [from, to] = [parseTime(start), parseTime(end === '24:00' ? '00:00' : end)];
  const bytes = parseBytes(size.replace(/\/s$/i, ''));
  const isNone = size.toLowerCase() === 'none';
  if (from === undefined || to === undefined || from === to || (!isNone && !bytes)) return undefined;
  return { from: minutesOf(from), to: minutesOf(to), limit: isNone ? undefined : bytes };
};

/**
 * Reads `08:00-18:00 5MB, 18:00-23:00 20MB`. Where spans overlap, the first one holds.
 * @returns undefined if it is no plan
 */
export const parseSpeedPlan = (text: string): SpeedPlan | undefined => {
  const spans = text.split(',').map(parseSpan);
  return spans.some((span) => span === undefined) ? undefined : (spans as SpeedPlan);
};

const holds = ({ from, to }: Span, minute: number): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;

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
      const span = plan.find((each) => holds(each, hour * 60 + minute));
      limit = span ? span.limit : otherwise();
    }
    return limit;
  };
};
