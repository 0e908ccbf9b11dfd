import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { defineRepo, type Fault } from '../../playground/hub/sample-hub.ts';
import type { CopyJob, RunningCopy } from '../../src/copies/executor.ts';
import { createMarks, lookAt, type Looked } from '../../src/cache/verified.ts';
import type { CopiesOptions } from '../../src/copies/copies.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { leftIn } from '../helpers/partials.ts';
import { type BenchTop, codeOf, setUp, STANDING } from './bench-top.ts';

const ID = 'sample/model';
const FOLDER = 'models--sample--model';
/** Three ranges. */
const SIZE = 4_500_000;
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: '{"a":1}' },
    { path: 'weights/model.safetensors', size: SIZE },
  ],
});
const FILE = 'weights/model.safetensors';
const onFile = { path: /safetensors/, host: 'cdn' } as const;

/** Pauses between tries pass so many times faster than they would, and so does the time in which nothing comes. */
const PACE = 8;
const hurried = (stallTimeoutMs: number): Partial<CopiesOptions> => ({
  clock: createRunningClock(undefined, PACE),
  stallTimeoutMs: () => stallTimeoutMs * PACE,
});

let bench: BenchTop;
afterEach(async () => {
  await bench?.close();
});

const blobOf = (path: string): string =>
  join(bench.cacheDir, FOLDER, 'blobs', bench.files(ID).find((file) => file.path === path)?.etag ?? '');

/** Would this file be taken for verified, by whoever reads the marks of its repository anew? */
const isMarked = async (repoFolder: string, path: string): Promise<boolean> =>
  createMarks(bench.cacheDir).isVerified({ repoFolder, etag: basename(path) }, (await lookAt(path)) as Looked);

describe('a fault that passes', () => {
  const faults: readonly [string, Fault][] = [
    ['a connection reset in the middle', { kind: 'reset_after', bytes: 400_000, times: 3, ...onFile }],
    ['a connection that falls silent', { kind: 'stall_after', bytes: 300_000, times: 2, ...onFile }],
    [
      'a short body that is announced as short',
      { kind: 'short_body', missing: 1000, announced: 'short', times: 2, ...onFile },
    ],
    [
      'a short body that is announced as whole',
      { kind: 'short_body', missing: 1000, announced: 'full', times: 2, ...onFile },
    ],
    ['another range than was asked for', { kind: 'wrong_range', times: 2, ...onFile }],
    ['a damaged byte', { kind: 'corrupt', offset: 1_234_567, times: 1, ...onFile }],
    ['an expired URL', { kind: 'expired', times: 2, ...onFile }],
    ['a 503', { kind: 'status', status: 503, times: 3, ...onFile }],
    ['an HTML page of a proxy', { kind: 'html', times: 2, ...onFile }],
    ['a limit of a second', { kind: 'rate_limited', seconds: 1, times: 1, ...onFile }],
    [
      'a limit of a second at the Hub itself',
      { kind: 'rate_limited', seconds: 1, times: 1, host: 'hub', path: /resolve/ },
    ],
    ['a first answer without a range', { kind: 'ignore_range', times: 1, ...onFile }],
    ['a server that knows no ranges', { kind: 'ignore_range', ...onFile }],
  ];

  it.each(faults)('%s ends in the right file', async (_, fault) => {
    bench = await setUp({ repos: [repo] }, hurried(400));
    bench.hub.setFault(fault);
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(await bench.published(ID, 'config.json')).toBe('right');
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });
});

describe('a fault that stays', () => {
  const faults: readonly [string, Fault, string][] = [
    ['a damaged byte', { kind: 'corrupt', offset: 99, ...onFile }, 'corrupt'],
    ['a limit of ten minutes', { kind: 'rate_limited', seconds: 600, ...onFile }, 'rate_limited'],
    ['a 500', { kind: 'status', status: 500, ...onFile }, 'unavailable'],
    ['a silent server', { kind: 'silence', ...onFile }, 'stalled'],
    ['another range each time', { kind: 'wrong_range', ...onFile }, 'changed'],
    [
      'other content than was listed',
      { kind: 'changed_etag', etag: 'f'.repeat(64), host: 'hub', path: /safetensors/ },
      'changed',
    ],
  ];

  it.each(faults)('%s ends with its reason, and nothing is ever visible', async (_, fault, code) => {
    bench = await setUp({ repos: [repo] }, hurried(200));
    bench.hub.setFault(fault);
    expect(await codeOf(bench.start(ID).done)).toBe(code);
    expect(await bench.snapshots(ID)).toEqual([]);
    expect(existsSync(join(bench.cacheDir, 'models--sample--model/refs'))).toBe(false);
  });

  it('a Hub that is down ends with a sentence that names it', async () => {
    bench = await setUp({ repos: [repo] }, hurried(5000));
    const { done } = bench.start(ID);
    await bench.hub.takeDown();
    const error = await done.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AppError);
    expect(['unreachable', 'unavailable']).toContain((error as AppError).code);
  });
});

