import { copyFile, link, rename } from 'node:fs/promises';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openWhenPossible } from '../../src/app/database.ts';
import { AppError } from '../../src/domain/errors.ts';
import { readTerms } from '../../src/domain/search/terms.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { restoreDatabase, type Restored } from '../../src/store/backups/restore.ts';
import { databaseVersion } from '../../src/store/database/migrate.ts';
import { openTestStore } from '../helpers/database.ts';
import { refusing } from '../helpers/disks.ts';
import { CHAT, openBench, tempFolder } from './setup.ts';

const NOW = '2026-11-22T08:00:00.000Z';
const ASIDE = 'before-restore-2026-11-22T08-00-00-000Z.db';

let backup: string;
let database: string;
let folder: string;
let version: number;
beforeEach(async () => {
  const bench = openBench();
  bench.add('org/of-the-backup');
  version = databaseVersion(bench.raw);
  const { file } = await bench.store.backups.takeBackup(new AbortController().signal);
  backup = join(bench.store.backups.folder, file);
  folder = tempFolder();
  database = join(folder, 'hubgram.db');
});

const namesIn = (path: string): unknown[] => {
  const db = new Database(path, { fileMustExist: true });
  try {
    return db.prepare('SELECT name FROM models ORDER BY id').pluck().all();
  } finally {
    db.close();
  }
};

const change = (path: string, text: string): void => {
  const db = new Database(path);
  db.exec(text);
  db.close();
};

/** One that a kill has left: what was written last stands in the log beside it. */
const leavePresent = (): void => {
  const from = tempFolder();
  const store = openTestStore(join(from, 'hubgram.db'));
  store.models.createModel({ chatId: 1, name: 'org/of-the-present' });
  for (const suffix of ['', '-wal', '-shm']) {
    writeFileSync(`${database}${suffix}`, readFileSync(join(from, `hubgram.db${suffix}`)), { mode: 0o600 });
  }
  store.close();
  expect(statSync(`${database}-wal`).size).toBeGreaterThan(0);
};

const restore = (file = backup, functions?: Parameters<typeof restoreDatabase>[1]): Promise<Restored> =>
  restoreDatabase({ database, backup: file, now: NOW }, functions);

const refusalOf = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof AppError) return error;
  throw new Error(`It was expected to be refused: ${String(error)}`);
};

describe('restoring', () => {
  it('puts the backup in the place of the database, which is kept with what its log held', async () => {
    leavePresent();
    expect(await restore()).toEqual({ version, aside: join(folder, ASIDE) });
    expect(readdirSync(folder).toSorted()).toEqual([ASIDE, 'hubgram.db']);
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
    expect(namesIn(join(folder, ASIDE))).toEqual(['org/of-the-present']);
    expect(statSync(database).mode & 0o777).toBe(0o600);
  });

  it('gives nothing a number that may stand on a button of something that the backup does not know', async () => {
    await restore();
    const store = openTestStore(database);
    const known = store.models.listModels(CHAT).map(({ id }) => id);
    const model = store.models.createModel({ chatId: CHAT, name: 'org/new' });
    const terms = readTerms(['llama'], {});
    const { search } = store.searches.createSearch({ chatId: CHAT, userId: 1, threadId: null, messageId: 1, terms });
    store.close();
    expect(known).toEqual([1]);
    expect([model.id, search.id]).toEqual([10_002, 10_001]);
  });

  it('neither fulfils nor answers once more the wish that the backup fulfils', async () => {
    const { store } = openBench();
    store.updates.keepUpdates([7, 8].map((updateId) => ({ updateId, payload: '{}' })));
    store.backups.createBackup({ askedBy: CHAT, updateId: 7 });
    const { file } = await store.backups.takeBackup(new AbortController().signal);
    await restore(join(store.backups.folder, file));
    const restored = openTestStore(database);
    // Telegram may not have been told that it came.
    restored.updates.keepUpdates([{ updateId: 7, payload: '{}' }]);
    const waiting = restored.updates.waitingUpdates().map(({ updateId }) => updateId);
    const wish = restored.backups.nextBackup();
    restored.close();
    expect([wish, waiting]).toEqual([undefined, [8]]);
  });

  it('makes one where there was none', async () => {
    expect(await restore()).toEqual({ version, aside: undefined });
    expect(readdirSync(folder)).toEqual(['hubgram.db']);
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
  });

  it('takes a backup that is not packed, as migrations make them', async () => {
    const plain = join(tempFolder(), 'plain.db');
    writeFileSync(plain, gunzipSync(readFileSync(backup)));
    await restore(plain);
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
    expect(namesIn(plain)).toEqual(['org/of-the-backup']);
  });

  it('replaces a damaged database, and keeps what is left of it', async () => {
    leavePresent();
    writeFileSync(database, 'no database at all, '.repeat(500));
    await restore();
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
    expect(readFileSync(join(folder, ASIDE), 'utf8')).toContain('no database at all');
    expect(readdirSync(folder).filter((name) => name.startsWith('hubgram'))).toEqual(['hubgram.db']);
  });

  it('works on a disk without hard links', async () => {
    leavePresent();
    await restore(backup, { link: refusing('EPERM'), copyFile, rename });
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
    expect(namesIn(join(folder, ASIDE))).toEqual(['org/of-the-present']);
  });

  it('that is cut off before its last step has changed nothing, and can be done again', async () => {
    leavePresent();
    const ending: typeof rename = (from, to) =>
      String(from).endsWith('.restoring') ? refusing('EIO')() : rename(from, to);
    await expect(restore(backup, { link: refusing('EPERM'), copyFile, rename: ending })).rejects.toThrow('EIO');
    expect(namesIn(database)).toEqual(['org/of-the-present']);
    expect(existsSync(`${database}.restoring`)).toBe(false);
    writeFileSync(`${database}.restoring`, 'of one that was killed');
    await restore();
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
  });

  /** Of a database that cannot be read the log stays: that is a file more to go. */
  const leaveDamaged = (): void => {
    leavePresent();
    writeFileSync(database, 'no database at all, '.repeat(500));
  };
  /** The program is killed at the renaming after which the database has another name. */
  const killedAt =
    (from: string): typeof rename =>
    (at, to) =>
      String(at) === from ? refusing('EIO')() : rename(at, to);

  it('of a damaged database that is killed before it is done leaves that database its log', async () => {
    leaveDamaged();
    const [before, log] = [readFileSync(database), readFileSync(`${database}-wal`)];
    await expect(restore(backup, { link, copyFile, rename: killedAt(`${database}.restoring`) })).rejects.toThrow('EIO');
    expect([readFileSync(database), readFileSync(`${database}-wal`)]).toEqual([before, log]);
  });

  it('that is killed in its last steps is ended by the next start', async () => {
    leaveDamaged();
    const log = readFileSync(`${database}-wal`);
    await expect(restore(backup, { link, copyFile, rename: killedAt(`${database}.restored`) })).rejects.toThrow('EIO');
    // Nothing of the log was taken away yet.
    writeFileSync(`${database}-wal`, log);
    const options = { dataDir: folder, owners: [], clock: systemClock, log: silentLog };
    (await openWhenPossible(options, new AbortController().signal)).close();
    expect(namesIn(database)).toEqual(['org/of-the-backup']);
    expect(readFileSync(join(folder, `${ASIDE}-wal`))).toEqual(log);
    expect(readdirSync(folder).filter((name) => name.startsWith('hubgram'))).toEqual(['hubgram.db']);
  });

  it('that is killed in its last steps is ended before another one begins', async () => {
    await expect(restore(backup, { link, copyFile, rename: killedAt(`${database}.restored`) })).rejects.toThrow('EIO');
    const { aside } = await restore();
    expect(namesIn(aside ?? '')).toEqual(['org/of-the-backup']);
  });
});

