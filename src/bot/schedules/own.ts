import { scheduleView, scheduleViewsOf } from '../../library/schedules/schedule-view.ts';
import { daysOf, type ScheduleConfiguration } from '../../domain/schedule/schedule.ts';
import type { BotDeps } from '../context.ts';
import { lines, shorten } from '../ui/text.ts';
import { type Outcome, type Page, type Screen, scheduleOn, type Tap } from './screen.ts';
import { listText, scheduleText, text } from './text.ts';
import type { PageName } from './view.ts';

const LABEL_LIMIT = 40;

/** Switches a schedule on, and another one of its chat off. @returns what to say */
export const enable = ({ schedules }: BotDeps, schedule: ScheduleConfiguration): string => {
  const done = schedules.enable(schedule);
  return done === 'already' ? text.enabledAlready(schedule.name) : text.enabled(schedule.name, done.instead);
};

/** How many models wait for a schedule in a chat where none is on. */
export const stranded = ({ schedules }: BotDeps, chatId: number): number => schedules.countStranded(chatId);

/** Switches a schedule off. @returns what to say, with how many models wait for nothing now */
export const disable = (deps: BotDeps, schedule: ScheduleConfiguration): string => {
  if (!deps.schedules.disable(schedule)) return text.disabledAlready(schedule.name);
  return `${text.disabled(schedule.name)} ${text.stranded(stranded(deps, schedule.chatId))}`.trim();
};

const remove = (deps: BotDeps, schedule: ScheduleConfiguration): string => {
  deps.schedules.remove(schedule.id);
  return `${text.removed(schedule.name)} ${text.stranded(stranded(deps, schedule.chatId))}`.trim();
};

/** What to say of a schedule that was made: one that was made while another is on is off. */
export const made = ({ schedules }: Pick<BotDeps, 'schedules'>, schedule: ScheduleConfiguration): string => {
  const instead = schedules.onInsteadOf(schedule);
  return instead ? `${text.saved} ${text.offBecause(instead.name)}` : text.saved;
};

/** What nothing will start any more, and a button that does. */
const strandedRow = ({ deps, view, chatId }: Screen): readonly Tap[] => {
  const amount = stranded(deps, chatId);
  if (amount === 0) return [];
  const start = async (): Promise<Outcome> => {
    return { view, said: text.started(await deps.schedules.startStranded(chatId)) };
  };
  return [{ label: text.startThem(amount), act: start }];
};

const toList: readonly Tap[] = [{ label: '‹ Back', to: { page: 'list' } }];

/** The schedule of the configuration file, for a chat that has none. */
const offered = ({ deps, chatId, updateId }: Screen): readonly Tap[] => {
  const fields = deps.schedules.offered(chatId);
  if (!fields) return [];
  const use = (): Outcome => {
    const schedule = deps.schedules.add(chatId, fields, updateId);
    return { view: { page: 'show', subject: schedule.id }, said: made(deps, schedule) };
  };
  return [{ label: `Use “${shorten(fields.name, LABEL_LIMIT)}”`, act: use }];
};

const list: Page = {
  text: (screen) =>
    lines(
      listText(scheduleViewsOf(screen.deps.store, screen.chatId, screen), screen),
      text.stranded(stranded(screen.deps, screen.chatId)),
    ),
  rows: (screen) => [
    strandedRow(screen),
    ...screen.deps.store.schedules.listSchedules(screen.chatId).map((schedule): readonly Tap[] => [
      {
        label: `${shorten(schedule.name, LABEL_LIMIT)} · ${schedule.enabled ? 'on' : 'off'}`,
        to: { page: 'show', subject: schedule.id },
      },
    ]),
    offered(screen),
    [
      { label: 'New schedule', to: { page: 'kind' } },
      { label: 'Time zone', to: { page: 'zone' } },
    ],
  ],
};

const show: Page = {
  text: (screen) => {
    const schedule = scheduleOn(screen);
    if (!schedule) return lines(text.gone);
    const { store, schedules } = screen.deps;
    const instead = schedules.onInsteadOf(schedule);
    return lines(
      scheduleText(scheduleView(store, schedule, screen)),
      instead && text.offBecause(instead.name),
      text.stranded(stranded(screen.deps, schedule.chatId)),
    );
  },
  rows: (screen) => {
    const schedule = scheduleOn(screen);
    if (!schedule) return [toList];
    const { id, name } = schedule;
    const subject = id;
    const same = { page: 'show', subject } as const;
    const toggle: Tap = schedule.enabled
      ? { label: 'Switch off', act: () => ({ view: same, said: disable(screen.deps, schedule) }) }
      : {
          label: screen.deps.schedules.onInsteadOf(schedule) ? text.switchOver : 'Switch on',
          act: () => ({ view: same, said: enable(screen.deps, schedule) }),
        };
    const times: readonly Tap[] =
      daysOf(schedule) === undefined
        ? [{ label: 'Cron', ask: 'cron' }]
        : [
            { label: 'Days', to: { page: 'day', subject } },
            { label: 'Begin', to: { page: 'hour', subject } },
          ];
    return [
      strandedRow(screen),
      [toggle],
      [...times, { label: 'End', to: { page: 'until', subject } }],
      [
        { label: 'Speed', to: { page: 'speed', subject } },
        { label: 'At once', to: { page: 'places', subject } },
        { label: 'Name', ask: 'name' },
      ],
      [{ label: `Remove ${shorten(name, LABEL_LIMIT)}`, to: { page: 'remove', subject } }],
      toList,
    ];
  },
};

const removing: Page = {
  text: (screen) => {
    const schedule = scheduleOn(screen);
    return lines(schedule ? text.askRemove(schedule.name) : text.gone);
  },
  rows: (screen) => {
    const schedule = scheduleOn(screen);
    if (!schedule) return [toList];
    return [
      [
        {
          label: 'Yes, remove',
          act: () => ({ view: { page: 'list' } as const, said: remove(screen.deps, schedule) }),
        },
        { label: 'No, keep it', to: { page: 'show', subject: schedule.id } },
      ],
    ];
  },
};

/** The chat's schedules, and one of them. */
export const OWN = { list, show, remove: removing } as const satisfies Partial<Record<PageName, Page>>;
