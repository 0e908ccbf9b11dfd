import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { filesIn } from '../helpers/leaks.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { HAS_ARIA2, makeTorrent, type Seeder, startSeeder, startTracker, type Tracker } from '../helpers/torrents.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';

const SETTINGS = {
  HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8',
  HUBGRAM_TORRENT_DHT: 'false',
  PATH: process.env['PATH'] ?? '',
};
const BODY = bytesOf(3_000_000);
const FILES = { 'model.gguf': BODY, 'more/config.json': Buffer.from('{"a":1}\n'), 'more/big.bin': bytesOf(700_000) };

let world: AppWorld;
let tracker: Tracker;
let seeder: Seeder | undefined;

beforeEach(async () => {
  world = await openAppWorld();
  tracker = await startTracker();
});

afterEach(async () => {
  await world.close();
  await seeder?.close();
  seeder = undefined;
  await tracker.close();
});

const filesDir = (): string => join(world.dataDir, 'files');
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe.skipIf(!HAS_ARIA2)('/add of a magnet link', () => {
  it('fetches the torrent into a folder of its name, verified, and leaves nothing of the way there', async () => {
    const torrent = makeTorrent({ name: 'My Model', files: FILES, tracker: tracker.url });
    seeder = await startSeeder(torrent, 'My Model', FILES);
    await world.start(SETTINGS);
    world.say(`/add ${torrent.magnet}`);
    const card = await world.sees(
      ANN,
      /files\/custom\/My-Model · completed\n3\.7 MB.*\n3 files\. Verified piece by piece/,
    );
    expect(card.text?.split('\n')).toContain(join(filesDir(), 'custom', 'My-Model'));
    world.telegram.press(ANN, ANN, card.message_id, 'Details');
    const details = await world.sees(ANN, new RegExp(`From the torrent magnet:\\?xt=urn:btih:${torrent.infoHash}`));
    expect(details.text).not.toContain('SHA-256');
    for (const [path, body] of Object.entries(FILES))
      expect(await readFile(join(filesDir(), 'custom', 'My-Model', path))).toStrictEqual(body);
    const left = await readdir(join(filesDir(), '.hubgram', 'files--custom--My-Model', '.hubgram'));
    expect(left.filter((name) => name.includes('.part'))).toStrictEqual([]);
    world.say('/files My-Model');
    await world.sees(ANN, /\n1 {2}model\.gguf · 3 MB\n2 {2}more\/big\.bin/);
    world.say('/verify My-Model');
    await world.sees(ANN, /All 3 files are right|3 files are right/);
    // What is damaged is fetched again, and is what it was.
    const path = join(filesDir(), 'custom', 'My-Model', 'more', 'big.bin');
    await writeFile(path, Buffer.alloc(700_000));
    world.say('/verify My-Model');
    await vi.waitUntil(async () => (await readFile(path).catch(() => BODY)).equals(FILES['more/big.bin']), {
      timeout: 60_000,
    });
    // Nothing was said of the tracker, whose address may be a key.
    expect(
      world
        .shown(ANN)
        .map(({ text = '' }) => text)
        .join('\n'),
    ).not.toContain('announce');
  });

  it('takes only the files that are wanted, under another name, and later all of them beside these', async () => {
    const torrent = makeTorrent({ name: 'My Model', files: FILES, tracker: tracker.url });
    seeder = await startSeeder(torrent, 'My Model', FILES);
    await world.start(SETTINGS);
    world.say(`/add ${torrent.magnet} include=*.json name=settings category=text`);
    await world.sees(ANN, /files\/text\/settings · completed\n8 B/);
    const folder = join(filesDir(), 'text', 'settings');
    expect(await readdir(folder, { recursive: true })).toStrictEqual(['more', 'more/config.json']);
    world.say(`/add ${torrent.magnet} exclude=*.bin name=settings category=text`);
    await world.sees(ANN, /files\/text\/settings-2 · completed\n3 MB/);
    world.say(`/add ${torrent.magnet} include=*.onnx`);
    await world.sees(ANN, /None of the torrent’s files has such a name/);
    world.say(`/add ${torrent.magnet} sha256=${'0'.repeat(64)}`);
    await world.sees(ANN, /sha256= is not for torrents/);
  });

  it('is a plain file where the torrent is one, goes on after a pause, and keeps the hash that it has then', async () => {
    const torrent = makeTorrent({ name: 'tiny.gguf', files: { '': BODY }, tracker: tracker.url });
    seeder = await startSeeder(torrent, '', { 'tiny.gguf': BODY }, 400_000);
    await world.start(SETTINGS);
    world.say(`/add ${torrent.magnet}`);
    await world.sees(ANN, /tiny\.gguf · downloading\n.* [1-9]\d? %\n.*from 1 peer/s);
    world.say('/pause tiny');
    await world.sees(ANN, /tiny\.gguf · paused/);
    const before = tracker.asked.length;
    world.say('/resume tiny');
    await world.sees(ANN, /tiny\.gguf · completed\n3 MB.*\nVerified piece by piece/);
    // What had come was not asked for again.
    const left = tracker.asked.slice(before).flatMap((path) => /left=(\d+)&.*event=started/.exec(path)?.[1] ?? []);
    expect(left.map(Number).some((bytes) => bytes < BODY.length)).toBe(true);
    expect(await readFile(join(filesDir(), 'text', 'tiny.gguf'))).toStrictEqual(BODY);
    const card = await world.sees(ANN, /tiny\.gguf · completed\n3 MB.*\nVerified/);
    world.telegram.press(ANN, ANN, card.message_id, 'Details');
    await world.sees(ANN, new RegExp(`SHA-256 ${createHash('sha256').update(BODY).digest('hex')}`));
  });

  it('of one file that turns out to be a file of the Hub which lies here is there once', async () => {
    await world.start(SETTINGS);
    world.say('/add sample/tiny-llama');
    await world.sees(ANN, /tiny-llama · completed/);
    const blobs = join(world.cacheDir, 'models--sample--tiny-llama', 'blobs');
    const [hash = ''] = (await readdir(blobs)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const body = await readFile(join(blobs, hash));
    const torrent = makeTorrent({ name: 'again.bin', files: { '': body }, tracker: tracker.url });
    seeder = await startSeeder(torrent, '', { 'again.bin': body });
    world.say(`/add ${torrent.magnet}`);
    await world.sees(ANN, /again\.bin · completed/);
    const inCache = await stat(join(blobs, hash));
    expect((await stat(join(filesDir(), 'custom', 'again.bin'))).ino).toBe(inCache.ino);
    expect(inCache.nlink).toBe(2);
  });

  it('that is cancelled leaves nothing', async () => {
    const torrent = makeTorrent({ name: 'tiny.gguf', files: { '': BODY }, tracker: tracker.url });
    seeder = await startSeeder(torrent, '', { 'tiny.gguf': BODY });
    await world.start({ ...SETTINGS, HUBGRAM_BANDWIDTH_LIMIT: '100KB' });
    world.say(`/add ${torrent.magnet}`);
    await world.sees(ANN, /tiny\.gguf · downloading\n.* [1-9]\d? %\n/s);
    world.say('/remove tiny');
    const question = await world.sees(ANN, /^Remove files/);
    world.telegram.press(ANN, ANN, question.message_id, 'Yes, remove');
    await world.sees(ANN, /tiny\.gguf · removed/);
    world.clock.pass(3_700_000);
    await vi.waitUntil(async () => !(await isThere(join(filesDir(), '.hubgram', 'files--text--tiny.gguf'))), {
      timeout: 60_000,
    });
    await vi.waitUntil(async () => !(await isThere(join(filesDir(), 'text'))), { timeout: 60_000 });
  });
});

describe.skipIf(!HAS_ARIA2)('the file of a torrent, sent as a document', () => {
  it('is added by its caption or by a tap, though nobody who has it has said what is in it', async () => {
    const torrent = makeTorrent({ name: 'My Model', files: FILES, tracker: tracker.url, isPrivate: true });
    await world.start(SETTINGS);
    const document = { data: torrent.bytes, name: 'x.torrent' };
    world.telegram.sendDocument(ANN, ANN, document);
    const offer = await world.sees(ANN, /^Add the torrent “My Model” to this library\?$/);
    world.telegram.press(ANN, ANN, offer.message_id, 'Add for later');
    await world.sees(ANN, /files\/custom\/My-Model · pending\n.*3\.7 MB/s);
    seeder = await startSeeder(torrent, 'My Model', FILES);
    world.telegram.sendDocument(ANN, ANN, { ...document, caption: '/add include=*.json name=only' });
    await world.sees(ANN, /files\/custom\/only · completed\n8 B/);
    expect(await readFile(join(filesDir(), 'custom', 'only', 'more', 'config.json'))).toStrictEqual(
      FILES['more/config.json'],
    );
  });

  it('that is none is refused', async () => {
    await world.start(SETTINGS);
    world.telegram.sendDocument(ANN, ANN, { data: Buffer.from('<html>'), name: 'x.torrent', caption: '/add' });
    await world.sees(ANN, /That is no torrent that can be fetched/);
  });
});

describe.skipIf(!HAS_ARIA2)('/add of the address of a .torrent file', () => {
  let web: WebServer;
  beforeEach(async () => {
    web = await startWebServer();
  });
  afterEach(() => web.close());

  it('fetches what the torrent holds, and its keys are written down nowhere', async () => {
    const passkey = 'pa55keyOfAnn0123456789';
    const torrent = makeTorrent({ name: 'My Model', files: FILES, tracker: `${tracker.url}?passkey=${passkey}` });
    seeder = await startSeeder(torrent, 'My Model', FILES);
    web.files.set('/get/7', { body: torrent.bytes, type: 'application/x-bittorrent' });
    await world.start(SETTINGS);
    world.say(`/add ${web.origin}/get/7`);
    await world.sees(ANN, /files\/custom\/My-Model · completed\n3\.7 MB.*\n3 files\. Verified piece by piece/);
    expect(tracker.asked.some((line) => line.includes(passkey))).toBe(true);
    const holding = [...filesIn(world.folder)].filter(([, bytes]) => bytes.includes(passkey)).map(([path]) => path);
    expect(holding).toStrictEqual([]);
    web.files.set('/b.torrent', { body: torrent.bytes });
    world.say(`/add ${web.origin}/b.torrent include=*.json name=only`);
    await world.sees(ANN, /files\/custom\/only · completed\n8 B/);
  });

  it('fetches the file itself with as=file, and what only looks like one', async () => {
    const torrent = makeTorrent({ name: 'a', files: { '': BODY }, tracker: tracker.url });
    web.files.set('/a.torrent', { body: torrent.bytes });
    web.files.set('/b.torrent', { body: Buffer.from('d4:infoi1ee') });
    web.files.set('/c.torrent', { body: Buffer.from('no torrent') });
    await world.start(SETTINGS);
    world.say(`/add ${web.origin}/a.torrent as=file`);
    await world.sees(ANN, /files\/custom\/a\.torrent · completed/);
    expect(await readFile(join(filesDir(), 'custom', 'a.torrent'))).toStrictEqual(torrent.bytes);
    for (const name of ['b', 'c']) {
      world.say(`/add ${web.origin}/${name}.torrent`);
      await world.sees(ANN, new RegExp(`files/custom/${name}\\.torrent · completed`));
    }
    world.say(`/add ${web.origin}/a.torrent as=folder`);
    await world.sees(ANN, /as=file takes the file of a torrent itself/);
    world.say('/add gpt2 as=file');
    await world.sees(ANN, /as= is for a file at a web address/);
  });
});

describe.skipIf(!HAS_ARIA2)('a torrent', () => {
  it('waits for the schedule of its chat, and comes when that opens', async () => {
    const torrent = makeTorrent({ name: 'tiny.gguf', files: { '': BODY }, tracker: tracker.url });
    seeder = await startSeeder(torrent, '', { 'tiny.gguf': BODY });
    await world.start({ ...SETTINGS, HUBGRAM_TIMEZONE: 'UTC' });
    const hour = (from: number): string => new Date(world.clock.now() + from * 3_600_000).toISOString().slice(11, 13);
    world.say(`/schedule add daily ${hour(3)}:00 until ${hour(5)}:00 name=later`);
    await world.sees(ANN, /Saved|later/);
    world.say(`/add ${torrent.magnet}`);
    await world.sees(ANN, /tiny\.gguf · pending\nStarts .*\d\d:00 \(later\)/);
    expect(await isThere(join(filesDir(), 'text'))).toBe(false);
    world.clock.pass(3.1 * 3_600_000);
    await world.sees(ANN, /tiny\.gguf · completed\n3 MB/);
  });

  it('whose tracker lies in a private network is not asked for', async () => {
    const torrent = makeTorrent({ name: 'a', files: { '': BODY }, tracker: tracker.url });
    await world.start({ ...SETTINGS, HUBGRAM_ALLOWED_HOSTS: 'example.org' });
    world.say(`/add ${torrent.magnet}`);
    await world.sees(ANN, /Its tracker is not asked\. 127\.0\.0\.1 is no public place/);
    expect(tracker.asked).toStrictEqual([]);
  });
});

it('without aria2, says what to install', async () => {
  const torrent = makeTorrent({ name: 'a', files: { '': BODY }, tracker: tracker.url });
  await world.start({ ...SETTINGS, PATH: world.folder });
  world.say(`/add ${torrent.magnet}`);
  await world.sees(ANN, /aria2, which is not installed.*apt install aria2/);
});
