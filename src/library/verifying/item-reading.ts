import type { ItemState } from '../../domain/verification.ts';
import type { VerifyState } from '../../copies/executor.ts';
import type { ItemResult, WaitingItem } from '../../store/verifying/verifications.ts';

/** What became of an item. */
export interface ItemOutcome {
  readonly to: Exclude<ItemState, 'waiting'>;
  readonly result?: ItemResult;
}

/** An item that is being read. */
export interface ItemReading {
  /** How far it is; undefined before the first file. */
  readonly state: () => VerifyState | undefined;
  /** Rejects with an AppError if it cannot be read, or with the signal's reason. */
  readonly done: Promise<ItemOutcome>;
}

export type ReadItem = (item: WaitingItem, signal: AbortSignal) => ItemReading;
