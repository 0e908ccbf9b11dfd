import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Model } from '../../domain/model.ts';
import type { Renewal } from '../../domain/renewals/renewal.ts';
import type { NewAsk } from '../../store/renewals/asks.ts';
import type { Store } from '../../store/store.ts';
import { modelIn } from '../find.ts';
import type { RenewalsDeps } from './deps.ts';
import { type Rounds, startRounds } from './rounds.ts';

/** Newer commits of what a chat has: found out by themselves or when asked, taken or left. */
export interface RenewalsDesk {
  /**
   * Has models of a chat looked up now, those with these numbers, and updated if there is anything newer. The same update again asks for
   * nothing more.
   * @returns how many; those that are not complete, or were asked for by their commit, are not
   */
  readonly ask: (where: NewAsk, modelIds: readonly number[]) => number;
  /** The same of all of the chat. @returns how many */
  readonly askAll: (where: NewAsk) => Promise<number>;
  /**
   * A person takes what was offered, for all models of the chat that follow the same branch. What is newer by now is taken.
   * @returns those that are updated; none: it is not offered any more
   */
  readonly take: (model: Model) => readonly Model[];
  /** A person wants to hear no more of this commit. @param commit its first digits @returns false: another is offered by now */
  readonly ignore: (model: Model, commit: string) => boolean;
  /**
   * Gives a model, and those of its chat that follow the same branch, the name that their repository has now. What is here is linked.
   * @returns how many are renamed; 0: they have that name, or are not complete
   */
  readonly rename: (model: Model) => number;
  /** All that is offered in a chat, in a number that has room in a button. */
  readonly offeredAs: (chatId: number) => number;
  /** Takes all that is offered in a chat, if that is what this number stands for. @returns how many; undefined: it is not */
  readonly takeAll: (chatId: number, as: number) => number | undefined;
  readonly start: () => void;
  /** One round now, for whoever waits for its end. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Models of a chat that follow one branch. */
const siblingsOf = (store: Store, { chatId, name, repoType, revision }: Model): readonly Model[] =>
  store.renewals.followersOf({ name, repoType, revision }).filter((model) => model.chatId === chatId);

/** Those of a branch in this chat that a person may take. */
const offeredWith = (store: Store, model: Model): readonly { readonly model: Model; readonly renewal: Renewal }[] =>
  siblingsOf(store, model).flatMap((sibling) => {
    const renewal = store.renewals.getRenewal(sibling.id);
    return renewal?.state === 'offered' ? [{ model: sibling, renewal }] : [];
  });

const take = ({ store }: RenewalsDeps, model: Model): readonly Model[] =>
  store.atomically(() =>
    offeredWith(store, model).flatMap(({ model: { id }, renewal }) => {
      const moved = store.renewals.moveRenewal(id, renewal.state, 'wanted');
      const now = moved ? modelIn(store, model.chatId, id) : undefined;
      return now ? [now] : [];
    }),
  );

const ignore = ({ store }: RenewalsDeps, model: Model, commit: string): boolean =>
  store.atomically(() => {
    const left = offeredWith(store, model).filter(({ renewal }) => renewal.commitSha?.startsWith(commit));
    return left.filter(({ model: { id } }) => store.renewals.moveRenewal(id, 'offered', 'ignored')).length > 0;
  });

const rename = ({ store }: RenewalsDeps, model: Model): number =>
  store.atomically(
    () =>
      siblingsOf(store, model).filter(({ id, name, canonicalName: newName }) => {
        const state = store.renewals.getRenewal(id)?.state;
        if (newName === null || newName === name || state === undefined || state === 'wanted') return false;
        return store.renewals.moveRenewal(id, state, 'wanted', { newName });
      }).length,
  );

/** A slice after the other, and everything else has its turn meanwhile. What a killed program has begun of it goes on when the update comes again. */
const askAll = async (store: Store, where: NewAsk): Promise<number> => {
  let amount = 0;
  for (let next: number | undefined = 0; next !== undefined; ) {
    const after: number = next;
    const { asked, lastId } = store.atomically(() => {
      const slice = store.renewals.askForNext(where, after);
      // The first slice may have been looked at before there is a second.
      if (slice.lastId === undefined) store.renewals.endAsking(where.updateId);
      return slice;
    });
    amount += asked;
    next = lastId;
    if (next !== undefined) await breathe();
  }
  return amount;
};

/** Of twelve hexadecimal digits: whatever is offered, two lists have the same number by chance once in two hundred million million. */
const numberOf = (offered: string): number =>
  Number.parseInt(createHash('sha256').update(offered).digest('hex').slice(0, 12), 16);

/** Nothing is looked at before `start`. */
export const createRenewals = (deps: RenewalsDeps): RenewalsDesk => {
  let rounds: Rounds | undefined;
  const poked = <T>(outcome: T): T => {
    rounds?.poke();
    return outcome;
  };
  return {
    ask: (where, ids) => poked(deps.store.atomically(() => deps.store.renewals.askFor(where, ids))),
    askAll: async (where) => poked(await askAll(deps.store, where)),
    take: (model) => poked(take(deps, model)),
    rename: (model) => poked(rename(deps, model)),
    offeredAs: (chatId) => numberOf(deps.store.renewals.offeredIn(chatId)),
    takeAll: (chatId, as) => {
      const { renewals } = deps.store;
      const taken = deps.store.atomically(() =>
        numberOf(renewals.offeredIn(chatId)) === as ? renewals.takeOffered(chatId) : undefined,
      );
      return poked(taken);
    },
    ignore: (model, commit) => ignore(deps, model, commit),
    start: () => {
      rounds ??= startRounds(deps);
    },
    look: async () => rounds?.look(),
    close: async () => rounds?.close(),
  };
};
