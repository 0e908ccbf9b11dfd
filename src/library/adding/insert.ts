import type { AddOptions } from '../../domain/repo/add-options.ts';
import type { Log } from '../../lib/log.ts';
import { categoryOf } from '../../domain/category.ts';
import type { RepoFile, RepoListing } from '../../domain/listing.ts';
import { aboutOf, type FilesInBrief, type Loads } from '../../domain/files/loads.ts';
import type { Model } from '../../domain/model.ts';
import type { ModelMetadata } from '../../domain/model-metadata.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import { INFERENCE_SERVER } from '../../domain/pulls/pull-job.ts';
import { type Selection, selectionKey } from '../../domain/files/selection.ts';
import type { Quotas } from '../../people/quotas.ts';
import type { Space } from '../../queue/space-forecast.ts';
import type { Queue } from '../../queue/queue.ts';
import type { AddOutcome, AddRequest } from '../../store/downloads/add-requests.ts';
import type { AddRequestState } from '../../domain/states/add-request.ts';
import type { Store } from '../../store/store.ts';
import { modelIn } from '../find.ts';
import type { TargetHost } from '../hosts/target-host.ts';
import { applyDetails } from '../moving/apply-details.ts';
import { optionsOf } from './request-selection.ts';

export interface Insertion {
  readonly request: AddRequest;
  /** The state the request must still be in. */
  readonly from: AddRequestState;
  readonly listing: Omit<RepoListing, 'files'>;
  readonly selection: Selection;
  readonly files: readonly RepoFile[];
  /** Of them all; what several paths share counts once. */
  readonly sizeBytes: number;
  /** What loads them, if that has been found out. */
  readonly loads?: Loads;
  readonly ref: RepoRef;
  readonly space: Space;
  readonly target: TargetHost;
  /** The quantization that is usual in the chat, where the repository has nothing of that kind. */
  readonly lacks?: string | undefined;
}

export interface InsertDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'retry' | 'resume' | 'startNow' | 'renew' | 'change' | 'setEnabled'>;
  readonly limits: { readonly quotas: Pick<Quotas, 'checkModel'> };
  readonly log: Log;
}

/** What a model will wait for: a person's word, if it was added with `later`; else the schedule of its chat, if one is on. */
const heldFor = (store: Store, request: AddRequest): { onDemand: boolean; scheduled: boolean } => {
  const { when } = optionsOf(request);
  return {
    onDemand: when === 'later',
    scheduled: when === undefined && store.schedules.getActiveSchedule(request.chatId) !== undefined,
  };
};

/** What is kept with a model of what the Hub and the disk said. */
const metadataOf = ({ listing, files, sizeBytes, loads, space, lacks, ref }: Insertion): ModelMetadata => ({
  presentBytes: Math.max(0, sizeBytes - space.missingBytes),
  freeAfterBytes: space.freeBytes - space.missingBytes,
  gated: listing.gated !== false,
  private: listing.private,
  ...(listing.webFile
    ? { webFile: { hash: listing.webFile.hash, ...(ref.sha256 === undefined ? {} : { sha256: ref.sha256 }) } }
    : {}),
  ...(lacks === undefined ? {} : { lacks }),
  ...aboutOf(listing),
  ...(loads ? { filesInBrief: { commit: listing.commit, count: files.length, loads } satisfies FilesInBrief } : {}),
});

const createFrom = (store: Store, insertion: Insertion): Model => {
  const { request, listing, selection, files, sizeBytes, ref, target } = insertion;
  const { when, priority, description, category, details, init } = optionsOf(request);
  const held = heldFor(store, request);
  const model = store.models.createModel({
    chatId: request.chatId,
    name: ref.id,
    repoType: ref.type,
    sourceUrl: ref.url ?? null,
    revision: ref.revision ?? 'main',
    selection: selectionKey(selection),
    sizeBytes,
    hostId: target.hostId,
    commitSha: listing.commit,
    canonicalName: listing.canonicalId,
    requestedBy: request.userId,
    ...(listing.tokenOf === undefined ? {} : { tokenOf: listing.tokenOf }),
    category: category ?? categoryOf(listing.pipelineTag),
    ...held,
    runNow: when === 'now',
    init: init === true,
    metadata: metadataOf(insertion),
    ...(listing.license === undefined ? {} : { license: listing.license }),
    ...(priority === undefined ? {} : { priority }),
    ...(description === undefined ? {} : { description }),
    ...(held.scheduled || held.onDemand ? { statusReason: 'schedule' as const } : {}),
    ...(details?.enabled === undefined ? {} : { enabled: details.enabled }),
    files,
  });
  if (details) applyDetails(store, model, details);
  return model;
};

