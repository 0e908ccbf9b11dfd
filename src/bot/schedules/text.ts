import type { Topic } from '../feature.ts';
import { FormattedString } from '@grammyjs/parse-mode';
import { describeLimits, describeTimes, type ScheduleFields } from '../../domain/schedule/schedule.ts';
import { formatLocal, timezoneLabel } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Times } from '../../library/model-view.ts';
import type { AllSchedules, ScheduleView } from '../../library/schedules/schedule-view.ts';
import type { ScheduleVerb } from '../../library/schedules/schedules.ts';
import { isolated } from '../../lib/text/isolated.ts';
import { twoDigits } from '../../lib/text/two-digits.ts';
import { count, firstThatFits, foreign, lines, shorten } from '../ui/text.ts';

const NAME_LIMIT = 64;

/** What the schedules feature says. */
export const text = {
  none: 'No schedule yet. With one, models that are added wait for it: for the night, or for the weekend.',
  notAllowed: 'In a group, an admin or the bot’s owner changes the schedules.',
  changed: 'The schedules have changed meanwhile. This is how they stand now.',
  gone: 'That schedule is gone.',
  whichKind: 'How often?',
  whichDays: 'On which days? Tap each.',
  oneDayAtLeast: 'One day has to stay. To take the schedule away, remove it or switch it off.',
  whichHour: 'At what hour does it begin?',
  whichMinute: (hour: number): string => `At what time does it begin? ${twoDigits(hour)}:…`,
  untilWhen:
    'When does it end? What is unfinished then goes on next time. Without an end, it goes on until all is done.',
  untilMinute: (hour: number): string => `At what time does it end? ${twoDigits(hour)}:…`,
  howFast: 'How fast may it download?',
  howMany: 'How many models at once?',
  askRemove: (name: string): string =>
    `Remove the schedule ${isolated(name)}? Models that wait for it stay in the library.`,
  removed: (name: string): string => `${isolated(name)} is removed.`,
  enabled: (name: string, instead: string | undefined): string =>
    instead === undefined
      ? `${isolated(name)} is on.`
      : `${isolated(name)} is on, and ${isolated(instead)} is off: one at a time.`,
  enabledAlready: (name: string): string => `${isolated(name)} is on already.`,
  disabled: (name: string): string => `${isolated(name)} is off.`,
  disabledAlready: (name: string): string => `${isolated(name)} is off already.`,
  stranded: (amount: number): string =>
    amount === 0
      ? ''
      : amount === 1
        ? '1 model waited for it, and waits now until somebody starts it.'
        : `${amount} models waited for it, and wait now until somebody starts them.`,
  startThem: (amount: number): string => (amount === 1 ? 'Start it now' : 'Start them now'),
  started: (amount: number): string =>
    amount === 0 ? 'Nothing waits to be started any more.' : `${count(amount, 'model')} started.`,
  offBecause: (active: string): string => `It is off, because ${isolated(active)} is on: one at a time.`,
  switchOver: 'Switch over to this one',
  saved: 'Saved.',
  sameAs: (name: string): string => `${isolated(name)} has these times and limits.`,
  noneHere: 'There is no schedule here yet. /schedule makes one.',
  allSo: (verb: ScheduleVerb): string =>
    verb === 'enable' ? 'Every schedule here is on already.' : 'No schedule is on here.',
  whichSchedule: (verb: string): string => `Which one? Its name or number works too: /schedule ${verb} nightly.`,
  unknown: (word: string): string =>
    `There is no schedule “${shorten(word, 40)}” here. /schedules lists what there is.`,
  chose: (name: string): string => `${isolated(name)} it is.`,
  usage: (word: string): string =>
    `I do not know “/schedule ${shorten(word, 30)}”. There is: add, edit, enable, disable, remove, list, and /schedule alone for a menu.`,
  zone: (timezone: string, now: number): string =>
    `Times here are those of ${timezoneLabel(timezone, now)}: it is ${formatLocal(now, timezone, now).replace('today ', '')} now.`,
  whichClock: 'What hour does your clock show?',
  whichZone: 'Which of these is it?',
  noSuchClock: 'No place shows that hour now.',
  zoneSet: (timezone: string, now: number): string => `Set. ${text.zone(timezone, now)}`,
  zoneUnknown: (word: string): string =>
    `I know no place called “${shorten(word, 40)}”. Write a large city nearby, a zone such as Europe/Berlin, or the time your clock shows, such as 21:15.`,
  noPlaceShows: (time: string): string =>
    `No place shows ${time} now. Write what your clock shows at this minute, or a large city nearby.`,
  severalZones: 'Which of these is it? If none, write another place.',
  askCity: 'Which city are you in, or near? For example Berlin.',
  askName: (name: string): string => `What shall ${isolated(name)} be called?`,
  askCron:
    'Write a cron expression: minute, hour, day of the month, month, day of the week. For example 30 2 * * 1-5 for 02:30 from Monday to Friday.',
  ownersOnly: 'Only the owner of this bot sees the schedules of all chats.',
  onlyAlone: 'Here I show this chat’s schedules only. The bot’s owner can write /schedules all to me alone.',
  noneAnywhere: 'No chat has a schedule.',
} as const;

