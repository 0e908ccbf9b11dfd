import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { SourceName } from '../../domain/copy.ts';
import type { Model } from '../../domain/model.ts';
import { MODEL, toModel } from './models.ts';
import type { Row } from '../database/row.ts';
import { type Claims, createClaims, type Held, nowOf } from './order/claims.ts';
import { roundRobin, type Standing } from './order/round-robin.ts';
import { missingOf, SCHEDULED, standing, WAITING } from './order/standing.ts';
import { createWaitCounting, type WaitCounting } from './order/wait-counts.ts';
import { BEGIN_WAIT_ANEW, numberOf, type Sql, touchedAt } from '../database/sql.ts';

/** A model that waits, without the rest of its row: thousands may be looked at at a time. */
export interface QueueEntry {
  readonly id: number;
  readonly chatId: number;
  readonly hostId: number;
  /** Its turn will come; false: something else has to happen first. */
  readonly isReady: boolean;
  /** It takes a place in its chat's schedule. */
  readonly isScheduled: boolean;
  readonly sizeBytes: number | null;
  /** What still has to come of it. */
  readonly missingBytes: number;
  readonly wantsCopyId: number | null;
  readonly source: SourceName;
}

/** The order in which models start, and the gates before it: they stand in SQL, in `standing`, once; of many at once in `round-robin`. */
export interface StartOrder extends WaitCounting, Claims {
  /** What wants this copy and waits for its turn, its schedule or another try, but for no person. */
  readonly waitingFor: (copyId: number) => Model[];
  /** What is downloading and wants this copy. */
  readonly downloadingFor: (copyId: number) => Model[];
  /** On how many hosts that are there something is downloading by the schedule of a chat. */
  readonly scheduledHosts: (chatId: number) => number;
  /** What waits, in the order it will be claimed as far as that can be known; what is held comes last. */
  readonly order: () => readonly QueueEntry[];
  /** The same of one chat, or of all, as models; so many of the first, or all. */
  readonly waiting: (chatId?: number, most?: number) => Model[];
  /** Of a chat, all of them, by their ids alone. */
  readonly waitingIds: (chatId: number) => number[];
  /** Those of a chat that are held for its schedule, the oldest first. */
  readonly waitingForSchedule: (chatId: number) => Model[];
  readonly countWaitingForSchedule: (chatId: number) => number;
  /** How many of a chat's models wait: what is disabled does not. */
  readonly countWaiting: (chatId: number) => number;
  /** Bytes that still have to come to a host of all that waits and of which nothing runs; what several want counts once. Of one source, or all. */
  readonly bytesToCome: (hostId: number, source?: SourceName) => number;
  /** 1 = next on its host; undefined if it does not wait for its turn. */
  readonly queuePosition: (id: number) => number | undefined;
  /** Models that wait for space on the disk are looked at again at the next claim. */
  readonly hastenNoSpace: () => void;
  /** Waits that began in the future, since the clock was set back, begin now. */
  readonly beginWaitsAnew: () => void;
  /** When the earliest back-off ends that is not over yet. */
  readonly nextNotBefore: (now: string) => string | undefined;
  /** After a crash: whatever was downloading is pending again, at its place. @returns how many */
  readonly recoverInterrupted: (now: string) => number;
  readonly downloadingIds: () => number[];
  /** What is downloading though its schedule has closed. */
  readonly outsideWindow: (now: string) => number[];
  /** Whether a model waits, or would wait, for its schedule to open. */
  readonly isGateClosed: (id: number, now: string) => boolean;
}

const STANDING = standing();

/** What decides the order of many at once, in each chat's own order. */
const inOwnOrder = (which?: string): string => `${standing(which)}
  SELECT id, chat_id, is_ready, urgency, has_begun, chat_downloads, chat_served_at FROM standing ORDER BY by_size, queued_at, id`;

const ALL = inOwnOrder();
const OF_CHAT = inOwnOrder('AND gates.chat_id = :chatId');
const WHOLE = `SELECT ${MODEL} FROM models WHERE id = ?`;