/** Files that are no whole backup: how one is made, and what is said of it. */
const WRONG: readonly {
  readonly what: string;
  readonly make: (path: string) => void;
  readonly code: string;
  readonly sentence: RegExp;
}[] = [
  { what: 'that is not there', make: () => undefined, code: 'not_found', sentence: /^There is no file / },
  { what: 'that is a folder', make: mkdirSync, code: 'validation', sentence: /is a folder, and no backup\.$/ },
  {
    what: 'that was cut off',
    make: (path) => writeFileSync(path, readFileSync(backup).subarray(0, -1000)),
    code: 'integrity',
    sentence: /is damaged: it cannot be unpacked\.$/,
  },
  {
    what: 'with a broken page',
    make: (path) => writeFileSync(path, gunzipSync(readFileSync(backup)).fill(7, 40_960, 90_000)),
    code: 'integrity',
    sentence: /is damaged: /,
  },
  {
    what: 'that is a text',
    make: (path) => writeFileSync(path, 'these are notes\n'.repeat(500)),
    code: 'integrity',
    sentence: /is damaged: file is not a database\.$/,
  },
  { what: 'that is empty', make: (path) => writeFileSync(path, ''), code: 'operational', sentence: /holds nothing\.$/ },
  {
    what: 'of another program',
    make: (path) => change(path, 'CREATE TABLE recipes (id INTEGER)'),
    code: 'operational',
    sentence: /is the database of another program\. Choose another file\.$/,
  },
  {
    what: 'of a newer hubgram',
    make: (path) => {
      writeFileSync(path, gunzipSync(readFileSync(backup)));
      change(path, `INSERT INTO schema_migrations VALUES (9999, 'x', '${NOW}')`);
    },
    code: 'operational',
    sentence: /was made by a newer hubgram: it has version 9999, this one knows \d+\. Update hubgram first\.$/,
  },
];

it.each(WRONG)('a file $what is refused, and nothing is changed', async ({ make, code, sentence }) => {
  leavePresent();
  const file = join(tempFolder(), 'wrong');
  make(file);
  const error = await refusalOf(restore(file));
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(sentence)]);
  expect(error.message).toContain(file);
  expect(namesIn(database)).toEqual(['org/of-the-present']);
  expect(readdirSync(folder).filter((name) => name.includes('restor'))).toEqual([]);
});
