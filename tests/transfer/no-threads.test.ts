import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { NO_THREADS } from '../helpers/no-threads.ts';

const CHILD = fileURLToPath(new URL('./no-threads-child.ts', import.meta.url));

it('where the system has no thread left, nothing is taken from another file, and what is to be hashed is tried again', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [NO_THREADS, CHILD]);
  expect(JSON.parse(stdout)).toEqual({
    lengths: 'nobody knows',
    hashed: 'unavailable: The system gives hubgram no more threads, of which one reads what has come.',
  });
});
