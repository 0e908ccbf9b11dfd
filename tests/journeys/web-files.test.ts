import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';
import { textIn } from '../helpers/sent-document.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';

const ALLOWED = { HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8' };
const BODY = bytesOf(3_000_000);
const OTHER = Buffer.from(BODY).fill(7, 1_000_000, 1_000_100);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

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

const filesDir = (): string => join(world.dataDir, 'files');
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The label of the first button that fits. */
const buttonOf = ({ reply_markup: keyboard }: SimMessage, label: RegExp): string =>
  keyboard?.inline_keyboard.flat().find(({ text }) => label.test(text))?.text ?? '';

describe('/add of a web address', () => {
  it('puts the file into the folder for files, with the hash that its person gave', async () => {
    web.files.set('/models/tiny.gguf', { body: BODY, etag: '"one"' });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/models/tiny.gguf sha256=${sha256(BODY).toUpperCase()}`);
    const card = await world.sees(
      ANN,
      /files\/text\/tiny\.gguf · completed\n.*\nVerified: it has the sha256 that was given/,
    );
    const path = join(filesDir(), 'text', 'tiny.gguf');
    expect(card.text?.split('\n')).toContain(path);
    const copies = ({ reply_markup: keyboard }: SimMessage): Record<string, string | undefined> =>
      Object.fromEntries(
        keyboard?.inline_keyboard
          .flat()
          .flatMap((button) => ('copy_text' in button ? [[button.text, button.copy_text.text]] : [])) ?? [],
      );
    expect(copies(card)).toMatchObject({ 'Copy path': path, 'Copy llama-cli': `llama-cli -m ${path}` });
    expect(copies(card)).not.toHaveProperty('Copy file path');
    world.telegram.press(ANN, ANN, card.message_id, 'Details');
    const details = await world.sees(ANN, /\nSHA-256 /);
    expect(details.text?.split('\n')).toContain(`Path ${path}`);
    expect(copies(details)).toEqual({ 'Copy path': path, 'Copy SHA-256': sha256(BODY) });
    expect(await readFile(join(filesDir(), 'text', 'tiny.gguf'))).toStrictEqual(BODY);
    // Of the way there nothing is left, and in the cache it never was.
    expect(await readdir(join(filesDir(), '.hubgram', 'files--text--tiny.gguf')).catch(() => [])).not.toContain(
      'blobs',
    );
    expect((await readdir(world.cacheDir)).filter((name) => name.includes('--'))).toStrictEqual([]);
  });

  it('says that nobody has verified a file without a hash, keeps its own, and finds with that when it is damaged', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"one"' });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/a.bin category=audio name=Mein%20Modell.bin`);
    await world.sees(ANN, /files\/audio\/Mein-20Modell\.bin · completed\n.*\nNot verified: nobody has said/);
    await world.sees(ANN, /not verified by anybody\./);
    world.say('/verify Mein');
    await world.sees(ANN, /Its file is right/);
    const path = join(filesDir(), 'audio', 'Mein-20Modell.bin');
    await writeFile(path, OTHER);
    world.say('/verify Mein');
    // It is fetched again, and is what it was.
    await vi.waitUntil(async () => (await readFile(path).catch(() => OTHER)).equals(BODY), { timeout: 60_000 });
  });

  it('finds the hash beside it, and refuses what is not what that says', async () => {
    web.files.set('/good.bin', { body: BODY });
    web.files.set('/good.bin.sha256', { body: Buffer.from(`${sha256(BODY)}  good.bin\n`), type: 'text/plain' });
    web.files.set('/bad.bin', { body: OTHER });
    web.files.set('/SHA256SUMS', {
      body: Buffer.from(`${sha256(BODY)} *bad.bin\n${sha256(OTHER)} *x\n`),
      type: 'text/plain',
    });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/good.bin`);
    await world.sees(ANN, /good\.bin · completed\n.*\nVerified: it has the sha256 that lies beside it/);
    world.say(`/add ${web.origin}/bad.bin`);
    const card = await world.sees(ANN, /bad\.bin · (?:failed|pending)\n.*arrived damaged/s);
    expect(card.text).toContain('damaged');
    expect(await isThere(join(filesDir(), 'custom', 'bad.bin'))).toBe(false);
  });

  it('follows a redirect, takes the name that the server gives, and shows no secret of the address', async () => {
    web.files.set('/api/download/models/1', { body: BODY, location: `${web.origin}/store/0a1b2c?sig=verysecret` });
    web.files.set('/store/0a1b2c', {
      body: BODY,
      disposition: 'attachment; filename="../../etc/Model v1.safetensors"',
    });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/api/download/models/1?type=Model&token=abcdef123456`);
    const card = await world.sees(ANN, /files\/custom\/Model-v1\.safetensors · completed/);
    world.telegram.press(ANN, ANN, card.message_id, 'Details');
    const { text: details = '', entities = [] } = await world.sees(ANN, /\nFrom http/);
    const address = `${web.origin}/api/download/models/1?type=Model&token=•••`;
    // As code, or it would become a link that leads nowhere.
    expect(entities).toContainEqual({ type: 'code', offset: details.indexOf(address), length: address.length });
    expect(web.asked.some((path) => path.startsWith('/api/download/models/1?type=Model&token=abcdef123456'))).toBe(
      true,
    );
    world.say('/model v1');
    const said = world
      .shown(ANN)
      .map(({ text = '' }) => text)
      .join('\n');
    expect(said).not.toContain('abcdef123456');
    expect(world.logged()).not.toContain('abcdef123456');
    expect(world.logged()).not.toContain('verysecret');
  });

  it('comes from a server that sends no ranges, in one piece', async () => {
    web.files.set('/whole.bin', { body: BODY, withoutRanges: true });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/whole.bin`);
    await world.sees(ANN, /whole\.bin · completed/);
    expect(await readFile(join(filesDir(), 'custom', 'whole.bin'))).toStrictEqual(BODY);
  });
});

describe('a server in trouble', () => {
  it('that ends too early again and again is told, and what came stays', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"one"', breaksAfter: 100_000 });
    await world.start({ ...ALLOWED, ...ONE_CONNECTION });
    world.say(`/add ${web.origin}/a.bin`);
    // It goes on at the byte at which the connection broke, and so comes to its end.
    await world.sees(ANN, /a\.bin · completed/);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(BODY);
    expect(web.asked.filter((line) => line.includes('bytes=100000-'))).toHaveLength(1);
  });

  it('that says more than any disk has waits for the room, and takes none', async () => {
    web.files.set('/a.bin', { body: BODY, headers: { 'content-range': `bytes 0-0/${2 ** 49}` } });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · pending\n.*(?:room|space)/);
    expect(await isThere(join(filesDir(), '.hubgram', 'files--custom--a.bin'))).toBe(false);
  });

  it('that says a length that is none is taken for one that says nothing', async () => {
    web.files.set('/a.bin', { body: BODY, withoutRanges: true, headers: { 'content-length': '3000000' } });
    web.files.set('/b.bin', { body: BODY, headers: { 'content-range': 'bytes 0-0/99999999999999999999' } });
    await world.start({ ...ALLOWED, HUBGRAM_MAX_RETRIES: '0' });
    world.say(`/add ${web.origin}/b.bin`);
    await world.sees(ANN, /b\.bin · completed\n3 MB/);
  });
});

describe('a server that does not say how long a file is', () => {
  it('is taken at its word when it ends, and the length is known from then on', async () => {
    let letGo = (): void => undefined;
    const until = new Promise<void>((resolve) => (letGo = resolve));
    web.files.set('/a.bin', {
      body: BODY,
      withoutRanges: true,
      withoutLength: true,
      hold: { after: 1_000_000, until },
    });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · downloading\n(?:.*\n)?.* so far.*\nIts server does not say how large it is/);
    letGo();
    await world.sees(ANN, /a\.bin · completed\n3 MB.*\nNot verified: nobody has said/);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(BODY);
    world.say('/files a.bin');
    await world.sees(ANN, /1 file · 3 MB/);
    world.say('/verify a.bin');
    await world.sees(ANN, /Its file is right/);
  });

  it('is not believed where its hash says otherwise, and leaves nothing behind', async () => {
    web.files.set('/a.bin', { body: BODY, withoutRanges: true, withoutLength: true });
    await world.start({ ...ALLOWED, HUBGRAM_MAX_RETRIES: '0' });
    world.say(`/add ${web.origin}/a.bin sha256=${sha256(OTHER)}`);
    await world.sees(ANN, /a\.bin · failed\n.*is not what its sha256 says/s);
    expect(await isThere(join(filesDir(), 'custom', 'a.bin'))).toBe(false);
    expect(await isThere(join(filesDir(), '.hubgram', 'files--custom--a.bin', '.hubgram'))).toBe(false);
  });

  it('is begun anew where the connection breaks', async () => {
    web.files.set('/a.bin', { body: BODY, withoutRanges: true, withoutLength: true, breaksAfter: 1_000_000 });
    await world.start({ ...ALLOWED, HUBGRAM_MAX_RETRIES: '0' });
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · failed\n.*the connection broke/s);
    web.files.set('/a.bin', { body: BODY, withoutRanges: true, withoutLength: true });
    world.say('/retry failed');
    await world.sees(ANN, /a\.bin · completed\n3 MB/);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(BODY);
  });
});

describe('names', () => {
  it('gives two files of one name two places, and leaves what somebody else has put there', async () => {
    web.files.set('/one/a.bin', { body: BODY });
    web.files.set('/two/a.bin', { body: OTHER });
    await mkdir(join(filesDir(), 'custom'), { recursive: true });
    await writeFile(join(filesDir(), 'custom', 'a.bin'), 'theirs');
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/one/a.bin`);
    await world.sees(ANN, /files\/custom\/a-2\.bin · completed/);
    world.say(`/add ${web.origin}/two/a.bin`);
    await world.sees(ANN, /files\/custom\/a-3\.bin · completed/);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'), 'utf8')).toBe('theirs');
    expect(await readFile(join(filesDir(), 'custom', 'a-3.bin'))).toStrictEqual(OTHER);
  });

  it('is one copy for all who add it, which goes with the last of them', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"1"' });
    await world.start({ ...ALLOWED, HUBGRAM_OWNERS: `${ANN},${BOB}` });
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · completed/);
    const before = web.asked.length;
    world.say(`/add ${web.origin}/a.bin category=audio name=b.bin`, BOB);
    await world.sees(BOB, /files\/custom\/a\.bin · completed/);
    // Only what its server says of it was asked for.
    expect(web.asked.slice(before).filter((line) => /bytes=(?!0-0)/.test(line))).toStrictEqual([]);
    expect(await readdir(filesDir())).toStrictEqual(['.hubgram', 'custom']);
    const path = join(filesDir(), 'custom', 'a.bin');
    world.say('/remove a.bin');
    const first = await world.sees(ANN, /^Remove files/);
    world.telegram.press(ANN, ANN, first.message_id, 'Entry only');
    await world.sees(ANN, /a\.bin · removed/);
    expect(await isThere(path)).toBe(true);
    world.say('/remove a.bin', BOB);
    const second = await world.sees(BOB, /^Remove files/);
    world.telegram.press(BOB, BOB, second.message_id, buttonOf(second, /^Files too/));
    await world.sees(BOB, /a\.bin · removed/);
    expect(await isThere(path)).toBe(true);
    // Both can be brought back for an hour.
    world.clock.pass(3_700_000);
    await vi.waitUntil(async () => !(await isThere(path)), { timeout: 60_000 });
    // The folder goes after the last file in it.
    await vi.waitUntil(async () => !(await isThere(join(filesDir(), 'custom'))), { timeout: 60_000 });
  });
});

