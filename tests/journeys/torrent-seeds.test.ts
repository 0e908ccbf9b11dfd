import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';
import {
  HAS_ARIA2,
  type Leecher,
  type MadeTorrent,
  makeTorrent,
  startLeecher,
  startSeeder,
  startTracker,
  type Tracker,
} from '../helpers/torrents.ts';

const SETTINGS = {
  HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8',
  HUBGRAM_TORRENT_DHT: 'false',
  PATH: process.env['PATH'] ?? '',
};
const DAY = { ...SETTINGS, HUBGRAM_SEED_HOURS: '24' };
const HOUR_MS = 3_600_000;
const WAIT = { timeout: 60_000 };
const CONFIG = { 'more/config.json': Buffer.from('{"a":1}\n') };
const MODEL = { 'model.gguf': bytesOf(1_000_000) };
const FILES = { ...MODEL, ...CONFIG };
/** What fills up pieces lies on nobody's disk here, and yet is given. */
const SWARM = { ...MODEL, _____padding_file_0: Buffer.alloc(15_808), ...CONFIG };

let world: AppWorld;
let tracker: Tracker;
let torrent: MadeTorrent;
let leechers: Leecher[];

beforeEach(async () => {
  world = await openAppWorld();
  tracker = await startTracker();
  torrent = makeTorrent({ name: 'My Model', files: SWARM, tracker: tracker.url });
  leechers = [];
});

afterEach(async () => {
  await world.close();
  for (const leecher of leechers) await leecher.close();
  await tracker.close();
});

const seedsFolder = (): string => join(world.dataDir, 'files', '.hubgram', 'torrents', 'seeds');
const seeds = (): Promise<readonly string[]> => readdir(seedsFolder()).catch(() => []);
const isGiven = (): Promise<unknown> => vi.waitUntil(async () => world.logged().includes('is given to others'), WAIT);
const isOver = (): Promise<unknown> => vi.waitUntil(async () => (await seeds()).length === 0, WAIT);

/** It has come from somebody who has gone since. */
const hasCome = async (more = ''): Promise<void> => {
  const seeder = await startSeeder(torrent, 'My Model', SWARM);
  world.say(`/add ${torrent.magnet}${more}`);
  await world.sees(ANN, /My-Model · completed/);
  await seeder.close();
};

/** What aria2 of the bot has of torrents; nothing if it does not run. */
const atAria2 = async (): Promise<readonly unknown[]> => {
  const file = await readFile(join(world.dataDir, 'files', '.hubgram', 'torrents', 'aria2.conf'), 'utf8');
  const [, port] = /^rpc-listen-port=(\d+)$/m.exec(file) ?? [];
  const [, secret] = /^rpc-secret=(\w+)$/m.exec(file) ?? [];
  const params = [`token:${secret}`, ['infoHash']];
  const body = JSON.stringify({ jsonrpc: '2.0', id: '1', method: 'aria2.tellActive', params });
  const answer = await fetch(`http://127.0.0.1:${port}/jsonrpc`, { method: 'POST', body }).catch(() => undefined);
  const { result } = answer ? ((await answer.json()) as { result: { infoHash: string }[] }) : { result: [] };
  return result.map(({ infoHash }) => infoHash);
};

const givenBytes = (): number => {
  const db = new Database(join(world.dataDir, 'hubgram.db'), { readonly: true });
  try {
    return Number(db.prepare('SELECT sum(given_bytes) FROM torrent_seeds').pluck().get());
  } finally {
    db.close();
  }
};

const leech = async (): Promise<Leecher> => {
  const leecher = await startLeecher(torrent);
  leechers.push(leecher);
  return leecher;
};

const details = async (pattern: RegExp): Promise<void> => {
  const card = await world.sees(ANN, /My-Model · completed/);
  world.telegram.press(ANN, ANN, card.message_id, 'Details');
  await world.sees(ANN, pattern);
};

const getsAll = async (): Promise<void> => {
  const { done, folder } = await leech();
  await done;
  for (const [path, body] of Object.entries(FILES))
    expect(await readFile(join(folder, 'My Model', path))).toStrictEqual(body);
};

describe.skipIf(!HAS_ARIA2)('a torrent that has come', () => {
  it('is given to others from its place, for as long as the owner wants', async () => {
    await world.start(DAY);
    await hasCome();
    await isGiven();
    await getsAll();
    // No byte of it lies there twice.
    const { ino, nlink } = await stat(join(world.dataDir, 'files', 'custom', 'My-Model', 'model.gguf'));
    expect((await stat(join(seedsFolder(), torrent.infoHash, '1'))).ino).toBe(ino);
    expect(nlink).toBe(2);
    await vi.waitUntil(() => givenBytes() >= 1_000_000, WAIT);
    await details(/Given to others until .*, 1(?:\.\d+)? MB so far/);
    world.clock.pass(24 * HOUR_MS);
    await isOver();
    expect((await stat(join(world.dataDir, 'files', 'custom', 'My-Model', 'model.gguf'))).nlink).toBe(1);
    await details(/1(?:\.\d+)? MB of it went to others\./);
  });

  it('is given to nobody unless somebody wants that, and not while everything is held', async () => {
    await world.start(SETTINGS);
    await hasCome();
    expect(await atAria2()).toStrictEqual([]);
    expect(await seeds()).toStrictEqual([]);
    world.say('/config set seed_hours 1');
    await isGiven();
    expect(await atAria2()).toStrictEqual([torrent.infoHash]);
    world.say('/hold');
    await isOver();
    world.say('/unhold');
    await vi.waitUntil(async () => (await seeds()).length > 0, WAIT);
    world.say('/config set seed_hours 0');
    await isOver();
    expect(await atAria2()).toStrictEqual([]);
  });

  it('makes way for other files of the same torrent, and is given on after that; a part of it is not', async () => {
    await world.start(DAY);
    await hasCome();
    await isGiven();
    const seeder = await startSeeder(torrent, 'My Model', SWARM);
    world.say(`/add ${torrent.magnet} include=*.json name=only`);
    await world.sees(ANN, /files\/custom\/only · completed/);
    await seeder.close();
    await getsAll();
    expect(await seeds()).toStrictEqual([torrent.infoHash]);
  });

  it('is given on after a restart, and not any more when its time is over by then', async () => {
    const first = await world.start(DAY);
    await hasCome();
    await isGiven();
    await first.stop();
    const second = await world.start(DAY);
    await getsAll();
    await second.stop();
    expect(await seeds()).toStrictEqual([torrent.infoHash]);
    world.clock.pass(25 * HOUR_MS);
    await world.start(DAY);
    await isOver();
  });

  it('takes no room any more when it is removed', async () => {
    await world.start(DAY);
    await hasCome();
    await isGiven();
    world.say('/remove My-Model');
    const question = await world.sees(ANN, /^Remove files/);
    world.telegram.press(ANN, ANN, question.message_id, 'Files too · 1 MB');
    await isOver();
    world.clock.pass(HOUR_MS + 100_000);
    // No other name is left of them: the room is free.
    await vi.waitUntil(() => /"bytes":1000008\b[^\n]*Files of a copy are removed/.test(world.logged()), WAIT);
  });
});
