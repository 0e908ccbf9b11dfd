import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../src/domain/errors.ts';
import type { RepoListing } from '../../src/domain/listing.ts';
import { webFileId, webFileParts } from '../../src/domain/repo/web-file.ts';
import { createEgress, isListedIn } from '../../src/lib/net/egress.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { nameOfFile } from '../../src/sources/url/name.ts';
import { createUrlSource, type WebFileSource } from '../../src/sources/url/url-source.ts';
import { createTransfer, type Transfer } from '../../src/transfer/transfer.ts';
import { createDice } from '../helpers/dice.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const BODY = Buffer.from('a model, as far as anybody can tell');
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const OTHER = 'f'.repeat(64);

let web: WebServer;
let transfer: Transfer;
let source: WebFileSource;

const open = (allowedHosts: readonly string[], patience?: () => AbortSignal): void => {
  transfer = createTransfer({
    egress: createEgress({ endpoints: [], allowedHosts: [] }),
    foreignEgress: createEgress({ endpoints: [], allowedHosts }),
    connections: 4,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 5000,
    bandwidthLimit: () => undefined,
    checkFloor: async () => undefined,
    clock: systemClock,
  });
  source = createUrlSource({
    ...NO_KEYS,
    fetch: transfer.askForeign,
    isAllowed: isListedIn(allowedHosts),
    userAgent: 'hubgram/test',
    clock: systemClock,
    patience,
  });
};

beforeEach(async () => {
  web = await startWebServer();
  open(['127.0.0.0/8']);
});

afterEach(async () => {
  await transfer.close();
  await web.close();
});

const inspect = (path: string, sha256?: string): Promise<RepoListing> =>
  source.inspect(
    { type: 'model', id: '', url: `${web.origin}${path}`, ...(sha256 === undefined ? {} : { sha256 }) },
    AbortSignal.timeout(10_000),
  );

