import type { Copy } from '../../domain/copy.ts';
import type { Model } from '../../domain/model.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** What is known of files from web addresses, by their addresses and by the names that they have here. */
export interface WebFiles {
  /** The copies of what lies at an address, the newest first. */
  readonly copiesFrom: (url: string) => readonly Pick<Copy, 'id' | 'name' | 'commitSha'>[];
  /** The numbers of a chat's models of what lies at an address, the newest first. */
  readonly modelsFrom: (chatId: Model['chatId'], url: string) => readonly number[];
  /** Whether some copy has this name, in any letter case: disks need not tell them apart. */
  readonly hasName: (name: string) => boolean;
}

/** The rows of files from web addresses. */
export const createWebFiles = (sql: Sql): WebFiles => ({
  copiesFrom: (url) =>
    sql.all(
      "SELECT id, name, commit_sha FROM copies WHERE source_url = ? AND state <> 'going' ORDER BY id DESC",
      (row) => ({ id: numberOf(row), name: String(row['name']), commitSha: String(row['commit_sha']) }),
      [url],
    ),
  modelsFrom: (chatId, url) =>
    sql.all(
      `SELECT id FROM models WHERE chat_id = :chatId AND (wants_copy_id IN (SELECT id FROM copies WHERE source_url = :url)
         OR copy_id IN (SELECT id FROM copies WHERE source_url = :url)) ORDER BY id DESC`,
      numberOf,
      { chatId, url },
    ),
  hasName: (name) =>
    sql.get("SELECT 1 FROM copies WHERE source = 'url' AND lower(name) = lower(?) LIMIT 1", () => true, [name]) ??
    false,
});
