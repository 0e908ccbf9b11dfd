import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteRange } from '../../src/domain/listing.ts';
import { createTurns } from '../../src/lib/async/turns.ts';
import type { Span } from '../../src/transfer/chunks/plan.ts';
import { type BlobRun, createBlobRun, ended, giveUp, goOn } from '../../src/transfer/engine/blob-run.ts';
import type { Near } from '../../src/transfer/engine/gathering.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
import { createHasher } from '../../src/transfer/files/hasher.ts';
import { createUnsaved } from '../../src/transfer/files/unsaved.ts';
import { bytesOf } from '../copies/odd-server.ts';
import { createTestClock } from '../helpers/clock.ts';

const MIB = 2 ** 20;
const all = bytesOf(13 * MIB);
/** The first 10 MiB of the old file are the last of the new one. */
const content = all.subarray(0, 12 * MIB);
const old10 = content.subarray(2 * MIB);
const ALL: Span = { from: 0, to: 2 * MIB, bytes: 10 * MIB };

const hasher = createHasher();
const unsaved = createUnsaved();
let folder = '';
let old = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-gathering-'));
  old = join(folder, 'old');
  await writeFile(old, all.subarray(2 * MIB));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(() => hasher.close());

const place = (size = content.length) => {
  const etag = createHash('sha256').update(content.subarray(0, size)).digest('hex');
  return { etag, size, partPath: join(folder, 'p', etag), finalPath: join(folder, 'b', etag) };
};

/** How often the blob was put together wrongly. */
let wrong = 0;
beforeEach(() => {
  wrong = 0;
});

const nearWith = (spans: readonly Span[], path = old): Near => ({
  path,
  spans: async () => spans,
  wasWrong: () => {
    wrong += 1;
  },
});

const open = (near: (signal: AbortSignal) => Promise<Near | undefined>, size = content.length): BlobRun => {
  const resolve = async (): Promise<never> => {
    throw new Error('nobody asks here');
  };
  const run = createBlobRun(
    { ...place(size), resolve, near },
    {
      hasher,
      unsaved,
      clock: createTestClock(),
      wake: () => undefined,
      checkFloor: async () => undefined,
      gatherInTurn: createTurns(1),
      spare: new Map(),
    },
  );
  run.end.promise.catch(() => undefined);
  return run;
};

/** A connection brings all that is missing. @returns how much that was */
const bringRest = async (run: BlobRun, from = content): Promise<number> => {
  let bytes = 0;
  while (!run.segments.isComplete()) {
    const segment = run.segments.take(false, 0, MIB);
    if (!segment) throw new Error('there is nothing to take');
    await run.file.write(from.subarray(segment.start, segment.end), segment.start);
    segment.position = segment.end;
    bytes += segment.end - segment.start;
    ended(run, segment, undefined);
  }
  return bytes;
};

const published = (): Promise<Buffer> => readFile(place().finalPath);

describe('a blob of which a part lies here', () => {
  it('takes that from there, and the rest from the network', async () => {
    const run = open(async () => nearWith([ALL]));
    await goOn(run, 'opening');
    expect([run.state, run.segments.writtenBytes(), run.received]).toEqual(['fetching', 10 * MIB, 0]);
    expect(await bringRest(run)).toBe(2 * MIB);
    await run.end.promise;
    expect((await published()).equals(content)).toBe(true);
    expect(wrong).toBe(0);
  });

  it('needs no network if all of it lies here', async () => {
    const whole = join(folder, 'whole');
    await writeFile(whole, content);
    const run = open(async () => nearWith([{ from: 0, to: 0, bytes: content.length }], whole));
    await goOn(run, 'opening');
    await run.end.promise;
    expect((await published()).equals(content)).toBe(true);
  });

  it('is fetched whole if what was put together is not right, and nobody says that it arrived damaged', async () => {
    const run = open(async () => nearWith([{ ...ALL, from: 1 }]));
    await goOn(run, 'opening');
    await bringRest(run);
    await expect.poll(() => [run.state, run.isPlain]).toEqual(['fetching', true]);
    expect([wrong, run.damaged, run.backoff.note()]).toEqual([1, 0, undefined]);
    expect(await bringRest(run)).toBe(content.length);
    await run.end.promise;
    expect([wrong, (await published()).equals(content)]).toEqual([1, true]);
  });

  it('that arrives damaged after that is damaged as any other', async () => {
    const run = open(async () => nearWith([{ ...ALL, from: 1 }]));
    await goOn(run, 'opening');
    await bringRest(run);
    await expect.poll(() => run.isPlain).toBe(true);
    for (const times of [1, 2]) {
      await expect.poll(() => run.state).toBe('fetching');
      await bringRest(run, Buffer.alloc(content.length));
      await expect.poll(() => run.damaged).toBe(times);
    }
    await expect.poll(() => run.state).toBe('fetching');
    expect([wrong, run.backoff.note()]).toEqual([1, { kind: 'corrupt' }]);
    await expect.poll(() => run.segments.leftBytes()).toBe(content.length);
    giveUp(run, new Error('enough'));
    await run.end.promise.catch(() => undefined);
  });

  it.each([
    [
      'that is shorter than it was',
      (): Promise<Near> => writeFile(old, old10.subarray(0, 3 * MIB)).then(() => nearWith([ALL])),
      3 * MIB,
    ],
    ['that is gone', async (): Promise<Near> => nearWith([ALL], join(folder, 'gone')), 0],
    ['of which nobody knows where', async (): Promise<undefined> => undefined, 0],
    ['of which it turns out that nothing does', async (): Promise<Near> => nearWith([]), 0],
  ])('in a file %s takes what it can, and is fetched', async (_, near, taken) => {
    const run = open(near);
    await goOn(run, 'opening');
    expect([run.state, run.segments.writtenBytes()]).toEqual(['fetching', taken]);
    expect(await bringRest(run)).toBe(content.length - taken);
    await run.end.promise;
    expect((await published()).equals(content)).toBe(true);
  });

  it('is given up between two pieces, and goes on from there', async () => {
    const reason = new Error('paused');
    const run = open(async () => nearWith([ALL]));
    const written: ByteRange[] = [];
    const { resume } = run.segments;
    Object.assign(run.segments, {
      resume: (ranges: readonly ByteRange[]) => {
        resume(ranges);
        written.push(...ranges);
        if (written.length === 4) giveUp(run, reason);
      },
    });
    await goOn(run, 'opening');
    await expect(run.end.promise).rejects.toBe(reason);
    expect(await createControlFile(place()).load()).toEqual([{ start: 2 * MIB, end: 6 * MIB }]);

    const next = open(async () => nearWith([ALL]));
    await goOn(next, 'opening');
    expect(next.segments.written()).toEqual([{ start: 2 * MIB, end: 12 * MIB }]);
    await bringRest(next);
    await next.end.promise;
    expect((await published()).equals(content)).toBe(true);
  });

  it('is given up while it is asked about', async () => {
    const reason = new Error('paused');
    const run = open(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          queueMicrotask(() => giveUp(run, reason));
        }),
    );
    await goOn(run, 'opening');
    await expect(run.end.promise).rejects.toBe(reason);
  });

  it.each([
    [8 * MIB - 1, 0],
    [8 * MIB, 1],
  ])('is asked about if much is missing: of %i bytes, %i times', async (size, times) => {
    let asked = 0;
    const run = open(async () => {
      asked += 1;
      return undefined;
    }, size);
    await goOn(run, 'opening');
    expect([run.state, asked]).toEqual(['fetching', times]);
    giveUp(run, new Error('enough'));
    await run.end.promise.catch(() => undefined);
  });
});
