import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/app/database.ts';
import { systemClock, type WallClock } from '../../src/lib/clock.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
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

export interface FirstStartOptions {
  /** The bot finds no data folder, and makes it and its database itself. Otherwise an empty one is there, as after a first start. */
  readonly isFirstStart?: boolean;
}

/** Puts an empty database where a bot will look for its own, unless this is to be its first start. */
export const putDatabase = (dataDir: string, { isFirstStart = false }: FirstStartOptions): void => {
  if (isFirstStart) return;
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, DATABASE_FILE), EMPTY, { mode: 0o600 });
};

/** As `openStore`; a file that is not there yet begins as a copy of an empty database. */
export const openTestStore = (path: string, clock: WallClock = systemClock, log: Log = silentLog): Store => {
  if (!existsSync(path)) writeFileSync(path, EMPTY, { mode: 0o600 });
  return openStore(path, { clock, log });
};
