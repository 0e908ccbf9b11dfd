import { PROGRAM_ENDS } from '../../copies/executor.ts';

/**
 * Why a run is stopped, in the word that its row has for it where it waits then; it decides how its row is settled. After `shutdown` the run itself puts its row back; for the
 * others whoever stops it has moved the row already. The first reason wins.
 */
export type StopKind = 'pause' | 'cancel' | 'held' | 'window_closed' | 'shutdown';

/** What a run's signal is aborted with. */
export class StopReason extends Error {
  override readonly name = 'StopReason';
  readonly kind: StopKind;

  constructor(kind: StopKind) {
    super(`stopped: ${kind}`, kind === 'shutdown' ? { cause: PROGRAM_ENDS } : {});
    this.kind = kind;
  }
}

/** Why a run was stopped; undefined if it was not. */
export const stoppedBy = (signal: AbortSignal): StopKind | undefined =>
  signal.reason instanceof StopReason ? signal.reason.kind : undefined;
