/* store/hosts: the machines, and what each has said of itself. */

import { AppError } from '../../domain/errors.ts';
import { type Host, parseHostName, THIS_HOST } from '../../domain/hosts/host.ts';
import { memorySchema } from '../../domain/memory.ts';
import { columnsOf, rowMapper } from '../database/row.ts';
import { assignments, numberOf, type Sql, type Value } from '../database/sql.ts';

/** A machine that may join, once, with a code of which only the hash is kept. */
interface HostInvitation {
  readonly name: string;
  readonly createdBy: number;
  /** SHA-256 in hex. */
  readonly codeHash: string;
  /** ISO 8601. */
  readonly codeEndsAt: string;
}

/** What a machine says of itself. */
type HostNews = Required<{ readonly [Key in 'version' | 'freeBytes' | 'totalBytes']: NonNullable<Host[Key]> }> &
  Pick<Partial<Host>, 'memory'>;

export interface HostRows {
  readonly getHost: (id: number) => Host | undefined;
  readonly findHost: (name: string) => Host | undefined;
  /** All but those that were let go; the machine of the bot first, then as they were invited. */
  readonly listHosts: () => readonly Host[];
  /**
   * One that was let go may come again under its name, and is the same as before.
   * @throws AppError validation: no such name; integrity: a machine of that name has joined already
   */
  readonly inviteHost: (invitation: HostInvitation) => Host;
  /** Lets in whoever brings this code, once. @returns undefined: there is no such code, or its time is over */
  readonly joinHost: (codeHash: string) => Host | undefined;
  /** A machine was heard of. One that has not joined changes nothing. */
  readonly noteSeen: (id: number, news: HostNews) => boolean;
  /** SHA-256 in hex of the password that Redis knows it by; null: it was given one by hand. */
  readonly passwordHashOf: (id: number) => string | null;
  readonly setPasswordHash: (id: number, hash: string | null) => void;
  /** Names of those that were let go and have a password still: Redis may not have been told. */
  readonly goneWithPassword: () => readonly string[];
  /** From now on nothing is asked of it. @returns false if it was let go before, or is the machine of the bot */
  readonly letHostGo: (id: number) => boolean;
  /** How many models there are on a machine; what is to move there and lies elsewhere still counts there. */
  readonly countOnHost: (id: number) => number;
  /** Of the copies that are complete there. */
  readonly bytesOnHost: (id: number) => number;
}

const toHost = rowMapper<Host>({ table: 'hosts', json: { memory: { schema: memorySchema, broken: null } } });

const COLUMNS = columnsOf<Host>({
  id: true,
  name: true,
  state: true,
  createdBy: true,
  createdAt: true,
  codeEndsAt: true,
  joinedAt: true,
  seenAt: true,
  version: true,
  freeBytes: true,
  totalBytes: true,
  memory: true,
});

const BYTES = "SELECT total(size_bytes) FROM copies WHERE host_id = :id AND state = 'complete'";

/**
 * All hosts, remembered until one of them changes: who is there is asked many times for each model that is claimed. Nobody else
 * writes to the database of a bot (docs/decisions/0006); what a transaction has read may be undone, and is not remembered.
 */
const createRoster = (sql: Sql) => {
  let known: readonly Host[] | undefined;
  return {
    list: (): readonly Host[] => {
      if (known) return known;
      const hosts = sql.all(`SELECT ${COLUMNS} FROM hosts WHERE state <> 'gone' ORDER BY id`, toHost);
      if (!sql.isInTransaction()) known = hosts;
      return hosts;
    },
    change: <T>(work: () => T): T => {
      known = undefined;
      return work();
    },
  };
};

/** By which passwords Redis knows them. */
const createPasswordRows = (sql: Sql): Pick<HostRows, 'passwordHashOf' | 'setPasswordHash' | 'goneWithPassword'> => ({
  passwordHashOf: (id) =>
    sql.get('SELECT password_hash FROM hosts WHERE id = ?', (row) => row['password_hash'] as string | null, [id]) ??
    null,
  setPasswordHash: (id, hash) => {
    sql.run('UPDATE hosts SET password_hash = ? WHERE id = ?', [hash, id]);
  },
  goneWithPassword: () =>
    sql.all(
      "SELECT name FROM hosts WHERE state = 'gone' AND password_hash IS NOT NULL",
      (row) => row['name'] as string,
    ),
});

/** @param now the current time, ISO 8601 */
export const createHostRows = (sql: Sql, now: () => string): HostRows => {
  const one = (where: string, values: readonly Value[]): Host | undefined =>
    sql.get(`SELECT ${COLUMNS} FROM hosts WHERE ${where}`, toHost, [...values]);
  const getHost = (id: number): Host | undefined => one('id = ?', [id]);
  const findHost = (name: string): Host | undefined => one('name = ?', [name]);
  const roster = createRoster(sql);
  const change = (text: string, values: readonly Value[]): number =>
    roster.change(() => sql.run(text, [...values]).changes);
  return {
    getHost,
    findHost,
    listHosts: roster.list,
    inviteHost: ({ name: typed, createdBy, codeHash, codeEndsAt }) =>
      sql.atomically(() => {
        const name = parseHostName(typed);
        if (findHost(name)?.state === 'joined') {
          throw new AppError('integrity', `${name} has joined already. Choose another name, or let it go first.`);
        }
        change(
          `INSERT INTO hosts (name, state, created_by, created_at, code_hash, code_ends_at) VALUES (?, 'invited', ?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET state = 'invited', created_by = excluded.created_by,
             created_at = excluded.created_at, code_hash = excluded.code_hash, code_ends_at = excluded.code_ends_at,
             password_hash = NULL`,
          [name, createdBy, now(), codeHash, codeEndsAt],
        );
        return findHost(name) as Host;
      }),
    joinHost: (codeHash) =>
      sql.atomically(() => {
        const at = now();
        const host = one("code_hash = ? AND state = 'invited' AND code_ends_at > ?", [codeHash, at]);
        if (!host) return undefined;
        change("UPDATE hosts SET state = 'joined', joined_at = ?, code_hash = NULL, code_ends_at = NULL WHERE id = ?", [
          at,
          host.id,
        ]);
        return getHost(host.id);
      }),
    noteSeen: (id, { version, freeBytes, totalBytes, memory }) => {
      const set = assignments({ seenAt: now(), version, freeBytes, totalBytes, memory });
      return change(`UPDATE hosts SET ${set.text} WHERE id = ? AND state = 'joined'`, [...set.values, id]) > 0;
    },
    ...createPasswordRows(sql),
    letHostGo: (id) =>
      id !== THIS_HOST &&
      change(
        "UPDATE hosts SET state = 'gone', code_hash = NULL, code_ends_at = NULL WHERE id = ? AND state <> 'gone'",
        [id],
      ) > 0,
    bytesOnHost: (id) => sql.get(BYTES, numberOf, { id }) ?? 0,
    countOnHost: (id) =>
      sql.get(
        // What is still elsewhere is little, and found by itself: all others are counted in an index.
        `SELECT (SELECT count(*) FROM models WHERE host_id = :id)
             - (SELECT count(*) FROM models INDEXED BY idx_models_with_older CROSS JOIN copies ON copies.id = models.copy_id
               WHERE models.copy_id IS NOT NULL AND models.status <> 'completed' AND models.host_id = :id AND copies.host_id <> :id)`,
        numberOf,
        { id },
      ) ?? 0,
  };
};
