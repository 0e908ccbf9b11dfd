import type { Copy } from '../../domain/copy.ts';
import type { RemovedModel } from '../../domain/removals/removed-model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Store } from '../../store/store.ts';
import type { Executor } from '../../copies/executor.ts';

interface KeptBytesDeps {
  readonly store: Store;
  readonly copies: Pick<Executor, 'missingBytes'>;
}

/** How long what lies in other repositories' folders is believed. */
const OTHERS_MS = 30_000;

/** What goes from the disk with a removed model: no library has it, and it is neither to stay nor somebody else's. */
export const copiesThatGo = ({ copies }: Store, { taking, copyId, wantsCopyId }: RemovedModel): Copy[] =>
  [...new Set([copyId, wantsCopyId])].flatMap((id) => {
    const copy = id === null ? undefined : copies.getCopy(id);
    if (!copy || copies.isShared(copy.id, 0)) return [];
    const goes = copy.path === null || taking === 'all' || (taking === 'ours' && copy.madeBy !== 'other');
    return goes ? [copy] : [];
  });

/** What of a copy would go from the disk if it were kept no longer. */
const bytesOf = async ({ store, copies }: KeptBytesDeps, copy: Copy): Promise<number> => {
  const among = await store.copies.readAmongOthers(copy);
  const own = among.filter(({ isBlobNeeded, isMadeByOther }) => !isBlobNeeded && !isMadeByOther);
  const all = new Map(own.map(({ etag, size }) => [etag, size])).values().reduce((sum, size) => sum + size, 0);
  const files = own.map(({ path, size, etag }) => ({ path, size, etag }));
  const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
  const wanted = { repoFolder, files, commits: [copy.commitSha], maxAgeMs: OTHERS_MS };
  return all - (await copies.missingBytes(wanted));
};

/**
 * Bytes on the disk that only removals keep which can still be undone: whoever needs room gets them before anything is refused,
 * so they are as good as free.
 */
export const keptBytes = async (deps: KeptBytesDeps): Promise<number> => {
  const { store } = deps;
  const going = new Map(
    store.removedModels.kept().flatMap((removed) => copiesThatGo(store, removed).map((copy) => [copy.id, copy])),
  );
  let bytes = 0;
  for (const copy of going.values()) bytes += await bytesOf(deps, copy);
  return bytes;
};
