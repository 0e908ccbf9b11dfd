import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import type { Rendering } from '../ui/text.ts';
import { renderNewer, renderRenamed, renderTrouble } from './newer-commit.ts';
import { renderLookedUp } from './renewals-looked-up.ts';

const KINDS = ['newer_commit', 'branch_trouble', 'repo_renamed', 'renewals_looked_up'] as const;

type OfRenewals = Extract<Notice, { readonly kind: (typeof KINDS)[number] }>;

/** Whether a notice tells of branches that models follow. */
export const isOfRenewals = (notice: Notice): notice is OfRenewals => KINDS.some((kind) => kind === notice.kind);

/** What is told of branches that models follow; undefined: nothing is left to say. */
export const renderRenewal = (store: Store, notice: OfRenewals): Rendering | undefined => {
  switch (notice.kind) {
    case 'newer_commit':
      return renderNewer(store, notice);
    case 'branch_trouble':
      return renderTrouble(store, notice);
    case 'repo_renamed':
      return renderRenamed(store, notice);
    case 'renewals_looked_up':
      return renderLookedUp(store, notice);
  }
};
