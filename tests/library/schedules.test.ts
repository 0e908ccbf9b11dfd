import { expect, it } from 'vitest';
import { createChatSchedules } from '../../src/library/schedules/chat-schedules.ts';
import { everywhereText, listText } from '../../src/bot/schedules/text.ts';
import { allScheduleViews, scheduleViewsOf } from '../../src/library/schedules/schedule-view.ts';
import { formatLocal } from '../../src/domain/schedule/timezone.ts';
import { addSchedule, schedulesFor } from '../../src/library/schedules/schedules.ts';
import { openBench } from '../store/setup.ts';

const CHAT = 1;
const OTHER = 2;
const NIGHTLY = { type: 'daily', time: '23:00', name: 'nightly' } as const;
const NOON = { type: 'daily', time: '12:00', name: 'noon' } as const;
const TIMES = { timezone: 'UTC', now: Date.parse('2026-05-05T10:00:00.000Z') };

const open = () => {
  const { store } = openBench();
  const schedules = createChatSchedules({
    store,
    queue: { startNow: () => false },
    scheduler: { poke: () => undefined },
    timezone: 'UTC',
    defaultSchedule: NIGHTLY,
  });
  return { store, schedules };
};

it('only what is off can be switched on, and only what is on off; all can be changed and removed', () => {
  const { store } = open();
  const [nightly, noon] = [addSchedule(store, CHAT, NIGHTLY), addSchedule(store, CHAT, NOON)];
  const names = (verb: Parameters<typeof schedulesFor>[2]) => schedulesFor(store, CHAT, verb).map(({ name }) => name);
  expect(names('enable')).toEqual([noon.name]);
  expect(names('disable')).toEqual([nightly.name]);
  expect([names('edit'), names('remove')]).toEqual([
    ['nightly', 'noon'],
    ['nightly', 'noon'],
  ]);
});

it('one that is off knows which is on instead; the configuration’s is offered where there is none', () => {
  const { store, schedules } = open();
  expect(schedules.offered(CHAT)).toBe(NIGHTLY);
  const [nightly, noon] = [addSchedule(store, CHAT, NIGHTLY), addSchedule(store, CHAT, NOON)];
  expect(schedules.onInsteadOf(noon)?.name).toBe('nightly');
  expect(schedules.onInsteadOf(nightly)).toBeUndefined();
  expect([schedules.offered(CHAT), schedules.offered(OTHER)]).toEqual([undefined, NIGHTLY]);
});

it('a view tells when it opens next, by the clock of its chat, and nothing of what is off', () => {
  const { store } = open();
  addSchedule(store, CHAT, { ...NOON, name: 'first' });
  const { id } = addSchedule(store, CHAT, NIGHTLY);
  store.schedules.enableSchedule(id, store.schedules.getActiveSchedule(CHAT)?.id ?? null);
  addSchedule(store, OTHER, NOON);
  store.chats.upsertChat({ chatId: OTHER, kind: 'private', title: 'Bea' });
  store.schedules.setTimezone(OTHER, 'Asia/Kolkata');
  const at = (runs: readonly number[]) => runs.map((ms) => new Date(ms).toISOString().slice(5, 16));
  const views = scheduleViewsOf(store, CHAT, TIMES);
  expect(views.map(({ schedule, nextRuns }) => [schedule.name, ...at(nextRuns)])).toEqual([
    ['nightly', '05-05T23:00', '05-06T23:00', '05-07T23:00'],
    ['first'],
  ]);
  const others = allScheduleViews(store, TIMES, 10).first.filter(({ schedule }) => schedule.chatId === OTHER);
  expect(others).toMatchObject([{ timezone: 'Asia/Kolkata', chatTitle: 'Bea', lastRun: undefined }]);
  expect(at(others[0]?.nextRuns ?? [])).toEqual(['05-06T06:30', '05-07T06:30', '05-08T06:30']);
});

it('what is open in another chat says so, until when', () => {
  const { store } = open();
  const { id: scheduleId, name: scheduleName } = addSchedule(store, CHAT, NIGHTLY);
  addSchedule(store, OTHER, NIGHTLY);
  const [openedAt, closesAt] = ['2026-05-04T23:00:00.000Z', '2026-05-05T11:00:00.000Z'];
  store.schedules.openRun({
    scheduleId,
    scheduleName,
    chatId: CHAT,
    openedAt,
    closesAt,
    maxConcurrentDownloads: 1,
    limitBytes: null,
  });
  const { text } = everywhereText(allScheduleViews(store, TIMES, 5));
  expect(text.match(/Open since .*/g)).toEqual(['Open since yesterday 23:00, until today 11:00']);
  expect(text.match(/ · (?:open now|next )/g)).toEqual([' · open now', ' · next ']);
});

