import { aboutModel, ITSELF } from '../../domain/activity/activity.ts';
import { AppError } from '../../domain/errors.ts';
import type { Branch } from '../../domain/renewals/branch.ts';
import type { Model } from '../../domain/model.ts';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import type { RenewalState } from '../../domain/states/renewal.ts';
import { toIso } from '../../lib/clock.ts';
import type { Head, Questions } from '../../sources/port.ts';
import { checkGate } from '../adding/check-gate.ts';
import type { RenewalsDeps } from './deps.ts';
import { findNews, type Found } from './news.ts';
import { tellRenamed } from './renamed.ts';

/** A branch with those of its models that are to be told. */
export interface Look {
  readonly branch: Branch;
  readonly models: readonly Model[];
  readonly source: Questions;
  readonly signal: AbortSignal;
}

/** Whether it has to be found out what a commit means for a model. */
const isUnknown = (model: Model, renewal: Renewal | undefined, commit: string): boolean =>
  model.commitSha !== commit && (renewal?.state === 'asked' || renewal?.commitSha !== commit);

/** What becomes of a renewal by what a look has found. */
const stateAfter = (found: Found, isAsked: boolean, isAlways: boolean): RenewalState => {
  if (found.reason !== undefined) return 'refused';
  // Whoever asks for it wants all of it, also what loads nothing.
  if (isAsked) return found.news === undefined ? 'noted' : 'wanted';
  if (!found.isNews) return 'noted';
  return isAlways ? 'wanted' : 'offered';
};

/** Writes down what was found for the models of one chat, and what its people are told: once for each commit. */
const tellChat = (deps: RenewalsDeps, { branch }: Look, commit: string, found: readonly Found[]): void => {
  const { store, settings, clock } = deps;
  const lookedAt = toIso(clock.now());
  const told: Model[] = [];
  for (const one of found) {
    const { id, chatId, commitSha } = one.model;
    const now = store.models.getModel(id);
    const before = store.renewals.getRenewal(id);
    // Somebody has removed or changed it meanwhile, or wants it already.
    if (now?.status !== 'completed' || now.commitSha !== commitSha || before?.state === 'wanted') continue;
    const isAsked = before?.state === 'asked';
    const state = stateAfter(one, isAsked, settings.chat(chatId).always_update);
    const { news = null, reason = null } = one;
    store.renewals.moveRenewal(id, before?.state, state, {
      commitSha: commit,
      news,
      reason,
      lookedAt,
      ...(isAsked ? {} : { askId: null }),
    });
    if (isAsked || state === 'noted') continue;
    told.push(one.model);
    store.activity.logActivity(ITSELF, chatId, 'update_found', { ...aboutModel(now), commit });
  }
  const [first] = told;
  if (first)
    store.outbox.addNotice({
      kind: 'newer_commit',
      chatId: first.chatId,
      modelId: first.id,
      payload: { branchId: branch.id, commitSha: commit },
    });
};

/** Nothing has come since what is known of these. */
const noteLook = ({ store, clock }: RenewalsDeps, models: readonly Model[], commit: string): void => {
  const lookedAt = toIso(clock.now());
  for (const { id, commitSha } of models) {
    const before = store.renewals.getRenewal(id);
    if (before === undefined || before.state === 'asked') {
      const known = { commitSha: commit, lookedAt, news: null };
      store.renewals.moveRenewal(id, before?.state, 'noted', known);
    } else if ((before.state === 'offered' || before.state === 'refused') && commitSha === commit) {
      // It is what was offered: somebody has added it again. Or it could not be found out before, and there is nothing newer.
      store.renewals.moveRenewal(id, before.state, 'noted', { commitSha: commit, lookedAt, news: null });
    } else store.renewals.noteLook(id, lookedAt);
  }
};

/** A repository that was open when a model was added may have been gated since. @throws AppError gated */
const checkNewGate = async (
  { store }: RenewalsDeps,
  { models, source, signal }: Look,
  { gated }: Head,
): Promise<void> => {
  const model = models.find(({ metadata }) => metadata?.gated !== true);
  if (gated === false || !model || model.commitSha === null) return;
  const { repoType: type, name: id, commitSha: commit, copyId } = model;
  const files = store.copies.listCopyFiles(copyId ?? 0, { limit: 1, offset: 0 });
  await checkGate(source, { type, id, commit, gated, files }, signal);
};

/**
 * Looks where a branch is, and what that means for models that follow it. One request if it has not moved.
 * @throws AppError as the source; the signal's reason
 */
export const lookAt = async (deps: RenewalsDeps, look: Look): Promise<void> => {
  const { store, fetch, clock, log } = deps;
  const { branch, models, source, signal } = look;
  const { repoType: type, name: id, revision } = branch;
  const head = await source.head({ type, id, revision }, signal);
  const { commit } = head;
  if (head.disabled) throw new AppError('not_found', `The ${type} ${id} has been disabled by the Hub.`);
  const unknown = models.filter((model) => isUnknown(model, store.renewals.getRenewal(model.id), commit));
  const found = await findNews({ store, source, fetch, clock, log, signal }, unknown, commit);
  if (unknown.length === 0) await checkNewGate(deps, look, head);
  const others = models.filter((model) => !unknown.includes(model));
  store.atomically(() => {
    for (const ofChat of Map.groupBy(found, ({ model }) => model.chatId).values()) tellChat(deps, look, commit, ofChat);
    noteLook(deps, others, commit);
    tellRenamed(deps, look, head.canonicalId);
    if (branch.trouble !== null) store.renewals.setTrouble(branch.id, null);
  });
};
