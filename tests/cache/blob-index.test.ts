import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createTestClock } from '../helpers/clock.ts';
import { type BlobIndex, createBlobIndex } from '../../src/cache/blob-index.ts';
import { namesIn } from '../../src/lib/folder.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const REPOS = 300;

let cacheDir: string;
let read: string[];
let index: BlobIndex;

const blobs = (name: string): string => join(cacheDir, name, 'blobs');
const etagOf = (number: number): string => number.toString(16).padStart(64, '0');
const age = (name: string): void => utimesSync(blobs(name), LONG_AGO, LONG_AGO);

/** Another tool puts a blob there. */
const put = (name: string, etag: string): void => {
  mkdirSync(blobs(name), { recursive: true });
  writeFileSync(join(blobs(name), etag), 'x');
};

const find = async (etag: string, repoFolder = 'models--new'): Promise<readonly string[]> =>
  (await index.find(repoFolder))(etag);

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-index-'));
  read = [];
  // Days later: what was put there before has settled.
  index = createBlobIndex(cacheDir, createTestClock(Date.now() + 10 * 86_400_000), {
    readdir: (path) => {
      read.push(path);
      return readdir(path);
    },
    namesIn,
    stat,
  });
  for (let number = 0; number < REPOS; number += 1) {
    put(`models--sample--${number}`, etagOf(number));
    age(`models--sample--${number}`);
  }
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