/** Where nobody has said which machine is meant, one that has it already is as good as the usual one; what was cancelled holds no place. */
const existingModel = (store: Store, { request, selection, ref, target }: Insertion): Model | undefined => {
  const same = store.models
    .findModels(request.chatId, ref.id)
    .filter(
      (model) =>
        model.repoType === ref.type &&
        model.revision === (ref.revision ?? 'main') &&
        model.selection === selectionKey(selection),
    );
  const here = same.find(({ hostId }) => hostId === target.hostId);
  return here ?? (target.isSaid ? undefined : same.find(({ id }) => !store.models.isCancelled(id)));
};

/** The model that a person wants to be something else; undefined if nobody asked for that, or it has been removed. */
const replacedModel = (store: Store, { request, ref }: Insertion): Model | undefined => {
  const { replaces } = optionsOf(request);
  const model = replaces === undefined ? undefined : modelIn(store, request.chatId, replaces);
  // What was meant instead may be another repository: that is another model.
  return model?.name === ref.id && model.repoType === ref.type ? model : undefined;
};

/** A model was to be changed, and this one is already what was wanted, be it the same one or another: it is left alone. */
const isAsWanted = (request: AddRequest): boolean => optionsOf(request).replaces !== undefined;

const outcomeAsItIs = ({ status }: Model): AddOutcome => {
  if (status === 'completed') return 'here';
  return status === 'downloading' ? 'running' : 'waits';
};

/** Longer lists are not compared: that would keep everybody waiting. */
const COMPARED_MOST = 4000;

/** How many bytes of what a model has are not among these files; undefined: none, or it has nothing. */
const leftOverOf = (
  { copies }: Store,
  { copyId }: Model,
  files: readonly RepoFile[],
): number | 'unknown' | undefined => {
  if (copyId === null) return undefined;
  if (files.length > COMPARED_MOST || copies.countCopyFiles(copyId) > COMPARED_MOST) return 'unknown';
  const wanted = new Set(files.map(({ etag }) => etag));
  const left = copies.copyFiles(copyId).filter(({ etag }) => !wanted.has(etag));
  const bytes = [...new Map(left.map(({ etag, size }) => [etag, size])).values()].reduce((sum, size) => sum + size, 0);
  return bytes > 0 ? bytes : undefined;
};

