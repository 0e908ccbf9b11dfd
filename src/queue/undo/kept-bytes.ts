import { setImmediate as breathe } from 'node:timers/promises';
import type { Copy } from '../../domain/copy.ts';
import type { RepoFile } from '../../domain/listing.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Kept } from '../../store/removals/removed-models.ts';
import type { Store } from '../../store/store.ts';
import type { Executor } from '../../copies/executor.ts';

interface KeptBytesDeps {
  readonly store: Store;
  /** Of this host. */
  readonly hostId: number;
  readonly copies: Pick<Executor, 'missingBytes'>;
}

/** How long what lies in other repositories' folders is believed. */
const OTHERS_MS = 30_000;

/** What goes from the disk with a removed model: no library has it, and it is neither to stay nor somebody else's. */
const copiesThatGo = ({ copies }: Store, { taking, copyId, wantsCopyId }: Kept): Copy[] =>
  [...new Set([copyId, wantsCopyId])].flatMap((id) => {
    const copy = id === null ? undefined : copies.getCopy(id);
    if (!copy || copies.isShared(copy.id, 0)) return [];
    const goes = copy.path === null || taking === 'all' || (taking === 'ours' && copy.madeBy !== 'other');
    return goes ? [copy] : [];
  });

/** Each is a question or two to the database; then everything else has its turn. */
const ASKED_AT_ONCE = 100;

/** Removals with which something goes from the disk of one of these hosts, the oldest first. */
export async function* removalsThatGo(
  store: Store,
  hosts: readonly number[],
): AsyncIterable<{ readonly modelId: number; readonly copies: readonly Copy[] }> {
  for (let offset = 0; ; offset += ASKED_AT_ONCE) {
    const page = store.removedModels.kept({ limit: ASKED_AT_ONCE, offset });
    for (const kept of page) {
      const copies = copiesThatGo(store, kept);
      if (copies.some(({ hostId }) => hosts.includes(hostId))) yield { modelId: kept.modelId, copies };
    }
    if (page.length < ASKED_AT_ONCE) return;
    await breathe();
  }
}

/** What of a copy would go from the disk if it were kept no longer. */
const bytesOf = async ({ store, copies }: KeptBytesDeps, copy: Copy): Promise<number> => {
  const files: RepoFile[] = [];
  const seen = new Set<string>();
  let all = 0;
  for await (const part of store.copies.readAmongOthers(copy)) {
    for (const { path, size, etag, isBlobNeeded, isMadeByOther } of part) {
      if (isBlobNeeded || isMadeByOther) continue;
      files.push({ path, size, etag });
      if (!seen.has(etag)) all += size;
      seen.add(etag);
    }
  }
  const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
  const wanted = { repoFolder, files, commits: [copy.commitSha], maxAgeMs: OTHERS_MS };
  return all - (await copies.missingBytes(wanted));
};

/**
 * Bytes on the disk of a host that only removals keep which can still be undone: whoever needs room gets them before anything is refused,
 * so they are as good as free.
 */
export const keptBytes = async (deps: KeptBytesDeps): Promise<number> => {
  const going = new Map<number, Copy>();
  for await (const { copies } of removalsThatGo(deps.store, [deps.hostId]))
    for (const copy of copies) if (copy.hostId === deps.hostId) going.set(copy.id, copy);
  let bytes = 0;
  for (const copy of going.values()) bytes += await bytesOf(deps, copy);
  return bytes;
};