describe('a file that changes on its server', () => {
  it('is begun anew where it changes while it comes: never a mixture', async () => {
    let letGo = (): void => undefined;
    const until = new Promise<void>((resolve) => (letGo = resolve));
    web.files.set('/a.bin', { body: BODY, etag: '"one"', hold: { after: 200_000, until } });
    await world.start({ ...ALLOWED, HUBGRAM_CONNECTIONS: '1' });
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · downloading\n.*[1-9]\d? %/s);
    web.files.set('/a.bin', { body: OTHER, etag: '"two"' });
    world.say('/pause all');
    await world.sees(ANN, /a\.bin · paused/);
    letGo();
    world.say('/resume all');
    await world.sees(ANN, /a\.bin · completed/);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(OTHER);
  });

  it('is fetched when it is added again', async () => {
    web.files.set('/a.bin', { body: BODY, etag: '"one"' });
    await world.start(ALLOWED);
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · completed/);
    web.files.set('/a.bin', { body: OTHER, etag: '"two"' });
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /brought up to date/);
    const path = join(filesDir(), 'custom', 'a.bin');
    await vi.waitUntil(async () => (await readFile(path)).equals(OTHER), { timeout: 60_000 });
    expect(await readdir(join(filesDir(), 'custom'))).toStrictEqual(['a.bin']);
  });

  it('goes on after a pause where it was, if it is the same', async () => {
    let letGo = (): void => undefined;
    const until = new Promise<void>((resolve) => (letGo = resolve));
    web.files.set('/a.bin', { body: BODY, etag: '"one"', hold: { after: 700_000, until } });
    await world.start({ ...ALLOWED, HUBGRAM_CONNECTIONS: '1' });
    world.say(`/add ${web.origin}/a.bin`);
    await world.sees(ANN, /a\.bin · downloading\n.*[1-9]\d %/s);
    world.say('/pause all');
    await world.sees(ANN, /a\.bin · paused/);
    letGo();
    web.asked.length = 0;
    world.say('/resume all');
    await world.sees(ANN, /a\.bin · completed/);
    const starts = web.asked.map((line) => Number(/bytes=(\d+)-(?!0$)/.exec(line)?.[1] ?? Infinity));
    expect(Math.min(...starts)).toBeGreaterThan(500_000);
    expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(BODY);
  });
});