const ENTRIES = `${standing('', 'status', WAITING)}
  SELECT id, chat_id, is_ready, urgency, has_begun, chat_downloads, chat_served_at, is_scheduled, size_bytes, missing_bytes,
    wants_copy_id, host_id, source
  FROM standing ORDER BY by_size, queued_at, id`;

const BYTES_TO_COME = `SELECT total(missing_bytes) FROM (
    SELECT min(${missingOf('models')}) AS missing_bytes FROM ${WAITING}
    WHERE status = 'pending' AND enabled = 1 AND host_id = :hostId AND source = coalesce(:source, source)
      AND (wants_copy_id IS NULL OR wants_copy_id NOT IN (
      SELECT wants_copy_id FROM models WHERE status = 'downloading' AND wants_copy_id IS NOT NULL))
    GROUP BY coalesce(wants_copy_id, -id))`;

const SCHEDULED_HOSTS = `SELECT count(DISTINCT host_id) FROM models WHERE chat_id = :chatId AND status = 'downloading'
  AND ${SCHEDULED} AND host_id IN (SELECT value FROM json_each(:hosts))`;

const FOR_SCHEDULE = `models INDEXED BY idx_models_waiting
  WHERE chat_id = ? AND status = 'pending' AND enabled = 1 AND ${SCHEDULED}`;

const OUTSIDE_WINDOW = `${STANDING}
  SELECT id FROM gates WHERE status = 'downloading' AND NOT is_let_through ORDER BY id`;

const IS_GATE_CLOSED = `${STANDING}
  SELECT 1 FROM gates WHERE id = :id AND NOT is_let_through`;

// By hand: there may be twenty thousand of them at once.
const toStanding = (row: Row): Standing & Pick<QueueEntry, 'id'> => ({
  id: row['id'] as number,
  chatId: row['chat_id'] as number,
  isReady: row['is_ready'] === 1,
  urgency: row['urgency'] as number,
  hasBegun: row['has_begun'] === 1,
  chatDownloads: row['chat_downloads'] as number,
  chatServedAt: row['chat_served_at'] as string,
});

const toEntry = (row: Row): QueueEntry & Standing => ({
  ...toStanding(row),
  isScheduled: row['is_scheduled'] === 1,
  sizeBytes: row['size_bytes'] as number | null,
  missingBytes: row['missing_bytes'] as number,
  wantsCopyId: row['wants_copy_id'] as number | null,
  hostId: row['host_id'] as number,
  source: row['source'] as SourceName,
});

/** How long an unchanged order is believed, in milliseconds: a back-off that ends changes it without a write. */
const TTL_MS = 1000;

/** Of so many, an order is believed for a while, whatever has changed: to read them all takes long, and nobody is heard meanwhile. */
const MANY = 2000;
const restOf = (amount: number): number => (amount < MANY ? 0 : amount / 2);

