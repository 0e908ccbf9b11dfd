import { AppError } from '../../domain/errors.ts';
import { daysOf, describeTimes, type ScheduleFields } from '../../domain/schedule/schedule.ts';
import { DAYS, describeDays, EVERY_DAY, WEEKEND, type Weekdays, WORKDAYS } from '../../domain/schedule/weekdays.ts';
import { type ScheduleChanges, scheduleIn } from '../../library/schedules/schedules.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import { lines } from '../ui/text.ts';
import { made } from './own.ts';
import { inRows, type Outcome, type Page, type Screen, scheduleOn, type Tap } from './screen.ts';
import { aboutSchedule, text } from './text.ts';
import { type Draft, fieldsOf, NEW_DRAFT, type PageName, type View } from './view.ts';

const SPEEDS_MB = [1, 2, 5, 10, 20, 50, 100, 200];
const PLACES = [1, 2, 3, 4, 5, 6, 8, 10];
const MINUTES = Array.from({ length: 12 }, (_, index) => index * 5);
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const draftOf = ({ subject }: View): Draft => (typeof subject === 'object' ? subject : NEW_DRAFT);

/** The pages of a draft in their order: on each, only what the ones before have asked is known. */
const ORDER: readonly PageName[] = [
  'kind',
  'day',
  'hour',
  'minute',
  'until',
  'untilMinute',
  'speed',
  'places',
  'confirm',
];

const isPast = (page: PageName, asked: PageName): boolean => ORDER.indexOf(page) > ORDER.indexOf(asked);

/** What has been chosen before this page, in words. Defaults are left out: they would look like decisions. */
const knownOf = (page: PageName, draft: Draft): string | undefined => {
  if (page === 'confirm') return aboutSchedule({ name: '', ...fieldsOf(draft) });
  if (draft.days.length === 0 || page === 'kind') return undefined;
  if (!isPast(page, 'minute')) return describeDays(draft.days);
  const until = isPast(page, 'untilMinute') ? draft.until : null;
  const limit = isPast(page, 'speed') && draft.limitMb !== null ? `\nat most ${draft.limitMb} MB/s` : '';
  return `${describeTimes({ name: '', ...fieldsOf(draft), until })}${limit}`;
};

/** What is being made or changed, in words; nothing before its kind is known. */
const soFar = (screen: Screen): string | undefined => {
  const { view } = screen;
  if (typeof view.subject === 'object') return knownOf(view.page, view.subject);
  if (view.subject === undefined) return undefined;
  const schedule = scheduleOn(screen);
  return schedule ? `${schedule.name}: ${aboutSchedule(schedule)}` : text.gone;
};

/** A question with what is known so far above it. */
const asking =
  (question: string | ((screen: Screen) => string)): Page['text'] =>
  (screen) =>
    lines(soFar(screen), typeof question === 'string' ? question : question(screen));

/** A schedule of this chat is changed; a mistake is told, and nothing changes. */
const edit = ({ deps, chatId }: Screen, id: number, changes: ScheduleChanges, page: PageName = 'show'): Outcome => {
  if (!scheduleIn(deps.store, chatId, id)) return { view: { page: 'list' }, said: text.gone };
  try {
    deps.schedules.edit(id, changes);
    return { view: { page, subject: id }, said: text.saved };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { view: { page, subject: id }, said: error.message };
  }
};

/** A choice: of a draft it leads to the next page, of a schedule it is saved at once. */
const choice = (
  screen: Screen,
  label: string,
  { draft, saved, next }: { draft: Partial<Draft>; saved: Partial<ScheduleFields>; next: PageName },
): Tap => {
  const { subject } = screen.view;
  if (typeof subject === 'number') return { label, act: () => edit(screen, subject, saved) };
  return { label, to: { page: next, subject: { ...draftOf(screen.view), ...draft } } };
};

const back = (screen: Screen, page: PageName): readonly Tap[] => {
  const { subject } = screen.view;
  if (typeof subject === 'number') return [{ label: '‹ Back', to: { page: 'show', subject } }];
  return [{ label: '‹ Back', to: { page, ...(page === 'kind' || subject === undefined ? {} : { subject }) } }];
};

const withSubject = ({ subject }: View): Pick<View, 'subject'> => (subject === undefined ? {} : { subject });

const hours = (screen: Screen, page: PageName): readonly (readonly Tap[])[] =>
  inRows(
    HOURS.map((hour) => ({ label: twoDigits(hour), to: { page, hour, ...withSubject(screen.view) } })),
    6,
  );