describe('what is refused', () => {
  it('what is not fetched from a web address, each with its sentence', async () => {
    web.files.set('/a.bin', { body: BODY });
    await world.start();
    const refused: readonly (readonly [string, RegExp])[] = [
      // A private place.
      [`${web.origin}/a.bin`, /plain http|no public place/],
      // A page.
      [`https://github.com/a/b/blob/main/c.gguf`, /GitHub’s page about the file/],
      // Another scheme.
      ['ftp://example.org/a.bin', /“ftp:” is not supported.*https address/],
      // A magnet link without a hash.
      ['magnet:?xt=urn:btih:0', /names no torrent/],
      // What is no address.
      ['data:text/plain,a', /“data:” is not supported.*magnet:/],
      // A password.
      ['https://me:secret@example.org/a.bin', /with a name and a password/],
      // Options of repositories.
      ['https://example.org/a.bin quantize=Q4_K_M', /quantize= is for repositories/],
      // A category that is not there.
      ['https://example.org/a.bin category=nope', /There is no category “nope”/],
      // Half a hash.
      ['https://example.org/a.bin sha256=abc', /A sha256 has 64/],
    ];
    for (const [address, sentence] of refused) {
      world.say(`/add ${address}`);
      await world.sees(ANN, sentence);
    }
    expect(web.asked).toStrictEqual([]);
  });

  it('a page of HTML, what leads to a private place, and what is not there', async () => {
    web.files.set('/page', { body: Buffer.from('<html>'), type: 'text/html; charset=utf-8' });
    web.files.set('/in', { body: BODY, location: 'https://127.0.0.2/secrets' });
    web.files.set('/meta', { body: BODY, location: 'https://127.1.2.3/latest' });
    // Whatever goes wrong here stays on this machine; other private places are refused in the tests of addresses and of places.
    await world.start({ ...ALLOWED, HUBGRAM_ALLOWED_HOSTS: '127.0.0.1' });
    world.say(`/add ${web.origin}/page`);
    await world.sees(ANN, /That is a page, not a file/);
    world.say(`/add ${web.origin}/in`);
    await world.sees(ANN, /127\.0\.0\.2 is no public place/);
    world.say(`/add ${web.origin}/meta`);
    await world.sees(ANN, /127\.1\.2\.3 is no public place/);
    world.say(`/add ${web.origin}/nothing.bin`);
    await world.sees(ANN, /has no such file \(404\)/);
  });
});

