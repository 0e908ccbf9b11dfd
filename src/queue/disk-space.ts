import { AppError } from '../domain/errors.ts';
import type { RepoFile } from '../domain/listing.ts';
import { formatBytes } from '../lib/text/bytes.ts';
import type { Executor } from '../copies/executor.ts';

/** A copy's files, that are to be written below one folder of the cache. */
export interface Wanted {
  /** null: a model that was made without one. */
  readonly copyId: number | null;
  readonly repoFolder: string;
  readonly files: readonly RepoFile[];
  readonly commit: string | null;
}

/** The space on the disk, shared out among downloads before they begin. */
export interface DiskSpace {
  /**
   * Reserves the space that these files still need. Who asks first is answered first; before anything is refused, what is
   * kept only as long as nobody needs its room is taken away.
   * @returns gives it back
   * @throws AppError no_space that says how much is missing, or how much over the limit it would be
   */
  readonly reserve: (wanted: Wanted) => Promise<() => void>;
}

export interface DiskSpaceDeps {
  readonly copies: Pick<Executor, 'missingBytes' | 'freeBytes' | 'diskOf'>;
  /** What must stay free, in bytes. */
  readonly minFreeBytes: () => number;
  /** What all models may take together, in bytes; undefined = no limit. */
  readonly maxTotalBytes: () => number | undefined;
  /** Bytes of all copies that are there, and of these. */
  readonly storedBytesWith: (copyIds: readonly number[]) => Promise<number>;
  /** Takes away something that is only kept as long as nobody needs its room. @returns false if there is nothing */
  readonly makeRoom: () => Promise<boolean>;
}

/** What all of them still have to write; a blob that several want is written once. */
const missingOf = async ({ copies }: DiskSpaceDeps, all: readonly Wanted[]): Promise<number> => {
  const folders = Map.groupBy(all, ({ repoFolder }) => repoFolder);
  const missing = await Promise.all(
    [...folders].map(([repoFolder, wanted]) =>
      copies.missingBytes({
        repoFolder,
        files: wanted.flatMap(({ files }) => files),
        commits: [...new Set(wanted.flatMap(({ commit }) => commit ?? []))],
      }),
    ),
  );
  return missing.reduce((sum, bytes) => sum + bytes, 0);
};

/**
 * What else is claimed counts when it is given room: two that are let go at once must not keep each other out.
 * @param all the last one is to be given room
 * @returns why it would be too much
 */
const overLimit = async (deps: DiskSpaceDeps, all: readonly Wanted[]): Promise<AppError | undefined> => {
  const limit = deps.maxTotalBytes();
  const idsOf = (some: readonly Wanted[]): number[] => some.flatMap(({ copyId }) => copyId ?? []);
  const ids = idsOf(all);
  const excess = limit === undefined ? 0 : (await deps.storedBytesWith(ids)) - limit;
  if (limit === undefined || excess <= 0) return undefined;
  const already = await deps.storedBytesWith(idsOf(all.slice(0, -1)));
  const now =
    already >= limit
      ? `they take ${formatBytes(already)} already`
      : `this one would take ${formatBytes(excess)} more than that`;
  return new AppError('no_space', `All models together may take ${formatBytes(limit)}; ${now}.`);
};

/** Those that are written to the same disk: files from web addresses may have one of their own. */
const onDiskOf = async (
  { copies }: DiskSpaceDeps,
  { repoFolder }: Wanted,
  taken: ReadonlySet<Wanted>,
): Promise<readonly Wanted[]> => {
  const disk = await copies.diskOf(repoFolder);
  const folders = new Set([...taken].map((one) => one.repoFolder));
  const disks = new Map<string, string>();
  for (const folder of folders) disks.set(folder, await copies.diskOf(folder));
  return [...taken].filter((one) => disks.get(one.repoFolder) === disk);
};

/** @returns why there is no room for it */
const refusalOf = async (
  deps: DiskSpaceDeps,
  wanted: Wanted,
  taken: ReadonlySet<Wanted>,
): Promise<AppError | undefined> => {
  const excess = await overLimit(deps, [...taken, wanted]);
  if (excess) return excess;
  const alone = await missingOf(deps, [wanted]);
  if (alone === 0) return undefined;
  const beside = await onDiskOf(deps, wanted, taken);
  const together = beside.length === 0 ? alone : await missingOf(deps, [...beside, wanted]);
  const usable = (await deps.copies.freeBytes(wanted.repoFolder)) - deps.minFreeBytes();
  if (together <= usable) return undefined;
  // One number that is enough: what others have been given room for is not free, though it looks so.
  const more = `${formatBytes(together - usable)} more room is needed on the disk`;
  return new AppError('no_space', beside.length === 0 ? `${more}.` : `${more}, with what other downloads will take.`);
};

const check = async (deps: DiskSpaceDeps, wanted: Wanted, taken: ReadonlySet<Wanted>): Promise<void> => {
  for (;;) {
    const refusal = await refusalOf(deps, wanted, taken);
    if (!refusal) return;
    if (!(await deps.makeRoom())) throw refusal;
  }
};

/** Nothing is reserved at first. */
export const createDiskSpace = (deps: DiskSpaceDeps): DiskSpace => {
  const taken = new Set<Wanted>();
  let last: Promise<unknown> = Promise.resolve();

  const takeNow = async (wanted: Wanted): Promise<() => void> => {
    await check(deps, wanted, taken);
    const mine = { ...wanted };
    taken.add(mine);
    return () => taken.delete(mine);
  };

  return {
    // One after the other: two that ask at once must not both be given the same room, nor keep each other out.
    reserve: (wanted) => {
      const turn = last.then(() => takeNow(wanted));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
};
