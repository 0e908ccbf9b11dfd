/**
 * A database and a cache of a size, made in bulk: by SQL, as the rules of the schema want it (they are asked at the end), and with files
 * that are empty but for their length.
 */
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openStore } from '../../src/store/store.ts';

/** How much of everything there is. */
export interface Size {
  /** Models of all libraries. */
  readonly rows: number;
  /** Of which files lie in the cache. */
  readonly repositories: number;
  readonly schedules: number;
}

/** A hundredth of the rows are schedules, and so many rows lead to one repository: libraries have models in common. */
const ROWS_OF_A_REPOSITORY = 200;
const ROWS_OF_A_SCHEDULE = 100;

export const sizeOf = (rows: number): Size => ({
  rows,
  repositories: Math.ceil(rows / ROWS_OF_A_REPOSITORY),
  schedules: Math.ceil(rows / ROWS_OF_A_SCHEDULE),
});

/** Has a tenth of all rows. */
export const OWNER = 1001;
/** Has each repository once: with five thousand of them as many models as one person may have unless an owner says otherwise. */
export const MEMBER = 2001;
/** Others have libraries of up to so many models. */
const OTHERS_MOST = 1000;
const FIRST_CHAT = 100_000;
const FIRST_SCHEDULED_CHAT = 10_000_000;

const COMMIT = 'c'.repeat(40);
const NEWER = 'd'.repeat(40);
const PATH = 'model.safetensors';
/** Of a repository, in bytes. */
const sizeBytes = (at: string): string => `(1000 + ${at})`;
const etag = (at: string): string => `printf('%040x', ${at} + 1)`;
const nameOf = (at: number): string => `org-${at % 500}/${at % 7 === 0 ? 'llama' : 'model'}-${at}`;
const NAME = (at: string): string => `'org-' || (${at} % 500) || iif(${at} % 7 = 0, '/llama-', '/model-') || (${at})`;

/** A time so many seconds ago, so that rows have one after the other. */
const ago = (seconds: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (${seconds}) || ' seconds')`;

const COUNT = (from: string, to: string): string =>
  `WITH RECURSIVE n (i) AS (SELECT ${from} WHERE ${from} < ${to} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})`;

/** Which of a hundred a model is; not always the same of one repository. */
const KIND = '((i + i / 97) % 100)';
/** Two of them wait, of which one for a person, one is paused and one has failed; all others are here. */
const STATUS = `CASE ${KIND} WHEN 13 THEN 'pending' WHEN 37 THEN 'pending' WHEN 51 THEN 'paused' WHEN 77 THEN 'failed' ELSE 'completed' END`;

/** What is made of each row `i` in a chat: of repository `repo`, under a revision of its own if a library has it several times. */
const modelsOf = (rows: string): string => `
  INSERT INTO models (id, chat_id, name, revision, selection, status, size_bytes, download_path, priority, enabled, pinned, category,
      canonical_name, requested_by, queued_at, created_at, updated_at, on_demand, scheduled, wants_copy_id, copy_id)
  SELECT i + 1, chat, ${NAME('repo')}, iif(turn = 0, 'main', 'v' || turn), :selection, status, ${sizeBytes('repo')},
    iif(status = 'completed', :cache || '/models--org-' || (repo % 500), NULL), 'medium', i % 50 <> 0, i % 40 = 0,
    CASE i % 4 WHEN 0 THEN 'text' WHEN 1 THEN 'image' WHEN 2 THEN 'audio' ELSE NULL END, NULL, chat, at, at, at,
    status = 'pending' AND ${KIND} = 37, scheduled, iif(status = 'completed', repo + 1, :repos + repo + 1), iif(status = 'completed', repo + 1, NULL)
  FROM (SELECT *, ${ago('31000000 - i * CAST(:apart AS REAL)')} AS at FROM (${rows}))`;

const SESSIONS = `
  INSERT INTO download_sessions (uuid, model_id, chat_id, model_name, status, started_at, completed_at, bytes_downloaded, total_bytes,
      received_bytes, active_ms, error_message, metadata)
  SELECT printf('%08x-0000-4000-8000-%012x', id, id), id, chat_id, name, status, created_at, created_at,
    iif(status = 'completed', size_bytes, 0), size_bytes, iif(status = 'completed', size_bytes, 0), 1000,
    iif(status = 'failed', 'The Hub has no such file.', NULL), iif(status = 'failed', '{"errorCode":"not_found"}', NULL)
  FROM models WHERE status IN ('completed', 'failed') ORDER BY id`;

/** What is over is drawn and told. */
const AROUND = [
  `INSERT INTO cards (model_id, chat_id, message_id, drawn, final)
   SELECT id, chat_id, 1000000 + id, '{}', status IN ('completed', 'failed', 'paused') FROM models ORDER BY id`,
  `INSERT INTO outbox (session_id, model_id, chat_id, kind, payload, sent_at, message_id, created_at)
   SELECT id, model_id, chat_id, status, '{}', completed_at, 2000000 + id, completed_at FROM download_sessions ORDER BY id`,
  `INSERT INTO activity_log (user_id, chat_id, action, metadata, created_at)
   SELECT chat_id, chat_id, 'model_added', json_object('model', name), created_at FROM models ORDER BY id`,
  `INSERT INTO model_tags (model_id, tag, position) SELECT id, 'tenth', 0 FROM models WHERE id % 10 = 0`,
  `INSERT INTO model_tags (model_id, tag, position) SELECT id, 'tag ' || (id % 50), 1 FROM models WHERE id % 10 = 0`,
  // Looked at today already: a branch that is due asks the Hub.
  `INSERT INTO branches (repo_type, name, revision, due_at)
   SELECT DISTINCT repo_type, name, revision, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+20 hours') FROM models WHERE status = 'completed'`,
];

