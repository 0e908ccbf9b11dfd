import type { Model } from '../../../domain/model.ts';
import type { HeldBack } from '../../people/quotas.ts';
import { type Sql, touchedAt } from '../../database/sql.ts';
import type { Row } from '../../database/row.ts';
import { MODEL, toModel } from '../models.ts';
import { FIRST_CLASS, NEXT_OF_CLASS, type StartClass } from './next-of-class.ts';
import { standing } from './standing.ts';

/** What starts next, and what may not. */
export interface Claims {
  /**
   * Claims the next model for downloading, by one UPDATE … RETURNING if there is one.
   * @param hosts on which there is a place; undefined: on all that are there
   */
  readonly claimNext: (now: string, hosts?: readonly number[]) => Model | undefined;
  /** Whether there is one. */
  readonly mayClaim: (now: string, hosts?: readonly number[]) => boolean;
  /** Which hosts are there; this machine alone until told. What is to lie on others waits. */
  readonly setHosts: (hosts: readonly number[]) => void;
  /** Claims what wants one of these copies, which are being got, so many at most: it joins that download. */
  readonly claimShared: (copyIds: readonly number[], now: string, most?: number) => Model[];
  /** What may not be claimed from now on; nothing until told. What joins a download takes no place of its own. */
  readonly holdBack: (held: HeldBack) => void;
  readonly isHeldBack: (id: number) => boolean;
  readonly countHeldByQuota: () => number;
}

const CLAIM = `UPDATE models SET status = 'downloading', status_reason = NULL, not_before = NULL, ${touchedAt(':at')}`;

/** Asked of each look at the queue: only what wants one of these copies is looked at, however much waits. */
const CLAIM_SHARED = `${standing('AND wants_copy_id IN (SELECT value FROM json_each(:copies))', '+status')}
  ${CLAIM} WHERE id IN (SELECT id FROM standing WHERE is_ready AND has_place ORDER BY id LIMIT :most)
  RETURNING ${MODEL}`;

/** Mostly there is nothing: an UPDATE would take the lock of the writer for that, and open all indexes. */
const MAY_SHARE = `SELECT 1 FROM models
  WHERE wants_copy_id IN (SELECT value FROM json_each(:copies)) AND status <> 'completed' AND +status = 'pending' LIMIT 1`;

const CLAIM_NEXT = `${NEXT_OF_CLASS}
  ${CLAIM} WHERE id = (SELECT id FROM next)
  RETURNING ${MODEL}`;

/** What may not start, as ids in JSON: all of it, and that which may not join a download either; and the hosts that are there. */
export interface Held {
  all: string;
  bytes: string;
  hosts: string;
  ids: ReadonlySet<number>;
}

/** What all that ask `standing` have to say. */
export const nowOf = ({ all, hosts }: Held, at: string) => ({ at, held: all, hosts });
const onOf = (held: Held, hosts: readonly number[] | undefined): string =>
  hosts === undefined ? held.hosts : JSON.stringify(hosts);

const toClass = (row: Row): StartClass => ({ urgency: Number(row['urgency']), begun: Number(row['begun']) });

/** @param held what may not start: changed by what is told here */
export const createClaims = (sql: Sql, held: Held): Claims => ({
  claimNext: (at, hosts) => {
    const asked = { ...nowOf(held, at), on: onOf(held, hosts) };
    const of = sql.get(FIRST_CLASS, toClass, asked);
    return of && sql.get(CLAIM_NEXT, toModel, { ...asked, ...of });
  },
  mayClaim: (at, hosts) => sql.get(FIRST_CLASS, () => true, { ...nowOf(held, at), on: onOf(held, hosts) }) ?? false,
  setHosts: (hosts) => {
    held.hosts = JSON.stringify(hosts);
  },
  claimShared: (copyIds, at, most = -1) => {
    const copies = JSON.stringify(copyIds);
    if (copyIds.length === 0 || !sql.get(MAY_SHARE, () => true, { copies })) return [];
    return sql.all(CLAIM_SHARED, toModel, { ...nowOf(held, at), most, held: held.bytes, copies });
  },
  holdBack: ({ bytes, running }) => {
    held.ids = new Set([...bytes, ...running]);
    held.all = JSON.stringify([...held.ids]);
    held.bytes = JSON.stringify(bytes);
  },
  isHeldBack: (id) => held.ids.has(id),
  countHeldByQuota: () => held.ids.size,
});
