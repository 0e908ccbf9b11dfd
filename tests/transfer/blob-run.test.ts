import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { ByteRange } from '../../src/domain/listing.ts';
import { type BlobRun, createBlobRun, ended, giveUp, goOn } from '../../src/transfer/engine/blob-run.ts';
import type { BlobState } from '../../src/transfer/engine/states.ts';
import type { Segment } from '../../src/transfer/engine/segments.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
import { createTurns } from '../../src/lib/async/turns.ts';
import { createHasher } from '../../src/transfer/files/hasher.ts';
import { createUnsaved } from '../../src/transfer/files/unsaved.ts';
import { bytesOf } from '../copies/odd-server.ts';
import { createTestClock } from '../helpers/clock.ts';

const MIB = 1024 * 1024;
const large = bytesOf(2 * MIB);
const small = bytesOf(5000);
const reason = new Error('paused');
const reset = new AppError('unreachable', 'It broke.');
const refused = new AppError('operational', 'It cannot be had.');

let folder = '';
const hasher = createHasher();
const unsaved = createUnsaved();
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => hasher.close());

interface Watched {
  readonly run: BlobRun;
  /** The states it has been in, in order. */
  readonly states: BlobState[];
  /** Does this when it comes to that state. */
  readonly when: (state: BlobState, act: () => void) => void;
  readonly claims: () => Promise<ByteRange[]>;
  readonly published: () => Promise<Buffer>;
  readonly end: Promise<number>;
}

/** A blob of these bytes, which is watched on its way; a place in another folder if it is to go on. */
const watch = async (content: Buffer, into?: string): Promise<Watched> => {
  folder = into ?? (await mkdtemp(join(tmpdir(), 'hubgram-run-')));
  const etag = createHash('sha256').update(content).digest('hex');
  const place = { etag, size: content.length, partPath: join(folder, 'p', etag), finalPath: join(folder, 'b', etag) };
  const resolve = async (): Promise<never> => {
    throw new Error('nobody asks here');
  };
  const checkFloor = async (): Promise<void> => undefined;
  const wake = (): void => undefined;
  const run = createBlobRun(
    { ...place, resolve },
    { hasher, unsaved, clock: createTestClock(), wake, checkFloor, gatherInTurn: createTurns(1), spare: new Map() },
  );
  const states: BlobState[] = [run.state];
  const acts = new Map<BlobState, () => void>();
  Object.defineProperty(run, 'state', {
    get: () => states.at(-1),
    set: (state: BlobState) => {
      states.push(state);
      const act = acts.get(state);
      if (act) queueMicrotask(act);
    },
  });
  run.end.promise.catch(() => undefined);
  return {
    run,
    states,
    when: (state, act) => acts.set(state, act),
    claims: () => createControlFile(place).load(),
    published: () => readFile(place.finalPath),
    end: run.end.promise,
  };
};

const take = ({ segments }: BlobRun): Segment => {
  const segment = segments.take(false, 0, MIB);
  if (!segment) throw new Error('there is nothing to take');
  return segment;
};

/** A connection brings what it has taken. */
const bring = async (run: BlobRun, segment: Segment, content: Buffer): Promise<void> => {
  await run.file.write(content.subarray(segment.start, segment.end), segment.start);
  segment.position = segment.end;
};

/** Connections bring all of it, one after the other. */
const bringAll = async (run: BlobRun, content: Buffer): Promise<void> => {
  while (!run.segments.isComplete()) {
    const segment = take(run);
    await bring(run, segment, content);
    ended(run, segment, undefined);
  }
};

const opened = async (content: Buffer): Promise<Watched> => {
  const watched = await watch(content);
  await goOn(watched.run, 'opening');
  return watched;
};