/** What a schedule does, in two lines. */
export const aboutSchedule = (schedule: ScheduleFields): string =>
  `${describeTimes(schedule)}\n${describeLimits(schedule)}`;

/** When it opens next, in words: `today 23:00`, `tomorrow 23:00`. */
const nextTexts = ({ nextRuns, timezone, now }: ScheduleView): readonly string[] =>
  nextRuns.map((at) => formatLocal(at, timezone, now));

/** Of one of many. */
const standingText = (view: ScheduleView): string => {
  if (view.lastRun?.closedAt === null) return 'open now';
  if (!view.schedule.enabled) return 'off';
  const [next] = nextTexts(view);
  return next === undefined ? 'never opens' : `next ${next}`;
};

const lastText = ({ schedule, lastRun: run, timezone, now }: ScheduleView): string | undefined => {
  if (!run) return undefined;
  const at = formatLocal(Date.parse(run.openedAt), timezone, now);
  if (run.closedAt === null) {
    // One that was made in the middle of its window has not been open before.
    const made = Date.parse(schedule.createdAt);
    const since = made > now ? at : formatLocal(Math.max(Date.parse(run.openedAt), made), timezone, now);
    return run.closesAt === null
      ? `Open since ${since}`
      : `Open since ${since}, until ${formatLocal(Date.parse(run.closesAt), timezone, now)}`;
  }
  if (run.completed === null) return `Last: ${at}`;
  const parts = [
    `${run.completed} done`,
    run.failed ? `${run.failed} failed` : '',
    run.leftOver ? `${run.leftOver} left` : '',
    run.bytes ? formatBytes(run.bytes) : '',
  ];
  return `Last: ${at} · ${parts.filter((part) => part !== '').join(' · ')}`;
};

const scheduleTitle = ({ schedule }: ScheduleView): FormattedString =>
  FormattedString.join([
    FormattedString.b(foreign(schedule.name, NAME_LIMIT)),
    ` · #${schedule.id} · ${schedule.enabled ? 'on' : 'off'}`,
  ]);

/** A schedule with its state, its next openings, and what became of the last one. */
export const scheduleText = (view: ScheduleView): FormattedString => {
  const { schedule } = view;
  return lines(
    scheduleTitle(view),
    aboutSchedule(schedule),
    schedule.enabled ? `Next: ${nextTexts(view).join(', ') || 'never'}` : undefined,
    lastText(view),
  );
};

/** All schedules of a chat, and whose clock counts there. */
export const listText = (schedules: readonly ScheduleView[], { timezone, now }: Times): FormattedString => {
  const zone = text.zone(timezone, now);
  if (schedules.length === 0) return lines(text.none, zone);
  const all = (of: (view: ScheduleView) => FormattedString, gap = '\n'): FormattedString =>
    FormattedString.join([FormattedString.join(schedules.map(of), gap), lines(zone)], '\n\n');
  // One at most is on: of the others, when they would open is what tells them apart.
  const inBrief = (view: ScheduleView): FormattedString =>
    view.schedule.enabled ? scheduleText(view) : lines(scheduleTitle(view), describeTimes(view.schedule));
  return firstThatFits(
    () => all(scheduleText, '\n\n'),
    () => all(inBrief),
    () => all(scheduleTitle),
  );
};

/** The schedules of all chats, for the owner. */
export const everywhereText = ({ first, total }: AllSchedules): FormattedString => {
  if (total === 0) return lines(text.noneAnywhere);
  const title = ({ schedule, chatTitle, ...view }: (typeof first)[number]): FormattedString =>
    FormattedString.join([
      FormattedString.b(foreign(chatTitle ?? `Chat ${schedule.chatId}`, 40)),
      ` · ${foreign(schedule.name, 40)} · ${standingText({ schedule, ...view })}`,
    ]);
  const whole = (view: (typeof first)[number]): FormattedString =>
    lines(title(view), view.lastRun?.closedAt === null && lastText(view), aboutSchedule(view.schedule));
  const more = total - first.length;
  const rest =
    more > 0
      ? [lines(`… and ${count(more, 'schedule')} more, of other chats: /schedules in a chat lists its own.`)]
      : [];
  const all = (of: typeof title): FormattedString => FormattedString.join([...first.map(of), ...rest], '\n');
  return firstThatFits(
    () => all(whole),
    () => all(title),
  );
};

export const help: Topic = {
  name: 'schedule',
  lines: [
    'Schedules',
    'While a chat has a schedule that is on, what is added waits for it. “Start now” under a card and /download do not wait.',
    '/schedule opens a menu: no typing needed.',
    '/schedule add daily 23:00 until 07:00 limit=5MB max=2 name=nightly',
    '/schedule add weekly fri 14:00 until 18:00',
    '/schedule add weekend 10:00 · also sat,sun or mon-fri',
    '/schedule add custom 30 2 * * 1-5 · minute, hour, day, month, day of the week',
    '/schedule edit nightly until=06:00 · “none” takes until= or limit= away',
    '/schedule enable, disable or remove, with a name or number. One is on at a time.',
    '/schedules lists them with their next runs. /timezone Berlin sets whose clock counts.',
    'What is unfinished when a schedule ends goes on next time, from where it was.',
  ],
  words: ['window', 'night'],
};
