import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo, type Fault } from '../../playground/hub/sample-hub.ts';
import type { CopiesOptions } from '../../src/copies/copies.ts';
import type { RunningCopy } from '../../src/copies/executor.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createHub, type Hub } from '../../src/sources/huggingface/hub.ts';
import { SMALL_BYTES } from '../../src/transfer/files/small-file.ts';
import { createRunningClock, createTestClock } from '../helpers/clock.ts';
import { leftIn } from '../helpers/partials.ts';
import { type BenchTop, codeOf, setUp, STANDING } from './bench-top.ts';

const ID = 'sample/many';
const FOLDER = 'models--sample--many';
const many = Array.from({ length: 200 }, (_, at) => ({ path: `data/${at % 7}/part-${at}.json`, size: 100 + 37 * at }));
const FILES = [
  ...many,
  { path: 'largest-small.bin', size: SMALL_BYTES },
  { path: 'smallest-large.bin', size: SMALL_BYTES + 1 },
  { path: 'empty.txt', content: '' },
  { path: 'elsewhere.safetensors', size: 5000 },
];
const repo = defineRepo({ id: ID, files: FILES });
const FEW = 'sample/few';
const few = defineRepo({ id: FEW, files: [1, 2, 3].map((at) => ({ path: `few-${at}.json`, size: 1000 * at })) });
/** Enough of them for one to be another among them. */
const SOME = 'sample/some';
const SOME_FILES = FILES.filter(({ path }) => /part-\d\d?\.json$|safetensors$/.test(path)).slice(-40);
const some = defineRepo({ id: SOME, files: SOME_FILES });
const LONG = 'sample/long';
/** More than are on their way at one time, in bulk and besides. */
const LONGER = 1000;
const long = defineRepo({
  id: LONG,
  files: Array.from({ length: LONGER }, (_, at) => ({ path: `more/${at}.json`, size: 10 + at })),
});
const isIt = (path: string): Pick<Fault, 'path'> => ({ path: new RegExp(`${path.replace('.', '\\.')}$`) });
const ONE = 'data/2/part-100.json';
/** The same among fewer. */
const FIRST = 'data/0/part-70.json';

let bench: BenchTop;
/** What was begun in bulk. */
let begun: string[] = [];
/** Called when somebody is about to bring files in bulk. */
let onFinding = (): void => undefined;
afterEach(async () => {
  await bench?.close();
});

/** A transfer that tells of each file that it begins with in bulk. */
const start = async (
  options: Partial<CopiesOptions> = {},
  token?: string,
  repos = [repo, few, some],
): Promise<void> => {
  begun = [];
  onFinding = () => undefined;
  const known: { hub?: Hub } = {};
  const hubOf = (): Hub => {
    if (!known.hub) throw new Error('asked before there is a Hub');
    return known.hub;
  };
  const watched: CopiesOptions['sources']['hub'] = {
    locate: (file, signal, ask) => hubOf().locate(file, signal, ask),
    findingIn: (of) => {
      onFinding();
      const finding = hubOf().findingIn?.(of);
      const begin = (path: string): string | undefined => {
        begun.push(path);
        return finding?.begin(path);
      };
      return finding && { ...finding, begin };
    },
  };
  bench = await setUp({ repos }, { sources: { hub: watched }, ...options });
  known.hub = createHub({ endpoint: bench.hub.url, token, userAgent: 'hubgram/test', clock: systemClock });
};

/** Files that were being written. */
const temporary = async (): Promise<string[]> => (await leftIn(bench.cacheDir)).filter((path) => path.endsWith('.tmp'));

const expectAll = async (id = ID, files: readonly { readonly path: string }[] = FILES): Promise<void> => {
  for (const { path } of files) expect([path, await bench.published(id, path)]).toEqual([path, 'right']);
  expect(await temporary()).toEqual([]);
};

const asked = (path: string): number => bench.hub.requests.filter((request) => request.path.endsWith(path)).length;

