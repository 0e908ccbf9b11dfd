import { parseTime, type ScheduleFields } from '../../domain/schedule.ts';

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
  readonly type: 'daily' | 'weekly';
  readonly dayOfWeek: number | null;
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
  type: 'daily',
  dayOfWeek: null,
  time: '23:00',
  until: null,
  limitMb: null,
  places: 1,
};

const isPageName = (name: string): name is PageName => name in PAGES;

/** `d` or `w`, day, HHMM, HHMM or `----`, megabytes, `x`, places. */
const encodeDraft = ({ type, dayOfWeek, time, until, limitMb, places }: Draft): string => {
  const digits = (text: string | null): string => text?.replace(':', '') ?? '----';
  return `${type.charAt(0)}${dayOfWeek ?? '-'}${digits(time)}${digits(until)}${limitMb ?? 0}x${places}`;
};

const timeOf = (digits: string): string | undefined => parseTime(`${digits.slice(0, 2)}:${digits.slice(2)}`);

const decodeDraft = (text: string): Draft | undefined => {
  const parts = /^([dw])([0-6-])(\d{4})(\d{4}|----)(\d{1,4})x(\d{1,2})$/.exec(text);
  const [, type, day = '-', from = '', to = '', megabytes, places] = parts ?? [];
  const time = timeOf(from);
  if (!parts || time === undefined) return undefined;
  return {
    type: type === 'w' ? 'weekly' : 'daily',
    dayOfWeek: day === '-' ? null : Number(day),
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
  type: draft.type,
  time: draft.time,
  dayOfWeek: draft.type === 'weekly' ? (draft.dayOfWeek ?? 0) : null,
  until: draft.until,
  limitBytes: draft.limitMb === null ? null : draft.limitMb * 1e6,
  maxConcurrentDownloads: draft.places,
});
