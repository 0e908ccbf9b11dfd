import type { AddOptions } from '../../../domain/repo/add-options.ts';
import type { Model } from '../../../domain/model.ts';
import type { AddOutcome, AddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import { applyDetails } from '../../moving/apply-details.ts';
import { optionsOf } from '../request-selection.ts';
import type { InsertDeps, Insertion } from './insertion.ts';
import { heldFor } from './new-model.ts';

/** A model was to be changed, and this one is already what was wanted, be it the same one or another: it is left alone. */
const isAsWanted = (request: AddRequest): boolean => optionsOf(request).replaces !== undefined;

const outcomeAsItIs = ({ status }: Model): AddOutcome => {
  if (status === 'completed') return 'here';
  return status === 'downloading' ? 'running' : 'waits';
};

/**
 * Whether files that were complete are gone from the disk. A look-up has looked there; a choice among quants has not, and where the
 * library has it on another machine than the usual one, nobody has looked on that.
 */
const isGone = (model: Model, { from, space, target }: Insertion): boolean =>
  from === 'looking_up' && target.hostId === model.hostId && space.missingBytes > 0;

/** Somebody asks again for a model that waits: it may begin, or waits for its schedule where it waited for a person. */
const hasten = ({ queue, store }: InsertDeps, model: Model, request: AddRequest): AddOutcome => {
  const { when } = optionsOf(request);
  const held = heldFor(store, request);
  if (when === undefined && held.scheduled) store.models.updateModelDetails(model.id, held);
  const mayStart = when === 'now' || ((model.scheduled || model.onDemand) && !held.scheduled && !held.onDemand);
  return mayStart && queue.startNow(model.id) ? 'started' : 'waits';
};

const liftPause = ({ queue, store }: InsertDeps, { id }: Model, when: AddOptions['when']): AddOutcome => {
  const wasCancelled = store.models.isCancelled(id);
  if (!queue.resume(id, when)) return 'waits';
  return wasCancelled ? 'anew' : 'resumed';
};

/** Someone asks again for what the library has: whatever keeps it from being here is lifted. @returns what was done */
const askAgain = (deps: InsertDeps, model: Model, insertion: Insertion): AddOutcome => {
  const { queue, store } = deps;
  const { listing, files, sizeBytes, loads, request } = insertion;
  const { when } = optionsOf(request);
  const isNewer = model.commitSha !== listing.commit;
  const renew = (): boolean => {
    store.models.updateModelDetails(model.id, { ...heldFor(store, request), runNow: when === 'now' });
    return queue.renew(model.id, { commitSha: listing.commit, files, sizeBytes, loads });
  };
  switch (model.status) {
    case 'completed':
      if (!isNewer && !isGone(model, insertion)) return 'here';
      return renew() && isNewer ? 'renewed' : 'refetched';
    case 'failed':
      // A newer commit is taken: the old one may be what fails, where a branch was rewritten and has lost it.
      if (!isNewer) return queue.retry(model.id, when) ? 'retried' : 'waits';
      return renew() ? 'renewed' : 'waits';
    case 'paused':
      return liftPause(deps, model, when);
    case 'pending':
      return hasten(deps, model, request);
    case 'downloading':
      return 'running';
  }
};

/** What was to be looked into is so though nothing of it is downloaded. */
export const checkAgain = ({ checks }: Store, { id }: Model, request: AddRequest): void => {
  if (optionsOf(request).init === true) checks.checkWhenHere(id);
};

/** Lets who asked again be told of the end too, where another person asked first. */
export const followAgain = (store: Store, { id, requestedBy }: Model, { userId }: AddRequest): void => {
  const status = store.models.getModel(id)?.status;
  if (userId !== requestedBy && status !== undefined && status !== 'completed') store.followers.addFollower(id, userId);
};

/** What becomes of a request for what the library has. */
export const outcomeFor = (deps: InsertDeps, existing: Model, insertion: Insertion): AddOutcome =>
  isAsWanted(insertion.request) || optionsOf(insertion.request).details
    ? outcomeAsItIs(existing)
    : askAgain(deps, existing, insertion);

/** What a file says of a model that the library has under another spelling; how far its download is, no file decides. */
export const describe = ({ store, queue }: InsertDeps, model: Model, request: AddRequest): void => {
  const { details } = optionsOf(request);
  if (!details) return;
  store.atomically(() => applyDetails(store, model, details));
  if (details.enabled !== undefined) queue.setEnabled([model.id], details.enabled);
};
