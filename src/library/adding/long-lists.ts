import { selectionKey } from '../../domain/files/selection.ts';
import { insertModel } from './insertion/insert.ts';
import type { InsertDeps, Insertion } from './insertion/insertion.ts';

/**
 * `insertModel` for a list of any length: it is written down before, a slice at a time, with a copy that nobody wants yet.
 * One transaction for a hundred thousand rows would keep everybody waiting for a second.
 * @returns as `insertModel`
 * @throws the signal's reason
 */
export const insertLongModel = async (
  deps: InsertDeps,
  insertion: Insertion,
  signal: AbortSignal,
): Promise<boolean> => {
  const { ref, listing, selection, target } = insertion;
  const name = { repoType: ref.type, name: ref.id, sourceUrl: ref.url ?? null };
  const key = { ...name, commitSha: listing.commit, selection: selectionKey(selection), hostId: target.hostId };
  const held = await deps.store.copies.list(key, insertion, signal);
  try {
    return insertModel(deps, insertion);
  } finally {
    held.letGo();
  }
};
