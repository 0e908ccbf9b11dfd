import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../src/lib/net/egress.ts';
import type { Share } from '../../src/transfer/engine/engine.ts';
import { createEarly, type Early, earlyBytes, type Near } from '../../src/transfer/engine/gathering.ts';
import { createTransfer, type Transfer } from '../../src/transfer/transfer.ts';
import { askedRange, bytesOf, sendRange, startServer } from '../copies/odd-server.ts';
import { createRunningClock } from '../helpers/clock.ts';

const MIB = 2 ** 20;
const PATIENT = { interval: 10 } as const;
const reason = new Error('paused');
const content = Buffer.alloc(32 * MIB, bytesOf(5003));
const etag = createHash('sha256').update(content).digest('hex');
/** Bytes are handed over in pieces; what comes beyond waits for more. */
const PIECE = 256 * 1024;
const EARLY = earlyBytes(content.length);
/** All but its beginning. */
const REST = { from: 0, to: MIB, bytes: 31 * MIB };

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

const open: { close: () => Promise<void> }[] = [];
let folder = '';
let old = '';
let transfer: Transfer;
let reply: Reply;
let answer: PromiseWithResolvers<Near | undefined>;
let asked: [start: number, end: number][];
let early: Early;
let origin = '';
/** What is held goes on to its end. */
let release = (): void => undefined;
let paths: string[] = [];
/** Nobody is told before where the bytes lie. */
let isLocated: Promise<void>;

const send: Reply = (request, response) => sendRange(content, request, response);