const CHATS = [
  `INSERT INTO chat_sessions (chat_id, kind, title, access, last_activity, auto_clear_enabled, message_count, timezone)
   SELECT DISTINCT chat_id, 'private', 'Person ' || chat_id, 'approved', ${ago('60')}, 0, 1, 'UTC' FROM models`,
  `INSERT INTO users (user_id, role, first_name, username, created_at, updated_at)
   SELECT chat_id, iif(chat_id = ${OWNER}, 'owner', 'member'), title, 'person_' || chat_id, last_activity, last_activity FROM chat_sessions`,
];

const fillTables = (db: Database.Database, size: Size, cacheDir: string): void => {
  const { rows, repositories: repos, schedules } = size;
  const selection = selectionKey(DEFAULT_SELECTION);
  const run = (text: string, values: Readonly<Record<string, number | string>> = {}): void => {
    // A number would be bound as a real one, and chats and rows count in whole ones.
    const whole = Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'number' ? BigInt(value) : value,
    ]);
    db.prepare(text).run(Object.fromEntries(whole));
  };
  for (const [first, commit, state] of [
    [1, COMMIT, 'complete'],
    [repos + 1, NEWER, 'wanted'],
  ] as const) {
    const values = { first, commit, state, selection, cache: cacheDir, repos };
    run(
      `${COUNT('0', ':repos')} INSERT INTO copies (id, repo_type, name, commit_sha, selection, state, made_by, size_bytes, path, verified_at)
       SELECT i + :first, 'model', ${NAME('i')}, :commit, :selection, :state, iif(:state = 'complete', 'hubgram', NULL), ${sizeBytes('i')},
         iif(:state = 'complete', :cache || '/models--org-' || (i % 500), NULL), iif(:state = 'complete', ${ago('60')}, NULL) FROM n`,
      values,
    );
    run(
      `${COUNT('0', ':repos')} INSERT INTO copy_files (copy_id, path, size_bytes, etag)
       SELECT i + :first, '${PATH}', ${sizeBytes('i')}, ${etag('i + iif(:first = 1, 0, :repos)')} FROM n`,
      { first, repos },
    );
  }
  // All within the year for which the history is kept.
  const given = { selection, cache: cacheDir, repos, apart: String(30_900_000 / (rows + schedules)) };
  const owned = Math.floor(rows / 10);
  const own = owned + Math.min(repos, rows - owned);
  run(
    `${COUNT('0', ':own')} ${modelsOf(
      `SELECT i, iif(i < :owned, ${OWNER}, ${MEMBER}) AS chat, iif(i < :owned, i, i - :owned) % :repos AS repo,
       iif(i < :owned, i / :repos, 0) AS turn, ${STATUS} AS status, 0 AS scheduled FROM n`,
    )}`,
    { ...given, own, owned },
  );
  run(
    `${COUNT(':own', ':rows')} ${modelsOf(
      `SELECT i, ${FIRST_CHAT} + (i - :own) / :most AS chat, i % :repos AS repo, 0 AS turn, ${STATUS} AS status, 0 AS scheduled FROM n`,
    )}`,
    { ...given, own, rows, most: Math.min(OTHERS_MOST, repos) },
  );
  run(
    `${COUNT(':rows', ':all')} ${modelsOf(
      `SELECT i, ${FIRST_SCHEDULED_CHAT} + i - :rows AS chat, i % :repos AS repo, 0 AS turn, 'pending' AS status, 1 AS scheduled FROM n`,
    )}`,
    { ...given, rows, all: rows + schedules },
  );
  run(SESSIONS);
  for (const text of [...AROUND, ...CHATS]) run(text);
  // All open at eleven in the evening of a day that is far from now.
  run(
    `INSERT INTO schedule_configurations (chat_id, name, type, time, until, next_run_at)
     SELECT chat_id, 'night', 'daily', :time, :until, '' FROM models WHERE scheduled = 1`,
    nightOf(new Date()),
  );
};

