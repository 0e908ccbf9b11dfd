import { findingOf } from '../../domain/verification.ts';
import type { Queue } from '../../queue/queue.ts';
import type { ReadingCopy } from '../../queue/verifying/verify-copy.ts';
import type { Store } from '../../store/store.ts';
import type { WaitingItem } from '../../store/verifying/verifications.ts';
import type { ItemOutcome, ReadItem } from './item-reading.ts';

const LEFT_OUT: ItemOutcome = { to: 'left_out' };

interface ReadCopyDeps {
  readonly store: Pick<Store, 'candidates'>;
  readonly queue: Pick<Queue, 'verifyCopy' | 'restore'>;
}

/** What was read is noted; what is broken or missing is fetched again, for the chat that asked. */
const conclude = async (
  { store, queue }: ReadCopyDeps,
  { modelId, copyId, purpose }: WaitingItem,
  reading: ReadingCopy,
): Promise<ItemOutcome> => {
  const verified = await reading.done;
  if (verified.kind === 'changed') return LEFT_OUT;
  const { files, bytes } = verified;
  if (verified.kind === 'right') return { to: 'right', result: { files, bytes } };
  // What nobody has asked for is for all that have the copy: the model that was meant may have been removed meanwhile.
  const others = purpose === 'round' && copyId !== null ? store.candidates.havingCopy(copyId) : [];
  // Before it is noted: after a kill in between, what is being fetched is not read.
  for (const id of [modelId, ...others]) if (id !== null && queue.restore(id, purpose !== 'round')) break;
  return { to: 'mending', result: { files, bytes, finding: findingOf(verified.missing, verified.broken) } };
};

/** Reads a copy that some model has. */
export const createReadCopy =
  (deps: ReadCopyDeps): ReadItem =>
  (item, signal) => {
    const reading = item.copyId === null ? undefined : deps.queue.verifyCopy(item.copyId, signal);
    if (!reading) return { state: () => undefined, done: Promise.resolve(LEFT_OUT) };
    return { state: reading.state, done: conclude(deps, item, reading) };
  };