const change = ({ queue, store }: InsertDeps, model: Model, insertion: Insertion): void => {
  const { request, ref, selection, listing, files, sizeBytes, target } = insertion;
  const moves = target.hostId !== model.hostId;
  // What moves is whole in both places; what it leaves goes by itself.
  const leftOver = moves ? undefined : leftOverOf(store, model, files);
  // Somebody asks for it now: what it waited for when it was added counts no more.
  const isAnew = model.status === 'completed' || model.status === 'failed';
  if (isAnew) store.models.updateModelDetails(model.id, { ...heldFor(store, request), runNow: false });
  queue.change(model.id, {
    ...(leftOver === undefined ? {} : { leftOver }),
    ...(moves ? { hostId: target.hostId } : {}),
    revision: ref.revision ?? 'main',
    selection: selectionKey(selection),
    commitSha: listing.commit,
    files,
    sizeBytes,
    metadata: metadataOf(insertion),
  });
  store.models.updateModelDetails(model.id, { tokenOf: listing.tokenOf ?? null });
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
  const { listing, files, sizeBytes, request } = insertion;
  const { when } = optionsOf(request);
  const isNewer = model.commitSha !== listing.commit;
  const renew = (): boolean => {
    store.models.updateModelDetails(model.id, { ...heldFor(store, request), runNow: when === 'now' });
    return queue.renew(model.id, { commitSha: listing.commit, files, sizeBytes });
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
const checkAgain = ({ checks }: Store, { id }: Model, request: AddRequest): void => {
  if (optionsOf(request).init === true) checks.checkWhenHere(id);
};

/** Lets who asked again be told of the end too, where another person asked first. */
const followAgain = (store: Store, { id, requestedBy }: Model, { userId }: AddRequest): void => {
  const status = store.models.getModel(id)?.status;
  if (userId !== requestedBy && status !== undefined && status !== 'completed') store.followers.addFollower(id, userId);
};

/** What becomes of a request for what the library has. */
const outcomeFor = (deps: InsertDeps, existing: Model, insertion: Insertion): AddOutcome =>
  isAsWanted(insertion.request) || optionsOf(insertion.request).details
    ? outcomeAsItIs(existing)
    : askAgain(deps, existing, insertion);

/** What a file says of a model that the library has under another spelling; how far its download is, no file decides. */
const describe = ({ store, queue }: InsertDeps, model: Model, request: AddRequest): void => {
  const { details } = optionsOf(request);
  if (!details) return;
  store.atomically(() => applyDetails(store, model, details));
  if (details.enabled !== undefined) queue.setEnabled([model.id], details.enabled);
};

/** The message that shows it from now on. What an import brings in has none until it has something to say of its own. */
const putCard = ({ cards, addRequests }: Store, modelId: number, { id }: AddRequest): void => {
  const request = addRequests.getAddRequest(id);
  if (!request || cards.cardOf(modelId)) return;
  const { chatId, threadId, cardMessageId: messageId, messageId: asked, quiet } = request;
  cards.putCard({ modelId, chatId, threadId, messageId, replyTo: quiet || asked < 0 ? null : asked });
  if (quiet) cards.setTold([modelId]);
};

/** Joins what is logged of a request to what is logged of its model. */
const tellWhatCame = (
  log: Log,
  { request, files, sizeBytes }: Insertion,
  model: Model | undefined,
  outcome: AddOutcome | undefined,
): void => {
  const { id, name, revision, commitSha: commit, wantsCopyId: copy } = model ?? {};
  const about = { request: request.id, model: id, name, revision, commit, copy, files: files.length, bytes: sizeBytes };
  if (outcome === undefined) log.info(about, 'A request has become a model');
  else log.info({ ...about, outcome }, 'A request is for a model that the library has');
};

/**
 * Turns a looked-up request into a model of the chat's library, or finds the one that is there and does with it what was asked
 * for. The request is through last: a kill before that has it looked up again, and all of this can be done twice.
 * @returns false if the request had left `from` meanwhile: then nothing was changed
 * @throws AppError constraint: there may be no further model; nothing was changed
 */
export const insertModel = (deps: InsertDeps, insertion: Insertion): boolean => {
  const { store } = deps;
  const { request, from } = insertion;
  if (store.addRequests.getAddRequest(request.id)?.state !== from) return false;
  const existing = existingModel(store, insertion);
  const replaced = existing ? undefined : replacedModel(store, insertion);
  // Others that were asked for at the same time may have taken the last place.
  if (!existing && !replaced && !optionsOf(request).ofMachine) deps.limits.quotas.checkModel(request);
  // Outside the transaction: the queue may start a run at once, and a run must not stand on what could be rolled back.
  if (replaced) change(deps, replaced, insertion);
  // A job of an inference server has its model before that gets a session.
  if (existing && request.chatId === INFERENCE_SERVER) store.pullJobs.bindJob(request.messageId, existing.id);
  // Whoever asks again has seen it by what is of use now.
  if (existing) store.models.updateModelDetails(existing.id, { tokenOf: insertion.listing.tokenOf ?? null });
  const outcome = existing && outcomeFor(deps, existing, insertion);
  if (existing) describe(deps, existing, request);
  const model = store.atomically(() => {
    const { id: modelId } = existing ?? replaced ?? createFrom(store, insertion);
    const about = { errorMessage: null, modelId, ...(outcome ? { outcome } : {}) };
    store.addRequests.moveAddRequest(request.id, from, 'added', about);
    putCard(store, modelId, request);
    if (existing && !request.quiet) followAgain(store, existing, request);
    if (existing) checkAgain(store, existing, request);
    return store.models.getModel(modelId);
  });
  tellWhatCame(deps.log, insertion, model, outcome);
  return true;
};