describe('many small files', () => {
  it('come with two questions each, those that are small enough and no others', async () => {
    await start(STANDING);
    const run = bench.start(ID);
    await run.done;
    await expectAll();
    expect(begun.toSorted()).toEqual(
      FILES.filter(({ path }) => path !== 'smallest-large.bin' && path !== 'empty.txt')
        .map(({ path }) => path)
        .toSorted(),
    );
    expect(many.filter(({ path }) => asked(path) !== 2)).toEqual([]);
    const { bytesReceived, bytesReady, filesDone } = run.state();
    const bytes = bench.files(ID).reduce((sum, { size }) => sum + size, 0);
    expect({ bytesReceived, bytesReady, filesDone }).toEqual({
      bytesReceived: bytes,
      bytesReady: bytes,
      filesDone: FILES.length,
    });
    expect(bench.copies.bytesReceived()).toBe(bytes);
  });

  it('come once for two that want them at one time', async () => {
    const clock = createTestClock();
    await start({ clock, stallTimeoutMs: () => Number.POSITIVE_INFINITY });
    // What the first has got before the other one begins, that one finds there or fetches anew.
    const letGo = bench.hub.setFault({ kind: 'silence', path: /part-/ });
    const both = [bench.start(ID), bench.start(ID)];
    const haveBegun = (): boolean[] => {
      // A connection more is tried each second: the other one gets it.
      clock.pass(100);
      return both.map((run) => run.state().currentFile !== undefined);
    };
    await expect.poll(haveBegun, { interval: 20 }).toEqual([true, true]);
    letGo();
    await Promise.all(both.map(({ done }) => done));
    await expectAll();
    expect(many.filter(({ path }) => asked(path) !== 2)).toEqual([]);
  });

  it('come with the token for the Hub, which no other host is told', async () => {
    await start({}, 'hf_sample');
    await bench.start(ID).done;
    await expectAll();
    const told = new Map(bench.hub.requests.map(({ host, headers }) => [host, headers.authorization]));
    expect([told.get('hub'), told.get('cdn')]).toEqual(['Bearer hf_sample', undefined]);
  });
});

describe('one of many small files', () => {
  const faults: readonly [string, Fault][] = [
    ['a connection that breaks before an answer', { kind: 'reset', times: 2, ...isIt(FIRST) }],
    ['a connection that breaks in the middle', { kind: 'reset_after', bytes: 100, times: 2, ...isIt(FIRST) }],
    ['a connection that falls silent', { kind: 'stall_after', bytes: 100, times: 1, ...isIt(FIRST) }],
    ['a damaged byte', { kind: 'corrupt', offset: 50, times: 1, ...isIt(FIRST) }],
    ['a body that is too short', { kind: 'short_body', missing: 10, times: 1, ...isIt(FIRST) }],
    ['another range', { kind: 'wrong_range', times: 1, ...isIt(FIRST) }],
    ['no range', { kind: 'ignore_range', times: 1, ...isIt(FIRST) }],
    ['a page of a proxy', { kind: 'html', times: 1, ...isIt(FIRST) }],
    ['a 503', { kind: 'status', status: 503, times: 1, ...isIt(FIRST) }],
    ['a limit of a second', { kind: 'rate_limited', seconds: 1, times: 1, ...isIt(FIRST) }],
    ['an answer under another name', { kind: 'changed_etag', times: 1, ...isIt(FIRST) }],
    ['an expired address', { kind: 'expired', times: 1, ...isIt('elsewhere.safetensors') }],
  ];

  it.each(faults)('with %s comes another way, and all come', async (_, fault) => {
    await start({ clock: createRunningClock(undefined, 8), stallTimeoutMs: () => 3200 });
    bench.hub.setFault(fault);
    await bench.start(SOME).done;
    await expectAll(SOME, SOME_FILES);
    expect(begun.length).toBeGreaterThan(0);
  });

  it('that a server refuses since it is not well keeps the others from coming in bulk only until it has come', async () => {
    await start({}, undefined, [long]);
    bench.hub.setFault({ kind: 'status', status: 503, times: 1, ...isIt('more/0.json') });
    await bench.start(LONG).done;
    for (const { path } of bench.files(LONG)) expect(await bench.published(LONG, path)).toBe('right');
    expect(begun.length).toBeGreaterThan(LONGER / 2);
    expect(begun.length).toBeLessThan(LONGER);
  });

  it('that is not there ends the run with its reason, and nothing is left', async () => {
    await start();
    bench.hub.setFault({ kind: 'status', status: 404, headers: { 'x-error-code': 'EntryNotFound' }, ...isIt(ONE) });
    expect(await codeOf(bench.start(ID).done)).toBe('gone');
    expect(await bench.snapshots(ID)).toEqual([]);
    expect(await temporary()).toEqual([]);
  });

  it('that cannot be put in its place ends the run with what the disk says', async () => {
    await start();
    const etag = bench.files(ID).find(({ path }) => path === ONE)?.etag ?? '';
    await mkdir(join(bench.cacheDir, FOLDER, 'blobs', etag, 'in-the-way'), { recursive: true });
    expect(await codeOf(bench.start(ID).done)).toBe('operational');
    expect(await bench.snapshots(ID)).toEqual([]);
    expect(await temporary()).toEqual([]);
  });
});