it('that turns out to be a file of the Hub which lies here is there once, and says what it is the same as', async () => {
  await world.start(ALLOWED);
  world.say('/add sample/tiny-llama');
  await world.sees(ANN, /tiny-llama · completed/);
  const blobs = join(world.cacheDir, 'models--sample--tiny-llama', 'blobs');
  const names = (await readdir(blobs)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const [name = ''] = names;
  const body = await readFile(join(blobs, name));
  web.files.set('/again.safetensors', { body, etag: '"1"' });
  web.files.set('/other.safetensors', { body: Buffer.from(body).fill(1, 9, 10), etag: '"1"' });
  for (const file of ['again', 'other']) {
    world.say(`/add ${web.origin}/${file}.safetensors`);
    await world.sees(ANN, new RegExp(`${file}\\.safetensors · completed`));
  }
  const inCache = await stat(join(blobs, name));
  const [again, other] = await Promise.all(
    ['again', 'other'].map((file) => stat(join(filesDir(), 'custom', `${file}.safetensors`))),
  );
  expect([again?.ino, inCache.nlink]).toStrictEqual([inCache.ino, 2]);
  expect(other?.nlink).toBe(1);
  const detailsOf = async (file: string): Promise<string> => {
    const card = await world.sees(ANN, new RegExp(`${file}\\.safetensors · completed[^]*Not verified`));
    world.telegram.press(ANN, ANN, card.message_id, 'Details');
    return (await world.sees(ANN, new RegExp(`^files/custom/${file}[^]*SHA-256`))).text ?? '';
  };
  expect(await detailsOf('again')).toContain('\nThe same file is in sample/tiny-llama as well\n');
  expect(await detailsOf('other')).not.toContain('The same file');
  world.say('/verify again');
  await world.sees(ANN, /Its file is right/);
});

it('is brought back by /undo after its removal', async () => {
  web.files.set('/a.bin', { body: BODY });
  await world.start(ALLOWED);
  world.say(`/add ${web.origin}/a.bin`);
  await world.sees(ANN, /a\.bin · completed/);
  world.say('/remove a.bin');
  const question = await world.sees(ANN, /^Remove files/);
  world.telegram.press(ANN, ANN, question.message_id, buttonOf(question, /^Files too/));
  await world.sees(ANN, /a\.bin(?: ·| is| was).*(?:removed|gone|left)/s);
  world.say('/undo');
  await world.sees(ANN, /is back in this library/);
  expect(await readFile(join(filesDir(), 'custom', 'a.bin'))).toStrictEqual(BODY);
});

it('is written down without keys by /export, and brought in by /import', async () => {
  for (const path of ['/a.bin', '/b.bin']) web.files.set(path, { body: BODY });
  const { stop } = await world.start(ALLOWED);
  world.say(`/add ${web.origin}/a.bin?token=topsecret123 sha256=${sha256(BODY)} category=audio`);
  await world.sees(ANN, /files\/audio\/a\.bin · completed/);
  world.say('/export');
  const sent = await world.telegram.waitFor(() => world.shown(ANN).find((message) => message.document));
  const text = await textIn(world.telegram, sent);
  expect(text).toContain(`"source_url": "${web.origin}/a.bin?token=•••"`);
  expect(text).not.toContain('topsecret123');
  expect(sent.caption).toBe(
    '1 model of this library. One address has dots where a key was: put it there before you import the file elsewhere.',
  );
  await stop();
  const models = JSON.parse(text) as { models: Record<string, unknown>[] };
  const [model] = models.models;
  const file = join(world.folder, 'models.json');
  await writeFile(
    file,
    JSON.stringify({
      models: [
        model,
        { ...model, name: 'files/audio/c.bin' },
        { ...model, source_url: `${web.origin}/b.bin`, name: 'files/audio/b.bin' },
      ],
    }),
  );
  await world.start({ ...ALLOWED, HUBGRAM_MODELS_FILE: file });
  // What is here needs no key, and of what is not it is said that it is missing.
  await world.sees(ANN, /1 line not taken[^]*files\/audio\/c\.bin[^]*dots stand where a key was/);
  const path = join(filesDir(), 'audio', 'b.bin');
  await vi.waitUntil(async () => (await readFile(path).catch(() => OTHER)).equals(BODY), { timeout: 60_000 });
});

it('has its place in /storage, and no branch for /update nor other files for /edit', async () => {
  web.files.set('/a.bin', { body: BODY });
  await world.start(ALLOWED);
  world.say(`/add ${web.origin}/a.bin`);
  await world.sees(ANN, /a\.bin · completed/);
  world.say('/storage');
  await world.sees(ANN, /^Storage\n.*\n3 MB models, /);
  world.say('/update a.bin');
  await world.sees(ANN, /is from a web address, which has no branch to follow/);
  world.say('/edit a.bin include=*.json');
  await world.sees(ANN, /is one file from a web address: there are no others/);
});

it('counts for whoever may have so much, and is for members', async () => {
  web.files.set('/a.bin', { body: BODY });
  web.files.set('/b.bin', { body: OTHER });
  await world.start({ ...ALLOWED, HUBGRAM_MODELS_PER_PERSON: '1' });
  world.say('/start');
  world.say(`/add ${web.origin}/a.bin`, BOB);
  const asks = await world.sees(ANN, /Bob.*asks to use/);
  expect(web.asked).toStrictEqual([]);
  world.telegram.press(ANN, ANN, asks.message_id, 'Approve');
  await world.sees(BOB, 'owner of this bot let you in');
  world.say(`/add ${web.origin}/a.bin`, BOB);
  await world.sees(BOB, /a\.bin · completed/);
  world.say(`/add ${web.origin}/b.bin`, BOB);
  await world.sees(BOB, /1 model/);
  expect(web.asked.filter((line) => line.startsWith('/b.bin'))).toStrictEqual([]);
});
