import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type WallClock } from '../../src/lib/clock.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const makeEmpty = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-empty-'));
  try {
    const path = join(folder, 'hubgram.db');
    openStore(path, { clock: systemClock }).close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** A database as all migrations leave it: to run them takes ten times as long as to copy what they came to. */
const EMPTY = makeEmpty();

/** As `openStore`; a file that is not there yet begins as a copy of an empty database. */
export const openTestStore = (path: string, clock: WallClock = systemClock): Store => {
  if (!existsSync(path)) writeFileSync(path, EMPTY, { mode: 0o600 });
  return openStore(path, { clock });
};
