import type { Model } from '../domain/model.ts';
import { toModel } from './models.ts';
import { numberOf, rowMapper, type Sql, TOUCHED } from './sql.ts';

/** The line of models that wait for the queue: its order and its gate stand here, in SQL, once. */
export interface Line {
  /** Claims the next model for downloading: one UPDATE … RETURNING. */
  readonly claimNext: (now: string) => Model | undefined;
  /** Claims this very model, if it is claimable. */
  readonly claimOne: (id: number, now: string) => Model | undefined;
  /** Claims what other chats want of the same files: it joins the transfer that runs. */
  readonly claimTwins: (model: Model, now: string) => Model[];
  /** What waits, in the order it will be claimed as far as that can be known; what is held comes last. */
  readonly waiting: () => Model[];
  /** 1 = next; undefined if it does not wait in line. */
  readonly queuePosition: (id: number) => number | undefined;
  /** Models that wait for room are looked at again at the next claim. */
  readonly hastenRoom: () => void;
  /** When the earliest back-off ends. */
  readonly nextNotBefore: () => string | undefined;
  /** After a crash: whatever was downloading is pending again, at its place. @returns how many */
  readonly recoverInterrupted: (now: string) => number;
}

/** Open gate: enabled, its back-off over, and not held for a schedule unless somebody said "now". Takes the time. */
const CLAIMABLE = `status = 'pending' AND enabled = 1 AND (not_before IS NULL OR not_before <= ?)
  AND (status_reason IS NULL OR status_reason <> 'schedule' OR run_now = 1)`;

const PRIORITY = `CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END`;

/** What ran when the program, its window or a hold stopped it goes on first: its place was the first one. */
const BEGUN = `CASE WHEN status_reason IN ('interrupted', 'shutdown', 'window', 'waiting') THEN 0 ELSE 1 END`;

const BUSY = `(SELECT count(*) FROM models busy WHERE busy.chat_id = models.chat_id AND busy.status = 'downloading')`;

/** The chat whose turn was longest ago; one that never had a turn comes first. */
const TURN = `coalesce((SELECT served_at FROM chat_turns WHERE chat_turns.chat_id = models.chat_id), '')`;

/** Priority; then the chat with the fewest running (one person's hundred do not starve another's one); then age. */
const ORDER = `${PRIORITY}, ${BEGUN}, ${BUSY}, ${TURN}, queued_at, id`;

/**
 * The same order for many at once. Chats take turns, so a chat's second model counts as if its first one ran already.
 * Takes the time.
 */
const IN_LINE = `FROM models JOIN (
    SELECT id, held, row_number() OVER (PARTITION BY held, chat_id, ${PRIORITY}, ${BEGUN} ORDER BY queued_at, id) AS nth
    FROM (SELECT *, CASE WHEN ${CLAIMABLE} THEN 0 ELSE 1 END AS held FROM models WHERE status = 'pending' AND enabled = 1)
  ) AS line ON line.id = models.id
  ORDER BY held, ${PRIORITY}, ${BEGUN}, nth + ${BUSY}, ${TURN}, queued_at, models.id`;

const CLAIM = `UPDATE models SET status = 'downloading', status_reason = NULL, not_before = NULL, ${TOUCHED}`;

const toPlace = rowMapper<{ readonly id: number; readonly held: boolean }>({ booleans: ['held'] });

/** How long an unchanged line is believed, in milliseconds: a back-off that ends changes it without a write. */
const LINE_TTL_MS = 1000;

/** The places of all, worked out once for all cards that are drawn in one look. */
const createPositions = (sql: Sql, now: () => string): (() => ReadonlyMap<number, number>) => {
  let known: { readonly changes: number; readonly until: number; readonly places: ReadonlyMap<number, number> };
  known = { changes: -1, until: 0, places: new Map() };
  return () => {
    const changes = sql.get('SELECT total_changes()', numberOf) ?? 0;
    const at = now();
    const atMs = Date.parse(at);
    if (changes === known.changes && atMs < known.until && atMs >= known.until - LINE_TTL_MS) return known.places;
    const line = sql.all(`SELECT models.id, held ${IN_LINE}`, toPlace, [at]);
    const ids = line.filter(({ held }) => !held).map(({ id }) => id);
    known = { changes, until: atMs + LINE_TTL_MS, places: new Map(ids.map((id, index) => [id, index + 1])) };
    return known.places;
  };
};

export const createLine = (sql: Sql, now: () => string): Line => {
  const positions = createPositions(sql, now);
  return {
    claimNext: (at) =>
      sql.get(
        `${CLAIM} WHERE id = (SELECT id FROM models WHERE ${CLAIMABLE} ORDER BY ${ORDER} LIMIT 1) RETURNING *`,
        toModel,
        [at, at],
      ),
    claimOne: (id, at) => sql.get(`${CLAIM} WHERE id = ? AND ${CLAIMABLE} RETURNING *`, toModel, [at, id, at]),
    // "=" and not IS: two models whose commits are both unknown are not the same.
    claimTwins: (model, at) =>
      sql.all(
        `${CLAIM} WHERE ${CLAIMABLE} AND source = ? AND repo_type = ? AND name = ? AND commit_sha = ? AND selection = ?
           AND id <> ? RETURNING *`,
        toModel,
        [at, at, model.source, model.repoType, model.name, model.commitSha, model.selection, model.id],
      ),
    waiting: () => sql.all(`SELECT models.* ${IN_LINE}`, toModel, [now()]),
    queuePosition: (id) => positions().get(id),
    hastenRoom: () => {
      sql.run("UPDATE models SET not_before = NULL WHERE status_reason = 'no_space' AND not_before IS NOT NULL");
    },
    nextNotBefore: () =>
      sql.get(
        "SELECT min(not_before) AS at FROM models WHERE status = 'pending' AND enabled = 1 AND not_before IS NOT NULL",
        (row) => (typeof row['at'] === 'string' ? row['at'] : undefined),
      ),
    recoverInterrupted: (at) =>
      sql.run(
        `UPDATE models SET status = 'pending', status_reason = 'interrupted', ${TOUCHED} WHERE status = 'downloading'`,
        [at],
      ).changes,
  };
};