describe('the hash of a file', () => {
  it.each<[string, Buffer, string | undefined]>([
    ['/a.bin.sha256', Buffer.from(SHA256), SHA256],
    ['/a.bin.sha256', Buffer.from(`${SHA256.toUpperCase()}  another-name\n`), SHA256],
    ['/a.bin.sha256', Buffer.from(`SHA256 (a.bin) = ${SHA256}\n`), SHA256],
    ['/SHA256SUMS', Buffer.from(`${OTHER}  b.bin\n${SHA256} *./a.bin\n`), SHA256],
    ['/SHA256SUMS', Buffer.from(`${OTHER}  b.bin\n`), undefined],
    ['/a.bin.sha256', Buffer.from(`${SHA256}  one\n${OTHER}  two\n`), undefined],
    ['/a.bin.sha256', Buffer.from('no hash'), undefined],
    ['/a.bin.sha256', Buffer.alloc(64 * 1024 + 1, `${SHA256}\n`), undefined],
  ])('in %s', async (path, list, hash) => {
    web.files.set('/a.bin', { body: BODY });
    web.files.set(path, { body: list, type: 'text/plain' });
    const { files, webFile } = await inspect('/a.bin');
    expect(webFile?.hash).toBe(hash === undefined ? 'nobody' : 'beside');
    expect(files[0]).toMatchObject(hash === undefined ? { isUnhashed: true } : { etag: hash });
  });

  it('is what was given, whatever lies beside it', async () => {
    web.files.set('/a.bin', { body: BODY });
    web.files.set('/a.bin.sha256', { body: Buffer.from(OTHER) });
    expect(await inspect('/a.bin', SHA256)).toMatchObject({ webFile: { hash: 'given' }, files: [{ etag: SHA256 }] });
  });

  it('is what a mirror of the Hub tells on the way', async () => {
    web.files.set('/org/name/resolve/main/a.bin', {
      body: BODY,
      location: '/cdn/0123',
      headers: { 'x-linked-etag': `"${SHA256}"` },
    });
    web.files.set('/cdn/0123', { body: BODY });
    const listing = await inspect('/org/name/resolve/main/a.bin');
    expect(listing).toMatchObject({ webFile: { name: 'a.bin', hash: 'header' }, files: [{ etag: SHA256 }] });
  });

  it('is looked for at the host of the file, whatever its path looks like', async () => {
    const path = '//127.0.0.2/a.bin';
    web.files.set(path, { body: BODY });
    web.files.set(`${path}.sha256`, { body: Buffer.from(SHA256) });
    expect(await inspect(path)).toMatchObject({ webFile: { hash: 'beside' }, files: [{ etag: SHA256 }] });
  });

  it.each(['/a.bin.sha256', '/SHA256SUMS'])(
    'is nobody’s where the connection breaks in the middle of %s',
    async (path) => {
      web.files.set('/a.bin', { body: BODY });
      web.files.set(path, { body: Buffer.from(`${SHA256}  a.bin\n`), type: 'text/plain', breaksAfter: 10 });
      expect((await inspect('/a.bin')).webFile?.hash).toBe('nobody');
    },
  );

  it('is waited for a while, and then the file is taken without', async () => {
    const over = new AbortController();
    // It is asked for the file first, then for what lies beside it.
    const patience = [new AbortController().signal, over.signal];
    await transfer.close();
    open(['127.0.0.0/8'], () => patience.shift() ?? over.signal);
    web.files.set('/a.bin', { body: BODY });
    const until = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve()));
    web.files.set('/a.bin.sha256', { body: Buffer.from(SHA256), hold: { after: 10, until } });
    const inspected = inspect('/a.bin');
    while (!web.asked.includes('/a.bin.sha256')) await new Promise((resolve) => setImmediate(resolve));
    over.abort(new DOMException('too long', 'TimeoutError'));
    expect((await inspected).webFile?.hash).toBe('nobody');
    // What is beside it is waited for once, not once for each place that it may lie at.
    expect(web.asked.filter((path) => /sums/i.test(path))).toEqual([]);
  });

  it('is not taken from a page that is there for everything', async () => {
    web.files.set('/a.bin', { body: BODY });
    web.files.set('/a.bin.sha256', { body: Buffer.from(`<p>${SHA256}`), type: 'text/html' });
    expect((await inspect('/a.bin')).webFile?.hash).toBe('nobody');
  });
});

describe('the state of a file', () => {
  it.each<[string, object, object, boolean]>([
    ['another ETag', { etag: '"1"' }, { etag: '"2"' }, false],
    ['the same ETag', { etag: '"1"' }, { etag: '"1"' }, true],
    ['a weak one of the same', { etag: '"1"' }, { etag: 'W/"1"' }, true],
    ['another length', {}, { body: Buffer.from('short') }, false],
    [
      'another time',
      { headers: { 'last-modified': 'Sun, 29 Nov 2026 10:00:00 GMT' } },
      { headers: { 'last-modified': 'Sun, 29 Nov 2026 10:00:01 GMT' } },
      false,
    ],
    ['nothing to tell', {}, {}, true],
  ])('%s', async (_, before, after, isSame) => {
    web.files.set('/a.bin', { body: BODY, ...before });
    const listing = await inspect('/a.bin');
    const [file] = listing.files;
    web.files.set('/a.bin', { body: BODY, ...after });
    const located = source.locate(
      {
        type: 'model',
        id: 'files/custom/a.bin',
        commit: listing.commit,
        path: 'a.bin',
        webFile: { url: `${web.origin}/a.bin`, etag: file?.etag ?? '', size: file?.size ?? 0 },
      },
      AbortSignal.timeout(10_000),
    );
    const found = await located.catch(({ code }: AppError) => ({ code }));
    expect(found).toMatchObject(isSame ? { isForeign: true, etag: file?.etag, headers: {} } : { code: 'gone' });
  });
});