describe('stopping', () => {
  /** One range. */
  const RANGE = 2_000_000;
  const HELD = 2 ** 20;
  const held = async (): Promise<() => void> => {
    bench = await setUp({ repos: [defineRepo({ id: ID, files: [{ path: FILE, size: RANGE }] })] }, STANDING);
    return bench.hub.setFault({ kind: 'held', bytes: HELD, ...onFile });
  };
  const reached = (run: RunningCopy): Promise<void> =>
    expect.poll(() => run.state().bytesReady, { interval: 20 }).toBe(HELD);

  it('saves what has come, and the next start fetches only the rest', async () => {
    const letGo = await held();
    const abort = new AbortController();
    const first = bench.start(ID, abort.signal);
    await reached(first);
    abort.abort(new Error('paused'));
    expect(await codeOf(first.done)).toBe('Error: paused');
    const before = bench.hub.bytesSent();
    letGo();
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(bench.hub.bytesSent() - before).toBeLessThanOrEqual(RANGE - HELD + 1000);
  });

  it('of one of two that want the same file leaves the other running, and the bytes come once', async () => {
    const letGo = await held();
    const abort = new AbortController();
    const first = bench.start(ID, abort.signal);
    const second = bench.start(ID);
    await reached(second);
    abort.abort(new Error('paused'));
    expect(await codeOf(first.done)).toBe('Error: paused');
    letGo();
    await second.done;
    expect(await bench.published(ID, FILE)).toBe('right');
    expect(bench.hub.bytesSent()).toBeLessThan(RANGE + 1000);
  });

  it('and starting at the same instant gives the right file', async () => {
    const letGo = await held();
    for (let round = 0; round < 4; round += 1) {
      const abort = new AbortController();
      const stopped = bench.start(ID, abort.signal);
      abort.abort(new Error('paused'));
      expect(await codeOf(stopped.done)).toBe('Error: paused');
    }
    const abort = new AbortController();
    const stopped = bench.start(ID, abort.signal);
    await reached(stopped);
    abort.abort(new Error('paused'));
    const next = bench.start(ID);
    expect(await codeOf(stopped.done)).toBe('Error: paused');
    letGo();
    await next.done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });
});

describe('the disk', () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(!isRoot)('full in the middle keeps what is there and goes on when there is room', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'hubgram-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount]);
    try {
      bench = await setUp({ repos: [repo] }, { cacheDir: join(mount, 'hub') });
      const run = bench.start(ID);
      expect(await codeOf(run.done)).toBe('no_space');
      expect(await bench.snapshots(ID)).toEqual([]);
      execFileSync('mount', ['-o', 'remount,size=64m', mount]);
      await bench.start(ID).done;
      expect(await bench.published(ID, FILE)).toBe('right');
    } finally {
      await bench.close();
      execFileSync('umount', [mount]);
      await rm(mount, { recursive: true });
    }
  });

  it('below its floor stops with no_space', async () => {
    bench = await setUp({ repos: [repo] }, { minFreeBytes: () => Number.MAX_SAFE_INTEGER });
    bench.hub.setFault({ kind: 'held', bytes: 100_000, ...onFile });
    expect(await codeOf(bench.start(ID).done)).toBe('no_space');
  });
});

