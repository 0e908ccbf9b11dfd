import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';

/** Whom a limit is spoken of to: to the person whose it is, to others of who asked, of the group that they are in. */
export type Whose = 'own' | 'asker' | 'group';

const WHO: Readonly<Record<Whose, string>> = { own: 'You', asker: 'Who asked for it', group: 'This group' };

/** In a group, /library and /quota are the group's: what a person has stands in their own chat. */
const wayOut = (whose: Whose, isInGroup: boolean): string => {
  const where = isInGroup && whose !== 'group' ? ' in our own chat' : '';
  return `Remove one (/library${where}), or ask an owner of this bot for more. /quota${where} shows what there is.`;
};

interface Counted {
  readonly used: number;
  /** So many more are being looked up. */
  readonly lookUps: number;
  /** Where it is said. */
  readonly isInGroup: boolean;
}

/** Why more models cannot be had. */
export const tooManyModels = (whose: Whose, limit: number, { used, lookUps, isInGroup }: Counted): string => {
  const has = whose === 'own' ? 'have' : 'has';
  const coming = lookUps > 0 ? `, ${lookUps} more ${lookUps === 1 ? 'is' : 'are'} being looked up,` : '';
  return `${WHO[whose]} ${has} ${used} ${used === 1 ? 'model' : 'models'}${coming} and may have ${limit}: this would be one more. ${wayOut(whose, isInGroup)}`;
};

/** Why nothing can be added for now. @param inMs when it can; undefined: nothing may be added at all */
export const tooManyAdds = (whose: Whose, limit: number, inMs: number | undefined): string => {
  if (inMs === undefined) return `${WHO[whose]} may not add anything. An owner of this bot can change that.`;
  const has = whose === 'own' ? 'have' : 'has';
  const next = `The next may come in ${formatDuration(inMs)}; an owner of this bot can allow more.`;
  return `${WHO[whose]} ${has} added ${limit} within an hour, and may not add more. ${next}`;
};

/** A limit on bytes, and what stands against it. */
export interface TooLarge {
  readonly limit: number;
  readonly used: number;
  /** What the model would take beyond that. */
  readonly more: number;
}

/** What somebody has in other chats is no business of who reads this one. */
const tooLarge = (whose: Whose, { limit, used, more }: TooLarge): string =>
  whose === 'asker'
    ? `It would take ${formatBytes(more)}, more than is left of the ${formatBytes(limit)} that who asked for it may have.`
    : `It would take ${formatBytes(more)}. ${WHO[whose]} may have ${formatBytes(limit)} in all, and ${formatBytes(used)} are taken.`;

/** Why a model waits that is too large. */
export const waitsForBytes = (whose: Whose, about: TooLarge): string =>
  `${tooLarge(whose, about)} It starts by itself when enough was removed, or when an owner of this bot allows more.`;

/** Why a model that was removed cannot come back. */
export const tooLargeToReturn = (whose: Whose, about: TooLarge): string =>
  `${tooLarge(whose, about)} Remove something else first (/library), or ask an owner of this bot for more.`;

/** Why a model waits while others of the same run. */
export const waitsForRunning = (whose: Whose, limit: number): string => {
  if (limit === 0) return `${WHO[whose]} may download nothing. An owner of this bot can change that.`;
  const downloads = limit === 1 ? 'one download' : `${limit} downloads`;
  return `${WHO[whose]} may have ${downloads} at once. It starts by itself when ${limit === 1 ? 'that' : 'one of them'} has ended.`;
};
