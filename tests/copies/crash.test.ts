import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { type BenchTop, setUp, STANDING } from './bench-top.ts';

const ID = 'sample/model';
const FILES = [
  { path: 'config.json', content: '{"a":1}' },
  { path: 'one.safetensors', size: 3_000_000 },
  { path: 'two.safetensors', size: 2_000_000 },
];
const TOTAL = 5_000_007;
/** So much comes of each file in each round. */
const STEP = 2 ** 19;

let bench: BenchTop;
let child: ChildProcess | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  await bench?.close();
});

const startChild = (): ChildProcess => {
  const script = fileURLToPath(new URL('crash-child.ts', import.meta.url));
  const { hub, cacheDir } = bench;
  const commit = hub.commitOf(ID).id;
  const args = [script, hub.url, cacheDir, ID, commit, JSON.stringify(bench.files(ID))];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return child;
};

const claimed = async (): Promise<number> =>
  (await partialsIn(bench.cacheDir)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Every byte that is claimed is on the disk. */
const checkClaims = async (): Promise<void> => {
  const contents = new Map(bench.hub.commitOf(ID).files.map((file) => [file.etag(), file.content]));
  for (const { etag, partPath, claimed: ranges } of await partialsIn(bench.cacheDir)) {
    const part = await readFile(partPath);
    for (const { start, end } of ranges)
      expect(contents.get(etag)?.read(start, end).equals(part.subarray(start, end))).toBe(true);
  }
};

describe('a process that is killed in the middle', () => {
  it('leaves nothing visible, and the next one fetches only what is not claimed', async () => {
    bench = await setUp({ repos: [defineRepo({ id: ID, files: FILES })] }, STANDING);
    let letGo: () => void = () => undefined;
    for (let round = 1; round <= 2; round += 1) {
      const holds = FILES.map(({ path }) => bench.hub.setFault({ kind: 'held', path, bytes: STEP }));
      letGo();
      letGo = () => {
        for (const one of holds) one();
      };
      const process = startChild();
      // It is noted once a second.
      await expect.poll(claimed, { interval: 50 }).toBe(2 * STEP * round);
      process.kill('SIGKILL');
      await once(process, 'exit');
      expect(await bench.snapshots(ID)).toEqual([]);
      await checkClaims();
    }
    const before = await claimed();
    letGo();
    const sent = bench.hub.bytesSent();
    const run = bench.start(ID);
    await run.done;
    for (const { path } of FILES) expect(await bench.published(ID, path)).toBe('right');
    expect(run.state().bytesReceived).toBeLessThanOrEqual(TOTAL - before);
    expect(bench.hub.bytesSent() - sent).toBeLessThan(TOTAL - before + STEP);
    expect(await leftIn(bench.cacheDir)).toEqual([]);
  });

  it('and one that is not killed ends by itself, leaving no handle open', async () => {
    bench = await setUp({ repos: [defineRepo({ id: ID, files: FILES })] });
    const [code] = (await once(startChild(), 'exit')) as [number];
    expect(code).toBe(0);
    for (const { path } of FILES) expect(await bench.published(ID, path)).toBe('right');
  });
});
