/* domain/removals: a removed model, for as long as it can be brought back. */

import type { Taking } from '../copy.ts';
import type { Model } from '../model.ts';
import type { RemovedModelState } from '../states/removed-model.ts';

/** How long what was removed can be brought back. */
export const UNDO_MS = 3_600_000;

/** A message of the chat that tells of a removal: the answer to whoever asked for it, or what was the model's card. */
export interface RemovedMessage {
  readonly kind: 'answer' | 'card';
  readonly messageId: number;
  /** What it says is true. */
  readonly isSettled: boolean;
}

/** A model that was removed from its library. Times are ISO 8601, UTC. */
export interface RemovedModel {
  readonly modelId: number;
  readonly chatId: number;
  readonly state: RemovedModelState;
  /** As it was. */
  readonly model: Model;
  /** How much of what is complete goes with it. */
  readonly taking: Taking;
  /** The copies that are kept for it; null once they are not any more. */
  readonly copyId: number | null;
  readonly wantsCopyId: number | null;
  /** Until when it can be brought back. */
  readonly notBefore: string;
  /** What its end frees on the disk: as planned, or, once it is gone, as it was. */
  readonly freedBytes: number;
  /** The messages that tell of it. */
  readonly messages: readonly RemovedMessage[];
  /** Later with every change. */
  readonly updatedAt: string;
}
