import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { createConnections } from '../../src/bot/telegram/connections.ts';
import { requestFile } from '../../src/bot/telegram/files/file-request.ts';
import { createTelegramFiles, type TelegramFilesOptions } from '../../src/bot/telegram/files/telegram-files.ts';
import { AppError } from '../../src/domain/errors.ts';
import { keptAddress, type TelegramFile } from '../../src/domain/repo/kept-file.ts';
import type { FillRequest } from '../../src/sources/port.ts';
import { createTelegramSource } from '../../src/sources/telegram/telegram-source.ts';
import { type BotApiOptions, startBotApi } from '../../playground/telegram/bot-api.ts';

const ANN = 1001;
const NAME = 'a.bin';

const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-telegram-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

interface Options {
  readonly data?: Buffer;
  readonly api?: BotApiOptions;
  readonly files?: Partial<TelegramFilesOptions>;
  /** What the row says otherwise than the message. */
  readonly row?: Partial<TelegramFile>;
}

/** A file that Ann has sent, and the source that gets it from a stand-in of Telegram. */
const open = async ({ data = randomBytes(300_000), api = {}, files = {}, row = {} }: Options = {}) => {
  const telegram = await startBotApi(api);
  const { token, apiRoot } = telegram;
  const way = createTelegramFiles({ token, apiRoot, ...files });
  onTestFinished(async () => {
    way.close();
    await telegram.close();
  });
  telegram.addUser({ id: ANN, firstName: 'Ann', started: true });
  const { document } = telegram.sendDocument(ANN, ANN, { name: NAME, data });
  const known: TelegramFile = {
    fileId: document?.file_id ?? '',
    fileUniqueId: document?.file_unique_id ?? '',
    kind: 'document',
    fileName: NAME,
    mimeType: null,
    fileSize: data.length,
    duration: null,
    title: null,
    uploadedAt: '2026-11-29T20:31:05.000Z',
    ...row,
  };
  const source = createTelegramSource({
    fileOf: ({ fileUniqueId }) => (fileUniqueId === known.fileUniqueId ? known : undefined),
    files: way,
  });
  const folder = makeFolder();
  const url = keptAddress({ botId: way.botId, fileUniqueId: known.fileUniqueId });
  const received: number[] = [];
  const request: FillRequest = {
    url,
    files: [{ path: NAME, size: data.length }],
    folder: join(folder, 'x.part'),
    speedLimit: () => undefined,
    onReceived: (bytes) => void received.push(bytes),
    checkFloor: async () => undefined,
  };
  const never = new AbortController().signal;
  return {
    telegram,
    data,
    url,
    folder,
    received: () => received.reduce((sum, bytes) => sum + bytes, 0),
    inspect: (of = url) => source.inspect({ type: 'model', id: '', url: of }, never),
    fill: (more: Partial<FillRequest> = {}, signal: AbortSignal = never) =>
      source.fill({ ...request, ...more }, signal),
  };
};

const failureOf = async (promise: Promise<unknown>, token: string): Promise<{ code: string; message: string }> => {
  const error: unknown = await promise.then(
    () => new Error('nothing failed'),
    (thrown: unknown) => thrown,
  );
  // All of it, with what is wrapped in it.
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token.split(':')[1]);
  if (!(error instanceof AppError)) throw error;
  return error;
};

it('lists it as one file whose hash nobody has told, in a state of its own', async () => {
  const { inspect: look } = await open();
  const listing = await look();
  expect(listing).toMatchObject({
    webFile: { name: NAME, hash: 'nobody' },
    files: [{ path: NAME, size: 300_000, isUnhashed: true, etag: listing.commit }],
  });
  expect(listing.commit).toMatch(/^[0-9a-f]{40}$/);
});

it('names what nobody has named by what it is, and when it was sent', async () => {
  const { inspect: look } = await open({ row: { fileName: null, kind: 'video_note' } });
  expect((await look()).webFile?.name).toBe('video-note-2026-11-29-20-31-05.mp4');
});

it('brings it, tells how much has come, and writes over what lay there', async () => {
  const { fill, data, folder, received } = await open();
  await mkdir(join(folder, 'x.part'));
  writeFileSync(join(folder, 'x.part', 'file'), Buffer.alloc(400_000));
  const filling = fill();
  const places = await filling.done;
  expect(await readFile(places.get(NAME) ?? '')).toStrictEqual(data);
  expect(filling.progress()).toStrictEqual({ ready: data.length, received: data.length, isChecking: false });
  expect(received()).toBe(data.length);
  expect((await stat(places.get(NAME) ?? '')).mode & 0o777).toBe(0o644);
});

