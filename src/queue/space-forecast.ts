import type { RepoFile, RepoListing } from '../domain/listing.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
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
  readonly copies: Pick<Executor, 'freeBytes' | 'missingBytes'>;
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

/** What is free once all that runs has come. */
const freeAfterFlows = ({ flows, hostId: here }: SpaceForecastDeps, freeBytes: number): number =>
  freeBytes - flows().reduce((sum, { remainingBytes, hostId }) => sum + (hostId === here ? remainingBytes : 0), 0);

/** What is free after each that waits, in its order. */
const lookAhead = (deps: SpaceForecastDeps, freeBytes: number): Map<number, number> => {
  const { models } = deps.store;
  const running = models.downloadingIds().flatMap((id) => models.getModel(id) ?? []);
  const seen = new Set(running.map(({ wantsCopyId }) => wantsCopyId));
  let free = freeAfterFlows(deps, freeBytes);
  const after = new Map<number, number>();
  for (const { id, wantsCopyId, missingBytes, hostId } of models.order()) {
    if (hostId !== deps.hostId) continue;
    if (wantsCopyId === null || !seen.has(wantsCopyId)) free -= missingBytes;
    seen.add(wantsCopyId);
    after.set(id, free);
  }
  return after;
};

/** Looks at the disk when it is asked, and not oftener than every few seconds. */
export const createSpaceForecast = (deps: SpaceForecastDeps): SpaceForecast => {
  const { store, copies, clock, log } = deps;
  let known: ReadonlyMap<number, number> = new Map();
  let kept = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const isDue = (): boolean => clock.monotonic() - lookedAt >= TTL_MS;
  const look = async (): Promise<number> => {
    const isWanted = isDue();
    if (isWanted) lookedAt = clock.monotonic();
    const freeBytes = await copies.freeBytes();
    if (isWanted) kept = await deps.keptBytes();
    if (isWanted) known = lookAhead(deps, freeBytes + kept);
    return freeBytes + kept;
  };

  return {
    freeAfter: (id) => {
      if (isDue()) {
        look().catch((error: unknown) =>
          log.debug({ err: error }, 'What will be free on the disk could not be worked out'),
        );
      }
      return known.get(id);
    },
    spaceFor: async (repo, files) => {
      const freeBytes = freeAfterFlows(deps, await look()) - store.models.bytesToCome(deps.hostId);
      const commits = [repo.commit];
      const wanted = { repoFolder: repoFolderName(repo), files, commits, maxAgeMs: OTHERS_MS };
      return { freeBytes, missingBytes: await copies.missingBytes(wanted) };
    },
  };
};
