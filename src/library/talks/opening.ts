import type { Checks } from '../../checks/checks.ts';
import type { Loading } from '../../checks/loads/loading.ts';
import { ModelGone, type OpenModel, type Talking } from '../../checks/talks/talking.ts';
import { fitsIn } from '../../domain/checks/fits.ts';
import type { Copy } from '../../domain/copy.ts';
import { AppError } from '../../domain/errors.ts';
import { isGguf } from '../../domain/files/gguf.ts';
import type { Memory } from '../../domain/memory.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Outcome } from '../../domain/talks/outcome.ts';
import type { Store } from '../../store/store.ts';

export interface OpeningDeps {
  readonly store: Pick<Store, 'copies'>;
  readonly checks: Checks;
  readonly loading: Pick<Loading, 'isInstalled' | 'usesCards'>;
  readonly talking: Talking;
  /** What the machine has to load models into. */
  readonly memory: () => Promise<Memory>;
}

/** A model that was opened, with the file that it is. */
export interface Opened {
  readonly model: OpenModel;
  readonly path: string;
}

/** A talk of some pages; longer ones take memory that small machines do not have. */
const CONTEXT_TOKENS = 4096;

const completeCopy = ({ store }: OpeningDeps, { copyId }: Model): Copy | undefined => {
  const copy = copyId === null ? undefined : store.copies.getCopy(copyId);
  return copy?.state === 'complete' ? copy : undefined;
};

const isOutcome = (found: Opened | Outcome): found is Outcome => 'kind' in found;

/** Looks into its files and opens what of them can be talked to. @returns why it is not open, if it is not */
const openCopy = async (deps: OpeningDeps, copy: Copy, signal: AbortSignal): Promise<Opened | Outcome> => {
  const { store, checks, loading, talking, memory } = deps;
  const files = await store.copies.readCopyFiles(copy.id);
  signal.throwIfAborted();
  const snapshot = { repoFolder: repoFolderName({ type: copy.repoType, id: copy.name }), commit: copy.commitSha };
  const { whole, need, loadable } = await checks.start({ ...snapshot, files }, signal).done;
  if (whole.faultCount > 0) return { kind: 'not_whole' };
  // Its header can be read, and names no tensors.
  const isEmpty = !need && files.some(({ path }) => isGguf(path));
  if (isEmpty) return { kind: 'no_weights' };
  if (!need || loadable?.runtime !== 'gguf') return { kind: 'other_form', isOnnx: loadable?.runtime === 'onnx' };
  if (!loading.isInstalled('gguf')) return { kind: 'no_runtime' };
  const { neededBytes, freeBytes: free, gpuBytes } = fitsIn(await memory(), need, CONTEXT_TOKENS);
  const freeBytes = free + (loading.usesCards('gguf') ? gpuBytes : 0);
  if (neededBytes > freeBytes) return { kind: 'no_memory', neededBytes, freeBytes };
  const { path } = loadable;
  try {
    const model = await talking.open({ ...snapshot, path, neededBytes, contextTokens: CONTEXT_TOKENS }, signal);
    return { model, path };
  } catch (error) {
    if (error instanceof ModelGone) return { kind: 'gone', path, reason: error.message };
    throw error;
  }
};

/**
 * Opens a model to talk to it.
 * @returns why it is not open, if it is not
 * @throws the signal's reason
 */
export const openToTalk = async (
  deps: OpeningDeps,
  model: Model | undefined,
  signal: AbortSignal,
): Promise<Opened | Outcome> => {
  const copy = model && completeCopy(deps, model);
  if (!copy) return { kind: 'not_here' };
  try {
    return await openCopy(deps, copy, signal);
  } catch (error) {
    // What a check would say of its files, it says with more words.
    if (error instanceof AppError && !signal.aborted) return { kind: 'not_whole' };
    throw error;
  }
};

export { isOutcome };
