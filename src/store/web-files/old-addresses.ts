import type Database from 'better-sqlite3';
import { withoutKeys } from '../../domain/repo/address-keys.ts';
import type { Row } from '../database/row.ts';
import type { Sql } from '../database/sql.ts';

/** Rows from before keys in addresses were sealed. */
export interface OldAddresses {
  /**
   * Seals the addresses of so many of them, in one transaction.
   * @returns how many were left to do before that, and of how many the address is another one now
   */
  readonly sealNext: (seal: (address: string) => string, most: number) => { readonly found: number; sealed: number };
  /** Writes the whole database anew, and empties SQLite's log: of what was replaced or deleted, nothing is left in its files. */
  readonly writeAnew: () => void;
}

interface Listed {
  readonly kind: string;
  readonly id: number;
  readonly number: number;
  readonly address: string | null;
}

const NEXT = `SELECT kind, id, number, CASE kind
    WHEN 'copy' THEN (SELECT source_url FROM copies WHERE copies.id = addresses_to_seal.id)
    WHEN 'request' THEN (SELECT options ->> '$.url' FROM add_requests WHERE add_requests.id = addresses_to_seal.id)
    ELSE (SELECT entry ->> '$.sourceUrl' FROM import_lines
      WHERE import_id = addresses_to_seal.id AND import_lines.number = addresses_to_seal.number) END AS address
  FROM addresses_to_seal LIMIT ?`;

const WRITE: Readonly<Record<string, string>> = {
  copy: 'UPDATE copies SET source_url = :sealed, keyless_url = :keyless WHERE id = :id AND :number = 0',
  request: "UPDATE add_requests SET options = json_set(options, '$.url', :sealed) WHERE id = :id AND :number = 0",
  line: "UPDATE import_lines SET entry = json_set(entry, '$.sourceUrl', :sealed) WHERE import_id = :id AND number = :number",
};

const toListed = (row: Row): Listed => ({
  kind: String(row['kind']),
  id: Number(row['id']),
  number: Number(row['number']),
  address: typeof row['address'] === 'string' ? row['address'] : null,
});

/** @param db the database itself: it is not written anew within a transaction */
export const createOldAddresses = (sql: Sql, db: Pick<Database.Database, 'exec' | 'pragma'>): OldAddresses => ({
  sealNext: (seal, most) =>
    sql.atomically(() => {
      const listed = sql.all(NEXT, toListed, [most]);
      let sealed = 0;
      for (const { kind, id, number, address } of listed) {
        const now = address === null ? null : seal(address);
        if (now !== null && (now !== address || kind === 'copy')) {
          const more = kind === 'copy' ? { keyless: withoutKeys(now) } : {};
          sql.run(WRITE[kind] ?? '', { id, number, sealed: now, ...more });
          if (now !== address) sealed += 1;
        }
        sql.run('DELETE FROM addresses_to_seal WHERE kind = ? AND id = ? AND number = ?', [kind, id, number]);
      }
      return { found: listed.length, sealed };
    }),
  writeAnew: () => {
    db.exec('VACUUM');
    db.pragma('wal_checkpoint(TRUNCATE)');
  },
});
