import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { filesIn } from '../helpers/leaks.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';

const SETTINGS = { HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8', HUBGRAM_TORRENT_DHT: 'false' };
const BODY = bytesOf(3_000_000);
const KEY = 'k3yOfAnnForThisAddress';
const PASSKEY = 'pa55keyOfAnnAtHerTracker';

let world: AppWorld;
let web: WebServer;

beforeEach(async () => {
  world = await openAppWorld();
  web = await startWebServer();
});

afterEach(async () => {
  await world.close();
  await web.close();
});

/** Files below the folder of this world that hold a text. */
const filesWith = (text: string): string[] =>
  [...filesIn(world.folder)].filter(([, bytes]) => bytes.includes(text)).map(([path]) => path);
const said = (): string => JSON.stringify(world.telegram.calls.map(({ payload }) => payload));
const asked = (text: string): boolean => web.asked.some((line) => line.includes(text));

describe('a key in an address', () => {
  it('is sent to its server, and is nowhere in the database, its log, a backup, the log or the chat', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"1"' });
    const { stop } = await world.start(SETTINGS);
    world.say(`/add ${web.origin}/a.bin?token=${KEY}`);
    await world.sees(ANN, /a\.bin · completed/);
    world.say(`/add ${web.origin}/none.bin?token=${KEY}`);
    await world.sees(ANN, /no such file/);
    world.say(
      `/add magnet:?xt=urn:btih:${'a'.repeat(40)}&tr=${encodeURIComponent(`${web.origin}/${PASSKEY}/announce`)}`,
    );
    world.say(`/add https://me:${KEY}@127.0.0.1/a.bin`);
    await world.sees(ANN, /with a name and a password/);
    world.say(`/search ${web.origin}/a.bin?token=${KEY}`);
    world.say(`look at ${web.origin}/a.bin?token=${KEY}`);
    world.say('/add');
    world.say(`${web.origin}/a.bin?token=${KEY}`);
    world.say('/activity');
    await world.sees(ANN, /\/?add/);
    world.say('/backup');
    await world.telegram.waitFor(() => world.shown(ANN).find((message) => message.document));
    expect(asked(`/a.bin?token=${KEY}`)).toBe(true);
    for (const key of [KEY, PASSKEY]) {
      expect(filesWith(key)).toStrictEqual([]);
      expect(world.logged()).not.toContain(key);
      expect(said()).not.toContain(key);
    }
    expect(said()).not.toContain('sealed.1.');
    expect(filesWith('token=sealed.1.').length).toBeGreaterThan(1);
    await stop();
    expect(filesWith(KEY)).toStrictEqual([]);
  });

  it('that another version has written down in clear is sealed when this one starts, and nothing of it is left', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"1"' });
    const first = await world.start(SETTINGS);
    world.say(`/add ${web.origin}/a.bin?token=${KEY}`);
    await world.sees(ANN, /a\.bin · completed/);
    await first.stop();
    const db = new Database(join(world.dataDir, 'hubgram.db'));
    const address = `${web.origin}/a.bin?token=${KEY}`;
    db.prepare('UPDATE copies SET source_url = ?, keyless_url = ?').run(address, address);
    db.prepare("UPDATE add_requests SET options = json_set(options, '$.url', ?)").run(address);
    db.exec("INSERT INTO addresses_to_seal (kind, id) SELECT 'copy', id FROM copies");
    db.exec("INSERT INTO addresses_to_seal (kind, id) SELECT 'request', id FROM add_requests");
    db.close();
    expect(filesWith(KEY)).not.toStrictEqual([]);
    await world.start(SETTINGS);
    expect(filesWith(KEY)).toStrictEqual([]);
    expect(world.logged()).toContain('Keys in addresses were sealed');
    world.say(`/add ${web.origin}/a.bin?token=${KEY}`);
    await world.sees(ANN, /a\.bin (?:is )?here already|already here|in this library/i);
    web.asked.length = 0;
    world.say('/verify a.bin');
    await world.sees(ANN, /Its file is right/);
  });

  it('that was sealed with another secret key is asked for again', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"1"' });
    const first = await world.start({ ...SETTINGS, HUBGRAM_SECRET_KEY: 'the words that the key is made of' });
    world.say(`/add ${web.origin}/a.bin?token=${KEY} later`);
    await world.sees(ANN, /a\.bin · /);
    await first.stop();
    await world.start({ ...SETTINGS, HUBGRAM_SECRET_KEY: 'other words than these, of some length' });
    world.say('/download a.bin');
    await world.sees(ANN, /a\.bin · failed\n.*cannot be read any more.*Add the file again, by its whole address/s);
    world.say(`/add ${web.origin}/a.bin?token=${KEY}`);
    await world.sees(ANN, /a\.bin · completed/);
  });
});

