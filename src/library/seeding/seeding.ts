/* library/seeding: which torrents are given to others, and for how long. */

import { join } from 'node:path';
import { pathInTorrent } from '../../domain/repo/web-file.ts';
import { inSlices } from '../../lib/async/slices.ts';
import { toIso, type WallClock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { SeedLook, Seeds, SeedWanted } from '../../sources/port.ts';
import type { Store } from '../../store/store.ts';
import type { WholeTorrent } from '../../store/web-files/torrent-seeds.ts';

export interface SeedingDeps {
  readonly store: Pick<Store, 'webFiles' | 'copies'>;
  readonly seeds: Seeds;
  /** For how long a torrent is given to others after it was downloaded; 0: not at all. */
  readonly hours: () => number;
  /** Bytes per second for everything; undefined: no limit. */
  readonly bandwidthLimit: () => number | undefined;
  /** Whether an owner holds all downloads: then nothing is given either. */
  readonly isHeld: () => boolean;
  readonly clock: WallClock;
  readonly log: Log;
}

/** Has torrents that have come given to others for as long as the owner wants. */
export interface Seeding {
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

const LOOK_MS = 2000;
const HOUR_MS = 3_600_000;

const wantedOf = ({ store }: SeedingDeps, { id, name, path, sourceUrl }: WholeTorrent): SeedWanted => ({
  url: sourceUrl,
  paths: async () => {
    const paths = new Map<string, string>();
    await inSlices(await store.copies.readCopyFiles(id), (slice) => {
      for (const file of slice) paths.set(pathInTorrent(name, file.path), join(path, file.path));
    });
    return paths;
  },
});

/** Notes how it goes with it; that it is not given is logged once. */
const note = (deps: SeedingDeps, { id, name }: WholeTorrent, endsAt: string, look: SeedLook): void => {
  const { store, log } = deps;
  const { givenBytes, refusal } = look;
  const before = store.webFiles.torrentSeed(id);
  const isNews = before?.endsAt !== endsAt || before.refusal !== refusal;
  // Nothing is written every few seconds while nobody takes anything.
  if (!isNews && givenBytes === 0) return;
  store.webFiles.noteSeed(id, { endsAt, givenBytes, refusal });
  if (!isNews) return;
  if (refusal === undefined) log.info({ model: name, until: endsAt }, 'A torrent is given to others');
  else log.warn({ model: name, refusal }, 'A torrent is not given to others');
};

const createLook = (deps: SeedingDeps) => {
  /** By their hashes: those that were to be given at the last look; undefined: there was none. */
  let last: ReadonlyMap<string, WholeTorrent> | undefined;
  return async (): Promise<void> => {
    const { store, seeds, hours, bandwidthLimit, isHeld, clock } = deps;
    const ms = isHeld() ? 0 : hours() * HOUR_MS;
    const found = ms === 0 ? [] : store.webFiles.torrentsSince(toIso(clock.now() - ms));
    if (found.length === 0 && last?.size === 0) return;
    // Of several with the same files the oldest.
    const now = new Map(found.toReversed().map((torrent) => [torrent.commitSha, torrent]));
    const wanted = new Map([...now].map(([infoHash, torrent]) => [infoHash, wantedOf(deps, torrent)]));
    const looks = await seeds.seed(wanted, bandwidthLimit());
    for (const [infoHash, look] of looks) {
      const torrent = now.get(infoHash) ?? last?.get(infoHash);
      if (torrent) note(deps, torrent, toIso(Date.parse(torrent.completedAt) + ms), look);
    }
    store.webFiles.endSeeds([...now].flatMap(([infoHash, { id }]) => (looks.has(infoHash) ? [id] : [])));
    last = now;
  };
};

/** Nothing is given before `start`; what was given before a restart goes on until its time is over. */
export const createSeeding = (deps: SeedingDeps): Seeding => {
  let ticker: Ticker | undefined;
  return {
    start: () => {
      ticker ??= startTicker(LOOK_MS, createLook(deps), (error) =>
        deps.log.error({ err: error }, 'Torrents could not be given to others'),
      );
    },
    close: async () => ticker?.close(),
  };
};