/** So many bytes of what is asked for, and then nothing more. */
const hold =
  (bytes: number): Reply =>
  (request, response) => {
    const { start, end } = askedRange(request);
    const range = `bytes ${start}-${end - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': end - start });
    response.write(content.subarray(start, start + bytes));
    release = () => void response.end(content.subarray(start + bytes, end));
  };

const openTransfer = (connections: number): Transfer => {
  const opened = createTransfer({
    connections,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 60_000,
    bandwidthLimit: () => undefined,
    checkFloor: async () => undefined,
    egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
    clock: createRunningClock(),
  });
  open.push(opened);
  return opened;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-early-'));
  open.push({ close: () => rm(folder, { recursive: true, force: true }) });
  old = join(folder, 'old');
  await writeFile(old, content.subarray(MIB));
  reply = send;
  asked = [];
  early = createEarly();
  paths = [];
  isLocated = Promise.resolve();
  answer = Promise.withResolvers();
  const server = await startServer((request, response) => {
    const { start, end } = askedRange(request);
    asked.push([start, end]);
    paths.push(request.url ?? '');
    reply(request, response);
  });
  open.push(server);
  origin = server.origin;
  transfer = openTransfer(2);
});
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** A file of which somebody finds out what lies here, until it is answered. */
const fetch = (name = 'one', isAsked = true): Share => {
  const size = content.length;
  const resolve = async () => {
    await isLocated;
    return { url: `${origin}/${name}`, headers: {}, etag, size };
  };
  const place = { partPath: join(folder, 'p', name), finalPath: join(folder, 'b', name) };
  const near = (signal: AbortSignal): Promise<Near | undefined> => {
    signal.addEventListener('abort', () => answer.reject(signal.reason), { once: true });
    return answer.promise;
  };
  const share = transfer.fetch({ etag, size, ...place, resolve, ...(isAsked ? { near, early } : {}) }, {});
  share.blob.done.catch(() => undefined);
  return share;
};

const isPublished = async (name = 'one'): Promise<boolean> => (await readFile(join(folder, 'b', name))).equals(content);

const bytesAsked = (): number => asked.reduce((sum, [start, end]) => sum + end - start, 0);

const near = (): Near => ({ path: old, spans: async () => [REST], wasWrong: () => undefined });

describe('a file of which it is asked what lies here', () => {
  it('is begun with meanwhile, but for a small part', async () => {
    const { blob } = fetch();
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(EARLY);
    await expect.poll(transfer.connectionsInUse, PATIENT).toBe(0);
    expect(asked).toEqual([[0, EARLY]]);
    // Nothing comes any more until it is answered.
    expect(blob.progress().gathering).toBe(true);
    answer.resolve(undefined);
    await blob.done;
    expect(await isPublished()).toBe(true);
    expect([bytesAsked(), blob.progress().received]).toEqual([content.length, content.length]);
  });

  it('goes on where it has begun if nothing does: no connection ends for it', async () => {
    reply = hold(PIECE + 1000);
    const { blob } = fetch();
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(PIECE);
    expect(blob.progress().gathering).toBe(false);
    reply = send;
    answer.resolve(undefined);
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(content.length - EARLY + PIECE);
    expect([bytesAsked(), blob.signal.aborted]).toEqual([content.length, false]);
  });

  it('has come as far as it has if something does: what was on its way ends, and the rest is taken from here', async () => {
    reply = hold(PIECE + 1000);
    const { blob } = fetch();
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(PIECE);
    reply = send;
    answer.resolve(near());
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(content.length);
    release();
    await blob.done;
    expect(await isPublished()).toBe(true);
    expect(asked).toEqual([
      [0, EARLY],
      [PIECE, MIB],
    ]);
  });

  it('asks for nothing of what turned out to lie here before it was known where its bytes lie', async () => {
    const located = Promise.withResolvers<void>();
    isLocated = located.promise;
    const { blob } = fetch();
    await expect.poll(transfer.connectionsInUse, PATIENT).toBe(1);
    answer.resolve(near());
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(REST.bytes);
    located.resolve();
    await blob.done;
    expect(await isPublished()).toBe(true);
    expect(asked).toEqual([[0, MIB]]);
  });

  it('is saved as far as it has come when nobody wants it any more', async () => {
    reply = hold(PIECE);
    const { blob, leave } = fetch();
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(PIECE);
    await leave(reason);
    await expect(blob.done).rejects.toBe(reason);
    reply = send;
    answer = Promise.withResolvers();
    answer.resolve(undefined);
    await fetch().blob.done;
    expect(asked[1]?.[0]).toBe(PIECE);
    expect(await isPublished()).toBe(true);
  });

  it('waits for a connection that has nothing else to do', async () => {
    transfer = openTransfer(1);
    reply = hold(PIECE);
    const { blob } = fetch('other', false);
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(PIECE);
    fetch();
    reply = send;
    release();
    await blob.done;
    await expect.poll(() => paths.at(-1), PATIENT).toBe('/one');
    expect(paths.slice(0, -1).every((path) => path === '/other')).toBe(true);
    expect(bytesAsked()).toBe(content.length + EARLY);
  });

  it('has what is begun with together with others of its copy', async () => {
    early.left = EARLY + 100;
    const { blob } = fetch();
    await expect.poll(() => blob.progress().ready, PATIENT).toBe(EARLY);
    const { blob: other } = fetch('other');
    await expect.poll(() => other.progress().ready, PATIENT).toBe(100);
    await expect.poll(transfer.connectionsInUse, PATIENT).toBe(0);
    expect(bytesAsked()).toBe(EARLY + 100);
    answer.resolve(undefined);
    await Promise.all([blob.done, other.done]);
    expect([await isPublished(), await isPublished('other')]).toEqual([true, true]);
  });

  it('comes whole from a server that sends no ranges', async () => {
    reply = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
    };
    const { blob } = fetch();
    await expect.poll(() => asked.length, PATIENT).toBe(1);
    await expect.poll(transfer.connectionsInUse, PATIENT).toBe(0);
    answer.resolve(undefined);
    await blob.done;
    expect(await isPublished()).toBe(true);
  });

  it.each([
    [64 * 1000, 1000],
    [64 * 1000 - 1, 999],
    [64 * 8 * MIB - 1, 8 * MIB - 1],
    [64 * 8 * MIB, 8 * MIB],
    [20e9, 8 * MIB],
  ])('of %i bytes has %i that are begun with', (size, early) => {
    expect(earlyBytes(size)).toBe(early);
  });
});
