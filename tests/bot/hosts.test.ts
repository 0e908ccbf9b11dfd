import { afterEach, describe, expect, it } from 'vitest';
import { hostsText } from '../../src/bot/hosts/text.ts';
import { hostStorageText } from '../../src/bot/storage/text.ts';
import type { Host } from '../../src/domain/hosts/host.ts';
import type { HostView } from '../../src/library/hosts/hosts-view.ts';
import { createTestClock } from '../helpers/clock.ts';
import { bringTo } from '../helpers/statuses.ts';
import { ANN, BOB, type BotBench, type BotBenchOptions, openBot } from './setup.ts';

const MINUTE = 60_000;
const GB = 1_000_000_000;

let bench: BotBench;

const open = async (options: BotBenchOptions = {}): Promise<BotBench> => {
  bench = await openBot({ concurrency: 0, ...options });
  return bench;
};

/** A machine that has joined, and was heard of once. @returns its number */
const join = (name: string, freeBytes = 300 * GB): number => {
  const { hosts } = bench.store;
  hosts.inviteHost({ name, createdBy: ANN, codeHash: name.padEnd(64, '0'), codeEndsAt: '2999-01-01T00:00:00.000Z' });
  const { id = 0 } = hosts.joinHost(name.padEnd(64, '0')) ?? {};
  hosts.noteSeen(id, { version: '1.2.3', freeBytes, totalBytes: 4000 * GB });
  return id;
};

const letBobIn = (role: 'member' | 'viewer' = 'member'): void => {
  const { store } = bench;
  store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  store.users.setRole(BOB, role);
  store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
};

const inWords = (text = ''): string => text.replaceAll(/\d+(?:\.\d+)* [kMGT]?B/g, 'N').replaceAll(/[█▓░▁]+/g, 'BAR');

