import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/**
 * Where a run of tests keeps databases that are lent; each worker has a folder there.
 * @param run the number of its main process
 * @param temporary where its workers have what is gone with them
 */
export const lentFolder = (run: number, temporary = tmpdir()): string => join(temporary, `hubgram-lent-${run}`);

/** Workers end without a word: what they have lent goes with the run. */
export const setup =
  ({ config }: TestProject): (() => Promise<void>) =>
  () =>
    rm(lentFolder(process.pid, config.env['TMPDIR']), { recursive: true, force: true });