describe('names', () => {
  it.each([
    ['/a.gguf', undefined, 'a.gguf'],
    ['/download/7', 'attachment; filename="Model v1.safetensors"', 'Model-v1.safetensors'],
    ['/download/7', 'attachment; filename="x"; filename*=UTF-8\'\'na%C3%AFve.gguf', 'naive.gguf'],
    ['/download/7', 'attachment; filename="../../../.ssh/authorized_keys"', 'authorized_keys'],
    ['/download/7', 'attachment; filename=".."', '7'],
    ['/%2e%2e%2f%2e%2e%2fetc%2fpasswd', undefined, 'passwd'],
    ['/', undefined, 'file'],
    // Where releases of GitHub, Civitai's downloads and mirrors of the Hub lie.
    [
      '/ggml-org/llama.cpp/releases/download/b7000/llama-b7000-bin-ubuntu-x64.zip',
      undefined,
      'llama-b7000-bin-ubuntu-x64.zip',
    ],
    ['/api/download/models/128713', 'attachment; filename="dreamshaper_8.safetensors"', 'dreamshaper_8.safetensors'],
    [
      '/api/download/models/128713',
      "attachment; filename*=UTF-8''Dream%20Shaper%20%E2%9C%A8.safetensors",
      'Dream-Shaper.safetensors',
    ],
    // aria2/aria2#1028, #813, #425: as servers write it, whatever the standard says.
    ['/1', 'attachment; filename="Dream%20Shaper%2B.safetensors"', 'Dream-Shaper.safetensors'],
    ['/1', 'attachment; filename="100%.gguf"', '100.gguf'],
    ['/1', 'attachment; filename=my model.gguf; size=7', 'my-model.gguf'],
    ['/1', 'attachment; filename*="UTF-8\'\'my%20model.gguf"', 'my-model.gguf'],
    ['/Qwen/Qwen3-0.6B-GGUF/resolve/main/Qwen3-0.6B-Q8_0.gguf', undefined, 'Qwen3-0.6B-Q8_0.gguf'],
    [
      '/Qwen/Qwen3-0.6B/resolve/main/sub%20dir/model.safetensors',
      'inline; filename*=UTF-8\'\'model.safetensors; filename="model.safetensors";',
      'model.safetensors',
    ],
  ])('%s with %s', async (path, disposition, name) => {
    web.files.set(path, { body: BODY, ...(disposition === undefined ? {} : { disposition }) });
    expect((await inspect(path)).webFile?.name).toBe(name);
  });
});

// aria2/aria2#813: a header is read byte by byte, and servers write UTF-8 into it.
it.each<[string, BufferEncoding, string]>([
  ['attachment; filename="Modèle Q4.gguf"', 'utf8', 'Modele-Q4.gguf'],
  ['attachment; filename="Modèle Q4.gguf"', 'latin1', 'Modele-Q4.gguf'],
  ['attachment;filename=模型 Q4.gguf', 'utf8', 'Q4.gguf'],
])('%s in %s', (disposition, encoding, name) => {
  const url = new URL('https://example.org/1');
  expect(nameOfFile(url, url, Buffer.from(disposition, encoding).toString('latin1'))).toBe(name);
});

it.each([
  ['a name', '/download/7', 'attachment; filename="{}"'],
  ['an address', '/{}', undefined],
])('500 hostile values of %s become names that lie in their folder, or none', async (_, path, disposition) => {
  const dice = createDice(7);
  const odd = [
    '..',
    '/',
    '\\',
    '%2e%2e%2f',
    '%00',
    '\u202e',
    ' ',
    '.',
    '-',
    'CON',
    'a',
    'é',
    '%',
    '"',
    ';',
    '~',
    '$(id)',
    '😀',
    '%5c',
    ':',
  ];
  for (let round = 0; round < 500; round += 1) {
    const made = Array.from({ length: 1 + dice(12) }, () => odd[dice(odd.length)] ?? '').join('');
    const url = URL.parse(`https://example.org${path.replace('{}', made)}`);
    if (!url) continue;
    const name = nameOfFile(url, url, disposition?.replace('{}', made));
    expect(webFileParts(webFileId('custom', name))).toStrictEqual({ category: 'custom', name });
  }
});

