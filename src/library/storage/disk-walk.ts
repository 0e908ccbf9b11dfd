import type { Hosts } from '../../copies/hosts.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import { webFileParts } from '../../domain/repo/web-file.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RepoSum } from '../../store/storage/storage-sums.ts';
import type { Store } from '../../store/store.ts';
import { type Believed, createBelieved } from './believed.ts';

/** A part of what lies in a repository's folder. */
export interface FolderShare {
  readonly repoFolder: string;
  /** The repository, if a row knows it: its folder does not say where its id has a slash. */
  readonly repo: Pick<RepoSum, 'type' | 'id'> | undefined;
  readonly bytes: number;
}

/** What was found on the disk. */
export interface DiskReport {
  /** Milliseconds since the epoch. */
  readonly lookedAt: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** All that lies in the cache; a file with several names counts once. */
  readonly cacheBytes: number;
  /** Of these: of models that some library has. */
  readonly modelBytes: number;
  /** What has come of files that are not whole, or not needed before the rest is there; the largest first. */
  readonly partials: readonly (FolderShare & { readonly isAwaited: boolean })[];
  /** Complete files that no library has, the largest first. `isLeft`: of a model of which only the entry was removed. */
  readonly unowned: readonly (FolderShare & { readonly isLeft: boolean })[];
}

/** Looks through the whole cache, which may take minutes on a slow disk. */
export type DiskWalk = Believed<DiskReport>;

export interface DiskWalkDeps {
  readonly store: Store;
  readonly hosts: Pick<Hosts, 'of'>;
  readonly clock: Clock;
}

const sum = (shares: readonly Pick<FolderShare, 'bytes'>[]): number =>
  shares.reduce((total, { bytes }) => total + bytes, 0);

const largestFirst = <T extends FolderShare>(shares: readonly T[]): T[] =>
  shares.filter(({ bytes }) => bytes > 0).toSorted((left, right) => right.bytes - left.bytes);

const walk = async (
  { store, hosts, clock }: DiskWalkDeps,
  hostId: number,
  signal: AbortSignal,
): Promise<DiskReport> => {
  const copies = hosts.of(hostId);
  const repos = new Map<string, RepoSum>();
  for (const repo of await store.storage.repoSums(hostId)) repos.set(repoFolderName(repo), repo);
  // They lie beside the cache of the bot's machine, one place each: nothing but what their rows say.
  const webBytes = sum([...repos.values()].filter(({ id }) => webFileParts(id) !== undefined));
  const partials: (FolderShare & { readonly isAwaited: boolean })[] = [];
  const unowned: (FolderShare & { readonly isLeft: boolean })[] = [];
  let cacheBytes = 0;
  for await (const { repoFolder, ...found } of copies.list(signal)) {
    const repo = repos.get(repoFolder);
    const { bytes = 0, isAwaited = false, isLeft = false } = repo ?? {};
    const folder = { repoFolder, repo: repo && { type: repo.type, id: repo.id } };
    const once = found.bytes - found.toldBytes;
    cacheBytes += once;
    // Whole files that nothing shows yet wait for the rest of their copy.
    const arrived = found.partials.bytes + (isAwaited ? found.unshown.bytes : 0);
    partials.push({ ...folder, bytes: arrived, isAwaited });
    // What has names elsewhere is somebody else's as well.
    const rest = Math.min(once - arrived - bytes, found.bytes - found.sharedBytes - arrived);
    unowned.push({ ...folder, bytes: rest, isLeft });
  }
  signal.throwIfAborted();
  const [inPart, others] = [largestFirst(partials), largestFirst(unowned)];
  return {
    lookedAt: clock.now(),
    ...(await copies.room()),
    cacheBytes: cacheBytes + webBytes,
    modelBytes: Math.max(0, cacheBytes - sum(inPart) - sum(others)) + webBytes,
    partials: inPart,
    unowned: others,
  };
};

/** Of the disk of one machine: one walk at a time, however many ask. */
export const createDiskWalk = (deps: DiskWalkDeps, hostId: number): DiskWalk =>
  createBelieved((signal) => walk(deps, hostId, signal), deps.clock);
