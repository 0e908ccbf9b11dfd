import type { RepoFile, RepoListing } from '../domain/listing.ts';
import type { Model } from '../domain/model.ts';
import { repoFolderName } from '../domain/repo/repo.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import type { Copies } from '../copies/copies.ts';
import type { Flow } from './estimates.ts';

/** Space on the disk, in bytes, as far as some files are concerned. */
export interface Space {
  /** Less what everything that runs or waits will still take. */
  readonly freeBytes: number;
  /** What of these files has still to come, given what lies on the disk. */
  readonly missingBytes: number;
}

/** What will be left of the disk, everything counted that comes before. */
export interface Outlook {
  /** Free bytes once this waiting model has come; below zero if there is too little. undefined: not known yet. */
  readonly freeAfter: (id: number) => number | undefined;
  /** What is free less what everything that runs or waits will still take, and what of these files is not there yet. */
  readonly spaceFor: (repo: Pick<RepoListing, 'type' | 'id' | 'commit'>, files: readonly RepoFile[]) => Promise<Space>;
}

export interface OutlookDeps {
  readonly store: Store;
  readonly copies: Pick<Copies, 'freeBytes' | 'missingBytes'>;
  readonly flows: () => Flow[];
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a look at the disk is believed: every card that waits asks at each look. */
const TTL_MS = 3000;

/** What still has to come of a model that waits. */
const missingOf = ({ store }: OutlookDeps, { id, sizeBytes, metadata }: Model): number => {
  const present = metadata?.presentBytes ?? 0;
  const arrived = store.sessions.openSession(id)?.bytesDownloaded ?? 0;
  return Math.max(0, (sizeBytes ?? 0) - Math.max(present, arrived));
};

/** What is free after each that waits, in its order, beginning with what is free after all that runs. */
const lookAhead = (deps: OutlookDeps, freeBytes: number): { after: Map<number, number>; free: number } => {
  const { models } = deps.store;
  const running = models.downloadingIds().flatMap((id) => models.getModel(id) ?? []);
  const seen = new Set(running.map(({ wantsCopyId }) => wantsCopyId));
  let free = freeBytes - deps.flows().reduce((sum, { remainingBytes }) => sum + remainingBytes, 0);
  const after = new Map<number, number>();
  for (const model of models.waiting()) {
    const { wantsCopyId } = model;
    if (wantsCopyId === null || !seen.has(wantsCopyId)) free -= missingOf(deps, model);
    seen.add(wantsCopyId);
    after.set(model.id, free);
  }
  return { after, free };
};

export const createOutlook = (deps: OutlookDeps): Outlook => {
  const { copies, clock, log } = deps;
  let known: ReadonlyMap<number, number> = new Map();
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<number> => {
    const freeBytes = await copies.freeBytes();
    const { after, free } = lookAhead(deps, freeBytes);
    known = after;
    return free;
  };

  return {
    freeAfter: (id) => {
      const now = clock.monotonic();
      if (now - lookedAt >= TTL_MS) {
        lookedAt = now;
        look().catch((error: unknown) =>
          log.debug({ err: error }, 'What will be free on the disk could not be worked out'),
        );
      }
      return known.get(id);
    },
    spaceFor: async (repo, files) => {
      const freeBytes = await look();
      const commits = [repo.commit];
      const wanted = { repoFolder: repoFolderName(repo), files, commits, maxAgeMs: TTL_MS };
      return { freeBytes, missingBytes: await copies.missingBytes(wanted) };
    },
  };
};