describe('https', () => {
  it('of a server whose certificate nobody has vouched for is not taken', async () => {
    const secure = await startWebServer(await readFile(join(import.meta.dirname, '../transfer/loopback.pem')));
    secure.files.set('/a.bin', { body: BODY });
    const asked = source.inspect({ type: 'model', id: '', url: `${secure.origin}/a.bin` }, AbortSignal.timeout(10_000));
    await expect(asked).rejects.toThrow(/certificate/);
    expect(secure.asked).toStrictEqual([]);
    await secure.close();
  });
});

describe('what is refused', () => {
  it.each<[number, string]>([
    [401, 'forbidden'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [410, 'not_found'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [418, 'unavailable'],
  ])('%s', async (status, code) => {
    web.files.set('/a', { body: BODY, status, headers: { 'retry-after': '7' } });
    await expect(inspect('/a')).rejects.toMatchObject({
      code,
      retryAfterMs: status >= 429 && status <= 500 ? 7000 : undefined,
    });
  });

  it('a page, but not one that is sent as a file', async () => {
    web.files.set('/page', { body: BODY, type: 'text/html' });
    await expect(inspect('/page')).rejects.toThrow('That is a page, not a file');
    web.files.set('/saved', { body: BODY, type: 'text/html', disposition: 'attachment; filename=a.html' });
    expect((await inspect('/saved')).webFile?.name).toBe('a.html');
  });

  it('the file of a torrent that breaks off, for now', async () => {
    const torrents = { bytesMost: 1000, keep: () => Promise.resolve('magnet:?') };
    const options = { ...NO_KEYS, userAgent: '', clock: systemClock, isAllowed: () => true, torrents };
    source = createUrlSource({ ...options, fetch: transfer.askForeign });
    web.files.set('/a.torrent', { body: Buffer.from('d4:infode'), breaksAfter: 3 });
    await expect(inspect('/a.torrent')).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('a circle', async () => {
    web.files.set('/a', { body: BODY, location: '/a' });
    await expect(inspect('/a')).rejects.toThrow('sends on and on');
  });

  it.each([
    ['ftp://example.org/a', /no web address/],
    ['https://me:secret@127.0.0.1/a', /password/],
    ['http://10.0.0.1/a', /plain http/],
    ['https://10.0.0.1/a', /no public place/],
    ['https://[::ffff:10.0.0.1]/a', /no public place/],
    ['https://[fe80::1]/a', /no public place/],
    ['https://0x0a000001/a', /no public place/],
    ['https://167772161/a', /no public place/],
    ['https://012.0.0.1/a', /no public place/],
    ['https://10.1/a', /no public place/],
    ['https://[::ffff:a00:1]/a', /no public place/],
    ['https://[64:ff9b::a00:1]/a', /no public place/],
    ['https://[2002:a00:1::]/a', /no public place/],
    ['https://[fd00::1]/a', /no public place/],
    ['https://[::1]:1/a', /no public place/],
    ['https://[::]/a', /no public place/],
    ['https://100.64.0.1/a', /no public place/],
    ['https://224.0.0.1/a', /no public place/],
    ['https://255.255.255.255/a', /no public place/],
    ['https://169.254.169.254/a', /no public place/],
    ['https://metadata.google.internal/a', /no public place/],
    ['https://0.0.0.0/a', /no public place/],
  ])('what leads on to %s', async (location, sentence) => {
    web.files.set('/a', { body: BODY, location });
    await expect(inspect('/a')).rejects.toThrow(sentence);
  });

  it('this machine and its networks, unless the owner has allowed them, and whatever the Hub is allowed', async () => {
    await transfer.close();
    open([]);
    web.files.set('/a', { body: BODY });
    await expect(inspect('/a')).rejects.toThrow('plain http');
    const https = source.inspect({ type: 'model', id: '', url: 'https://localhost:1/a' }, AbortSignal.timeout(10_000));
    await expect(https).rejects.toThrow('no public place');
    expect(web.asked).toStrictEqual([]);
  });
});
