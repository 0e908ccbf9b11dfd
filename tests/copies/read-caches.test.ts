import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopiesOptions } from '../../src/copies/copies.ts';
import { silentLog } from '../../src/lib/log.ts';
import { putAsPython, pythonWarnings } from '../helpers/python-cache.ts';
import { type BenchTop, setUp } from './bench-top.ts';

const ID = 'sample/model';
const SIZE = 3_000_000;
const WEIGHTS = 'model.safetensors';
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'config.json', content: '{}' },
    { path: WEIGHTS, size: SIZE },
  ],
});

let others: string;
let bench: BenchTop;
let told: string[];
beforeEach(() => {
  others = mkdtempSync(join(tmpdir(), 'hubgram-others-'));
  told = [];
});
afterEach(async () => {
  await bench.close();
  rmSync(others, { recursive: true, force: true });
});

const open = async (more: Partial<CopiesOptions> = {}): Promise<void> => {
  const log = { ...silentLog, warn: (_: object, message: string) => void told.push(message) };
  bench = await setUp({ repos: [repo] }, { readCaches: [others], log, ...more });
};

/** As the Python client of somebody else has it, below another name. @returns the blob of the weights */
const putThere = (folder = others): string => {
  const contents = bench.hub
    .commitOf(ID)
    .files.map(({ path, etag, content }) => ({ path, etag: etag(), content: content.read(0, content.size) }));
  putAsPython(folder, {
    repoFolder: 'models--mirror--model',
    commit: 'c'.repeat(40),
    revision: 'main',
    files: contents,
    hasLinks: true,
  });
  return join(folder, 'models--mirror--model/blobs', etagOf(WEIGHTS));
};

const etagOf = (path: string): string => bench.files(ID).find((file) => file.path === path)?.etag ?? '';
const blob = (path: string): string => join(bench.cacheDir, 'models--sample--model/blobs', etagOf(path));

/** Everything that lies there, with its content. */
const lying = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(others, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(others, path), readFileSync(path, 'base64')]),
  );

/** Bytes that the Hub has sent since. */
const fetching = async (work: () => Promise<unknown>): Promise<number> => {
  const before = bench.hub.bytesSent();
  await work();
  return bench.hub.bytesSent() - before;
};

const missing = (): Promise<number> =>
  bench.copies.missingBytes({ repoFolder: 'models--sample--model', files: bench.files(ID), commits: [] });

describe('what lies in a cache of others', () => {
  it('on the same file system gets another name here, verified, and nothing is fetched or changed there', async () => {
    await open();
    const theirs = putThere();
    const before = lying();
    expect(await missing()).toBe(0);
    expect(await fetching(() => bench.start(ID).done)).toBe(0);
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
    expect(statSync(blob(WEIGHTS)).ino).toBe(statSync(theirs).ino);
    expect(lying()).toEqual(before);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    const { id: commit } = bench.hub.commitOf(ID);
    const etags = bench.files(ID).map(({ etag }) => etag);
    const removal = {
      repoFolder: 'models--sample--model',
      commit,
      paths: bench.files(ID).map(({ path }) => path),
      etags,
    };
    expect(await bench.copies.removeSnapshot(removal)).toBe(0);
    expect([lying(), existsSync(theirs)]).toEqual([before, true]);
  });

  it('and is not what its name says is fetched', async () => {
    await open();
    const theirs = putThere();
    const content = readFileSync(theirs);
    content[SIZE - 1] = (content[SIZE - 1] ?? 0) ^ 1;
    writeFileSync(theirs, content);
    const before = lying();
    expect(await fetching(() => bench.start(ID).done)).toBeGreaterThanOrEqual(SIZE);
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
    expect([lying(), readFileSync(theirs)]).toEqual([before, content]);
  });

  it('and is cut short is fetched', async () => {
    await open();
    truncateSync(putThere(), SIZE - 1);
    expect(await fetching(() => bench.start(ID).done)).toBeGreaterThanOrEqual(SIZE);
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
  });

  it('is found in the second of several, too', async () => {
    const second = join(others, 'second');
    await open({ readCaches: [join(others, 'first'), second] });
    mkdirSync(join(others, 'first'));
    putThere(second);
    expect(await fetching(() => bench.start(ID).done)).toBe(0);
  });

  it('is looked for in our own once, if that is named as one of others', async () => {
    const own = join(others, 'own');
    await open({ cacheDir: own, readCaches: [own] });
    await bench.start(ID).done;
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
    expect(statSync(blob(WEIGHTS)).nlink).toBe(1);
  });
});

