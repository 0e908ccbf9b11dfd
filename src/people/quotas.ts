import { AppError } from '../domain/errors.ts';
import {
  isGroup,
  holdersOf,
  limitsBy,
  type Limits,
  QUOTAS,
  type QuotaChanges,
  type QuotaDefaults,
  type QuotaWords,
  type Used,
} from '../domain/quotas/quota.ts';
import {
  tooLargeToReturn,
  type TooLarge,
  tooManyAdds,
  tooManyModels,
  waitsForBytes,
  waitsForRunning,
  type Whose,
} from '../domain/quotas/sentences.ts';
import type { Model } from '../domain/model.ts';
import { toIso, type WallClock } from '../lib/clock.ts';
import type { HeldBack, Room } from '../store/people/quotas.ts';
import type { Store } from '../store/store.ts';
import { isOwner, type Whereabouts } from './may.ts';
import type { Refusals } from './refusals.ts';

/** A person's or a group's (ids below zero) limits, and how far they are from them. */
export interface QuotaView {
  readonly holderId: number;
  readonly limits: Limits;
  readonly words: QuotaWords;
  readonly used: Used;
}

type Wanted = Pick<Model, 'id' | 'chatId' | 'requestedBy' | 'sizeBytes'>;

type Adding = Pick<Whereabouts, 'userId' | 'chatId'> & { readonly quiet?: boolean };

/** What people and groups may have. Nothing is kept of what they have: it is counted whenever it is asked for. */
export interface Quotas {
  readonly viewOf: (holderId: number) => QuotaView;
  /** @returns whether anything is another than before; noted in the activity log then */
  readonly set: (by: Pick<Whereabouts, 'userId' | 'chatId'>, holderId: number, words: QuotaChanges) => boolean;
  /**
   * Whether a person may add something in a chat.
   * @param asked `quiet`: nobody waits for the answer, and it is asked again until it may
   * @param isNew false: it is about a model that is there
   * @throws AppError constraint that says what the limit is, and who can change it
   */
  readonly checkAdd: (asked: Adding, isNew: boolean) => void;
  /** Whether there may be one more model. @throws AppError constraint */
  readonly checkModel: (asked: { readonly userId: number | null; readonly chatId: number }) => void;
  /** Whether a model that was removed may come back. @param isHere it comes back with its files @throws AppError constraint */
  readonly checkReturn: (model: Wanted, isHere: boolean) => void;
  /** Which models that wait may not start now. */
  readonly heldBack: () => HeldBack;
  /** Whether anybody may have only so many bytes, or downloads at once. */
  readonly areLimited: () => boolean;
  /** How many bytes more a model may bring before somebody has too much; undefined: nobody has a limit. */
  readonly bytesLeftFor: (model: Pick<Model, 'chatId' | 'requestedBy'>) => number | undefined;
  /** Why a model may not start, as a sentence for its chat; undefined if it may. */
  readonly refusalOf: (model: Wanted) => QuotaRefusal | undefined;
}

/** Why a model may not start. */
export interface QuotaRefusal {
  readonly of: 'bytes' | 'running';
  readonly why: string;
}

export interface QuotaDeps {
  readonly store: Pick<Store, 'quotas' | 'users' | 'activity' | 'atomically'>;
  readonly defaults: () => QuotaDefaults;
  /** Counts what is refused. */
  readonly refusals?: Pick<Refusals, 'note'>;
  readonly clock: WallClock;
}

const HOUR_MS = 3_600_000;

const limitsOf = ({ store, defaults }: QuotaDeps, holderId: number): Limits =>
  limitsBy(store.quotas.quotaWords(holderId), defaults(), holderId, isOwner(store, holderId));

const refuse = (sentence: string): never => {
  throw new AppError('constraint', sentence);
};

/** What is said in a private chat is said to its person; in a group, to all who are there. */
const whoseIn = (chatId: number, holderId: number): Whose =>
  isGroup(holderId) ? 'group' : chatId === holderId ? 'own' : 'asker';

/** What a person is told who has just asked. */
const whoseTo = (holderId: number): Whose => (isGroup(holderId) ? 'group' : 'own');

const checkAdds = ({ store, clock }: QuotaDeps, holderId: number, limit: number | undefined): void => {
  if (limit === undefined) return;
  if (limit === 0) refuse(tooManyAdds(whoseTo(holderId), limit, undefined));
  const oldest = store.quotas.nthNewestAddOf(holderId, limit);
  const age = oldest === undefined ? HOUR_MS : clock.now() - Date.parse(oldest);
  // Below zero: the clock was set back, and nobody knows how long ago it was.
  if (age >= 0 && age < HOUR_MS) refuse(tooManyAdds(whoseTo(holderId), limit, HOUR_MS - age));
};

interface OneMore {
  readonly holderId: number;
  readonly limit: number | undefined;
  /** So many more are being looked up. */
  readonly lookUps?: number;
  readonly whose?: Whose;
  /** Where it is said. */
  readonly chatId: number;
}

const checkModels = (
  { store }: QuotaDeps,
  { holderId, limit, lookUps = 0, whose = whoseTo(holderId), chatId }: OneMore,
): void => {
  if (limit === undefined) return;
  const used = store.quotas.countModelsOf(holderId);
  if (used + lookUps >= limit) refuse(tooManyModels(whose, limit, { used, lookUps, isInGroup: isGroup(chatId) }));
};

/** Why there is no room for what a model would take. */
const excessOf = (
  { store }: QuotaDeps,
  holderId: number,
  limit: number | undefined,
  more: number,
): TooLarge | undefined => {
  if (limit === undefined || more <= 0) return undefined;
  const used = store.quotas.bytesOf(holderId);
  return used + more > limit ? { limit, used, more } : undefined;
};

