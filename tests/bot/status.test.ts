import { afterEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { statusText } from '../../src/bot/status/text.ts';
import { problemsOf } from '../../src/library/watching/problems.ts';
import type { StatusView } from '../../src/library/watching/status.ts';
import { joinHost } from '../helpers/hosts.ts';
import { createTestClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, openBot } from './setup.ts';

const GROUP = -1_002_000_000_007;
const MINUTE = 60_000;

let bench: BotBench;

const open = async (options: BotBenchOptions = {}): Promise<BotBench> => {
  bench = await openBot({ concurrency: 0, ...options });
  return bench;
};

const letBobIn = ({ store }: BotBench, role: 'member' | 'viewer' = 'viewer'): void => {
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, role);
  store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
};

const said = (message: SimMessage | undefined): string => message?.caption ?? message?.text ?? '';

describe('/status', () => {
  afterEach(() => bench.close());

  it('tells an owner alone of everything, with the machine, in words that fit a phone', async () => {
    const clock = createTestClock();
    await open({ clock });
    const { store } = bench;
    letBobIn(bench);
    clock.pass(70 * MINUTE);
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'The Lab' });
    store.schedules.createSchedule({ chatId: GROUP, name: 'nightly', type: 'daily', time: '23:00' });
    store.schedules.setNextRun(1, '2999-01-01T23:00:00.000Z');
    bench.put('org/theirs', 'pending', BOB);
    bench.put('org/mine');
    bench.put('org/broken', 'failed');
    const [message] = await bench.say('/status');
    const text = said(message)
      .replaceAll(/\d+(?:\.\d+)* [kMGT]B/g, 'N')
      .replaceAll(bench.cacheDir.slice(0, -4), 'DIR');
    expect(text.split('\n')).toEqual([
      'Status · well',
      'Queue: 2 wait for their turn · 1 failed',
      'Speed: nothing came in the last 24 hours',
      expect.stringMatching(/^Last 24 h: /),
      'Schedules: next nightly (The Lab) Tue 1 Jan 2999 23:00',
      'Disk: N free of N',
      expect.stringMatching(/^[\w.-]+: load \d+\.\d\d on \d+ cores? · memory: N taken by hubgram, N of N free$/),
      `hubgram 0.0.1, up 1 h 10 min · Node ${process.versions.node} · SQLite ${store.watching.sqliteVersion()}`,
      'Models DIR/hub',
      'Database DIR',
    ]);
    expect(message?.photo).toBeUndefined();
  });

  it('does not count as paused what was cancelled', async () => {
    await open();
    letBobIn(bench, 'member');
    for (const userId of [ANN, BOB]) {
      bench.put('org/paused', 'paused', userId);
      expect(bench.queue.cancel(bench.put('org/gone', 'pending', userId))).toBe(true);
    }
    expect(said((await bench.say('/status'))[0])).toContain('Queue: 2 paused\n');
    expect(said((await bench.say('/status', { userId: BOB }))[0])).toContain('Queue: 1 paused\n');
  });

  it('tells others, and a group, of that chat alone, and nothing of the machine', async () => {
    await open();
    const { store, telegram } = bench;
    letBobIn(bench);
    telegram.addGroup({ id: GROUP, type: 'supergroup', title: 'All', members: [ANN, BOB] });
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'All' });
    store.chats.setAccess(GROUP, 'approved');
    bench.put('org/mine');
    bench.put('org/theirs', 'paused', BOB);
    store.watching.addTraffic(5e9);
    store.tokenRefusals.noteRefusal('abc');
    const forBob = said((await bench.say('/status', { userId: BOB }))[0]);
    const inGroup = said((await bench.say('/status', { chatId: GROUP }))[0]);
    expect(forBob).toContain('Status of this chat · well\nQueue: 1 paused\n');
    expect(inGroup).toContain('Status of this chat · well\nQueue: nothing runs or waits\n');
    for (const text of [forBob, inGroup]) {
      expect(text).not.toMatch(/Node|\bload\b|hubgram \d|\b5 GB in|org\/|\/hub/);
      expect(text).toContain('\nSpeed: nothing came for this chat in the last 24 hours\n');
    }
    // What two models have in common lies on the disk once: it is none of its line.
    expect(said((await bench.say('/status', { userId: BOB }))[0])).not.toMatch(/^Disk: .*model/m);
    expect(said((await bench.say('/status'))[0])).toMatch(
      /^Status · the Hub refuses the token in HF_TOKEN\nMake a new one, put it there, and start me again\. They are made at https:\/\/huggingface\.co\/settings\/tokens\./,
    );
  });

  it('says first what is wrong, the worst of it with a remedy', async () => {
    await open();
    const { store } = bench;
    store.backups.createBackup();
    store.backups.endBackup(1, { errorMessage: 'The folder is gone.' });
    await bench.say('/hold');
    const [title, remedy] = said((await bench.say('/status'))[0]).split('\n');
    expect(title).toBe('Status · the nightly backup failed; every download is held');
    expect(remedy).toBe('The folder is gone. /backup tries again.');
  });

  it('is not well while what is wanted waits for a machine that is away', async () => {
    await open();
    const { store } = bench;
    letBobIn(bench);
    const nas = joinHost(store);
    expect(said((await bench.say('/status'))[0])).toMatch(/^Status · well\n/);
    const { id } = store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    expect(said((await bench.say('/status'))[0])).toMatch(
      /^Status · nas is away\nWhat is to be done there goes on by itself\. \/hosts says more\.\n/,
    );
    expect(await bench.ask('/queue')).toContain('org/far on nas · waits for nas, which is away');
    // Who has nothing there is not told of it.
    expect(said((await bench.say('/status', { userId: BOB }))[0])).toMatch(/^Status of this chat · well\n/);
    store.models.moveModel(id, 'pending', 'downloading');
    expect(await bench.ask('/queue')).toContain('Downloading\n#1 org/far on nas · waits for nas, which is away');
    expect(said((await bench.say('/status'))[0])).toMatch(/^Status · nas is away\n/);
  });

  it('is not well while something waits for room, though the disk is not full', async () => {
    await open();
    const { models } = bench.store;
    for (const name of ['org/one', 'org/two']) {
      const { id } = models.createModel({ chatId: ANN, name });
      models.updateModelDetails(id, { statusReason: 'no_space', notBefore: '2100-01-01T00:00:00.000Z' });
      const [title, remedy] = said((await bench.say('/status'))[0]).split('\n');
      expect(title).toBe(
        name === 'org/one'
          ? 'Status · one download does not fit on the disk'
          : 'Status · 2 downloads do not fit on the disk',
      );
      expect(remedy).toBe('/queue says which, /storage what could go.');
    }
  });

  it('is not well while the Hub does not answer a machine that fetches something', async () => {
    await open();
    const { store } = bench;
    const [nas, gpu] = [joinHost(store), joinHost(store, 'gpu')];
    store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    const queue = {
      isHeld: () => false,
      trouble: () => undefined,
      hostAway: () => undefined,
      hubSilentSince: () => 5000,
    };
    const problems = (chatId?: number) =>
      problemsOf(
        { store, queue, hubReach: { silentSince: () => undefined } },
        { disk: { freeBytes: 2, floorBytes: 1 }, waiting: 0 },
        chatId,
      );
    expect(problems()).toEqual([{ kind: 'hosts_without_hub', hosts: [{ name: 'nas', since: 5000 }] }]);
    expect(problems(BOB)).toEqual([]);
    store.models.createModel({ chatId: ANN, name: 'org/far', hostId: gpu });
    expect(problems(ANN)).toMatchObject([{ hosts: [{ name: 'nas' }, { name: 'gpu' }] }]);
  });

  it('has a picture of the last day below its words, and Refresh changes both in place', async () => {
    const clock = createTestClock();
    await open({ clock });
    const { store } = bench;
    // A day passes: what the bot said must still be there.
    store.chatSettings.setChatSetting(ANN, 'auto_clear', 'off');
    const [before] = await bench.say('/status');
    expect(before?.photo).toBeUndefined();
    clock.pass(90 * MINUTE);
    store.watching.addTraffic(9e9);
    clock.pass(15 * MINUTE);
    await bench.press(before, 'Refresh');
    const now = bench.shown().find(({ message_id: id }) => id === before?.message_id);
    expect(now).toMatchObject({ show_caption_above_media: true, photo: [{ width: 800, height: 420 }] });
    expect(now?.caption).toContain('\nSpeed: nothing comes now · 9 GB in 24 h\n');
    expect(now?.caption).toMatch(
      /\nPicture: what came in the last 24 hours, by the clock of UTC\. The busiest quarter of an hour brought 9 GB, from today 13:30\.$/,
    );
    clock.pass(24 * 60 * MINUTE);
    await bench.press(now, 'Refresh');
    const later = bench.shown().find(({ message_id: id }) => id === before?.message_id);
    expect(later?.caption).toContain('\nSpeed: nothing came in the last 24 hours\n');
    expect(bench.shown()).toHaveLength(1);
  });

  it('sends picture and words at once where something came, by the clock of the chat', async () => {
    const clock = createTestClock();
    await open({ clock });
    bench.store.schedules.setTimezone(ANN, 'Asia/Kolkata');
    bench.store.watching.addTraffic(3e6);
    const [message] = await bench.say('/status');
    expect(message?.photo).toBeDefined();
    expect(message?.caption).toMatch(
      /by the clock of Asia\/Kolkata \(UTC\+5:30\)\. The busiest quarter of an hour brought 3 MB, from today 17:30\.$/,
    );
    expect(message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual(['Refresh']);
  });

  it('counts what is looked up and what waits for an answer, as what waits too', async () => {
    await open();
    const { store } = bench;
    letBobIn(bench);
    const asked = (messageId: number, chatId: number): number =>
      store.addRequests.createAddRequest({
        chatId,
        userId: chatId,
        threadId: null,
        messageId,
        ref: 'org/x',
        options: {},
      }).request.id;
    store.atomically(() => {
      for (const messageId of [901, 902]) {
        store.addRequests.moveAddRequest(asked(messageId, ANN), 'looking_up', 'choosing', { errorMessage: null });
      }
      store.addRequests.moveAddRequest(asked(903, BOB), 'looking_up', 'failed', { errorMessage: 'gone' });
      store.addRequests.moveAddRequest(asked(904, BOB), 'looking_up', 'choosing', { errorMessage: null });
    });
    const told = (chatId: number): string => bench.shown(chatId).map(said).join('\n');
    // Their cards come too, before or after.
    await bench.say('/status');
    await expect.poll(() => told(ANN)).toContain('\nQueue: 3 wait for an answer\n');
    await bench.say('/status', { userId: BOB });
    await expect.poll(() => told(BOB)).toContain('\nQueue: 1 waits for an answer\n');
    expect(await bench.ask('/queue')).toBe('Waiting for an answer\norg/x\norg/x');
  });

  it('takes no words', async () => {
    await open();
    expect(await bench.ask('/status all')).toBe('/status takes no words. It tells how everything is now.');
  });
});

