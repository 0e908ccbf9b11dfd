import { refuse } from '../../domain/errors.ts';
import { ANONYMOUS_ADMIN } from '../../domain/people/anonymous-admin.ts';
import { parseRepoRef, spaceIn } from '../../domain/repo/repo.ts';
import { isOwner } from '../../people/may.ts';
import type { Quotas } from '../../people/quotas.ts';
import type { NewAddRequest } from '../../store/downloads/add-requests.ts';
import type { Store } from '../../store/store.ts';

export interface AddLimits {
  readonly quotas: Pick<Quotas, 'checkAdd' | 'checkModel'>;
  /** Look-ups of one person who is no owner that have not ended; undefined: as many as there are. */
  readonly openLookUps: () => number | undefined;
}

/** Whether it is asked for what the chat has not, as far as a name can tell. What a Space is about is asked first. */
const isNew = (
  { models, webFiles }: Pick<Store, 'models' | 'webFiles'>,
  { chatId, ref, options }: NewAddRequest,
  hubHosts: readonly string[],
): boolean =>
  options.replaces === undefined &&
  spaceIn(ref, hubHosts) === undefined &&
  (options.url === undefined
    ? models.findModels(chatId, parseRepoRef(ref, hubHosts).id).length === 0
    : webFiles.modelsFrom(chatId, options.url).length === 0);

/**
 * Whether a person may ask for something.
 * @throws AppError constraint, with what would help
 */
export const checkAddLimits = (
  store: Pick<Store, 'addRequests' | 'models' | 'users' | 'webFiles'>,
  { quotas, openLookUps }: AddLimits,
  input: NewAddRequest,
  hubHosts: readonly string[],
): void => {
  const { options, userId, chatId } = input;
  if (options.ofMachine) return;
  const most = openLookUps();
  // All groups' anonymous admins are one account: those of another group are not waited for.
  const inChat = userId === ANONYMOUS_ADMIN ? chatId : undefined;
  if (most !== undefined && !isOwner(store, userId) && store.addRequests.openLookUpsOf(userId, inChat) >= most) {
    refuse(`${most} of your look-ups are not done yet. Add the next one when some of them are.`, 'constraint');
  }
  quotas.checkAdd(input, isNew(store, input, hubHosts));
};
