import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { copyOf } from './made.ts';

const CHILD = fileURLToPath(new URL('./asking-child.ts', import.meta.url));

it('what a process loads is kept for the next one, although the bot kills it when it is done with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-kept-'));
  const copy = copyOf({ 'config.json': '{}' });
  onTestFinished(async () => {
    copy.remove();
    await rm(folder, { recursive: true, force: true });
  });
  const check = async (): Promise<Buffer> => {
    const args = [CHILD, 'check', copy.cacheDir, copy.wanted.commit, 'config.json', '2'];
    await promisify(execFile)(process.execPath, args, { env: { NODE_COMPILE_CACHE: folder } });
    const [kept = ''] = globSync(join(folder, '*/sources-check-process'));
    return readFile(kept);
  };
  const kept = await check();
  for (const source of ['checks/check-process.ts', 'checks/formats/pickle/pickle.ts', 'zod'])
    expect(kept.includes(`/${source}`)).toBe(true);
  expect(kept.includes('export const readHeaders =')).toBe(true);
  expect(kept.includes('interface CheckTask')).toBe(false);
  // The next one finds all of it there: it is not written again.
  expect((await check()).equals(kept)).toBe(true);
});
