import type { Branch } from '../../domain/renewals/branch.ts';
import { checkEveryMs, DAY_MS } from '../../domain/renewals/check-frequency.ts';
import { isPinned } from '../../domain/renewals/renewal.ts';
import type { Model } from '../../domain/model.ts';
import { toIso } from '../../lib/clock.ts';
import type { RenewalsDeps } from './deps.ts';

/** Later than anything is planned, with an hour to spare: what is due then was planned before the clock was set back. */
const FARTHEST_MS = DAY_MS + 3_600_000;
/** Multiples of it, modulo one, lie as far apart as can be: so branches are spread over the day, however many there are. */
const GOLDEN = 0.618_033_988_749_894_9;

/** A branch that is to be looked at, with those of its models whose time has come. */
export interface Due {
  readonly branch: Branch;
  readonly models: readonly Model[];
}

interface Follower {
  readonly model: Model;
  readonly everyMs: number;
  readonly sinceMs: number;
}

type DueDeps = Pick<RenewalsDeps, 'store' | 'settings' | 'clock'>;

/** The models of a branch that anybody wants looked after. */
const followersOf = ({ store, settings, clock }: DueDeps, branch: Branch): Follower[] =>
  store.renewals.followersOf(branch).flatMap((model) => {
    const everyMs = checkEveryMs(model.checkFrequency ?? settings.chat(model.chatId).check_frequency);
    if (everyMs === undefined || isPinned(model)) return [];
    const lookedAt = store.renewals.getRenewal(model.id)?.lookedAt;
    const sinceMs = lookedAt ? clock.now() - Date.parse(lookedAt) : Number.POSITIVE_INFINITY;
    return [{ model, everyMs, sinceMs }];
  });

/**
 * Whether a branch that was planned for now is to be looked at; if not, it is planned anew. Every day it is asked again how
 * often its chats want it: so nobody has to tell when they change their minds.
 */
const isDue = (deps: DueDeps, branch: Branch): Due | undefined => {
  const { store, clock } = deps;
  const plan = (inMs: number): undefined => {
    store.renewals.planBranch(branch.id, toIso(clock.now() + inMs));
  };
  // While an update is fetched nothing of it is complete, and its time stays as it is.
  if (!store.renewals.isFollowed(branch)) {
    store.renewals.dropBranch(branch.id);
    return undefined;
  }
  if (branch.dueAt === null) return plan(((branch.id * GOLDEN) % 1) * DAY_MS);
  const followers = followersOf(deps, branch);
  const waitMs = Math.min(DAY_MS, ...followers.map(({ everyMs, sinceMs }) => everyMs - sinceMs));
  if (waitMs > 0) return plan(waitMs);
  // Whose time comes soon is taken along: then all of a branch come to need one request together.
  const models = followers.filter(({ everyMs, sinceMs }) => 2 * sinceMs >= everyMs).map(({ model }) => model);
  return { branch, models };
};

/** Each is a few questions to the database; the others come with the next look. */
const PLANNED_AT_ONCE = 50;

/** The next branch to be looked at, if there is one; others that are planned for now are planned anew. */
export const nextDue = (deps: DueDeps): Due | undefined => {
  const { store, clock } = deps;
  const [now, farthest] = [toIso(clock.now()), toIso(clock.now() + FARTHEST_MS)];
  for (const branch of store.renewals.dueBranches(now, farthest, PLANNED_AT_ONCE)) {
    const due = isDue(deps, branch);
    if (due) return due;
  }
  return undefined;
};

/** When a branch that has been looked at is planned for: a day later it is asked whose time has come. */
export const planNext = ({ store, settings, clock }: DueDeps, branch: Branch): void => {
  const waits = followersOf({ store, settings, clock }, branch).map(({ everyMs, sinceMs }) => everyMs - sinceMs);
  // What could not be found out now is asked again a day later.
  const waitMs = Math.min(DAY_MS, ...waits.map((ms) => (ms > 0 ? ms : DAY_MS)));
  store.renewals.planBranch(branch.id, toIso(clock.now() + waitMs));
};
