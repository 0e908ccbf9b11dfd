import { findingOf } from '../../domain/verification.ts';
import type { Queue } from '../../queue/queue.ts';
import type { ReadingCopy } from '../../queue/verifying/verify-copy.ts';
import type { WaitingItem } from '../../store/verifying/verifications.ts';
import type { ItemOutcome, ReadItem } from './item-reading.ts';

const LEFT_OUT: ItemOutcome = { to: 'left_out' };

interface ReadCopyDeps {
  readonly queue: Pick<Queue, 'verifyCopy' | 'restore'>;
}

/** What was read is noted; what is broken or missing is fetched again, for the chat that asked. */
const conclude = async (
  { queue }: ReadCopyDeps,
  { modelId, purpose }: WaitingItem,
  reading: ReadingCopy,
): Promise<ItemOutcome> => {
  const verified = await reading.done;
  if (verified.kind === 'changed') return LEFT_OUT;
  const { files, bytes } = verified;
  if (verified.kind === 'right') return { to: 'right', result: { files, bytes } };
  // Before it is noted: after a kill in between, what is being fetched is not read.
  if (modelId !== null) queue.restore(modelId, purpose !== 'round');
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
