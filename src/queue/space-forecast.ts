import type { RepoFile, RepoListing } from '../domain/listing.ts';
import type { SourceName } from '../domain/copy.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import { sourceOf, webFileId } from '../domain/repo/web-file.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { QueueEntry } from '../store/downloads/start-order.ts';
import type { Store } from '../store/store.ts';
import type { Executor } from '../copies/executor.ts';
import type { Flow } from './estimates.ts';

/** Space on the disk, in bytes, as far as some files are concerned. */
export interface Space {
  /** Less what everything that runs or waits will still take. */
  readonly freeBytes: number;
  /** What of these files has still to come, given what lies on the disk. */
  readonly missingBytes: number;
}

/** What will be left of the disk of a host, everything counted that comes before. */
export interface SpaceForecast {
  /** Free bytes once this waiting model has come; below zero if there is too little. undefined: not known yet. */
  readonly freeAfter: (id: number) => number | undefined;
  /** What is free less what everything that runs or waits will still take, and what of these files is not there yet. */
  readonly spaceFor: (repo: Pick<RepoListing, 'type' | 'id' | 'commit'>, files: readonly RepoFile[]) => Promise<Space>;
}

export interface SpaceForecastDeps {
  readonly store: Store;
  /** Of this host. */
  readonly hostId: number;
  readonly copies: Pick<Executor, 'freeBytes' | 'diskOf' | 'missingBytes'>;
  readonly flows: () => Flow[];
  /** Bytes that are given back as soon as anything needs them. */
  readonly keptBytes: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a look at the disk is believed: every card that waits asks at each look. */
const TTL_MS = 3000;
/** How long what lies in other repositories' folders is believed: to look through thousands of them takes a while. */
const OTHERS_MS = 30_000;

/** Folders of which one lies in the cache and the other where files from web addresses do. */
const FOLDERS = {
  hub: repoFolderName({ type: 'model', id: 'gpt2' }),
  url: repoFolderName({ type: 'model', id: webFileId('custom', 'file') }),
} as const satisfies Record<SourceName, string>;

/** What is free for what comes from one source, or from either where both are written to one disk. */
interface Room {
  readonly free: Readonly<Record<SourceName, number>>;
  /** Files from web addresses have a disk of their own. */
  readonly isApart: boolean;
}

/** What is free once all that runs has come that is written to the same disk. */
const freeAfterFlows = (
  { flows, hostId: here }: SpaceForecastDeps,
  { free, isApart }: Room,
  source: SourceName,
): number =>
  flows()
    .filter(({ hostId, source: from = 'hub' }) => hostId === here && (!isApart || from === source))
    .reduce((left, { remainingBytes }) => left - remainingBytes, free[source]);

/** What all that waits takes in its order, by the disk: of each model what has been taken when it has come. */
interface Ahead {
  /** It holds for these alone. */
  readonly order: readonly QueueEntry[];
  readonly running: string;
  readonly isApart: boolean;
  readonly taken: Readonly<Record<SourceName, ReadonlyMap<number, number>>>;
}

/** What is free now, and what will be taken of it. */
interface Known {
  readonly free: Readonly<Record<SourceName, number>>;
  readonly ahead: Ahead;
}

/** @param before what was worked out last: of ten thousand that wait, as long as nothing has changed among them, only what is free is new */
const lookAhead = (
  { store: { models }, hostId: here }: SpaceForecastDeps,
  { isApart }: Room,
  before?: Ahead,
): Ahead => {
  const copies = models.downloadingIds().map((id) => models.getModel(id)?.wantsCopyId ?? null);
  const running = JSON.stringify(copies);
  const order = models.order();
  if (before?.order === order && before.running === running && before.isApart === isApart) return before;
  const seen = new Set(copies);
  const sum = { hub: 0, url: 0 };
  const taken = { hub: new Map<number, number>(), url: new Map<number, number>() };
  for (const { id, source: from, wantsCopyId, missingBytes, hostId } of order) {
    if (hostId !== here) continue;
    const source = isApart ? from : 'hub';
    if (wantsCopyId === null || !seen.has(wantsCopyId)) sum[source] += missingBytes;
    seen.add(wantsCopyId);
    taken[source].set(id, sum[source]);
  }
  return { order, running, isApart, taken };
};

const freeAfterIn = ({ free, ahead: { taken } }: Known, id: number): number | undefined => {
  for (const source of ['hub', 'url'] as const) {
    const bytes = taken[source].get(id);
    if (bytes !== undefined) return free[source] - bytes;
  }
  return undefined;
};

/** Looks at the disk when it is asked, and not oftener than every few seconds. */
export const createSpaceForecast = (deps: SpaceForecastDeps): SpaceForecast => {
  const { store, copies, clock, log } = deps;
  let known: Known | undefined;
  let kept = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const isDue = (): boolean => clock.monotonic() - lookedAt >= TTL_MS;
  const look = async (): Promise<Room> => {
    const isWanted = isDue();
    if (isWanted) lookedAt = clock.monotonic();
    const [hub, url, ...disks] = await Promise.all([
      copies.freeBytes(FOLDERS.hub),
      copies.freeBytes(FOLDERS.url),
      copies.diskOf(FOLDERS.hub),
      copies.diskOf(FOLDERS.url),
    ]);
    if (isWanted) kept = await deps.keptBytes();
    const isApart = disks[0] !== disks[1];
    // What is kept lies in the cache, but for little.
    const room = { free: { hub: hub + kept, url: isApart ? url : url + kept }, isApart };
    if (isWanted)
      known = {
        free: { hub: freeAfterFlows(deps, room, 'hub'), url: freeAfterFlows(deps, room, 'url') },
        ahead: lookAhead(deps, room, known?.ahead),
      };
    return room;
  };

  return {
    freeAfter: (id) => {
      if (isDue()) {
        look().catch((error: unknown) =>
          log.debug({ err: error }, 'What will be free on the disk could not be worked out'),
        );
      }
      return known && freeAfterIn(known, id);
    },
    spaceFor: async (repo, files) => {
      const room = await look();
      const source = room.isApart ? sourceOf(repo.id) : 'hub';
      const toCome = store.models.bytesToCome(deps.hostId, room.isApart ? source : undefined);
      const freeBytes = freeAfterFlows(deps, room, source) - toCome;
      const commits = [repo.commit];
      const wanted = { repoFolder: repoFolderName(repo), files, commits, maxAgeMs: OTHERS_MS };
      return { freeBytes, missingBytes: await copies.missingBytes(wanted) };
    },
  };
};
