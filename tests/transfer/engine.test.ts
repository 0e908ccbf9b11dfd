import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../src/lib/net/egress.ts';
import type { Share } from '../../src/transfer/engine/engine.ts';
import type { Taker } from '../../src/transfer/engine/fair-share.ts';
import { createTransfer, type Transfer } from '../../src/transfer/transfer.ts';
import { askedRange, bytesOf, sendRange, startServer } from '../copies/odd-server.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';

const MIB = 1024 * 1024;
const PATIENT = { interval: 10 } as const;
const reason = new Error('paused');
/** A slow connection's last piece may wait for more. */
const PIECE = 256 * 1024;

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

interface World {
  readonly transfer: Transfer;
  readonly clock: TestClock;
  /** Fetches a file of these bytes. */
  readonly fetch: (content: Buffer, taker?: Taker) => Share;
  readonly published: (content: Buffer) => Promise<Buffer>;
  /** Ranges that were asked for, in order: where each begins. */
  readonly asked: () => readonly number[];
  /** How often it was asked where a file lies. */
  readonly located: () => number;
}

const etagOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const setUp = async (
  connections: number,
  answer: (content: Buffer, request: IncomingMessage, response: ServerResponse) => void,
  bandwidthLimit: () => number | undefined = () => undefined,
): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-engine-'));
  open.push({ close: () => rm(folder, { recursive: true, force: true }) });
  const files = new Map<string, Buffer>();
  const clock = createRunningClock();
  const server = await startServer((request, response) =>
    answer(files.get(request.url ?? '') ?? Buffer.alloc(0), request, response),
  );
  open.push(server);
  const transfer = createTransfer({
    connections,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 60_000,
    bandwidthLimit,
    checkFloor: async () => undefined,
    egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
    clock,
  });
  open.push(transfer);
  let located = 0;
  return {
    transfer,
    clock,
    fetch: (content, taker = {}) => {
      const [etag, size] = [etagOf(content), content.length];
      files.set(`/${etag}`, content);
      const resolve = async () => {
        located += 1;
        return { url: `${server.origin}/${etag}`, headers: {}, etag, size };
      };
      const place = { partPath: join(folder, 'p', `${etag}.part`), finalPath: join(folder, 'b', etag) };
      return transfer.fetch({ etag, size, ...place, resolve }, taker);
    },
    published: (content) => readFile(join(folder, 'b', etagOf(content))),
    asked: () => server.requests.map((request) => askedRange(request).start),
    located: () => located,
  };
};