describe('a cache of others on another file system', () => {
  /** Where the system has a disk in memory beside the one on which temporary files lie. */
  const apart = ['/dev/shm', '/var/tmp'].find(
    (folder) => existsSync(folder) && statSync(folder).dev !== statSync(tmpdir()).dev,
  );

  it.skipIf(apart === undefined)('is copied from, verified, and nothing is fetched', async () => {
    const folder = mkdtempSync(join(apart ?? '', 'hubgram-others-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await open({ readCaches: [folder] });
    const theirs = putThere(folder);
    expect(await missing()).toBe(SIZE + 2);
    const running = bench.start(ID);
    expect(await fetching(() => running.done)).toBe(0);
    expect(running.state()).toMatchObject({ bytesReady: SIZE + 2, bytesReceived: 0, filesDone: 2 });
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
    expect(statSync(blob(WEIGHTS)).nlink).toBe(1);
    expect(statSync(theirs).nlink).toBe(1);
    expect(readdirSync(join(bench.cacheDir, 'models--sample--model/.hubgram'))).toEqual(['verified']);
  });

  it.skipIf(apart === undefined)(
    'stops to be copied from when the download is stopped, and leaves nothing',
    async () => {
      const folder = mkdtempSync(join(apart ?? '', 'hubgram-others-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const stop = new AbortController();
      // In the middle of the copy: when it looks at the room for the first time.
      await open({ readCaches: [folder], minFreeBytes: () => (stop.abort(new Error('stopped')), 0) });
      putThere(folder);
      await expect(bench.start(ID, stop.signal).done).rejects.toThrow('stopped');
      expect(existsSync(blob(WEIGHTS))).toBe(false);
      expect(existsSync(dirname(blob(WEIGHTS)))).toBe(false);
    },
  );

  it.skipIf(apart === undefined)('is not copied from into a disk that is almost full', async () => {
    const folder = mkdtempSync(join(apart ?? '', 'hubgram-others-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await open({ readCaches: [folder], minFreeBytes: () => Number.MAX_SAFE_INTEGER });
    putThere(folder);
    await expect(bench.start(ID).done).rejects.toMatchObject({ code: 'no_space' });
  });
});

describe('a cache of others that cannot be read', () => {
  it('or is not there is told once, and everything comes from the Hub', async () => {
    await open({ readCaches: [join(others, 'nowhere')] });
    await missing();
    expect(await fetching(() => bench.start(ID).done)).toBeGreaterThanOrEqual(SIZE);
    await missing();
    expect(told).toEqual(['A cache of others cannot be read: what lies there is fetched']);
  });

  it('and can be again is used again, and told of again when it cannot', async () => {
    const folder = join(others, 'comes');
    await open({ readCaches: [folder] });
    await missing();
    putThere(folder);
    expect(await missing()).toBe(0);
    rmSync(folder, { recursive: true });
    expect(await missing()).toBe(SIZE + 2);
    expect(told).toHaveLength(2);
  });

  it('a file of it is fetched, and the others are taken from there', async () => {
    await open();
    const theirs = putThere();
    // Nothing is closed to root; a folder cannot be read as a file by anybody.
    if (process.getuid?.() === 0) {
      rmSync(theirs);
      mkdirSync(theirs);
    } else chmodSync(theirs, 0o000);
    const bytes = await fetching(() => bench.start(ID).done);
    expect(bytes).toBeGreaterThanOrEqual(SIZE);
    expect(await bench.published(ID, WEIGHTS)).toBe('right');
  });
});