it('/status stays within a caption, whatever people have named and however much is wrong', () => {
  const name = 'n'.repeat(64);
  const wide = 999e9;
  const opening = { name, chatId: 1, chatTitle: name, opensAt: '2999-11-21T00:00:00.000Z' };
  const host = { name, load: 999.99, processors: 999, residentBytes: wide };
  const waits = {
    disabled: 99999,
    start: 99999,
    access: 99999,
    schedule: 99999,
    host_away: 0,
    quota: 99999,
    space: 99999,
  };
  const kinds = [
    { kind: 'unavailable', amount: 9 },
    { kind: 'gone', amount: 9 },
  ] as const;
  const view: StatusView = {
    problems: [
      { kind: 'database', why: 'w'.repeat(2000) },
      { kind: 'hub_silent', since: 0 },
      { kind: 'stalled' },
      { kind: 'no_room', freeBytes: wide, floorBytes: wide },
      { kind: 'token_refused' },
      { kind: 'backup_failed', why: 'w'.repeat(2000) },
      { kind: 'held' },
    ],
    disk: { freeBytes: wide, totalBytes: wide, floorBytes: wide },
    models: { copies: 99999, sizeBytes: wide },
    bytesPerSecond: wide,
    traffic: { bytes: wide, bars: [{ from: 0, bytes: wide, bytesPerSecond: wide }] },
    queue: {
      running: 99999,
      failed: 99999,
      paused: 99999,
      waits: { ...waits, backoff: 99999, turn: 99999 },
      requests: { lookedUp: 99999, toBeAnswered: 99999 },
    },
    ends: { completed: 99999, failed: 99999, cancelled: 9, retries: 99999, kinds },
    schedules: { openNow: 99999, next: [opening, opening] },
    machine: {
      versions: { hubgram: '99.99.99', node: '99.99.99', sqlite: '99.99.99' },
      uptimeMs: 1e12,
      folders: { models: `/${'m'.repeat(300)}`, data: `/${'d'.repeat(300)}` },
      hosts: [{ ...host, memory: { totalBytes: wide, freeBytes: wide } }],
    },
  };
  for (const [first, end] of [
    [0, 5],
    [3, 5],
    [3, 4],
  ]) {
    const shown = statusText(
      { ...view, problems: view.problems.slice(first, end) },
      { timezone: 'America/Argentina/ComodRivadavia', now: 1.7e12 },
    );
    expect(shown.text.length).toBeLessThanOrEqual(1024);
  }
  const ownHub = `https://${'h'.repeat(2000)}.lab.example`;
  const refused = { ...view, problems: view.problems.filter(({ kind }) => kind === 'token_refused') };
  const told = statusText(refused, { timezone: 'UTC', now: 1.7e12, ownHub }).text;
  expect(told.length).toBeLessThanOrEqual(1024);
  expect(told).toMatch(/They are made at https:\/\/h+…\/settings\/tokens; if that is a mirror, at https:/);
  const cut = { kind: 'hosts_without_hub', hosts: [{ name: 'nas', since: 1.7e12 }] } as const;
  expect(statusText({ ...view, problems: [cut] }, { timezone: 'UTC', now: 1.7e12 }).text).toMatch(
    /^Status · the Hub does not answer nas since 22:13\nWhat is to be fetched there is tried again: look at the network\. /,
  );
  const calm = { ...view, problems: [], machine: undefined };
  expect(statusText(calm, { timezone: 'UTC', now: 1.7e12 }).text).toContain('wait: 99999 for their turn, 99999 for a');
});
