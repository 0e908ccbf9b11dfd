/* domain/quotas: what somebody may have, and the sentence that says what is left. */

import { ANONYMOUS_ADMIN } from '../people/anonymous-admin.ts';

/**
 * What somebody may have.
 * - `models`: in the libraries, as many at one time.
 * - `bytes`: of what is here and of what is being downloaded; what several share counts for each of them.
 * - `running`: downloads at once.
 * - `adds_per_hour`: references within an hour, whatever came of them.
 */
export const QUOTAS = ['models', 'bytes', 'running', 'adds_per_hour'] as const;
export type Quota = (typeof QUOTAS)[number];

/** So much of each; undefined: as much as there is. */
export type Limits = Readonly<Record<Quota, number | undefined>>;

/** What an owner has said of somebody; null: as much as there is. Of what is not in it, the default holds. */
export type QuotaWords = Readonly<Partial<Record<Quota, number | null>>>;

/** What holds for those of whom no owner has said anything. */
export interface QuotaDefaults {
  readonly person: Limits;
  readonly group: Limits;
}

/** What somebody has of each now. */
export type Used = Readonly<Record<Quota, number>>;

/** What an owner says of somebody: as `QuotaWords`; undefined takes back what was said. */
export type QuotaChanges = Readonly<Partial<Record<Quota, number | null | undefined>>>;

/** Telegram's ids tell groups (below zero) from people. */
export const isGroup = (holderId: number): boolean => holderId < 0;

const NO_LIMITS: Limits = { models: undefined, bytes: undefined, running: undefined, adds_per_hour: undefined };

/**
 * What holds for somebody: an owner's word, else the default; owners of the bot have no default, and neither has what anonymous
 * admins write as: the groups of all of them would share it.
 */
export const limitsBy = (words: QuotaWords, defaults: QuotaDefaults, holderId: number, isOwner: boolean): Limits => {
  const usual = isGroup(holderId)
    ? defaults.group
    : isOwner || holderId === ANONYMOUS_ADMIN
      ? NO_LIMITS
      : defaults.person;
  const limitOf = (quota: Quota): number | undefined => {
    const said = words[quota];
    return said === undefined ? usual[quota] : (said ?? undefined);
  };
  return {
    models: limitOf('models'),
    bytes: limitOf('bytes'),
    running: limitOf('running'),
    adds_per_hour: limitOf('adds_per_hour'),
  };
};

/** Whose limits count for what a person wants in a chat: their own, and those of the group. */
export const holdersOf = (userId: number | null, chatId: number): number[] => [
  ...(userId === null ? [] : [userId]),
  ...(isGroup(chatId) ? [chatId] : []),
];
