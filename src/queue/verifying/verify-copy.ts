/* queue/verifying: copies read again or taken over, and what their rows say then. */

import type { Copy } from '../../domain/copy.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Executor, Verdict, VerifyState } from '../../copies/executor.ts';
import type { Hosts } from '../../copies/hosts.ts';
import type { Store } from '../../store/store.ts';

/** What the reading of a copy came to. */
export type Verified =
  | { readonly kind: 'right'; readonly files: number; readonly bytes: number }
  | (Verdict & { readonly kind: 'faulty'; readonly files: number; readonly bytes: number })
  /** It was given up, or begun anew, while it was read: what was seen says nothing of what is there now. */
  | { readonly kind: 'changed' };

/** A copy that is being read. */
export interface ReadingCopy {
  /** How far it is; undefined before the first file. */
  readonly state: () => VerifyState | undefined;
  /** Rejects with an AppError if it cannot be read, or with the signal's reason. */
  readonly done: Promise<Verified>;
}

/** Complete copies, read anew. */
export interface CopyVerifying {
  /**
   * Reads all of a copy, and notes what is wrong with it: cards of all models that have it say so. Nothing is fetched for that.
   * @returns undefined if it is not complete, or no model has it
   */
  readonly verifyCopy: (copyId: number, signal: AbortSignal) => ReadingCopy | undefined;
}

export interface CopyVerifyingDeps {
  readonly store: Store;
  readonly hosts: Pick<Hosts, 'of'>;
}

const completeCopy = ({ store }: CopyVerifyingDeps, id: number): Copy | undefined => {
  const copy = store.copies.getCopy(id);
  return copy?.state === 'complete' && store.copies.isHad(id) ? copy : undefined;
};

/** @param before the copy as it was when the reading began */
const note = (deps: CopyVerifyingDeps, before: Copy, verdict: Verdict, read: VerifyState): Verified =>
  deps.store.atomically(() => {
    const { missing, broken } = verdict;
    const { filesTotal: files, bytesDone: bytes } = read;
    if (completeCopy(deps, before.id)?.generation !== before.generation) return { kind: 'changed' };
    if (missing.length + broken.length === 0) {
      deps.store.copies.setVerified(before.id);
      return { kind: 'right', files, bytes };
    }
    deps.store.copies.setFilesFaulty(before.id, missing.length, broken.length);
    return { kind: 'faulty', files, bytes, missing, broken };
  });

/** Reads copies by the executor's hand, one after the other. */
export const createCopyVerifying = (deps: CopyVerifyingDeps): CopyVerifying => ({
  verifyCopy: (copyId, signal) => {
    const copy = completeCopy(deps, copyId);
    if (!copy) return undefined;
    let running: ReturnType<Executor['verify']> | undefined;
    const read = async (): Promise<Verified> => {
      const files = await deps.store.copies.readCopyFiles(copyId);
      signal.throwIfAborted();
      const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
      running = deps.hosts.of(copy.hostId).verify({ repoFolder, commit: copy.commitSha, files }, signal);
      const verdict = await running.done;
      return note(deps, copy, verdict, running.state());
    };
    return { state: () => running?.state(), done: read() };
  },
});