/** Half a day from now, and an hour long. */
const nightOf = (now: Date): { readonly time: string; readonly until: string } => {
  const hour = (now.getUTCHours() + 12) % 24;
  const text = (value: number): string => `${String(value).padStart(2, '0')}:00`;
  return { time: text(hour), until: text((hour + 1) % 24) };
};

/** Triggers write what follows from a row; here it is written all at once. @returns what puts them back */
const withoutTriggers = (db: Database.Database): (() => void) => {
  const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all() as {
    readonly name: string;
    readonly sql: string;
  }[];
  for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
  return () => {
    for (const { sql } of triggers) db.exec(sql);
  };
};

/** @throws Error: what was made breaks a rule of the schema */
export const fillRows = (path: string, size: Size, cacheDir: string): void => {
  const store = openStore(path, { clock: systemClock });
  // Notices of downloads that end would take the turn of answers: a chat has one message a second.
  store.config.setSystemConfig('paused_all', 'true');
  store.close();
  const db = new Database(path);
  try {
    for (const pragma of ['synchronous = OFF', 'foreign_keys = OFF', 'cache_size = -400000']) db.pragma(pragma);
    db.transaction(() => {
      const putBack = withoutTriggers(db);
      fillTables(db, size, cacheDir);
      putBack();
    })();
    const broken = db.pragma('foreign_key_check') as unknown[];
    if (broken.length > 0) throw new Error(`${broken.length} rows lead nowhere: ${JSON.stringify(broken[0])}`);
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
};

/** Has the chats' summaries have told of what waits: nothing is drawn as long as nothing changes, in chats that no stand-in knows. */
export const restCards = (path: string): void => {
  const db = new Database(path);
  db.exec("UPDATE cards SET message_id = NULL, drawn = 'summary' WHERE final = 0");
  db.close();
};

/** The files of all repositories, as hubgram would have left them there. */
export const fillCache = (cacheDir: string, { repositories }: Size): void => {
  for (let at = 0; at < repositories; at += 1) {
    const repo = join(cacheDir, repoFolderName({ type: 'model', id: nameOf(at) }));
    const snapshot = join(repo, 'snapshots', COMMIT);
    for (const part of [join(repo, 'blobs'), join(repo, 'refs'), snapshot]) mkdirSync(part, { recursive: true });
    const blob = (at + 1).toString(16).padStart(40, '0');
    writeFileSync(join(repo, 'blobs', blob), '');
    truncateSync(join(repo, 'blobs', blob), 1000 + at);
    symlinkSync(`../../blobs/${blob}`, join(snapshot, PATH));
    writeFileSync(join(repo, 'refs', 'main'), COMMIT);
  }
};
