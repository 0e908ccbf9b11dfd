import type { CardToDraw, CardTurns } from '../../store/messages/cards.ts';
import type { Store } from '../../store/store.ts';

/** What the board looks at, at one look. */
export interface CardPage {
  readonly cards: readonly CardToDraw[];
  /** How many there are in all; of very many that takes as long as to look at some. */
  readonly total: () => number;
}

export interface PageSizes {
  /** Up to so many are looked at at each look. */
  readonly whole: number;
  /** Of more, so many of those that are up to date. */
  readonly waiting: number;
  /** Of more, the news of so many chats, and so many of each. */
  readonly newsChats: number;
  readonly newsOfChat: number;
  /** And so many of its oldest at each of its turns, so that its cards come in their order where Telegram takes few. */
  readonly oldestOfChat: number;
}

/** What waits is rendered to see whether its words have changed: fewer than Telegram would take until the next look, of which most goes to news. */
const SIZES: PageSizes = { whole: 100, waiting: 5, newsChats: 40, newsOfChat: 20, oldestOfChat: 4 };

/** Before all chats: groups have ids below zero. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;
/** Of more chats it is forgotten how far they were. */
const REMEMBERED_MOST = 20_000;

/** Goes from chat to chat, and through the cards of each, and begins anew at the end. */
const createTurns = ({ chatsAfter, cardsAfter }: CardTurns, oldest = 0) => {
  let lastChat = BEFORE_ALL;
  /** The last model of each chat's last turn. */
  const lastIds = new Map<number, number>();
  const nextOf = (chatId: number, most: number): readonly CardToDraw[] => {
    const before = lastIds.get(chatId) ?? 0;
    const next = cardsAfter(chatId, before, most);
    const cards = next.length === 0 && before > 0 ? cardsAfter(chatId, 0, most) : next;
    const last = cards.length < most ? undefined : cards.at(-1);
    if (lastIds.size >= REMEMBERED_MOST) lastIds.clear();
    if (last) lastIds.set(chatId, last.modelId);
    else lastIds.delete(chatId);
    return cards;
  };
  return (chatsMost: number, most: (chats: number) => number): readonly CardToDraw[] => {
    const next = chatsAfter(lastChat, chatsMost);
    const again = next.length < chatsMost ? chatsAfter(BEFORE_ALL, chatsMost - next.length) : [];
    const chats = [...new Set([...next, ...again])];
    lastChat = chats.at(-1) ?? BEFORE_ALL;
    return chats.flatMap((chatId) => [
      ...(oldest > 0 ? cardsAfter(chatId, 0, oldest) : []),
      ...nextOf(chatId, most(chats.length)),
    ]);
  };
};

/**
 * The cards that may not show what is true, at each look as many as can be read without keeping anybody waiting: all of them,
 * or, where there are more, what runs; of each chat what is not on the screen yet as its row is; and of what is, a few, the next ones at the
 * next look. Chats take turns: one that wants twenty thousand models waits for itself alone.
 */
export const createCardPages = ({ cards }: Pick<Store, 'cards'>, sizes: PageSizes = SIZES): (() => CardPage) => {
  const news = createTurns(cards.newsCards, sizes.oldestOfChat);
  const waiting = createTurns(cards.waitingCards);
  return () => {
    if (!cards.hasMoreToDraw(sizes.whole)) {
      const all = cards.cardsToDraw();
      return { cards: all, total: () => all.length };
    }
    const looked = [
      ...cards.cardsOfRunning(),
      ...news(sizes.newsChats, () => sizes.newsOfChat),
      ...waiting(sizes.waiting, (chats) => Math.max(1, Math.floor(sizes.waiting / chats))),
    ];
    const once = new Map(looked.map((card) => [card.modelId, card]));
    const inOrder = [...once.values()].toSorted((left, right) => left.modelId - right.modelId);
    return { cards: inOrder, total: cards.countToDraw };
  };
};