/** Two taps at once on what saves a draft mean one schedule: a second with the same times and limits would do nothing. */
const create = ({ deps, chatId, updateId, view }: Screen): Outcome => {
  const fields = fieldsOf(draftOf(view));
  const about = aboutSchedule({ ...fields, name: '' });
  const same = deps.store.schedules.listSchedules(chatId).find((one) => aboutSchedule(one) === about);
  if (same) return { view: { page: 'show', subject: same.id }, said: text.sameAs(same.name) };
  try {
    const schedule = deps.schedules.add(chatId, fields, updateId);
    return { view: { page: 'show', subject: schedule.id }, said: made(deps, schedule) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { view, said: error.message };
  }
};

const kind: Page = {
  text: asking(text.whichKind),
  rows: () => [
    [{ label: 'Every day', to: { page: 'hour', subject: NEW_DRAFT } }],
    [{ label: 'On some days', to: { page: 'day', subject: { ...NEW_DRAFT, days: [] } } }],
    [{ label: 'By a cron expression', ask: 'cron' }],
    [{ label: '‹ Back', to: { page: 'list' } }],
  ],
};

/** The days that are ticked on the page. */
const ticked = (screen: Screen): Weekdays => {
  if (typeof screen.view.subject !== 'number') return draftOf(screen.view).days;
  const schedule = scheduleOn(screen);
  return (schedule && daysOf(schedule)) ?? [];
};

const toggled = (days: Weekdays, day: number): Weekdays =>
  days.includes(day)
    ? days.filter((other) => other !== day)
    : EVERY_DAY.filter((one) => one === day || days.includes(one));

/** Ticks other days: of a draft they are kept in the button, of a schedule they are saved at once. */
const tick = (screen: Screen, label: string, days: Weekdays): Tap => {
  const { subject } = screen.view;
  if (typeof subject !== 'number') return { label, to: { page: 'day', subject: { ...draftOf(screen.view), days } } };
  const view: View = { page: 'day', subject };
  return {
    label,
    act: () => (days.length === 0 ? { view, said: text.oneDayAtLeast } : edit(screen, subject, { days }, 'day')),
  };
};

const day: Page = {
  text: asking(text.whichDays),
  rows: (screen) => {
    const days = ticked(screen);
    const { subject } = screen.view;
    const isDraft = typeof subject !== 'number';
    return [
      ...inRows(
        DAYS.map((name, one) => tick(screen, days.includes(one) ? `${name} ✓` : name, toggled(days, one))),
        2,
      ),
      [tick(screen, 'Weekend', WEEKEND), tick(screen, 'Monday to Friday', WORKDAYS)],
      [
        ...back(screen, 'kind'),
        ...(isDraft && days.length > 0
          ? [{ label: 'Next ›', to: { page: 'hour', subject: draftOf(screen.view) } } as const]
          : []),
      ],
    ];
  },
};

const hour: Page = {
  text: asking(text.whichHour),
  rows: (screen) => [...hours(screen, 'minute'), back(screen, draftOf(screen.view).days.length < 7 ? 'day' : 'kind')],
};

const minute: Page = {
  text: asking(({ view }) => text.whichMinute(view.hour ?? 0)),
  rows: (screen) => [
    ...inRows(
      MINUTES.map((minutes) => {
        const time = `${twoDigits(screen.view.hour ?? 0)}:${twoDigits(minutes)}`;
        return choice(screen, time, { draft: { time }, saved: { time }, next: 'until' });
      }),
      4,
    ),
    [{ label: '‹ Back', to: { page: 'hour', ...withSubject(screen.view) } }],
  ],
};

const until: Page = {
  text: asking(text.untilWhen),
  rows: (screen) => [
    [choice(screen, 'No end', { draft: { until: null }, saved: { until: null }, next: 'speed' })],
    ...hours(screen, 'untilMinute'),
    back(screen, 'hour'),
  ],
};

const untilMinute: Page = {
  text: asking(({ view }) => text.untilMinute(view.hour ?? 0)),
  rows: (screen) => [
    ...inRows(
      MINUTES.map((minutes) => `${twoDigits(screen.view.hour ?? 0)}:${twoDigits(minutes)}`)
        // A window that ends at its own beginning is none.
        .filter((time) => typeof screen.view.subject === 'number' || time !== draftOf(screen.view).time)
        .map((time) => choice(screen, time, { draft: { until: time }, saved: { until: time }, next: 'speed' })),
      4,
    ),
    [{ label: '‹ Back', to: { page: 'until', ...withSubject(screen.view) } }],
  ],
};

const speed: Page = {
  text: asking(text.howFast),
  rows: (screen) => [
    [
      choice(screen, 'As fast as it goes', {
        draft: { limitMb: null },
        saved: { limitBytes: null },
        next: 'places',
      }),
    ],
    ...inRows(
      SPEEDS_MB.map((limitMb) =>
        choice(screen, `${limitMb} MB/s`, {
          draft: { limitMb },
          saved: { limitBytes: limitMb * 1e6 },
          next: 'places',
        }),
      ),
      4,
    ),
    back(screen, 'until'),
  ],
};

const places: Page = {
  text: asking(text.howMany),
  rows: (screen) => [
    ...inRows(
      PLACES.map((amount) =>
        choice(screen, String(amount), {
          draft: { places: amount },
          saved: { maxConcurrentDownloads: amount },
          next: 'confirm',
        }),
      ),
      4,
    ),
    back(screen, 'speed'),
  ],
};

const confirm: Page = {
  text: (screen) => lines(soFar(screen), text.zone(screen.timezone, screen.now)),
  rows: (screen) => [[{ label: 'Save it', act: () => create(screen) }], back(screen, 'places')],
};

/** The pages on which a schedule is made without typing; the same ones change one that is there. */
export const WIZARD = {
  kind,
  day,
  hour,
  minute,
  until,
  untilMinute,
  speed,
  places,
  confirm,
} as const satisfies Partial<Record<PageName, Page>>;
