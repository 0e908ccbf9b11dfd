import { AppError, type ErrorCode, messageOf } from '../../domain/errors.ts';
import type { Branch } from '../../domain/renewals/branch.ts';
import type { RenewalsDeps } from './deps.ts';
import type { Look } from './look.ts';

/** What people are told of: it stays so until somebody does something. */
const TOLD: readonly ErrorCode[] = ['not_found', 'gated'];

/** Why a branch that was there cannot be looked at, and what would be right; who looks one up for the first time is told otherwise. */
export const sentenceOf = (
  error: unknown,
  { repoType, name, revision }: Pick<Branch, 'repoType' | 'name' | 'revision'>,
): string =>
  error instanceof AppError && error.code === 'not_found'
    ? `The Hub does not show the ${repoType} ${name} at “${revision}” any more: it was deleted, made private or disabled. With a token in HF_TOKEN that may read it, it is looked after again.`
    : messageOf(error);

/**
 * A repository, or its branch, is not there any more, or is for those only who accept its terms: told once to each chat that has
 * models of it. What is here stays and can be loaded.
 */
export const tellTrouble = (
  { store }: RenewalsDeps,
  { branch, models }: Pick<Look, 'branch' | 'models'>,
  error: unknown,
): void => {
  if (!(error instanceof AppError) || !TOLD.includes(error.code) || branch.trouble === error.code) return;
  store.renewals.setTrouble(branch.id, error.code);
  for (const [chatId, [model]] of Map.groupBy(models, (each) => each.chatId))
    store.outbox.addNotice({
      kind: 'branch_trouble',
      chatId,
      ...(model ? { modelId: model.id } : {}),
      payload: { branchId: branch.id, sentence: sentenceOf(error, branch) },
    });
};