it('asks anew where it lies with each try: the path of before leads nowhere after an hour', async () => {
  const { fill, telegram, data } = await open();
  telegram.breakDownload(100_000);
  expect(await failureOf(fill().done, telegram.token)).toMatchObject({
    code: 'unreachable',
    message: 'Telegram does not send the file: the connection broke.',
  });
  telegram.advance(3_600_000);
  const places = await fill().done;
  expect(await readFile(places.get(NAME) ?? '')).toStrictEqual(data);
  expect(telegram.calls.filter(({ method }) => method === 'getFile')).toHaveLength(2);
});

it.each([
  ['nobody knows of any more', 'telegram://1/AgADx', 'not_found', /^Nobody knows any more/],
  ['is no address of one', 'telegram://x', 'not_found', /^Nobody knows any more/],
])('says of a file that it %s', async (_name, url, code, message) => {
  const { inspect: look, telegram } = await open();
  expect(await failureOf(look(url), telegram.token)).toMatchObject({ code, message: expect.stringMatching(message) });
});

it('says that another bot’s files are not to be had', async () => {
  const { inspect: look, url, telegram } = await open();
  expect(await failureOf(look(url.replace(/\d+/, '7')), telegram.token)).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('another bot'),
  });
});

it('is looked up at Telegram’s own server up to 20 MB', async () => {
  const fits = await open({ row: { fileSize: 20 * 1024 * 1024 } });
  expect((await fits.inspect()).files[0]?.size).toBe(20 * 1024 * 1024);
  const tooLarge = await open({ row: { fileSize: 20 * 1024 * 1024 + 1 } });
  expect(await failureOf(tooLarge.inspect(), tooLarge.telegram.token)).toMatchObject({
    code: 'constraint',
    message: expect.stringMatching(/^Telegram gives bots files of up to 20 MB, and this one is 21 MB/),
  });
});

it('is not looked up where Telegram does not say how large it is', async () => {
  const { inspect: look, telegram } = await open({ row: { fileSize: null } });
  expect(await failureOf(look(), telegram.token)).toMatchObject({ code: 'unavailable' });
});

it('is not looked up where there is not a byte in it', async () => {
  const { inspect: look, telegram } = await open({ row: { fileSize: 0 } });
  expect(await failureOf(look(), telegram.token)).toMatchObject({
    code: 'validation',
    message: 'That file is empty: there is nothing in it to keep.',
  });
});

it('a server of one’s own says itself what is too large', async () => {
  const { fill, telegram } = await open({
    data: Buffer.alloc(20 * 1024 * 1024 + 1),
    files: { isOwnServer: true },
  });
  expect(await failureOf(fill().done, telegram.token)).toMatchObject({
    code: 'constraint',
    message: expect.stringContaining('too big for bots'),
  });
});

it.each([
  ['429', { kind: '429', retryAfter: 7 }, { code: 'rate_limited', retryAfterMs: 7000 }],
  ['a server that fails', { kind: '502html' }, { code: 'unreachable' }],
  ['a broken connection', { kind: 'reset' }, { code: 'unreachable' }],
  ['a file that is known no more', { kind: '400', description: 'Bad Request: invalid file_id' }, { code: 'not_found' }],
  [
    'a file that is not there for now',
    { kind: '400', description: 'Bad Request: wrong file_id or the file is temporarily unavailable' },
    { code: 'unavailable' },
  ],
] as const)('tells of %s in a sentence, without the token', async (_name, fault, expected) => {
  const { fill, telegram } = await open();
  telegram.setFault({ method: 'getFile', times: 1, ...fault });
  expect(await failureOf(fill().done, telegram.token)).toMatchObject(expected);
});

it('gives up where nothing comes any more', async () => {
  const { fill, telegram } = await open({ files: { silenceMs: 50 } });
  onTestFinished(telegram.holdDownloads(100_000));
  expect(await failureOf(fill().done, telegram.token)).toMatchObject({ code: 'stalled' });
});

