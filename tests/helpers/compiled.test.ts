import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import { emptyIfFull, setup } from './compiled.ts';

const root = mkdtempSync(join(tmpdir(), 'hubgram-compiled-'));
afterAll(() => rmSync(root, { recursive: true }));

it('lets go of what is kept of the sources only when that has become too much', async () => {
  const folder = join(root, 'kept');
  await emptyIfFull(folder);
  mkdirSync(join(folder, 'v24'), { recursive: true });
  for (const name of ['one', 'two']) writeFileSync(join(folder, 'v24', name), name);
  await emptyIfFull(folder, 3);
  expect(existsSync(join(folder, 'v24/two'))).toBe(true);
  writeFileSync(join(folder, 'v24/three'), 'three');
  await emptyIfFull(folder, 3);
  expect(existsSync(folder)).toBe(false);
});

it('leaves what is kept alone in a run within a test: whoever has begun that writes there', async () => {
  const folder = join(root, 'of the run around');
  vi.stubEnv('NODE_COMPILE_CACHE', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const config = { env: { NODE_COMPILE_CACHE: folder }, execArgv: [] };
  await setup({ config } as unknown as Parameters<typeof setup>[0]);
  expect(existsSync(folder)).toBe(false);
});
