import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitForMount } from '../../src/app/cache/cache-mount.ts';
import { mountPointOf } from '../../src/lib/disk/mount.ts';
import { silentLog } from '../../src/lib/log.ts';

const CACHE = '/mnt/models/hub';

let dataDir: string;
let at: string;
let told: string[];
let stop: AbortController;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hubgram-mount-'));
  at = '/mnt/models';
  told = [];
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(dataDir, { recursive: true });
});

const noteFile = (): string => join(dataDir, 'cache-mount.json');

const wait = (cacheDir = CACHE) =>
  waitForMount(
    {
      cacheDir,
      dataDir,
      log: { ...silentLog, error: (_fields, message) => void told.push(message) },
      mountPoint: async () => at,
    },
    stop.signal,
  );

it('the disk of the models is waited for at the place where it was', async () => {
  expect((await wait()).point).toBe('/mnt/models');
  at = '/';
  let isOver = false;
  const waiting = wait().finally(() => {
    isOver = true;
  });
  await expect
    .poll(() => told)
    .toEqual([expect.stringMatching(/is not mounted at \/mnt\/models: .*remove .*cache-mount\.json/)]);
  expect(isOver).toBe(false);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('aborted');
});

it('a note that somebody has removed, another folder, and a disk that is mounted deeper are right', async () => {
  await wait();
  at = '/';
  rmSync(noteFile());
  expect((await wait()).point).toBe('/');
  at = '/mnt/models';
  expect((await wait()).point).toBe('/mnt/models');
  at = '/';
  expect((await wait('/srv/hub')).point).toBe('/');
  expect(JSON.parse(readFileSync(noteFile(), 'utf8'))).toEqual({ folder: '/srv/hub', mount: '/' });
  writeFileSync(noteFile(), '{');
  expect((await wait()).point).toBe('/');
  expect(told).toEqual([]);
});

it('a disk begins where the number of the one above ends', async () => {
  const disks: Readonly<Record<string, number>> = { '/': 1, '/a': 2, '/a/b': 2, '/tmp': 1 };
  const diskOf = async (folder: string): Promise<number | undefined> => disks[folder];
  expect(await mountPointOf('/', diskOf)).toBe('/');
  expect(await mountPointOf('/tmp', diskOf)).toBe('/');
  // What is not there yet lies on the disk of the folder that is.
  expect(await mountPointOf('/tmp/hubgram/is/not/there', async (folder) => (folder === '/' ? 1 : 2))).toBe('/tmp');
});
