import { onDays, parseTime, type ScheduleFields } from '../../domain/schedule/schedule.ts';
import { EVERY_DAY, type Weekdays } from '../../domain/schedule/weekdays.ts';

/** What the menu shows. Everything travels in its buttons, so that an open menu still works after a restart. */
export const PAGES = {
  list: 'l',
  kind: 'k',
  day: 'd',
  hour: 'h',
  minute: 'm',
  until: 'u',
  untilMinute: 'v',
  speed: 's',
  places: 'p',
  confirm: 'c',
  show: 'e',
  remove: 'r',
  zone: 'z',
  zoneHour: 'y',
  zoneChoice: 'q',
} as const;

export type PageName = keyof typeof PAGES;

/** A schedule that is being made. */
export interface Draft {
  /** None yet, while they are being chosen. */
  readonly days: Weekdays;
  readonly time: string;
  readonly until: string | null;
  /** Megabytes per second. */
  readonly limitMb: number | null;
  readonly places: number;
}

/** What is being worked on: a draft, or the id of a schedule. */
export type Subject = Draft | number;

export interface View {
  readonly page: PageName;
  readonly subject?: Subject;
  /** The hour chosen on the page before; the rank of the zone chosen. */
  readonly hour?: number;
}

export const NEW_DRAFT: Draft = {
  days: EVERY_DAY,
  time: '23:00',
  until: null,
  limitMb: null,
  places: 1,
};

const isPageName = (name: string): name is PageName => name in PAGES;

/** Days as the bits of a number, HHMM, HHMM or `----`, megabytes, `x`, places. */
const encodeDraft = ({ days, time, until, limitMb, places }: Draft): string => {
  const digits = (text: string | null): string => text?.replace(':', '') ?? '----';
  const bits = days.reduce((sum, day) => sum + 2 ** day, 0);
  return `${String(bits).padStart(3, '0')}d${digits(time)}${digits(until)}${limitMb ?? 0}x${places}`;
};

const timeOf = (digits: string): string | undefined => parseTime(`${digits.slice(0, 2)}:${digits.slice(2)}`);

const decodeDraft = (text: string): Draft | undefined => {
  const parts = /^(0\d\d|1[01]\d|12[0-7])d(\d{4})(\d{4}|----)(\d{1,4})x(\d{1,2})$/.exec(text);
  const [, bits, from = '', to = '', megabytes, places] = parts ?? [];
  const time = timeOf(from);
  if (!parts || time === undefined) return undefined;
  return {
    days: EVERY_DAY.filter((day) => Math.floor(Number(bits) / 2 ** day) % 2 === 1),
    time,
    until: timeOf(to) ?? null,
    limitMb: Number(megabytes) || null,
    places: Math.min(10, Math.max(1, Number(places))),
  };
};

/** @returns at most 32 characters; a button has 64 bytes for it and the menu's own */
export const encodeView = ({ page, subject, hour }: View): string => {
  const what = subject === undefined ? '' : typeof subject === 'number' ? `#${subject}` : encodeDraft(subject);
  return `${PAGES[page]}${hour ?? ''}.${what}`;
};

/** What a button says; whatever is no view is the list. */
export const decodeView = (text: string): View => {
  const [, letter, hour = '', what = ''] = /^([a-z])(\d{0,2})\.(.*)$/.exec(text) ?? [];
  const page = Object.keys(PAGES)
    .filter(isPageName)
    .find((name) => PAGES[name] === letter);
  if (page === undefined || Number(hour) > 23) return { page: 'list' };
  const id = /^#(\d{1,15})$/.exec(what)?.[1];
  const subject = id === undefined ? decodeDraft(what) : Number(id);
  return {
    page,
    ...(subject === undefined ? {} : { subject }),
    ...(hour === '' ? {} : { hour: Number(hour) }),
  };
};

/** A draft as the fields of a schedule. */
export const fieldsOf = (draft: Draft): Omit<ScheduleFields, 'name'> => ({
  ...onDays(draft.days, draft.time),
  until: draft.until,
  limitBytes: draft.limitMb === null ? null : draft.limitMb * 1e6,
  maxConcurrentDownloads: draft.places,
});