describe('/hosts', () => {
  afterEach(() => bench.close());

  it('shows the one machine that there is', async () => {
    await open();
    bench.put('org/name');
    const [message] = await bench.say('/hosts');
    expect(inWords(message?.text).split('\n')).toEqual([
      'Hosts · 1 machine',
      '',
      'this machine · I run here',
      'BAR',
      'N models, N other files, N free of N.',
      '1 waits',
      '',
      'Models can lie on several machines, and all of them are looked after from here: /hosts add nas brings one in. docs/hosts.md says what it takes.',
    ]);
    expect(message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual(['Refresh']);
  });

  it('counts files that several quantizations of a repository have once, as its disk does', async () => {
    await open();
    const { store } = bench;
    const put = (hostId: number, quantize: string): void => {
      const shared = { path: 'mmproj.gguf', size: 20 * GB, etag: 'c'.repeat(64) };
      const own = { path: `${quantize}.gguf`, size: 30 * GB, etag: (quantize === 'q4' ? 'd' : 'e').repeat(64) };
      const { id, wantsCopyId } = store.models.createModel({
        chatId: ANN,
        name: 'org/quants',
        selection: `{"quantize":"${quantize}"}`,
        commitSha: 'a'.repeat(40),
        sizeBytes: 50 * GB,
        files: [shared, own],
        hostId,
      });
      bringTo(store, id, 'completed');
      store.copies.setComplete(wantsCopyId ?? 0, '/srv/quants');
    };
    const nas = join('nas');
    for (const hostId of [1, nas]) for (const quantize of ['q4', 'q8']) put(hostId, quantize);
    const said = await bench.ask('/hosts');
    expect(said.match(/\d+ GB models/g)).toEqual(['80 GB models', '80 GB models']);
  });

  it('lets a machine go, and what was on it: that is brought back only to a machine that has joined again', async () => {
    await open();
    const { store } = bench;
    const of = { chatId: ANN, name: 'org/far', hostId: join('nas'), commitSha: 'c'.repeat(40), files: [] };
    const { id } = store.models.createModel(of);
    store.cards.putCard({ modelId: id, chatId: ANN, threadId: null, messageId: null, replyTo: null });
    await bench.sees(/^org\/far on nas · /);
    const [question] = await bench.say('/hosts remove nas');
    expect(question?.text).toContain(
      'if nas joins again, /adopt takes it over there, and for an hour /undo brings it back.',
    );
    await bench.press(question, 'Yes, let it go');
    const card = await bench.sees(/^org\/far on nas · removed\n/);
    expect(card.text).toBe(
      'org/far on nas · removed\nIt was on nas, which is none of my machines any more. Its files stay on the disk there.',
    );
    expect(card.reply_markup?.inline_keyboard.flat() ?? []).toEqual([]);
    expect(await bench.ask('/undo')).toBe(
      'Nothing can be brought back now. 1 model left with a machine that was let go: if it joins again within the hour, /undo brings it back.',
    );
    expect(store.models.getModel(id)).toBeUndefined();
    // Invited anew it says nothing of its disk before it has come.
    const code = { codeHash: 'x', codeEndsAt: '2999-01-01T00:00:00.000Z' };
    store.hosts.inviteHost({ name: 'nas', createdBy: ANN, ...code });
    expect((await bench.ask('/hosts')).split('\n\n').at(2)).toBe('nas · has not come yet');
    join('nas');
    expect(await bench.ask('/undo')).toMatch(/^org\/far on nas is back in this library\./);
  });

  it('lets no machine go by a question that said something else of it: that asks anew', async () => {
    await open();
    const { store } = bench;
    const code = 'nas'.padEnd(64, '0');
    store.hosts.inviteHost({ name: 'nas', createdBy: ANN, codeHash: code, codeEndsAt: '2999-01-01T00:00:00.000Z' });
    const [question] = await bench.say('/hosts remove nas');
    expect(question?.text).toBe('Take back the code for nas?');
    const { id: nas = 0 } = store.hosts.joinHost(code) ?? {};
    expect(await bench.press(question, 'Yes, let it go')).toBe('That has changed meanwhile. This is how it is now.');
    const empty = await bench.sees(/^Let nas go\? No model lies there\./);
    store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    await bench.press(empty, 'Yes, let it go');
    const one = await bench.sees(/^Let nas go\? The 1 model there leaves the libraries/);
    expect(store.hosts.getHost(nas)?.state).toBe('joined');
    // As an earlier version of hubgram made it: it says nothing of what was asked.
    bench.telegram.pressForged(ANN, ANN, one.message_id, `removeHost:${nas}:1`);
    await bench.ask('/status');
    expect(store.hosts.getHost(nas)?.state).toBe('joined');
    await bench.press(one, 'Yes, let it go');
    await bench.sees('nas is none of my machines any more. 1 model left with it; its files are on its disk still.');
  });

  it('says of a machine that is away since when, what was free then, and that it goes on by itself', async () => {
    const clock = createTestClock();
    await open({ clock });
    const nas = join('nas');
    const { store } = bench;
    store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    clock.pass(70 * MINUTE);
    const [message] = await bench.say('/hosts');
    const since = new Date(Date.parse(store.hosts.getHost(nas)?.seenAt ?? '')).toISOString().slice(11, 16);
    expect(message?.text).toContain('Hosts · 2 machines, 1 away\n');
    expect(inWords(message?.text)).toContain(
      [
        `nas · away since ${since}`,
        'BAR',
        'N models, N other files, N free of N then.',
        '1 waits',
        'What it is to do goes on by itself when it is back.',
      ].join('\n'),
    );
    expect(message?.text).toContain('300 GB free of 4 TB then.');
    expect(message?.text).toMatch(/\n\n\/add gpt2 on=nas puts a model onto nas\.$/);
    await bench.press(message, 'nas');
    const page = bench.shown().at(-1);
    expect(page?.text).toMatch(/^nas · away since /);
    expect(page?.text).toMatch(/\nhubgram 1\.2\.3 · joined \d\d:\d\d$/);
    // What is free on this machine may change at any moment; what was free there does not.
    expect(await bench.press(page, 'Refresh')).toBe('Looked again: nothing new.');
    await bench.press(page, '‹ Hosts');
    expect(bench.shown().at(-1)?.text).toMatch(/^Hosts · 2 machines/);
    expect(await bench.ask('/hosts NAS')).toMatch(/^nas · away since /);
    expect(await bench.ask('/hosts here')).toMatch(/^this machine · I run here/);
  });

  it('tells others of their chat alone, and nothing of who has not come', async () => {
    await open();
    letBobIn('viewer');
    const nas = join('nas');
    bench.store.hosts.inviteHost({
      name: 'gpu-box',
      createdBy: ANN,
      codeHash: 'f'.repeat(64),
      codeEndsAt: '2999-01-01T00:00:00.000Z',
    });
    bench.store.models.createModel({ chatId: ANN, name: 'org/far', hostId: nas });
    bench.store.models.createModel({ chatId: BOB, name: 'org/mine', hostId: nas });
    const theirs = await bench.ask('/hosts', { userId: BOB });
    expect(theirs).toContain('Hosts · 2 machines, 1 away');
    expect(theirs).toContain('Of this chat: 1 waits');
    expect(theirs).not.toContain('gpu-box');
    const mine = await bench.ask('/hosts');
    expect(mine).toContain('\n2 wait\n');
    expect(mine).toContain('gpu-box · has not come yet');
    expect(await bench.ask('/hosts nas', { userId: BOB })).not.toContain('1.2.3');
  });

  it('says that it is Redis which is away or full, and of no machine that it is', async () => {
    await open();
    const host = (name: string): Host => bench.store.hosts.getHost(join(name)) as Host;
    const view = (of: Host, by: HostView['by']) =>
      ({
        host: of,
        standing: 'away',
        by,
        disk: undefined,
        models: { complete: 0, running: 1, waiting: 0, resting: 0 },
      }) as const;
    const [nas, gpu] = [host('nas'), host('gpu')];
    const said = (by: HostView['by']): string =>
      hostsText([view(nas, by), view(gpu, by)], 'all', { timezone: 'UTC', now: Date.now() }).text;
    expect(said('no_redis')).toMatch(
      /^Hosts · 2 machines, 2 not heard of\nRedis does not answer, and other machines are reached by it alone\. .*\n\nnas · not heard of since /,
    );
    expect(said('redis_full')).toContain('\nRedis is full and takes nothing new, and other machines');
    for (const by of ['no_redis', 'redis_full'] as const) expect(said(by)).not.toContain('away');
  });

  it('says of a machine that is there since when its Hub does not answer', async () => {
    await open();
    const host = bench.store.hosts.getHost(join('nas')) as Host;
    const view = {
      host,
      standing: 'there',
      disk: undefined,
      models: { complete: 0, running: 1, waiting: 0, resting: 0 },
    } as const;
    const now = Date.UTC(2026, 10, 30, 12, 30);
    const said = (hubSilentSince?: number, hubAsked?: string): string =>
      hostsText([{ ...view, hubSilentSince, hubAsked }], 'all', { timezone: 'UTC', now }).text;
    expect(said(now - 26 * MINUTE)).toContain('\nThe Hub does not answer it since 12:04: look at its network.');
    expect(said(now - 26 * MINUTE, '127.0.0.1:34773')).toContain(
      '\nThe Hub does not answer it since 12:04. It asks 127.0.0.1:34773: look at its network, and at HF_ENDPOINT there.',
    );
    expect(said(undefined, '127.0.0.1:34773')).not.toContain('Hub');
  });

  it('gives each of many machines a line', async () => {
    await open();
    for (let number = 1; number <= 40; number += 1) join(`box-${number}`);
    const [message] = await bench.say('/hosts');
    expect(message?.text).toContain('\nbox-29 · away since ');
    expect(message?.text).not.toContain('box-30 ·');
    expect(message?.text).toContain('\nAnd 11 more.');
    expect(message?.text).not.toMatch(/[█▓░]/);
    expect(message?.reply_markup?.inline_keyboard.flat()).toHaveLength(31);
  });

  it('says that there is none of that name', async () => {
    await open();
    expect(await bench.ask('/hosts attic')).toBe('No machine of mine is called “attic”. /hosts lists them.');
    join('nas');
    const [message] = await bench.say('/hosts');
    bench.store.hosts.letHostGo(2);
    expect(await bench.press(message, 'nas')).toBe('Which machine was that? It is none of mine any more.');
  });
});

describe('/storage with a machine', () => {
  afterEach(() => bench.close());

  it('says how old that is what it knows, once it is not new', async () => {
    await open();
    const nas = join('nas');
    const host = bench.store.hosts.getHost(nas) as Host;
    const now = Date.UTC(2026, 10, 21, 12);
    const models = { complete: 0, running: 0, waiting: 0, resting: 0 };
    const shown = {
      host,
      standing: 'there',
      by: undefined,
      hubSilentSince: undefined,
      disk: undefined,
      models,
    } as const;
    const none = { entries: [], total: 0, pages: 1, page: 0 };
    const of = { page: none, scope: 'all', chatId: ANN, times: { timezone: 'UTC', now } } as const;
    const textAfter = (ms: number): string => {
      const report = {
        lookedAt: now - ms,
        totalBytes: 10,
        freeBytes: 5,
        cacheBytes: 1,
        modelBytes: 1,
        partials: [],
        unowned: [],
      };
      const sum = { copies: 0, sizeBytes: 0, sharedBytes: 0 };
      const view = {
        report,
        floorBytes: 0,
        limit: undefined,
        sum,
        removedBytes: 0,
        chats: 0,
        partials: { bytes: 0, folders: 0 },
      };
      return hostStorageText(shown, view, of).text;
    };
    expect(textAfter(4999)).not.toContain('ago');
    expect(textAfter(40_000)).toContain('\nSo it was 40 s ago.\n');
  });

  it('shows its disk and what lies there, and keeps the machines apart', async () => {
    await open();
    const nas = join('nas');
    const { store } = bench;
    const put = (name: string, hostId: number, sizeBytes: number): void => {
      const model = { chatId: ANN, name, commitSha: 'a'.repeat(40), sizeBytes, files: [], hostId };
      const { id, wantsCopyId } = store.models.createModel(model);
      bringTo(store, id, 'completed');
      store.copies.setComplete(wantsCopyId ?? 0, `/srv/${name}`);
    };
    put('org/here', 1, 5 * GB);
    for (let number = 1; number <= 11; number += 1) put(`org/far-${number}`, nas, number * GB);
    const [message] = await bench.say('/storage NAS');
    expect(message?.text).toMatch(
      /^Storage of nas · away since \d\d:\d\d\n[█▓░]+\n66 GB models, 3\.63 TB other files, 300 GB free of 4 TB then\.\n/,
    );
    expect(message?.text).toContain('Models, the largest first · page 1 of 2\n11 GB · #12 org/far-11 on nas\n10 GB');
    expect(message?.text).not.toContain('org/here');
    await bench.press(message, 'Smaller ›');
    const second = bench.shown().at(-1);
    expect(second?.text).toContain('page 2 of 2\n1 GB · #2 org/far-1 on nas');
    expect(await bench.press(second, 'Look again')).toBe('Looked again: nothing new.');
    await bench.press(second, '‹ Storage');
    expect(bench.shown().at(-1)?.text).toContain('1 model in 1 chat: 5 GB.');
    expect(await bench.ask('/storage here')).toMatch(/^Storage\n/);
    expect(await bench.ask('/storage attic')).toContain('is nothing that /storage tells apart');
    store.hosts.letHostGo(nas);
    const [again] = await bench.say('/hosts here');
    bench.telegram.pressForged(ANN, ANN, again?.message_id ?? 0, `storage:h:0:${nas}`);
    await bench.say('/help');
    expect(bench.shown().find((one) => one.message_id === again?.message_id)?.text).toMatch(/^Storage\n/);
  });
});
