import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineRepo, type SampleHub, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { claimedOf } from '../helpers/partials.ts';
import { MIB, noise, type Part, WEIGHTS } from './chunks-bench.ts';

/** The one that the process below fetches. */
const ID = 'bench/model';
const PROGRAM = join(import.meta.dirname, '../../bench/transfer/hubgram.ts');
const CONNECTIONS = '4';

const OLD: readonly Part[] = ['a header', noise('weights', 16)];
/** More than half of it is here. */
const NEW: readonly Part[] = ['another header', noise('weights', 8), noise('new', 12), noise('weights', 8, 8)];

const fetchedBy = (hub: SampleHub, since: number): number => hub.traffic(since).file.bytes;

const start = (hub: SampleHub, folder: string): ChildProcess => {
  const child = spawn(process.execPath, [PROGRAM, hub.url, folder, CONNECTIONS], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const ended = async (child: ChildProcess): Promise<unknown> => {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
};

it('an update that was killed with -9 goes on where it was: nothing of what was here or had come is fetched again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-chunks-killed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = [{ path: WEIGHTS, parts: OLD }];
  const hub = await startSampleHub({ repos: [defineRepo({ id: ID, xet: 'chunks', files })] });
  onTestFinished(() => hub.close());
  expect(await ended(start(hub, folder))).toBe(0);

  hub.updateRepo(ID, { files: [{ path: WEIGHTS, parts: NEW }] });
  await hub.stored(ID);
  const [file] = hub.commitOf(ID).files;
  const held = hub.setFault({ kind: 'held', host: 'cdn', bytes: 6 * MIB });
  const updated = hub.requests.length;
  const first = start(hub, folder);
  await hub.waitForRequest(() => fetchedBy(hub, updated) === 6 * MIB);
  const cacheDir = join(folder, 'hub');
  // What lay here, and most of what has come.
  const noted = 16 * MIB + 3 * MIB;
  await expect.poll(() => claimedOf(cacheDir, file!.etag())).toBeGreaterThan(noted);
  first.kill('SIGKILL');
  await ended(first);
  const claimed = await claimedOf(cacheDir, file!.etag());
  held();

  const killed = hub.requests.length;
  expect(await ended(start(hub, folder))).toBe(0);
  // What a connection was sent of a range that another one has taken over is sent twice: a piece for each.
  expect(fetchedBy(hub, killed)).toBeLessThanOrEqual(file!.size - claimed + 4 * MIB);
  const place = join(cacheDir, 'models--bench--model/snapshots', hub.commitOf(ID).id, WEIGHTS);
  expect(
    createHash('sha256')
      .update(await readFile(place))
      .digest('hex'),
  ).toBe(file!.etag());
});