interface Known {
  readonly changes: number;
  readonly held: string;
  readonly hosts: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly order: readonly QueueEntry[];
  /** Counted from 1. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Each host has places of its own. */
const positionsIn = (order: readonly QueueEntry[]): Map<number, number> => {
  const before = new Map<number, number>();
  const positions = new Map<number, number>();
  for (const { id, hostId, isReady } of order) {
    if (!isReady) continue;
    const position = (before.get(hostId) ?? 0) + 1;
    before.set(hostId, position);
    positions.set(id, position);
  }
  return positions;
};

/** The order, worked out once for all that ask in one look. */
const createOrder = (sql: Sql, now: () => string, held: Held): (() => Known) => {
  let known: Known = { changes: -1, held: '', hosts: '', at: 0, order: [], positions: new Map() };
  return () => {
    const changes = sql.get('SELECT total_changes()', numberOf) ?? 0;
    const at = now();
    const atMs = Date.parse(at);
    const isSame = changes === known.changes && held.all === known.held && held.hosts === known.hosts;
    const rest = restOf(known.order.length);
    // Not before it: then the clock was set back.
    if (atMs >= known.at && atMs < known.at + (isSame ? Math.max(TTL_MS, rest) : rest)) return known;
    const order = roundRobin(sql.all(ENTRIES, toEntry, { at, held: held.all, hosts: held.hosts }));
    known = {
      changes,
      held: held.all,
      hosts: held.hosts,
      at: atMs,
      order,
      positions: positionsIn(order),
    };
    return known;
  };
};

/** @param now the current time, ISO 8601 */
export const createStartOrder = (sql: Sql, now: () => string): StartOrder => {
  const held: Held = { all: '[]', bytes: '[]', hosts: JSON.stringify([THIS_HOST]), ids: new Set() };
  const known = createOrder(sql, now, held);
  const waitingIds = (chatId?: number): number[] => {
    const at = nowOf(held, now());
    const standings =
      chatId === undefined ? sql.all(ALL, toStanding, at) : sql.all(OF_CHAT, toStanding, { ...at, chatId });
    return roundRobin(standings).map(({ id }) => id);
  };
  return {
    ...createClaims(sql, held),
    ...createWaitCounting(sql, () => nowOf(held, now())),
    waitingFor: (copyId) =>
      sql.all(
        `SELECT ${MODEL} FROM models WHERE wants_copy_id = ? AND status = 'pending' AND enabled = 1 AND on_demand = 0
         ORDER BY id`,
        toModel,
        [copyId],
      ),
    downloadingFor: (copyId) =>
      sql.all(`SELECT ${MODEL} FROM models WHERE wants_copy_id = ? AND status = 'downloading'`, toModel, [copyId]),
    scheduledHosts: (chatId) => sql.get(SCHEDULED_HOSTS, numberOf, { chatId, hosts: held.hosts }) ?? 0,
    order: () => known().order,
    waiting: (chatId, most) =>
      waitingIds(chatId)
        .slice(0, most)
        .flatMap((id) => sql.get(WHOLE, toModel, [id]) ?? []),
    waitingIds,
    waitingForSchedule: (chatId) =>
      sql.all(`SELECT ${MODEL} FROM ${FOR_SCHEDULE} ORDER BY queued_at, id`, toModel, [chatId]),
    countWaitingForSchedule: (chatId) => sql.get(`SELECT count(*) FROM ${FOR_SCHEDULE}`, numberOf, [chatId]) ?? 0,
    countWaiting: (chatId) =>
      sql.get("SELECT count(*) FROM models WHERE chat_id = ? AND status = 'pending' AND enabled = 1", numberOf, [
        chatId,
      ]) ?? 0,
    bytesToCome: (hostId, source) => sql.get(BYTES_TO_COME, numberOf, { hostId, source: source ?? null }) ?? 0,
    queuePosition: (id) => known().positions.get(id),
    hastenNoSpace: () => {
      sql.run(
        "UPDATE models SET not_before = NULL WHERE status = 'pending' AND status_reason = 'no_space' AND not_before IS NOT NULL",
      );
    },
    beginWaitsAnew: () => {
      sql.run(
        `UPDATE models SET ${BEGIN_WAIT_ANEW} WHERE status = 'pending' AND not_before IS NOT NULL AND waits_since > :at`,
        {
          at: now(),
        },
      );
    },
    nextNotBefore: (at) =>
      sql.get(
        `SELECT not_before FROM models WHERE status = 'pending' AND enabled = 1 AND not_before > ?
         ORDER BY not_before LIMIT 1`,
        (row) => String(row['not_before']),
        [at],
      ),
    recoverInterrupted: (at) =>
      sql.run(
        `UPDATE models SET status = 'pending', status_reason = 'interrupted', ${touchedAt(':at')} WHERE status = 'downloading'`,
        { at },
      ).changes,
    downloadingIds: () => sql.all("SELECT id FROM models WHERE status = 'downloading' ORDER BY id", numberOf),
    outsideWindow: (at) => sql.all(OUTSIDE_WINDOW, numberOf, nowOf(held, at)),
    isGateClosed: (id, at) => sql.get(IS_GATE_CLOSED, () => true, { id, ...nowOf(held, at) }) ?? false,
  };
};
