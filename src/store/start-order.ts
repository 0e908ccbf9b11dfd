import type { Model } from '../domain/model.ts';
import { toModel } from './models.ts';
import { BEGIN_WAIT_ANEW, numberOf, rowMapper, type Sql, TOUCHED } from './sql.ts';

/** The line of models that wait for the queue: its order and its gate stand here, in SQL, once. */
export interface Line {
  /** Claims the next model for downloading: one UPDATE … RETURNING. */
  readonly claimNext: (now: string) => Model | undefined;
  /** Claims this very model, if it is claimable. */
  readonly claimOne: (id: number, now: string) => Model | undefined;
  /** Claims what other chats want of the same files as any that runs: it joins that transfer. */
  readonly claimTwins: (now: string) => Model[];
  /** What waits, in the order it will be claimed as far as that can be known; what is held comes last. */
  readonly waiting: () => Model[];
  /** 1 = next; undefined if it does not wait in line. */
  readonly queuePosition: (id: number) => number | undefined;
  /** Models that wait for room are looked at again at the next claim. */
  readonly hastenRoom: () => void;
  /** Waits that began in the future, since the clock was set back, begin now. */
  readonly beginWaitsAnew: () => void;
  /** When the earliest back-off ends. */
  readonly nextNotBefore: () => string | undefined;
  /** After a crash: whatever was downloading is pending again, at its place. @returns how many */
  readonly recoverInterrupted: (now: string) => number;
  /** All that are downloading. */
  readonly downloadingIds: () => number[];
  /** What is downloading though its schedule has closed. */
  readonly outsideWindow: (now: string) => number[];
  /** Whether a model waits, or would wait, for its schedule to open. */
  readonly isGateClosed: (id: number, now: string) => boolean;
  /** How many of a chat's models wait for its schedule. */
  readonly countHeldBack: (chatId: number) => number;
}

/** A run of its chat's schedule lets it through, for as long as its window is open. Takes the time. */
const RUN = `SELECT 1 FROM schedule_runs AS runs WHERE runs.chat_id = models.chat_id AND runs.closed_at IS NULL
  AND (runs.closes_at IS NULL OR runs.closes_at > :at)`;

/** Held for the schedule of its chat. */
export const SCHEDULED = 'scheduled = 1 AND on_demand = 0 AND run_now = 0';

/** Held until a person starts it. */
const ON_DEMAND = 'on_demand = 1 AND run_now = 0';

/** Open gate: held for nothing, or somebody said "now", or the schedule is open. */
const GATE = `(NOT (${ON_DEMAND}) AND (NOT (${SCHEDULED}) OR EXISTS (${RUN})))`;

/** As many of the chat's scheduled ones as its run allows at once. */
const PLACE = `(NOT (${SCHEDULED}) OR EXISTS (${RUN} AND runs.max_concurrent_downloads > (
  SELECT count(*) FROM models AS others
  WHERE others.chat_id = models.chat_id AND others.status = 'downloading'
    AND others.scheduled = 1 AND others.run_now = 0)))`;

/** Enabled, its back-off over, and let through. Takes the time. */
const READY = `status = 'pending' AND enabled = 1 AND (not_before IS NULL OR not_before <= :at) AND ${GATE}`;
const CLAIMABLE = `${READY} AND ${PLACE}`;

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
    FROM (SELECT *, CASE WHEN ${READY} THEN 0 ELSE 1 END AS held FROM models WHERE status = 'pending' AND enabled = 1)
  ) AS line ON line.id = models.id
  ORDER BY held, ${PRIORITY}, ${BEGUN}, nth + ${BUSY}, ${TURN}, queued_at, models.id`;

const TOUCHED_AT = TOUCHED.replace('?', ':at');
const CLAIM = `UPDATE models SET status = 'downloading', status_reason = NULL, not_before = NULL, ${TOUCHED_AT}`;

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
    const line = sql.all(`SELECT models.id, held ${IN_LINE}`, toPlace, { at });
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
        { at },
      ),
    claimOne: (id, at) => sql.get(`${CLAIM} WHERE id = :id AND ${CLAIMABLE} RETURNING *`, toModel, { id, at }),
    // "=" and not IS: two models whose commits are both unknown are not the same.
    claimTwins: (at) =>
      sql.all(
        `${CLAIM} WHERE ${CLAIMABLE} AND EXISTS (
           SELECT 1 FROM models AS running WHERE running.name = models.name AND running.status = 'downloading'
             AND running.source = models.source AND running.repo_type = models.repo_type
             AND running.commit_sha = models.commit_sha AND running.selection = models.selection)
         RETURNING *`,
        toModel,
        { at },
      ),
    waiting: () => sql.all(`SELECT models.* ${IN_LINE}`, toModel, { at: now() }),
    queuePosition: (id) => positions().get(id),
    hastenRoom: () => {
      sql.run("UPDATE models SET not_before = NULL WHERE status_reason = 'no_space' AND not_before IS NOT NULL");
    },
    beginWaitsAnew: () => {
      sql.run(
        `UPDATE models SET ${BEGIN_WAIT_ANEW} WHERE status = 'pending' AND not_before IS NOT NULL AND waits_since > :at`,
        {
          at: now(),
        },
      );
    },
    nextNotBefore: () =>
      sql.get(
        "SELECT min(not_before) AS at FROM models WHERE status = 'pending' AND enabled = 1 AND not_before IS NOT NULL",
        (row) => (typeof row['at'] === 'string' ? row['at'] : undefined),
      ),
    recoverInterrupted: (at) =>
      sql.run(
        `UPDATE models SET status = 'pending', status_reason = 'interrupted', ${TOUCHED_AT} WHERE status = 'downloading'`,
        { at },
      ).changes,
    downloadingIds: () => sql.all("SELECT id FROM models WHERE status = 'downloading' ORDER BY id", numberOf),
    outsideWindow: (at) =>
      sql.all(`SELECT id FROM models WHERE status = 'downloading' AND NOT ${GATE} ORDER BY id`, numberOf, { at }),
    isGateClosed: (id, at) =>
      sql.get(`SELECT 1 FROM models WHERE id = :id AND NOT ${GATE}`, () => true, { id, at }) ?? false,
    countHeldBack: (chatId) =>
      sql.get(
        `SELECT count(*) FROM models WHERE chat_id = ? AND status = 'pending' AND enabled = 1 AND ${SCHEDULED}`,
        numberOf,
        [chatId],
      ) ?? 0,
  };
};
