import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyState, RunningCopy } from '../../src/copies/executor.ts';
import { createControlFile } from '../../src/transfer/files/control-file.ts';
import { claimedOf, leftIn } from '../helpers/partials.ts';
import { type BenchTop, codeOf, setUp } from './bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
const FILE = 'model.safetensors';
const SIZE = 8 * 1024 * 1024;
const repo = defineRepo({ id: ID, files: [{ path: FILE, size: SIZE }] });

let bench: BenchTop;
afterEach(async () => {
  await bench?.close();
});

const etagOf = (path = FILE): string => bench.files(ID).find((file) => file.path === path)?.etag ?? '';
const partPath = (): string => join(bench.cacheDir, FOLDER, '.hubgram', `${etagOf()}.part`);
const kept = (path = FILE): Promise<number> => claimedOf(bench.cacheDir, etagOf(path));

const claim = (start: number, end: number): Promise<void> =>
  createControlFile({ partPath: partPath(), etag: etagOf(), size: SIZE }).noteFlushed([{ start, end }]);

let letGo: () => void = () => undefined;
/** From now on so much comes and no more. */
const hold = (bytes: number, path = FILE): void => {
  letGo();
  letGo = bench.hub.setFault({ kind: 'held', host: 'cdn', path, bytes });
};

/** Waits until so many bytes are in the file. */
const has = (run: RunningCopy, bytes: number): Promise<void> =>
  expect.poll(() => run.state().bytesReady, { interval: 20 }).toBeGreaterThanOrEqual(bytes);

/** Starts, and stops in the middle. */
const stopHalfWay = async (): Promise<void> => {
  hold(SIZE / 2);
  const abort = new AbortController();
  const run = bench.start(ID, abort.signal);
  // Four connections: each may have something on its way that is no whole piece.
  await has(run, SIZE / 4);
  abort.abort(new Error('paused'));
  expect(await codeOf(run.done)).toBe('Error: paused');
  letGo();
};

