import type { Copy } from '../../domain/copy.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Row } from '../database/row.ts';
import { numberOf, type Sql } from '../database/sql.ts';

/** How it is with a torrent that is given to others, or was. */
export interface TorrentSeed {
  /** Undefined: it is not given now. */
  readonly endsAt: string | undefined;
  readonly givenBytes: number;
  /** Why it is not given though it should be. */
  readonly refusal: 'links' | 'files' | 'peers' | 'aria2' | undefined;
}

/** A torrent that lies whole on this machine. */
export interface WholeTorrent extends Pick<Copy, 'id' | 'name' | 'commitSha'> {
  readonly sourceUrl: string;
  /** Where its folder, or its file, lies. */
  readonly path: string;
  /** When it was downloaded last. */
  readonly completedAt: string;
}

/** What is known of giving torrents to others. */
export interface TorrentSeeds {
  /** Those that were downloaded since then, with nothing missing or broken, the oldest copy first. A part of a torrent has another commit than its hash. */
  readonly torrentsSince: (since: string) => readonly WholeTorrent[];
  readonly torrentSeed: (copyId: number) => TorrentSeed | undefined;
  /** Adds to what was given, and notes how it is now. */
  readonly noteSeed: (copyId: number, seed: TorrentSeed) => void;
  /** Whatever is not among these is not given any more. */
  readonly endSeeds: (except: readonly number[]) => void;
}

const WHOLE = `SELECT copies.id, copies.name, copies.commit_sha, copies.source_url, copies.path, max(sessions.completed_at) AS completed_at
  FROM copies JOIN models ON models.copy_id = copies.id
    JOIN download_sessions AS sessions ON sessions.model_id = models.id AND sessions.status = 'completed'
  WHERE copies.keyless_url >= 'magnet:' AND copies.keyless_url < 'magnet;' AND copies.keyless_url LIKE '%:' || copies.commit_sha
    AND copies.state = 'complete' AND copies.host_id = ${THIS_HOST} AND copies.files_gone = 0 AND copies.files_broken = 0
    AND sessions.completed_at > ?
  GROUP BY copies.id ORDER BY copies.id`;

const toWhole = (row: Row): WholeTorrent => ({
  id: numberOf(row),
  name: String(row['name']),
  commitSha: String(row['commit_sha']),
  sourceUrl: String(row['source_url']),
  path: String(row['path']),
  completedAt: String(row['completed_at']),
});

const REFUSALS = ['links', 'files', 'peers', 'aria2'] as const;

const toSeed = (row: Row): TorrentSeed => ({
  endsAt: typeof row['ends_at'] === 'string' ? row['ends_at'] : undefined,
  givenBytes: Number(row['given_bytes']),
  refusal: REFUSALS.find((one) => one === row['refusal']),
});

/** The rows of torrents that are given to others. */
export const createTorrentSeeds = (sql: Sql): TorrentSeeds => ({
  torrentsSince: (since) => sql.all(WHOLE, toWhole, [since]),
  torrentSeed: (copyId) =>
    sql.get('SELECT ends_at, given_bytes, refusal FROM torrent_seeds WHERE copy_id = ?', toSeed, [copyId]),
  noteSeed: (copyId, { endsAt = null, givenBytes, refusal = null }) => {
    // A copy may have gone meanwhile.
    sql.run(
      `INSERT INTO torrent_seeds (copy_id, ends_at, given_bytes, refusal)
       SELECT id, :endsAt, :givenBytes, :refusal FROM copies WHERE id = :copyId
       ON CONFLICT DO UPDATE SET ends_at = excluded.ends_at, given_bytes = given_bytes + excluded.given_bytes, refusal = excluded.refusal
       WHERE ends_at IS NOT excluded.ends_at OR excluded.given_bytes > 0 OR refusal IS NOT excluded.refusal`,
      { copyId, endsAt, givenBytes, refusal },
    );
  },
  endSeeds: (except) => {
    const going = sql.all('SELECT copy_id FROM torrent_seeds WHERE ends_at IS NOT NULL', numberOf);
    if (going.every((id) => except.includes(id))) return;
    sql.run(
      `UPDATE torrent_seeds SET ends_at = NULL, refusal = NULL
       WHERE ends_at IS NOT NULL AND copy_id NOT IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(except)],
    );
  },
});
