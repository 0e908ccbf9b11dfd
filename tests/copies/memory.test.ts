import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { totalmem, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createMemory } from '../../src/copies/memory.ts';

/** A program in the place of the driver's own. */
const program = async (lines: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-driver-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'driver');
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
};

/** The memory as it is told where a program stands in the place of the driver’s own. */
const memoryBy = (path: string, answerMs?: number) => createMemory(dirname(path), basename(path), answerMs);

test('graphics cards are those that the driver tells of, in bytes', async () => {
  const said = ['NVIDIA GeForce RTX 4090, 24564', 'NVIDIA A100, 80GB, 81920', 'NVIDIA GB10, [N/A]', 'No devices', ''];
  const command = await program(said.map((line) => `echo '${line}'`).join('\n'));
  expect((await memoryBy(command)()).gpus).toEqual([
    { name: 'NVIDIA GeForce RTX 4090', totalBytes: 24_564 * 2 ** 20 },
    { name: 'NVIDIA A100, 80GB', totalBytes: 81_920 * 2 ** 20 },
  ]);
});

test('it is asked once', async () => {
  const command = await program('echo "once, 1"\nrm "$0"');
  const memory = memoryBy(command);
  await memory();
  expect((await memory()).gpus).toHaveLength(1);
});

test.each([
  ['is not there', async () => '/nowhere/driver'],
  ['fails', () => program('echo "half, 1"\nexit 9')],
  ['hangs', () => program('echo "half, 1"\nexec sleep 600')],
  ['never stops talking', () => program('exec yes "card, 1"')],
])('a driver that %s is one without cards, and the machine’s memory is known', async (_, command) => {
  const { gpus, totalBytes, freeBytes } = await memoryBy(await command(), 200)();
  expect(gpus).toEqual([]);
  expect(totalBytes).toBeGreaterThan(1e6);
  expect(totalBytes).toBeLessThanOrEqual(totalmem());
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
});