describe('a signed address', () => {
  const signed = (signature: string, seconds = 3600): string =>
    `${web.origin}/b/a.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261129T100000Z&X-Amz-Expires=${seconds}&X-Amz-Signature=${signature}`;

  it('that has run out says so, and a new one goes on with what is here', async () => {
    let letGo = (): void => undefined;
    const until = new Promise<void>((resolve) => (letGo = resolve));
    web.files.set('/b/a.bin', { body: BODY, etag: '"1"', hold: { after: 700_000, until } });
    await world.start({ ...SETTINGS, ...ONE_CONNECTION });
    world.say(`/add ${signed('01ab')}`);
    await world.sees(ANN, /files\/custom\/a\.bin · downloading\n.*[1-9]\d %/s);
    world.say('/pause all');
    await world.sees(ANN, /a\.bin · paused/);
    letGo();
    web.files.set('/b/a.bin', { body: BODY, status: 403 });
    world.say('/resume all');
    await world.sees(
      ANN,
      /a\.bin · failed\n.*That address has run out: it held until 2026-11-29 11:00 UTC\. Get a new one.*what is here goes on/s,
    );
    web.files.set('/b/a.bin', { body: BODY, etag: '"1"' });
    web.asked.length = 0;
    world.say(`/add ${signed('02cd')}`);
    await world.sees(ANN, /files\/custom\/a\.bin · completed/);
    const starts = web.asked.map((line) => Number(/bytes=(\d+)-(?!0$)/.exec(line)?.[1] ?? Infinity));
    expect(Math.min(...starts)).toBeGreaterThan(500_000);
    expect(web.asked.every((line) => line.includes('X-Amz-Signature=02cd'))).toBe(true);
    const path = join(world.dataDir, 'files', 'custom', 'a.bin');
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(createHash('sha256').update(BODY).digest('hex'));
    for (const signature of ['01ab', '02cd']) expect(filesWith(`X-Amz-Signature=${signature}`)).toStrictEqual([]);
  });

  it('to another state of the file brings the model up to date, under its name', async () => {
    web.files.set('/b/a.bin', { body: BODY, etag: '"1"' });
    await world.start(SETTINGS);
    world.say(`/add ${signed('01ab')}`);
    await world.sees(ANN, /files\/custom\/a\.bin · completed/);
    const other = Buffer.from(BODY).fill(7, 1000, 2000);
    web.files.set('/b/a.bin', { body: other, etag: '"2"' });
    world.say(`/add ${signed('02cd')}`);
    await world.sees(ANN, /brought up to date/);
    const path = join(world.dataDir, 'files', 'custom', 'a.bin');
    await vi.waitUntil(async () => (await readFile(path)).equals(other), { timeout: 60_000 });
  });

  it('that is not taken is told before anything is added', async () => {
    await world.start(SETTINGS);
    for (const status of [400, 401, 403]) {
      web.files.set('/b/a.bin', { body: BODY, status });
      world.say(`/add ${web.origin}/b/a.bin?Signature=01ab`);
      const says = `does not take that signed address \\(${status}\\): it has run out, or a part of it is missing`;
      await world.sees(ANN, new RegExp(says));
    }
  });
});