describe('stopping a download', () => {
  it('saves all that was written, so that every byte is written from the network once', async () => {
    bench = await setUp({ repos: [repo] }, { connections: 2 });
    let received = 0;
    for (let round = 0; round < 4; round += 1) {
      const before = await kept();
      const abort = new AbortController();
      // Three pieces as they are written; each connection may hold a part of one.
      hold(3 * 2 ** 19);
      const run = bench.start(ID, abort.signal);
      await has(run, before + 2 ** 20);
      abort.abort(new Error('paused'));
      expect(await codeOf(run.done)).toBe('Error: paused');
      expect(await kept()).toBe(run.state().bytesReady);
      expect(await kept()).toBeGreaterThan(before);
      received += run.state().bytesReceived;
    }
    letGo();
    const last = bench.start(ID);
    await last.done;
    received += last.state().bytesReceived;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(received).toBe(SIZE);
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });

  it('and going on never says that less is there than is: not before the file is opened', async () => {
    bench = await setUp({ repos: [repo] });
    await stopHalfWay();
    const before = await kept();
    const run = bench.start(ID);
    const seen: CopyState[] = [];
    while (run.state().phase !== 'done' && !seen.some(({ bytesReady }) => bytesReady >= before)) {
      seen.push(run.state());
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.some(({ isOpening }) => isOpening === true)).toBe(true);
    expect(
      seen.filter((state) => state.phase === 'receiving' && !state.isOpening && state.bytesReady < before),
    ).toEqual([]);
    await run.done;
  });

  it('again before the file is even open keeps what an earlier run had saved', async () => {
    const others = Array.from({ length: 24 }, (_, number) => ({ path: `a/${number}.gguf`, size: 200_000 }));
    bench = await setUp({ repos: [defineRepo({ id: ID, files: [{ path: FILE, size: SIZE }] })] });
    await stopHalfWay();
    const before = await kept();
    expect(before).toBeGreaterThan(0);
    bench.hub.updateRepo(ID, { files: others });
    hold(100_000, '/a/');
    const abort = new AbortController();
    const run = bench.start(ID, abort.signal);
    // Many files are ahead of this one, more than are opened ahead: it still waits for its turn.
    await bench.hub.waitForRequest((record) => record.file?.includes('/a/') === true && record.bytesSent > 0);
    abort.abort(new Error('paused'));
    await codeOf(run.done);
    expect(await kept()).toBe(before);
    expect((await stat(partPath())).size).toBe(SIZE);
  });

  it('and starting over and over, each before the last one has let go, gives the right file', async () => {
    bench = await setUp({ repos: [repo] });
    const stopped: Promise<string>[] = [];
    for (let round = 0; round < 12; round += 1) {
      const abort = new AbortController();
      const from = bench.hub.bytesSent();
      hold(300_000);
      const run = bench.start(ID, abort.signal);
      // Some are stopped in the middle, some while they wait for the one before, some at once.
      if (round % 3 === 0) await bench.hub.waitForRequest(() => bench.hub.bytesSent() > from);
      if (round % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort(new Error('paused'));
      stopped.push(codeOf(run.done));
    }
    letGo();
    const last = bench.start(ID);
    expect(new Set(await Promise.all(stopped))).toEqual(new Set(['Error: paused']));
    await last.done;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });

  it('at any of its moments leaves either the whole right file or what is needed to go on', async () => {
    bench = await setUp({ repos: [repo] });
    for (let records = 1; records <= 8; records += 1) {
      const abort = new AbortController();
      const from = bench.hub.requests.length;
      const run = bench.start(ID, abort.signal);
      const reached = bench.hub.waitForRequest(() => bench.hub.requests.length >= from + records);
      await Promise.race([reached.catch(() => undefined), run.done]);
      abort.abort(new Error('paused'));
      const code = await codeOf(run.done);
      const isThere = (await bench.snapshots(ID)).length > 0;
      const content = isThere ? await bench.published(ID, FILE) : 'absent';
      // Once it was there it stays, whenever a later run over it is stopped.
      expect(`${code}, ${content}`).toMatch(/^(none, right|Error: paused, (absent|right))$/);
    }
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('with a signal that is aborted already fetches nothing', async () => {
    bench = await setUp({ repos: [repo] });
    expect(await codeOf(bench.start(ID, AbortSignal.abort(new Error('paused'))).done)).toBe('Error: paused');
    expect(bench.hub.requests).toHaveLength(0);
  });

  it('while the cache is looked through does not wait for the end of a long file', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const abort = new AbortController();
    const run = bench.start(ID, abort.signal);
    expect(run.state().phase).toBe('checking');
    abort.abort(new Error('paused'));
    expect(await codeOf(run.done)).toBe('Error: paused');
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('because the program ends rejects whatever still runs, saved', async () => {
    bench = await setUp({ repos: [repo] });
    hold(SIZE / 2);
    const run = bench.start(ID);
    const code = codeOf(run.done);
    await has(run, SIZE / 4);
    await bench.copies.close();
    expect(await code).toBe('operational');
    expect(await kept()).toBe(run.state().bytesReady);
    expect(await kept()).toBeGreaterThan(500_000);
  });
});

describe('a control file that does not fit', () => {
  it('to a file that is gone is not believed', async () => {
    bench = await setUp({ repos: [repo] });
    await mkdir(join(bench.cacheDir, FOLDER, '.hubgram'), { recursive: true });
    await claim(0, SIZE);
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('to what is in the file costs one more time and publishes nothing wrong', async () => {
    bench = await setUp({ repos: [repo] });
    await stopHalfWay();
    await writeFile(partPath(), Buffer.alloc(SIZE, 7));
    await claim(100, SIZE - 5);
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('to the size of the file is not believed', async () => {
    bench = await setUp({ repos: [repo] });
    await stopHalfWay();
    const part = partPath();
    await writeFile(part, (await readFile(part)).subarray(0, SIZE - 1));
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(existsSync(part)).toBe(false);
  });
});