/** An answer of which the first half has come, and the rest when it is told to. */
const openHalves = async () => {
  const half = Buffer.alloc(1000);
  let answer: ServerResponse | undefined;
  const server = createServer((_request, response) => {
    answer = response.writeHead(200, { 'content-length': 2 * half.length });
    response.write(half);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connections = createConnections(apiRoot, undefined);
  onTestFinished(() => {
    connections.close();
    server.close();
  });
  const { signal } = new AbortController();
  const response = await requestFile({ apiRoot, token: '1:x', connections }, 'a', { signal, silenceMs: 60_000 });
  const isIn = async (): Promise<void> => {
    await once(response, 'readable');
    expect(response.readableLength).toBe(half.length);
  };
  return { response, isIn, silence: () => response.socket.emit('timeout'), sendRest: () => answer?.end(half) };
};

it('is not given up while nothing more is wanted of it: only who sends is silent', async () => {
  const { response, isIn, silence, sendRest } = await openHalves();
  await isIn();
  silence();
  response.read();
  sendRest();
  await isIn();
  silence();
  response.read();
  silence();
  expect(response.destroyed).toBe(false);
  await finished(response.resume());
});

it('is given up where nothing comes though all was taken', async () => {
  const { response, isIn, silence } = await openHalves();
  await isIn();
  silence();
  response.read();
  silence();
  await expect(finished(response)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});

it('ends at once when it is told to, and writes nothing any more', async () => {
  const { fill, telegram, folder } = await open();
  onTestFinished(telegram.holdDownloads(100_000));
  const stop = new AbortController();
  const filling = fill({}, stop.signal);
  await expect.poll(() => filling.progress().ready).toBeGreaterThan(50_000);
  stop.abort(new Error('enough'));
  await expect(filling.done).rejects.toThrow('enough');
  expect(await readdir(join(folder, 'x.part'))).toStrictEqual(['file']);
});

it('is not taken for another size than it should have', async () => {
  const { fill, telegram, data } = await open();
  const sized = (size: number) => ({ files: [{ path: NAME, size }] });
  expect(await failureOf(fill(sized(data.length - 1)).done, telegram.token)).toMatchObject({ code: 'corrupt' });
  expect(await failureOf(fill(sized(data.length + 1)).done, telegram.token)).toMatchObject({ code: 'unreachable' });
});

it('says that the disk is full', async () => {
  const { fill, telegram, folder } = await open();
  await mkdir(join(folder, 'x.part'));
  symlinkSync('/dev/full', join(folder, 'x.part', 'file'));
  expect(await failureOf(fill().done, telegram.token)).toMatchObject({ code: 'no_space' });
});

it('begins nothing where what should stay free would be used up, and looks again as it comes', async () => {
  const { fill, telegram } = await open({ data: Buffer.alloc(20_000_000) });
  let looks = 0;
  const checkFloor = async (): Promise<void> => {
    looks += 1;
    if (looks > 2) throw new AppError('no_space', 'The disk is almost full.');
  };
  expect(await failureOf(fill({ checkFloor }).done, telegram.token)).toMatchObject({ code: 'no_space' });
  expect(looks).toBe(3);
  expect(await failureOf(fill({ checkFloor }).done, telegram.token)).toMatchObject({ code: 'no_space' });
});

it('comes no faster than it may', async () => {
  const { fill } = await open({ data: randomBytes(10_000) });
  const began = performance.now();
  await fill({ speedLimit: () => 100_000 }).done;
  expect(performance.now() - began).toBeGreaterThan(95);
});

it('of a server of one’s own with --local is copied from its disk, however large, and takes nothing of the network', async () => {
  const localFolder = makeFolder();
  const data = randomBytes(21_000_000);
  const { fill, received } = await open({ data, api: { localFolder }, files: { isOwnServer: true } });
  const filling = fill({ speedLimit: () => 1 });
  const places = await filling.done;
  expect((await readFile(places.get(NAME) ?? '')).equals(data)).toBe(true);
  expect(received()).toBe(0);
});

it('of a server of one’s own whose disk cannot be read here is told with what is missing', async () => {
  const [localFolder, elsewhere] = [makeFolder(), makeFolder()];
  const { fill, telegram } = await open({ api: { localFolder }, files: { isOwnServer: true } });
  await mkdir(join(localFolder, telegram.token));
  // Whatever the server says, nothing outside its own folder is read.
  symlinkSync(elsewhere, join(localFolder, telegram.token, 'documents'));
  expect(await failureOf(fill().done, telegram.token)).toMatchObject({
    code: 'operational',
    message: expect.stringContaining('hubgram has to see that folder by the same path'),
  });
});