it('what was made in the middle of its window is not open since its beginning', () => {
  const { store } = open();
  const schedule = addSchedule(store, CHAT, NIGHTLY);
  const made = Date.parse(schedule.createdAt);
  const [openedAt, closesAt] = [made - 4 * 3_600_000, made + 4 * 3_600_000].map((at) => new Date(at).toISOString());
  store.schedules.openRun({
    scheduleId: schedule.id,
    scheduleName: schedule.name,
    chatId: CHAT,
    openedAt: openedAt ?? '',
    closesAt: closesAt ?? '',
    maxConcurrentDownloads: 1,
    limitBytes: null,
  });
  const { text } = everywhereText(allScheduleViews(store, { ...TIMES, now: made + 1000 }, 5));
  const since = formatLocal(made, 'UTC', made);
  expect(text).toContain(`Open since ${since}, until `);
});

it('of all chats so many are worked out as are shown, and the rest is counted', () => {
  const { store } = open();
  for (let chatId = 1; chatId <= 5; chatId += 1) addSchedule(store, chatId, NOON);
  const all = allScheduleViews(store, TIMES, 3);
  expect(all.first.map(({ schedule }) => schedule.chatId)).toEqual([1, 2, 3]);
  expect(all.total).toBe(5);
  const [shown = '', ...rest] = everywhereText(all).text.split('\n').toReversed();
  expect(shown).toBe('… and 2 schedules more, of other chats: /schedules in a chat lists its own.');
  expect(rest.filter((line) => line.includes(' · next '))).toHaveLength(3);
  expect(everywhereText(allScheduleViews(store, TIMES, 5)).text).not.toContain('…');
});

it('of a chat whose time zone is not known here go by the clock of the bot, also in the list of all chats', () => {
  const { store } = open();
  for (const chatId of [CHAT, OTHER]) {
    store.chats.upsertChat({ chatId, kind: 'private', title: 'A chat' });
    addSchedule(store, chatId, NIGHTLY);
  }
  store.schedules.setTimezone(OTHER, 'Mars/Olympus_Mons');
  const [known, unknown] = allScheduleViews(store, TIMES, 10).first;
  expect(known?.nextRuns).toHaveLength(3);
  expect(unknown?.nextRuns).toEqual(known?.nextRuns);
});

it('one from elsewhere that makes no sense never opens, and keeps the others in the list', () => {
  const { store } = open();
  addSchedule(store, CHAT, NIGHTLY);
  store.schedules.createSchedule({ chatId: OTHER, name: 'odd', type: 'custom', time: '00:00', cron: '61 * * * *' });
  const all = allScheduleViews(store, TIMES, 10);
  expect(all.first.map(({ schedule, nextRuns }) => [schedule.name, nextRuns.length])).toEqual([
    ['nightly', 3],
    ['odd', 0],
  ]);
  const { text } = everywhereText(all);
  expect(text).toContain('nightly · next today 23:00');
  expect(text).toContain('odd · never opens');
  expect(listText(scheduleViewsOf(store, OTHER, TIMES), TIMES).text).toContain('Next: never');
});

const MESSAGE_LIMIT = 4096;
const longName = (number: number): string => `${'n'.repeat(62)}${String(number).padStart(2, '0')}`;

it.each([
  { of: 'every day', cron: undefined, told: [20, 1] },
  {
    of: 'by long expressions',
    cron: `${Array.from({ length: 60 }, (_, minute) => minute).join(',')} 2 * * *`,
    told: [0, 0],
  },
])('twenty with the longest names that open $of are all in one message', (one) => {
  const { store } = open();
  const fields = one.cron === undefined ? NIGHTLY : ({ ...NIGHTLY, type: 'custom', cron: one.cron } as const);
  for (let number = 0; number < 20; number += 1) addSchedule(store, CHAT, { ...fields, name: longName(number) });
  const views = scheduleViewsOf(store, CHAT, TIMES);
  const { text } = listText(views, TIMES);
  expect(text.length).toBeLessThan(MESSAGE_LIMIT);
  expect(views.filter(({ schedule }) => !text.includes(`${schedule.name} · #${schedule.id} · `))).toEqual([]);
  expect(text).toMatch(/\n\nTimes here are those of [^\n]+$/);
  const said = (pattern: string): number => text.toLowerCase().split(pattern.toLowerCase()).length - 1;
  expect([said('every day'), said('Next: today 23:00, ')]).toEqual(one.told);
});

it('of twenty-five chats with the longest names, all of them open, each is in one message', () => {
  const { store } = open();
  for (let chatId = 1; chatId <= 25; chatId += 1) {
    store.chats.upsertChat({ chatId, kind: 'private', title: `chat-${chatId}-`.padEnd(64, 'c') });
    const { id: scheduleId, name: scheduleName } = addSchedule(store, chatId, { ...NIGHTLY, name: longName(chatId) });
    const run = { openedAt: '2026-05-04T23:00:00.000Z', closesAt: '2026-05-05T11:00:00.000Z', limitBytes: null };
    store.schedules.openRun({ scheduleId, scheduleName, chatId, maxConcurrentDownloads: 1, ...run });
  }
  const { text } = everywhereText(allScheduleViews(store, TIMES, 25));
  expect(text.length).toBeLessThan(MESSAGE_LIMIT);
  expect([text.match(/chat-\d+-c+/g)?.length, text.match(/ · open now$/gm)?.length]).toEqual([25, 25]);
});
