import { execFile } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { getDefaultAutoSelectFamilyAttemptTimeout, setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAsCache, prepareProcess, umaskFor } from '../../src/app/process.ts';
import { loadConfig } from '../../src/config/config.ts';
import { copyDatabase } from '../../src/store/database/backup.ts';
import { type QueueBench, sampleModel, setUp } from '../queue/setup.ts';

let bench: QueueBench;
let before: number;
beforeEach(async () => {
  before = process.umask(0o027);
  bench = await setUp({ repos: [sampleModel('sample/model')] });
});
afterEach(async () => {
  process.umask(before);
  await bench.close();
});

/** Modes of everything in the cache but links, without repetition: of folders and of files. */
const modes = (): string[] => {
  const entries = readdirSync(bench.cacheDir, { recursive: true, withFileTypes: true });
  const seen = entries
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => {
      const { mode } = lstatSync(join(entry.parentPath, entry.name));
      return `${entry.isDirectory() ? 'folder' : 'file'} ${(mode & 0o777).toString(8)}`;
    });
  return [...new Set(seen)].toSorted();
};

const download = async (): Promise<void> => {
  const { id } = bench.add(1, 'sample/model');
  bench.queue.start();
  await bench.reaches(id, 'completed');
};

describe('with the umask 027 of a service', () => {
  it('other users’ programs can read the models in a cache that they may read', async () => {
    mkdirSync(bench.cacheDir);
    chmodSync(bench.cacheDir, 0o755);
    openAsCache(bench.cacheDir);
    await download();
    expect(modes()).toEqual(['file 644', 'folder 755']);
  });

  it('they cannot in a cache that they may not read, nor in one that is not there yet', async () => {
    openAsCache(bench.cacheDir);
    mkdirSync(bench.cacheDir);
    chmodSync(bench.cacheDir, 0o750);
    openAsCache(bench.cacheDir);
    await download();
    expect(modes()).toEqual(['file 640', 'folder 750']);
  });

  it('a group that shares the cache can also write there', async () => {
    // As sites set it up where many share one cache (huggingface/huggingface_hub#2580, huggingface/transformers#11119).
    mkdirSync(bench.cacheDir);
    chmodSync(bench.cacheDir, 0o2775);
    openAsCache(bench.cacheDir);
    await download();
    expect(modes()).toEqual(['file 664', 'folder 775']);
  });

  it('a copy of the database is its owner’s alone', () => {
    mkdirSync(bench.cacheDir);
    chmodSync(bench.cacheDir, 0o777);
    openAsCache(bench.cacheDir);
    const copy = join(bench.cacheDir, 'copy.db');
    copyDatabase(new Database(':memory:'), copy);
    expect(lstatSync(copy).mode & 0o777).toBe(0o600);
  });
});

it.each([
  // A site whose people share by their umask (huggingface/huggingface_hub#1215), and one that hides nothing (huggingface/datasets#2065).
  [0o007, ['file 660', 'folder 770']],
  [0o000, ['file 666', 'folder 777']],
])('files have what the umask %o leaves, as Python’s have', async (umask, expected) => {
  process.umask(umask);
  openAsCache(bench.cacheDir);
  await download();
  expect(modes()).toEqual(expected);
});

it('a umask gives way to the cache’s folder, never the other way round', () => {
  expect(umaskFor(0o022, 0o700)).toBe(0o022);
  expect(umaskFor(0o077, 0o755)).toBe(0o022);
  expect(umaskFor(0o077, 0o750)).toBe(0o027);
  // Writing is for those with whom a group shares the folder, never for everybody (`/tmp` is 1777).
  expect(umaskFor(0o027, 0o2775)).toBe(0o002);
  expect(umaskFor(0o022, 0o775)).toBe(0o022);
  expect(umaskFor(0o022, 0o1777)).toBe(0o022);
});

// nodejs/node#52075: whoever is further away from Telegram than a quarter of a second reached none of its two addresses.
it('a connection may take as long to come about as one lost packet makes it, on each address of a name', () => {
  const nodes = getDefaultAutoSelectFamilyAttemptTimeout();
  try {
    prepareProcess(loadConfig({ argv: [], env: {}, cwd: bench.cacheDir }));
    // A SYN is sent again after a second (RFC 6298).
    expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBeGreaterThan(2000);
    expect(getDefaultAutoSelectFamilyAttemptTimeout()).toBeLessThan(5000);
  } finally {
    setDefaultAutoSelectFamilyAttemptTimeout(nodes);
  }
});

/** What a program prints that is started with the memory of this one, as JSON. */
const printedBy = async (program: string): Promise<unknown> => {
  const source = JSON.stringify(new URL('../../src/app/process.ts', import.meta.url).href);
  const whole = `import { Worker } from 'node:worker_threads'; import { collectSooner } from ${source}; ${program}`;
  const flags = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--input-type=module', '--eval', whole];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  return JSON.parse(stdout);
};

it('a thread that begins once the sources are loaded keeps little of what it needs no more, and the program goes on with what it began with', async () => {
  const young = `process.getBuiltinModule('node:v8').getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').physical_space_size`;
  const work = 'let last; for (let at = 0; at < 2_000_000; at += 1) last = { at, text: String(at) };';
  const thread = `${work} process.getBuiltinModule('node:worker_threads').parentPort.postMessage(${young});`;
  const printed = await printedBy(`
    const before = new Worker(${JSON.stringify(thread)}, { eval: true });
    before.once('message', (first) => {
      collectSooner();
      new Worker(${JSON.stringify(thread)}, { eval: true }).once('message', (second) => {
        ${work}
        console.log(JSON.stringify([first, second, ${young}]));
      });
    });`);
  const MB = 2 ** 20;
  expect(printed).toEqual([16 * MB, 2 * MB, 16 * MB]);
});

it('what the program needs no more is given back while it works on', async () => {
  /** Megabytes that the program has beside its heap, before and after it needed a large one. */
  const besides = (first: string): string => `${first}
    const grown = (count) => Array.from({ length: count }, (_, at) => ({ at, text: [String(at)] }));
    const beside = () => (process.memoryUsage.rss() - process.memoryUsage().heapTotal) / 2 ** 20;
    const before = beside();
    let kept = grown(600_000);
    for (let round = 0; round < 60; round += 1) kept = grown(50_000);
    console.log(JSON.stringify(beside() - before));`;
  const [as, sooner] = [await printedBy(besides('')), await printedBy(besides('collectSooner();'))];
  // Without it, all of the heap that was lies there.
  expect(as).toBeGreaterThan(100);
  expect(sooner).toBeLessThan(50);
});
