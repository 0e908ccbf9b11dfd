import type { CheckState } from '../../checks/checks.ts';
import type { Model } from '../../domain/model.ts';
import type { Store } from '../../store/store.ts';
import type { CopyCheck } from '../../store/verifying/copy-checks.ts';
import type { Checking } from './checking.ts';

/** What is to be seen of the check of a model's copy. */
export interface CheckView {
  readonly check: CopyCheck;
  /** Set while it is looked into. */
  readonly progress: CheckState | undefined;
  /** The other machine that it lies on; null: the machine of the bot. */
  readonly hostName: string | null;
  /** That is not heard of: it is looked into when it is back. */
  readonly isAway: boolean;
}

export interface CheckViewDeps {
  readonly store: Pick<Store, 'checks'>;
  readonly checking: Pick<Checking, 'progress' | 'isThere'>;
}

/** The check of the copy that a model has; undefined if nobody has asked for one. */
export const checkViewOf = (
  { store, checking }: CheckViewDeps,
  { copyId, hostId, hostName = null }: Model,
): CheckView | undefined => {
  const check = copyId === null ? undefined : store.checks.checkOf(copyId);
  return check && { check, progress: checking.progress(check.copyId), hostName, isAway: !checking.isThere(hostId) };
};
