import { INFERENCE_SERVER } from '../../../domain/pulls/pull-job.ts';
import { selectionKey } from '../../../domain/files/selection.ts';
import type { Model } from '../../../domain/model.ts';
import type { Log } from '../../../lib/log.ts';
import type { AddOutcome, AddRequest } from '../../../store/downloads/add-requests.ts';
import type { Store } from '../../../store/store.ts';
import { modelIn } from '../../find.ts';
import { optionsOf } from '../request-selection.ts';
import { checkAgain, describe, followAgain, outcomeFor } from './ask-again.ts';
import { change } from './change-model.ts';
import type { InsertDeps, Insertion } from './insertion.ts';
import { createFrom } from './new-model.ts';

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
