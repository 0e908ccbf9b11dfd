import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { NO_THREADS } from '../helpers/no-threads.ts';

const CHILD = fileURLToPath(new URL('./no-threads-child.ts', import.meta.url));

it('where the system has no thread left, each of what would be done in one fails by itself, with a sentence, and may be tried again', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [NO_THREADS, CHILD]);
  const without = (what: string): string =>
    `unavailable: The system gives hubgram no more threads, of which one ${what}.`;
  expect(JSON.parse(stdout)).toEqual({
    listing: without('reads long lists of files'),
    reading: without('reads long lists'),
  });
});