const isLimited = ({ bytes, running }: Limits): boolean => bytes !== undefined || running !== undefined;

const areLimited = ({ store, defaults }: QuotaDeps): boolean =>
  isLimited(defaults().person) ||
  isLimited(defaults().group) ||
  store.quotas.holdersWith('bytes', 'running').length > 0;

const heldBack = (deps: QuotaDeps): HeldBack => {
  // Where nobody has limits, nothing is read of what anybody wants.
  if (!areLimited(deps)) return { bytes: [], running: [] };
  const { quotas } = deps.store;
  const { person, group } = deps.defaults();
  const named = new Set(quotas.holdersWith('bytes', 'running'));
  const rooms = quotas
    .holdersWaiting()
    .filter((id) => named.has(id) || isLimited(isGroup(id) ? group : person))
    .flatMap((holderId): Room[] => {
      const { bytes, running } = limitsOf(deps, holderId);
      if (bytes === undefined && running === undefined) return [];
      return [
        {
          holderId,
          bytes: bytes === undefined ? undefined : bytes - quotas.bytesOf(holderId),
          running: running === undefined ? undefined : running - quotas.runningOf(holderId),
        },
      ];
    });
  return quotas.heldBack(rooms);
};

const refusalOf = (deps: QuotaDeps, { id, chatId, requestedBy }: Wanted): QuotaRefusal | undefined => {
  // Asked of each card of each look.
  if (!areLimited(deps)) return undefined;
  const { quotas } = deps.store;
  for (const holderId of holdersOf(requestedBy, chatId)) {
    const { bytes, running } = limitsOf(deps, holderId);
    const whose = whoseIn(chatId, holderId);
    const excess = bytes === undefined ? undefined : excessOf(deps, holderId, bytes, quotas.wantsMore(id));
    if (excess) return { of: 'bytes', why: waitsForBytes(whose, excess) };
    if (running !== undefined && quotas.runningOf(holderId) >= running)
      return { of: 'running', why: waitsForRunning(whose, running) };
  }
  return undefined;
};

const bytesLeftFor = (
  deps: QuotaDeps,
  { chatId, requestedBy }: Pick<Model, 'chatId' | 'requestedBy'>,
): number | undefined => {
  const left = holdersOf(requestedBy, chatId).flatMap((holderId) => {
    const { bytes } = limitsOf(deps, holderId);
    return bytes === undefined ? [] : [Math.max(0, bytes - deps.store.quotas.bytesOf(holderId))];
  });
  return left.length === 0 ? undefined : Math.min(...left);
};

/** Counts what is refused, and notes it once in an hour of each person. @throws what the check throws */
const counted = ({ refusals, store }: QuotaDeps, { userId, chatId, quiet }: Adding, check: () => void): void => {
  try {
    check();
  } catch (error) {
    if (quiet !== true && refusals?.note('quota', { userId, chatId }) === true) {
      store.activity.noteActivity({ userId, chatId, action: 'quota_refused', result: 'refused', metadata: null });
    }
    throw error;
  }
};

const set = (
  { store }: QuotaDeps,
  by: Pick<Whereabouts, 'userId' | 'chatId'>,
  holderId: number,
  changes: QuotaChanges,
): boolean =>
  store.atomically(() => {
    const before = store.quotas.quotaWords(holderId);
    const changed = QUOTAS.filter((quota) => quota in changes && changes[quota] !== before[quota]);
    for (const quota of changed) store.quotas.setQuota(holderId, quota, changes[quota]);
    if (changed.length === 0) return false;
    const said = Object.fromEntries(
      changed.map((quota) => [quota, changes[quota] === undefined ? 'default' : (changes[quota] ?? 'none')]),
    );
    store.activity.logActivity(by.userId, by.chatId, 'quota_set', { id: holderId, ...said });
    return true;
  });

/** The limits of people and groups: an owner's word of somebody, else what is usual, which owners of the bot are free of. */
export const createQuotas = (deps: QuotaDeps): Quotas => {
  const { store, clock } = deps;
  return {
    viewOf: (holderId) => ({
      holderId,
      limits: limitsOf(deps, holderId),
      words: store.quotas.quotaWords(holderId),
      used: store.quotas.usedBy(holderId, toIso(clock.now() - HOUR_MS)),
    }),
    set: (by, holderId, changes) => set(deps, by, holderId, changes),
    checkAdd: (asked, isNew) => {
      counted(deps, asked, () => {
        for (const holderId of holdersOf(asked.userId, asked.chatId)) {
          const limits = limitsOf(deps, holderId);
          checkAdds(deps, holderId, limits.adds_per_hour);
          if (isNew) {
            const lookUps = store.quotas.lookUpsFor(holderId);
            checkModels(deps, { holderId, limit: limits.models, lookUps, chatId: asked.chatId });
          }
        }
      });
    },
    checkModel: ({ userId, chatId }) => {
      for (const holderId of holdersOf(userId, chatId))
        checkModels(deps, { holderId, limit: limitsOf(deps, holderId).models, chatId });
    },
    checkReturn: ({ chatId, requestedBy, sizeBytes }, isHere) => {
      for (const holderId of holdersOf(requestedBy, chatId)) {
        const { models, bytes } = limitsOf(deps, holderId);
        const whose = whoseIn(chatId, holderId);
        checkModels(deps, { holderId, limit: models, whose, chatId });
        const excess = isHere ? excessOf(deps, holderId, bytes, sizeBytes ?? 0) : undefined;
        if (excess) refuse(tooLargeToReturn(whose, excess));
      }
    },
    heldBack: () => heldBack(deps),
    areLimited: () => areLimited(deps),
    bytesLeftFor: (model) => bytesLeftFor(deps, model),
    refusalOf: (model) => refusalOf(deps, model),
  };
};