describe('a blob', () => {
  it.each([
    ['small', small],
    ['large', large],
  ])('that is %s is opened, fetched, verified, published and done', async (_, content) => {
    const { run, states, end, published } = await opened(content);
    expect(states).toEqual(['waiting', 'opening', 'fetching']);
    await bringAll(run, content);
    expect(await end).toBeGreaterThanOrEqual(0);
    expect(states).toEqual(['waiting', 'opening', 'fetching', 'verifying', 'publishing', 'done']);
    expect((await published()).equals(content)).toBe(true);
  });

  it('has hashed what a connection has brought at once, and does not leave it for the end', async () => {
    const { run, end } = await opened(large);
    const grown: number[] = [];
    Object.assign(run.file, { grown: (frontier: number) => grown.push(frontier) });
    await bringAll(run, large);
    await end;
    expect(grown).toEqual([MIB, 2 * MIB]);
  });

  it('of which everything is there from before is not fetched', async () => {
    const first = await opened(large);
    for (const segment of [take(first.run), take(first.run)]) {
      await bring(first.run, segment, large);
      first.run.segments.ended(segment);
    }
    giveUp(first.run, reason);
    await expect(first.end).rejects.toBe(reason);
    const { run, states, end } = await watch(large, folder);
    await goOn(run, 'opening');
    await end;
    expect(states).toEqual(['waiting', 'opening', 'verifying', 'publishing', 'done']);
  });

  it('that arrives damaged is thrown away and opened anew, twice', async () => {
    const { run, states, end, published } = await opened(large);
    const wrong = Buffer.from(large).fill(0, 1000, 2000);
    for (const content of [wrong, wrong, large]) {
      await expect.poll(() => states.at(-1)).toBe('fetching');
      await bringAll(run, content);
    }
    await end;
    const round = ['opening', 'fetching', 'verifying', 'discarding'];
    expect(states).toEqual(['waiting', ...round, ...round, ...round.slice(0, 3), 'publishing', 'done']);
    expect((await published()).equals(large)).toBe(true);
  });

  it('that arrives damaged three times has failed, and nothing of it stays', async () => {
    const { run, states, end } = await opened(small);
    for (let time = 0; time < 3; time += 1) {
      await expect.poll(() => states.at(-1)).toBe('fetching');
      await bringAll(run, Buffer.alloc(small.length));
    }
    await expect(end).rejects.toMatchObject({ code: 'corrupt' });
    expect(states.slice(-4)).toEqual(['verifying', 'discarding', 'closing', 'failed']);
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });

  it('that cannot be opened has failed, with nothing to save', async () => {
    const { run, states, end } = await watch(large);
    await mkdir(run.wanted.partPath, { recursive: true });
    await goOn(run, 'opening');
    await expect(end).rejects.toThrow('Path is a directory');
    expect(states).toEqual(['waiting', 'opening', 'closing', 'failed']);
  });

  it('that cannot be read to its end has failed, saved', async () => {
    const { run, states, end } = await opened(large);
    await rm(run.wanted.partPath);
    await writeFile(run.wanted.partPath, 'short');
    await bringAll(run, large);
    await expect(end).rejects.toThrow('the file is shorter than what was written');
    expect(states.slice(-4)).toEqual(['verifying', 'saving', 'closing', 'failed']);
  });

  it('that cannot have its name has failed, and says why', async () => {
    const { run, states, end } = await opened(large);
    await mkdir(join(run.wanted.finalPath, 'deep'), { recursive: true });
    await bringAll(run, large);
    await expect(end).rejects.toThrow('a folder lies where a file must be');
    expect(states.slice(-4)).toEqual(['publishing', 'saving', 'closing', 'failed']);
  });

  it('goes on after a failure that may pass, and is given up for one that stays', async () => {
    const { run, states, end } = await opened(large);
    ended(run, take(run), reset);
    expect(states.at(-1)).toBe('fetching');
    ended(run, take(run), refused);
    await expect(end).rejects.toBe(refused);
    expect(states).toEqual(['waiting', 'opening', 'fetching', 'stopping', 'saving', 'closing', 'failed']);
  });

  it('takes no way that is not in its table: whoever waits hears of it', async () => {
    const { run, end } = await watch(small);
    await goOn(run, 'publishing');
    await expect(end).rejects.toThrow('a blob went from waiting to publishing');
  });
});

describe('a blob that is given up', () => {
  it('before it is opened touches nothing', async () => {
    const { run, states, end } = await watch(large);
    giveUp(run, reason);
    await expect(end).rejects.toBe(reason);
    expect(states).toEqual(['waiting', 'closing', 'failed']);
    expect(existsSync(join(folder, 'p'))).toBe(false);
  });

  it('while it is opened is opened first, and leaves nothing where nothing was written', async () => {
    const { run, states, when, end } = await watch(large);
    when('opening', () => giveUp(run, reason));
    await goOn(run, 'opening');
    await expect(end).rejects.toBe(reason);
    expect(states).toEqual(['waiting', 'opening', 'saving', 'closing', 'failed']);
    expect(existsSync(run.wanted.partPath)).toBe(false);
  });

  it('while connections write waits for the last of them, and saves what they wrote until then', async () => {
    const { run, states, end, claims } = await opened(large);
    const [one, other] = [take(run), take(run)];
    await bring(run, one, large);
    giveUp(run, reason);
    ended(run, one, reason);
    expect(states.at(-1)).toBe('stopping');
    await bring(run, other, large);
    ended(run, other, reason);
    await expect(end).rejects.toBe(reason);
    expect(states).toEqual(['waiting', 'opening', 'fetching', 'stopping', 'saving', 'closing', 'failed']);
    expect(await claims()).toEqual([{ start: 0, end: 2 * MIB }]);
  });

  it('while no connection writes is saved at once', async () => {
    const { run, states, end } = await opened(small);
    giveUp(run, reason);
    await expect(end).rejects.toBe(reason);
    expect(states.slice(2)).toEqual(['fetching', 'stopping', 'saving', 'closing', 'failed']);
  });

  it('while it is verified does not wait for that, and is saved', async () => {
    const { run, states, when, end, claims } = await opened(large);
    const followed: BlobState[] = [];
    when('verifying', () => {
      giveUp(run, reason);
      followed.push(run.state);
    });
    await bringAll(run, large);
    await expect(end).rejects.toBe(reason);
    expect(followed).toEqual(['saving']);
    expect(states.slice(2)).toEqual(['fetching', 'verifying', 'saving', 'closing', 'failed']);
    expect(await claims()).toEqual([{ start: 0, end: 2 * MIB }]);
  });

  it('while it gets its name has it, and is done', async () => {
    const { run, states, when, end, published } = await opened(large);
    when('publishing', () => giveUp(run, reason));
    await bringAll(run, large);
    await end;
    expect(states.at(-1)).toBe('done');
    expect((await published()).equals(large)).toBe(true);
  });

  it('while it is thrown away is not opened again', async () => {
    const { run, states, when, end } = await opened(large);
    when('discarding', () => giveUp(run, reason));
    await bringAll(run, Buffer.alloc(large.length));
    await expect(end).rejects.toBe(reason);
    expect(states.slice(2)).toEqual(['fetching', 'verifying', 'discarding', 'closing', 'failed']);
  });

  it('twice is given up for the first reason, once', async () => {
    const { run, states, end } = await opened(large);
    giveUp(run, reason);
    giveUp(run, new Error('another'));
    await expect(end).rejects.toBe(reason);
    giveUp(run, new Error('too late'));
    expect(states.filter((state) => state === 'stopping')).toHaveLength(1);
    expect(states.at(-1)).toBe('failed');
  });
});