describe('what is in the cache already', () => {
  it('is not fetched: neither from the same folder nor from another repository’s', async () => {
    const twin = defineRepo({ id: 'sample/twin', files: [{ path: 'other.safetensors', size: SIZE, seed: 'same' }] });
    const origin = defineRepo({ id: 'sample/origin', files: [{ path: 'one.safetensors', size: SIZE, seed: 'same' }] });
    bench = await setUp({ repos: [twin, origin] });
    await bench.start('sample/origin').done;
    const sent = bench.hub.bytesSent();
    await bench.start('sample/origin').done;
    await bench.start('sample/twin').done;
    expect(await bench.published('sample/twin', 'other.safetensors')).toBe('right');
    expect(bench.hub.bytesSent() - sent).toBeLessThan(10_000);
    const blob = bench.files('sample/twin')[0]?.etag ?? '';
    const path = join(bench.cacheDir, 'models--sample--twin/blobs', blob);
    expect((await stat(path)).nlink).toBe(2);
    // The link changed the file's times: neither is to be read again for that.
    for (const folder of ['models--sample--twin', 'models--sample--origin'])
      expect(await isMarked(folder, path)).toBe(true);
  });

  it('is not read again as long as nobody changed what was verified', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const blob = blobOf(FILE);
    expect(await isMarked(FOLDER, blob)).toBe(true);
    // Wrong from now on, and noted as right: whoever reads it finds out.
    await writeFile(blob, Buffer.alloc(SIZE, 1));
    const marks = createMarks(bench.cacheDir);
    await marks.setVerified({ repoFolder: FOLDER, etag: basename(blob) }, (await lookAt(blob)) as Looked);
    await marks.written();
    expect(await isMarked(FOLDER, blob)).toBe(true);
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('wrong');
  });

  it('is read again after a change, also if its time was set back', async () => {
    bench = await setUp({ repos: [repo] });
    await bench.start(ID).done;
    const blob = blobOf(FILE);
    const { atime, mtime } = await stat(blob);
    await writeFile(blob, Buffer.alloc(SIZE, 1));
    await utimes(blob, atime, mtime);
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('but damaged is fetched anew', async () => {
    bench = await setUp({ repos: [repo] });
    const blob = blobOf(FILE);
    await mkdir(dirname(blob), { recursive: true });
    await writeFile(blob, Buffer.alloc(SIZE, 1));
    await link(blob, join(bench.cacheDir, 'elsewhere'));
    await bench.start(ID).done;
    expect(await bench.published(ID, FILE)).toBe('right');
  });

  it('twice under two paths is fetched once', async () => {
    const same = { size: SIZE, seed: 'same' };
    bench = await setUp({
      repos: [
        defineRepo({
          id: ID,
          files: [
            { path: 'a.gguf', ...same },
            { path: 'b/c.gguf', ...same },
          ],
        }),
      ],
    });
    await bench.start(ID).done;
    expect(await bench.published(ID, 'a.gguf')).toBe('right');
    expect(await bench.published(ID, 'b/c.gguf')).toBe('right');
    // Not by its bytes: where an idle connection takes over, some come for nothing, more on a busy machine.
    const asked = bench.hub.requests.filter(({ host, path }) => host === 'hub' && path.includes('/resolve/'));
    expect(new Set(asked.map(({ path }) => path.slice(-'a.gguf'.length)))).toEqual(new Set(['a.gguf']));
  });

  it('two hundred small files arrive, and an empty one without a request for its bytes', async () => {
    const small = Array.from({ length: 200 }, (_, number) => ({
      path: `parts/${number}.json`,
      content: `{"n":${number}}`,
    }));
    bench = await setUp({ repos: [defineRepo({ id: ID, files: [...small, { path: 'empty.txt', content: '' }] })] });
    const run = bench.start(ID);
    await run.done;
    expect(run.state()).toMatchObject({ phase: 'done', filesDone: 201, filesTotal: 201 });
    for (const path of ['parts/0.json', 'parts/199.json', 'empty.txt'])
      expect(await bench.published(ID, path)).toBe('right');
  });
});

describe('names from outside', () => {
  it.each([
    ['../evil', 'main'],
    ['/etc/evil', 'main'],
    ['a/../../evil', 'main'],
    ['good.json', '../../evil'],
    ['good.json', '/evil'],
  ])('%s on %s write nothing outside the repository’s folder', async (path, revision) => {
    bench = await setUp({ repos: [repo] });
    const [file] = bench.files(ID);
    const job: CopyJob = {
      source: 'hub',
      type: 'model',
      id: ID,
      commit: 'a'.repeat(40),
      revision,
      files: [{ path, size: file?.size ?? 0, etag: file?.etag ?? '' }],
    };
    expect(await codeOf(bench.copies.start(job, new AbortController().signal).done)).toBe('integrity');
    expect(bench.hub.requests).toEqual([]);
    expect(existsSync(bench.cacheDir)).toBe(false);
  });
});
