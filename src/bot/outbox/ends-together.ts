import { toIso } from '../../lib/clock.ts';
import type { Notice } from '../../store/messages/outbox.ts';
import type { Store } from '../../store/store.ts';
import type { Rendering } from '../ui/text.ts';
import { causeOf, isEnd, toldSince } from './same-cause.ts';
import { renderEnds } from './download-ended.ts';

/** Causes of failures in one message; more make a list that nobody reads. */
const CAUSES_MOST = 20;
/** One cause makes one sound in so long; what else fails for it is counted in the message that is there. */
const ONE_SOUND_MS = 10 * 60_000;
const RECOUNT_MS = 3000;
/** A card that has its message is drawn in its last state before the sound, unless that takes longer than this. */
const CARD_FIRST_MS = 3000;
/** A card that cannot be sent for so long keeps nobody from being told. */
const CARD_MOST_MS = 10 * 60_000;

/** What shows that of which a notice tells the end; undefined: nothing does. */
const cardOf = (
  { cards, verifications }: Store,
  notice: Notice,
): { readonly messageId: number | null; readonly final: boolean } | undefined => {
  if (notice.kind === 'verified') {
    const verification = verifications.getVerification(notice.payload.verificationId);
    // Of a reading for which no chat has asked, nothing shows anything.
    if (verification?.chatId !== notice.chatId) return undefined;
    return { messageId: verification.cardMessageId, final: verification.settled };
  }
  const card = isEnd(notice) && notice.modelId !== null ? cards.cardOf(notice.modelId) : undefined;
  return card?.chatId === notice.chatId ? card : undefined;
};

/** The card comes first: a sound for something that is not on the screen is a riddle. */
export const isAfterItsCard = (store: Store, notice: Notice, now: number): boolean => {
  const card = cardOf(store, notice);
  if (!card || card.final) return true;
  if (store.chats.getChat(notice.chatId)?.reachable === false) return true;
  const age = now - Date.parse(notice.createdAt);
  // Below zero: the clock was set back.
  return age < 0 || age > (card.messageId === null ? CARD_MOST_MS : CARD_FIRST_MS);
};

interface Recount {
  readonly notices: readonly Notice[];
  readonly rendering: Rendering;
  readonly edits: number;
  readonly isQuiet: true;
}

/**
 * Failures whose cause has made its sound are counted in the message that made it, all together and not too often.
 * @param notices of one chat
 * @returns those that are counted so, and the message to be changed now, if there is one
 */
export const recountBatch = (
  store: Store,
  notices: readonly Notice[],
  now: number,
): { readonly counted: ReadonlySet<Notice>; readonly batch: Recount | undefined } => {
  const told = toldSince(store, notices, toIso(now - ONE_SOUND_MS));
  const counted = new Set(told.keys());
  const ready = [...told.values()].find(({ at }) => now < at || now - at >= RECOUNT_MS);
  if (!ready) return { counted, batch: undefined };
  const { messageId } = ready;
  const more = [...told].flatMap(([notice, message]) => (message.messageId === messageId ? [notice] : []));
  const all = [...store.outbox.noticesIn(more[0]?.chatId ?? 0, messageId), ...more];
  return { counted, batch: { notices: more, rendering: renderEnds(store, all), edits: messageId, isQuiet: true } };
};

/** As many of them as one message may tell: all that went well, and failures of so many causes. */
export const mergeable = (store: Store, ends: readonly Notice[]): Notice[] => {
  const told = new Set<string>();
  return ends.filter((notice) => {
    if (notice.kind === 'completed') return true;
    const cause = causeOf(store, notice);
    if (told.size >= CAUSES_MOST && !told.has(cause)) return false;
    told.add(cause);
    return true;
  });
};
