import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import { AppError, type ErrorCode } from '../../src/domain/errors.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import type { Model } from '../../src/domain/model.ts';
import { toIso, type WallClock } from '../../src/lib/clock.ts';
import type { NewModel } from '../../src/store/downloads/models.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';

/** A private chat, and a group. */
export const CHAT = 1001;
export const GROUP = -4001;

const START = Date.UTC(2026, 10, 21, 12);

/** A clock that stands still until it is moved. */
export interface MovableClock extends TestClock {
  readonly move: (ms: number) => void;
  readonly iso: (offsetMs?: number) => string;
}

export const createClock = (): MovableClock => {
  const clock = createTestClock(START);
  return { ...clock, move: clock.pass, iso: (offsetMs = 0) => toIso(clock.now() + offsetMs) };
};

export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export interface Bench {
  readonly store: Store;
  readonly clock: MovableClock;
  readonly path: string;
  /** A second connection to the same file, for what the store would not do. */
  readonly raw: Database.Database;
  readonly add: (name: string, fields?: Partial<NewModel>) => Model;
  /** Claims a model into `downloading`. */
  readonly run: (model: Model) => Model;
  readonly model: (id: number) => Model;
}

/** A store in a file of its own that is gone after the test. */
export const openBench = (
  path = join(tempFolder(), 'hubgram.db'),
  open = (file: string, clock: WallClock): Store => lendTestStore(file, clock),
): Bench => {
  const clock = createClock();
  const store = open(path, clock);
  const raw = new Database(path);
  raw.pragma('foreign_keys = ON');
  onTestFinished(() => {
    raw.close();
    store.close();
  });
  const model = (id: number): Model => {
    const found = store.models.getModel(id);
    if (!found) throw new Error(`no model ${id}`);
    return found;
  };
  return {
    store,
    clock,
    path,
    raw,
    model,
    add: (name, fields = {}) => store.models.createModel({ chatId: CHAT, name, ...fields }),
    run: ({ id }) => {
      expect(store.models.moveModel(id, 'pending', 'downloading')).toBe(true);
      return model(id);
    },
  };
};

/** The AppError that `work` throws; fails if it throws none. */
export const failure = (work: () => unknown): AppError => {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It was expected to fail');
};

/** What came of a move: the status it led to, or the code it was refused with. */
export const outcomeOf = (work: () => boolean, status: () => string | undefined): string | undefined => {
  try {
    return work() ? status() : 'false';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

export const codeOf = (work: () => unknown): ErrorCode => failure(work).code;

export const hash = (letter: string, length: 40 | 64 = 64): string => letter.repeat(length);

export const fileOf = (path: string, etag = hash('a'), size = 100): RepoFile => ({ path, size, etag });
