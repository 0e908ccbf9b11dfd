import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/store/store.ts';
import { lendTestStore } from '../helpers/database.ts';

export const libraryFolder = (): string => mkdtempSync(join(tmpdir(), 'hubgram-library-'));

/** A database of its own for one test. */
export const openLibrary = (clock: Clock = systemClock, folder = libraryFolder()): Store => {
  const store = lendTestStore(join(folder, 'hubgram.db'), clock);
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
};
