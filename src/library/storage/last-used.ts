import type { Hosts } from '../../copies/hosts.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Candidate } from '../../store/storage/candidates.ts';
import type { Store } from '../../store/store.ts';

/** When a copy was last used: somebody read its files, wrote them where reading is not noted, or asked for it. */
export interface Used {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: 'read' | 'change' | 'people';
}

export interface LastUsedDeps {
  readonly store: Store;
  readonly hosts: Pick<Hosts, 'of'>;
}

/**
 * Asks the disk that it lies on, and the rows.
 * @returns undefined if nothing of the copy is there
 * @throws AppError unavailable: its machine is away
 */
export const lastUsed = async ({ store, hosts }: LastUsedDeps, copy: Candidate): Promise<Used | undefined> => {
  const onDisk = await hosts.of(copy.hostId).lastUse({
    repoFolder: repoFolderName({ type: copy.repoType, id: copy.name }),
    commit: copy.commitSha,
    files: await store.copies.readCopyFiles(copy.id),
  });
  const askedAt = Date.parse(copy.askedAt);
  if (!onDisk) return undefined;
  return askedAt > onDisk.at ? { at: askedAt, by: 'people' } : onDisk;
};
