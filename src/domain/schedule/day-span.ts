import { parseTime } from './schedule.ts';

/** A time of each day. */
export interface DaySpan {
  /** Minutes after midnight; `to` is outside, and may lie before `from`: then it spans midnight. */
  readonly from: number;
  readonly to: number;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Reads `22:00-07:00`; `24:00` is an end too. @returns undefined if it is no time of the day, or all of it */
export const parseDaySpan = (text: string): DaySpan | undefined => {
  const [, start = '', end = ''] = /^(\S+?)\s*[-–]\s*(\S+)$/.exec(text.trim()) ?? [];
  const [from, to] = [parseTime(start), parseTime(end === '24:00' ? '00:00' : end)];
  if (from === undefined || to === undefined || from === to) return undefined;
  return { from: minutesOf(from), to: minutesOf(to) };
};

/** Whether a minute after midnight lies in it. */
export const holdsAt = ({ from, to }: DaySpan, minute: number): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;