/** Sends so many bytes of what is asked for, and then nothing more. */
const hold = (bytes: number, content: Buffer, request: IncomingMessage, response: ServerResponse): void => {
  const { start, end } = askedRange(request);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end - 1}/${content.length}`,
    'content-length': end - start,
  });
  if (bytes === 0) response.flushHeaders();
  else response.write(content.subarray(start, start + bytes));
};

/** A file that is like no other of its size. */
const file = (size: number, name: number): Buffer => {
  const content = Buffer.from(bytesOf(Math.min(size, 4096)));
  content.writeUInt32LE(name, 0);
  return Buffer.alloc(size, content);
};

describe('the budget of connections', () => {
  it('is as large after many ranges as before: one that counted as free is busy for nobody once it has ended', async () => {
    const [first, second] = [file(16 * MIB, 1), file(16 * MIB, 2)];
    const world = await setUp(2, (content, request, response) => {
      if (content === second) hold(0, content, request, response);
      else sendRange(content, request, response);
    });
    await world.fetch(first).blob.done;
    await expect.poll(world.transfer.connectionsInUse, PATIENT).toBe(0);
    const { blob, leave } = world.fetch(second);
    blob.done.catch(() => undefined);
    // The first answer lets others help: all that may are begun at once.
    await expect.poll(world.transfer.connectionsInUse, PATIENT).toBeGreaterThan(1);
    expect(world.transfer.connectionsInUse()).toBe(2);
    // Nothing had been given out lately: short ranges again.
    await expect.poll(() => world.asked().slice(-2), PATIENT).toEqual([0, 2 * MIB]);
    await leave(reason);
    expect(world.transfer.connectionsInUse()).toBe(0);
  });

  it('has an idle connection take half of what another will not bring soon', async () => {
    const slow = file(2 * MIB, 4);
    const world = await setUp(2, (content, request, response) => hold(0, content, request, response));
    const { blob, leave } = world.fetch(slow);
    blob.done.catch(() => undefined);
    await expect.poll(() => world.asked().length, PATIENT).toBeGreaterThan(0);
    world.clock.pass(1000);
    await expect.poll(world.asked, PATIENT).toEqual([0, MIB]);
    await leave(reason);
  });

  it('has a job that holds all of it give up one for a job that comes later', async () => {
    const [long, late] = [file(4 * MIB, 5), file(2 * MIB, 6)];
    const world = await setUp(2, (content, request, response) => hold(0, content, request, response));
    const first = world.fetch(long, {});
    first.blob.done.catch(() => undefined);
    await expect.poll(world.asked, PATIENT).toEqual([0, 2 * MIB]);
    world.clock.pass(1000);
    const second = world.fetch(late, {});
    second.blob.done.catch(() => undefined);
    await expect.poll(world.asked, PATIENT).toEqual([0, 2 * MIB, 0]);
    await Promise.all([first.leave(reason), second.leave(reason)]);
  });

  it('is all for the job that is left when others are through', async () => {
    const many = Array.from({ length: 24 }, (_, at) => file(5000, 100 + at));
    let isHeld = false;
    const world = await setUp(4, (content, request, response) => {
      if (isHeld) hold(0, content, request, response);
      else sendRange(content, request, response);
    });
    for (const content of many.slice(0, 8)) await world.fetch(content, {}).blob.done;
    isHeld = true;
    const job: Taker = {};
    const shares = many.slice(8).map((content) => world.fetch(content, job));
    for (const { blob } of shares) blob.done.catch(() => undefined);
    // Four, one more for each that went well, and with time one more to try.
    await expect.poll(world.transfer.connectionsInUse, PATIENT).toBeGreaterThanOrEqual(12);
    await Promise.all(shares.map(({ leave }) => leave(reason)));
  });

  it('begins nothing any more once it is closed', async () => {
    const world = await setUp(2, sendRange);
    await world.fetch(file(5000, 1)).blob.done;
    await world.transfer.close();
    world.fetch(file(5000, 2));
    // Somebody who was let in would ask where it lies before the disk has answered.
    await world.published(file(5000, 1));
    expect(world.located()).toBe(1);
  });
});

describe('a share in a blob', () => {
  const content = file(3 * MIB, 3);

  it('is left once, however often that is said', async () => {
    let letGo = (): void => undefined;
    const world = await setUp(1, (bytes, request, response) => {
      letGo = () => sendRange(bytes, request, response);
    });
    const [one, other] = [world.fetch(content), world.fetch(content)];
    await expect.poll(world.asked, PATIENT).toEqual([0]);
    await one.leave(reason);
    await one.leave(reason);
    expect(one.blob).toBe(other.blob);
    expect(other.blob.signal.aborted).toBe(false);
    letGo();
    await expect.poll(world.asked, PATIENT).toEqual([0, 2 * MIB]);
    letGo();
    await other.blob.done;
    expect((await world.published(content)).equals(content)).toBe(true);
  });

  it('that is taken while the blob is on its way out gets a new one, which begins where the old one has saved', async () => {
    let isHeld = true;
    const world = await setUp(1, (bytes, request, response) => {
      if (isHeld) hold(MIB, bytes, request, response);
      else sendRange(bytes, request, response);
    });
    const old = world.fetch(content);
    old.blob.done.catch(() => undefined);
    await expect.poll(() => old.blob.progress().ready, PATIENT).toBeGreaterThan(MIB - PIECE);
    isHeld = false;
    const gone = old.leave(reason);
    const fresh = world.fetch(content);
    expect(fresh.blob).not.toBe(old.blob);
    await gone;
    await fresh.blob.done;
    expect(world.asked().slice(0, 2)).toEqual([0, old.blob.progress().ready]);
    expect((await world.published(content)).equals(content)).toBe(true);
  });

  it('keeps its place busy until what it had is saved', async () => {
    const world = await setUp(1, (bytes, request, response) => hold(MIB, bytes, request, response));
    const { blob, leave } = world.fetch(content);
    const { finalPath } = blob.wanted;
    blob.done.catch(() => undefined);
    await expect.poll(() => blob.progress().ready, PATIENT).toBeGreaterThan(MIB - PIECE);
    const gone = leave(reason);
    expect(world.transfer.isBusyWith(finalPath)).toBe(true);
    await gone;
    expect(world.transfer.isBusyWith(finalPath)).toBe(false);
  });

  it('saves what has come and waits for a bandwidth limit: it does not come again', async () => {
    const send = (bytes: Buffer, request: IncomingMessage, response: ServerResponse): void =>
      hold(MIB, bytes, request, response);
    const world = await setUp(1, send, () => 1);
    const { blob, leave } = world.fetch(content);
    blob.done.catch(() => undefined);
    await expect.poll(() => blob.progress().received, PATIENT).toBeGreaterThan(0);
    await leave(reason);
    const { ready, received } = blob.progress();
    expect(ready).toBeGreaterThan(0);
    expect(ready).toBe(received);
  });
});
