/* store/web-files: what is known of files that are in no repository. */

import type { Copy, CopyKey } from '../../domain/copy.ts';
import type { Model } from '../../domain/model.ts';
import { withoutKeys } from '../../domain/repo/address-keys.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What is known of files from web addresses, by their addresses and by the names that they have here. */
export interface WebFiles {
  /** The copies of what lies at an address, the newest first. Whatever lets us in there does not matter. */
  readonly copiesFrom: (url: string) => readonly Pick<Copy, 'id' | 'name' | 'commitSha' | 'sourceUrl'>[];
  /** The numbers of a chat's models of what lies at an address, the newest first. */
  readonly modelsFrom: (chatId: Model['chatId'], url: string) => readonly number[];
  /** From now on what is in this state is fetched from there, by the newest key that somebody has given. */
  readonly setAddress: (copyId: number, url: string) => void;
  /** What other models of a chat are called that have a file with this content. */
  readonly namesWith: (sha256: string, model: Pick<Model, 'id' | 'chatId'>, limit: number) => readonly string[];
  /** Whether some copy has this name, in any letter case: disks need not tell them apart. */
  readonly hasName: (name: string) => boolean;
  /** The magnet links of all torrents of which there is a copy, or a row of one. */
  readonly torrentAddresses: () => readonly string[];
  /** Addresses that somebody has asked for, of so many requests behind this one. @returns undefined: there are no more */
  readonly addressesAsked: (
    after: number,
    most: number,
  ) => { readonly addresses: readonly string[]; readonly next: number | undefined };
}

/** Of a file from a web address: where it is, sealed, and the same without what lets its bearer in. */
export const addressFields = ({ sourceUrl }: Pick<CopyKey, 'sourceUrl'>): Readonly<Record<string, string>> =>
  typeof sourceUrl === 'string' ? { sourceUrl, keylessUrl: withoutKeys(sourceUrl) } : {};

/** The rows of files from web addresses. */
export const createWebFiles = (sql: Sql): WebFiles => ({
  copiesFrom: (url) =>
    sql.all(
      "SELECT id, name, commit_sha, source_url FROM copies WHERE keyless_url = ? AND state <> 'going' ORDER BY id DESC",
      (row) => ({
        id: numberOf(row),
        name: String(row['name']),
        commitSha: String(row['commit_sha']),
        sourceUrl: String(row['source_url']),
      }),
      [withoutKeys(url)],
    ),
  modelsFrom: (chatId, url) =>
    sql.all(
      `SELECT id FROM models WHERE chat_id = :chatId AND (wants_copy_id IN (SELECT id FROM copies WHERE keyless_url = :keyless)
         OR copy_id IN (SELECT id FROM copies WHERE keyless_url = :keyless)) ORDER BY id DESC`,
      numberOf,
      { chatId, keyless: withoutKeys(url) },
    ),
  setAddress: (copyId, url) => {
    sql.run('UPDATE copies SET source_url = ?, keyless_url = ? WHERE id = ? AND source_url IS NOT NULL', [
      url,
      withoutKeys(url),
      copyId,
    ]);
  },
  namesWith: (sha256, { id, chatId }, limit) =>
    sql.all(
      `SELECT DISTINCT models.name FROM copy_files JOIN models ON models.copy_id = copy_files.copy_id
       WHERE copy_files.etag = ? AND models.chat_id = ? AND models.id <> ? ORDER BY models.id LIMIT ?`,
      (row) => String(row['name']),
      [sha256, chatId, id, limit],
    ),
  hasName: (name) =>
    sql.get("SELECT 1 FROM copies WHERE source = 'url' AND lower(name) = lower(?) LIMIT 1", () => true, [name]) ??
    false,
  torrentAddresses: () =>
    sql.all("SELECT keyless_url FROM copies WHERE keyless_url >= 'magnet:' AND keyless_url < 'magnet;'", (row) =>
      String(row['keyless_url']),
    ),
  addressesAsked: (after, most) => {
    const rows = sql.all(
      "SELECT id, options ->> 'url' AS url FROM add_requests WHERE id > ? ORDER BY id LIMIT ?",
      (row) => ({ id: numberOf(row), url: row['url'] }),
      [after, most],
    );
    return {
      addresses: rows.flatMap(({ url }) => (typeof url === 'string' ? [url] : [])),
      next: rows.at(-1)?.id,
    };
  },
});
