import type { BranchPicker, Picker, UnsafeFiles } from '../../domain/repo/add-choices.ts';
import type { SelectedFiles } from '../../domain/files/quants.ts';
import { parseSelectionKey, type Selection } from '../../domain/files/selection.ts';
import type { RepoListing } from '../../domain/listing.ts';
import { INFERENCE_SERVER } from '../../domain/pulls/pull-job.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import type { Log } from '../../lib/log.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { modelIn } from '../find.ts';
import { fitsWhere, type FitsDeps } from '../hosts/target-host.ts';
import type { Choice } from './chat-defaults.ts';
import { optionsOf } from './request-selection.ts';
import { refuseQuestion } from './unattended.ts';

export interface QuestionDeps extends FitsDeps {
  readonly log: Log;
}

/** Has a request wait for an answer. */
export const ask = (
  { store, log }: QuestionDeps,
  request: AddRequest,
  choices: Picker | BranchPicker | UnsafeFiles,
): void => {
  if (request.chatId === INFERENCE_SERVER) refuseQuestion(choices);
  log.info({ request: request.id, ref: request.ref, question: choices.kind }, 'A request waits for an answer');
  store.addRequests.moveAddRequest(request.id, 'looking_up', 'choosing', { choices, errorMessage: null });
};

/** Asks which of several forms is meant. */
export const askForChoice = async (
  deps: QuestionDeps,
  request: AddRequest,
  listing: RepoListing,
  question: Extract<SelectedFiles, { readonly kind: 'choose' }> & Pick<Choice, 'lacks' | 'absent'>,
): Promise<void> => {
  const { of, choices, suggested, lacks, absent } = question;
  const { files: _, unsafe: __, says: ___, ...about } = listing;
  const fits = await fitsWhere(deps, request, listing);
  const kept = { ...about, branches: about.branches ?? [] };
  const { replaces } = optionsOf(request);
  const model = replaces === undefined ? undefined : modelIn(deps.store, request.chatId, replaces);
  const current = model && parseSelectionKey(model.selection).quantize;
  const picker = { of, choices, suggested, lacks, absent, ...fits, ...(current === undefined ? {} : { current }) };
  ask(deps, request, { kind: 'quants', listing: kept, ...picker });
};

/** Nobody has said which branch, or which files, and of those that come nothing can be loaded, while other branches may have it. */
export const isWithoutWeights = (
  { branches = [] }: RepoListing,
  { revision }: RepoRef,
  selection: Selection,
): boolean => {
  const { quantize, include, exclude } = selection;
  return branches.length > 0 && revision === undefined && quantize === 'auto' && include.length + exclude.length === 0;
};

/** Asks which branch is meant. */
export const askForBranch = async (
  deps: QuestionDeps,
  request: AddRequest,
  listing: RepoListing,
  here: number,
): Promise<void> => {
  const { branches = [], branchBytes = {}, license, gated } = listing;
  const fits = await fitsWhere(deps, request, listing);
  const choices = branches.map((label) => ({ label, totalBytes: branchBytes[label] }));
  ask(deps, request, { kind: 'branches', choices, here, license, gated: gated !== false, ...fits });
};