describe('the index of blobs', () => {
  it('does not look again where an older look will do', async () => {
    const clock = createTestClock();
    index = createBlobIndex(cacheDir, clock);
    await index.find('models--new');
    put('models--late', etagOf(REPOS));
    const findUpTo = async (maxAgeMs?: number) => (await index.find('models--new', maxAgeMs))(etagOf(REPOS));
    clock.pass(2000);
    expect(await findUpTo(2000)).toEqual([]);
    clock.pass(1);
    expect(await findUpTo(2000)).toHaveLength(1);
    rmSync(blobs('models--late'), { recursive: true });
    expect(await findUpTo()).toEqual([]);
  });

  it('reads no folder again for one small model more, however many repositories there are', async () => {
    expect(await find(etagOf(7))).toEqual([join(blobs('models--sample--7'), etagOf(7))]);
    expect(read).toHaveLength(REPOS + 1);
    read.splice(0);
    expect(await find(etagOf(8))).toEqual([join(blobs('models--sample--8'), etagOf(8))]);
    expect(read).toEqual([cacheDir]);
  });

  it('knows at once what another tool has put there, taken away or moved', async () => {
    await find(etagOf(1));
    put('models--sample--1', etagOf(1001));
    put('datasets--another', etagOf(1002));
    rmSync(join(cacheDir, 'models--sample--2'), { recursive: true });
    renameSync(join(blobs('models--sample--3'), etagOf(3)), join(blobs('models--sample--4'), etagOf(3)));
    expect(await find(etagOf(1001))).toHaveLength(1);
    expect(await find(etagOf(1002))).toHaveLength(1);
    expect(await find(etagOf(2))).toEqual([]);
    expect(await find(etagOf(3))).toEqual([join(blobs('models--sample--4'), etagOf(3))]);
  });

  it('believes no folder that may change twice within one tick of its disk’s clock', async () => {
    /** A disk that notes no times finer than a day; FAT has two seconds. */
    const coarse = async (path: string) => {
      const found = await stat(path);
      const day = Math.floor(Date.now() / 86_400_000) * 86_400_000;
      return Object.assign(found, { mtimeMs: day, ctimeMs: day });
    };
    const now = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    index = createBlobIndex(
      cacheDir,
      { now: () => now, monotonic: () => now },
      { readdir: (path) => readdir(path), namesIn, stat: coarse },
    );
    put('models--sample--5', etagOf(1005));
    expect(await find(etagOf(1005))).toHaveLength(1);
    put('models--sample--5', etagOf(1006));
    expect(await find(etagOf(1006))).toHaveLength(1);
  });

  it('reads a large folder in parts, and notices what comes and goes there as well', async () => {
    const many = Array.from({ length: 1200 }, (_, at) => etagOf(5000 + at));
    const [first = '', second = '', ...others] = many;
    const parts: number[] = [];
    const atOneGo: string[] = [];
    index = createBlobIndex(cacheDir, createTestClock(), {
      readdir: async (path) => {
        atOneGo.push(path);
        return readdir(path);
      },
      namesIn: async function* inParts(path) {
        for await (const part of namesIn(path)) {
          parts.push(part.length);
          yield part;
        }
      },
      stat: async (path) => Object.assign(await stat(path), { size: 70_000 }),
    });
    rmSync(cacheDir, { recursive: true });
    for (const etag of [first, ...others]) put('models--large', etag);
    expect(await find(first)).toEqual([join(blobs('models--large'), first)]);
    expect(parts).toEqual([500, 500, 199]);
    expect(atOneGo).toEqual([cacheDir]);
    rmSync(join(blobs('models--large'), first));
    put('models--large', second);
    expect(
      await Promise.all([first, second, ...others.slice(-1)].map(async (etag) => (await find(etag)).length)),
    ).toEqual([0, 1, 1]);
  });

  it('knows nothing of a large folder that cannot be read to its end', async () => {
    let isBroken = true;
    index = createBlobIndex(cacheDir, createTestClock(), {
      readdir: (path) => readdir(path),
      namesIn: async function* inParts(path) {
        yield* namesIn(path);
        if (isBroken) throw new Error('EIO');
      },
      stat: async (path) => Object.assign(await stat(path), { size: 70_000 }),
    });
    expect(await find(etagOf(7))).toEqual([]);
    isBroken = false;
    expect(await find(etagOf(7))).toEqual([join(blobs('models--sample--7'), etagOf(7))]);
  });

  it('notices a change behind which somebody set the times back', async () => {
    await find(etagOf(6));
    put('models--sample--6', etagOf(1007));
    age('models--sample--6');
    expect(await find(etagOf(1007))).toHaveLength(1);
  });

  it('names the repository’s own blob first, and those of folders that are links to other disks', async () => {
    put('models--sample--9', etagOf(10));
    const [own, other] = ['models--sample--9', 'models--sample--10'];
    expect(await find(etagOf(10), own)).toEqual([join(blobs(own), etagOf(10)), join(blobs(other), etagOf(10))]);
    expect(await find(etagOf(10), other)).toEqual([join(blobs(other), etagOf(10)), join(blobs(own), etagOf(10))]);
    const elsewhere = mkdtempSync(join(tmpdir(), 'hubgram-elsewhere-'));
    mkdirSync(join(elsewhere, 'blobs'));
    writeFileSync(join(elsewhere, 'blobs', etagOf(1008)), 'x');
    symlinkSync(elsewhere, join(cacheDir, 'models--linked'));
    expect(await find(etagOf(1008))).toEqual([join(blobs('models--linked'), etagOf(1008))]);
    rmSync(elsewhere, { recursive: true });
  });

  it('passes over what is no blob and no repository, and a cache that is not there', async () => {
    put('models--sample--1', `${etagOf(1)}.incomplete`);
    put('notes', etagOf(1009));
    writeFileSync(join(cacheDir, 'models--file'), '');
    expect(await find(`${etagOf(1)}.incomplete`)).toEqual([]);
    expect(await find(etagOf(1009))).toEqual([]);
    expect(readdirSync(cacheDir)).toContain('notes');
    rmSync(cacheDir, { recursive: true });
    expect(await find(etagOf(1))).toEqual([]);
  });

  it('serves many who ask at once from one look', async () => {
    await find(etagOf(1));
    read.splice(0);
    await Promise.all(Array.from({ length: 50 }, (_, number) => find(etagOf(number))));
    expect(read.filter((path) => path === cacheDir).length).toBeLessThanOrEqual(2);
  });
});