describe('small files that nobody can have in bulk', () => {
  it('come by the engine under a limit, and the rest of them as soon as there is one', async () => {
    let limit: number | undefined = 1e9;
    await start({ bandwidthLimit: () => limit });
    await bench.start(ID).done;
    await expectAll();
    expect(begun).toEqual([]);
    await bench.close();

    limit = undefined;
    await start({ bandwidthLimit: () => limit });
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.hub.onRequest(() => {
      limit = 1e9;
      resolve();
    });
    const run = bench.start(ID);
    await promise;
    const before = begun.length;
    await run.done;
    await expectAll();
    expect(begun.length).toBe(before);
  });

  it('are left to it where too many are not plain', async () => {
    await start();
    bench.hub.setFault({ kind: 'changed_etag', path: /resolve-cache.*part-1\d\d/ });
    bench.hub.setFault({ kind: 'wrong_range', times: 60, path: /part-1\d\d/ });
    await bench.start(ID).done;
    await expectAll();
    expect(begun.length).toBeLessThan(FILES.length - 2);
  });
});

/** Holds what is sent of all small files, so that some are under way. */
const holding = async (
  options: Partial<CopiesOptions> = {},
): Promise<{ readonly run: RunningCopy; readonly abort: AbortController; readonly letGo: () => void }> => {
  await start(options);
  const letGo = bench.hub.setFault({ kind: 'held', path: /part-/, bytes: 50_000 });
  const abort = new AbortController();
  const run = bench.start(ID, abort.signal);
  await expect.poll(() => run.state().bytesReceived, { interval: 20 }).toBeGreaterThanOrEqual(50_000);
  return { run, abort, letGo };
};

describe('a run of small files', () => {
  it('that is stopped ends at once with the reason, and goes on with what is missing', async () => {
    const { run, abort, letGo } = await holding(STANDING);
    expect(run.state().phase).toBe('receiving');
    abort.abort(new Error('paused'));
    expect(await codeOf(run.done)).toBe('Error: paused');
    expect(await temporary()).toEqual([]);
    letGo();
    const { filesDone } = run.state();
    expect(filesDone).toBeGreaterThan(0);
    const before = bench.hub.requests.length;
    await bench.start(ID).done;
    await expectAll();
    expect(bench.hub.requests.length - before).toBeLessThanOrEqual(2 * (FILES.length - filesDone));
  });

  it('that is stopped as it begins asks for nothing any more', async () => {
    await start();
    const abort = new AbortController();
    onFinding = () => abort.abort(new Error('paused'));
    expect(await codeOf(bench.start(ID, abort.signal).done)).toBe('Error: paused');
    onFinding = () => undefined;
    await bench.start(FEW).done;
    expect(begun.toSorted()).toEqual(['few-1.json', 'few-2.json', 'few-3.json']);
  });

  it('tells which file it brings, also where all of them are begun at one time', async () => {
    await start();
    const letGo = bench.hub.setFault({ kind: 'held', path: /few-/, bytes: 1500 });
    const run = bench.start(FEW);
    await expect.poll(() => run.state().bytesReceived, { interval: 20 }).toBeGreaterThan(0);
    expect(run.state().currentFile).toMatch(/^few-[123]\.json$/);
    letGo();
    await run.done;
  });

  it('ends when the disk has too little room, though none of its files takes long', async () => {
    let minFreeBytes = 0;
    const { run } = await holding({ minFreeBytes: () => minFreeBytes });
    minFreeBytes = Number.MAX_SAFE_INTEGER;
    expect(await codeOf(run.done)).toBe('no_space');
    expect(await temporary()).toEqual([]);
  });

  it('ends when the program does', async () => {
    const { run } = await holding();
    const code = codeOf(run.done);
    await bench.copies.close();
    expect(await code).toBe('operational');
    expect(await temporary()).toEqual([]);
  });

  it('that is killed leaves nothing visible, and the next one has what it had', async () => {
    await start();
    const letGo = bench.hub.setFault({ kind: 'held', path: /part-/, bytes: 50_000 });
    const args = [bench.hub.url, bench.cacheDir, ID, bench.hub.commitOf(ID).id, JSON.stringify(bench.files(ID))];
    const child = spawn(process.execPath, [fileURLToPath(new URL('crash-child.ts', import.meta.url)), ...args]);
    await expect.poll(() => bench.hub.bytesSent(), { interval: 20 }).toBeGreaterThanOrEqual(50_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await bench.snapshots(ID)).toEqual([]);
    letGo();
    await bench.start(ID).done;
    const unwanted = bench.copies.partials(new AbortController().signal);
    for await (const parts of unwanted) await bench.copies.sweep(parts);
    await expectAll();
  });
});
