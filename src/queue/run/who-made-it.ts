import type { Executor } from '../../copies/executor.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Store } from '../../store/store.ts';

/**
 * Before the first byte: what lies there, and is of no copy that hubgram has made, somebody else has put there. Of what is known
 * no more, since only its entry was removed, that is believed too: it is not taken away by mistake.
 * @param files all of the copy
 */
export const noteWhoMadeIt = async (
  { copies, store }: { readonly copies: Pick<Executor, 'filesThere'>; readonly store: Store },
  copyId: number | null,
  files: readonly RepoFile[],
): Promise<void> => {
  const copy = copyId === null ? undefined : store.copies.getCopy(copyId);
  if (!copy || copy.madeBy !== null) return;
  const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
  const there = await copies.filesThere({ repoFolder, files, commit: copy.commitSha });
  const others = await store.copies.madeByOthers(copy, there);
  const isWhole = files.length > 0 && others.length === files.length;
  if (!isWhole) await store.copies.setMadeByOther(copy.id, others);
  store.copies.setMadeBy(copy.id, isWhole ? 'other' : 'hubgram');
};
