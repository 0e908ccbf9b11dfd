import type { ErrorCode } from '../../../domain/errors.ts';

/** What became of a model in a run, for who counts it. */
export interface RunEnd {
  readonly kind:
    | 'completed'
    | 'failed'
    | 'backoff'
    | 'access'
    | 'no_space'
    | 'host_away'
    | 'moved'
    | 'stopped'
    | 'shutdown';
  /** What ended it, if that was an error; `fault`: one of ours. */
  readonly error: ErrorCode | 'fault' | undefined;
}
