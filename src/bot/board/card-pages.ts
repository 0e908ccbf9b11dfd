import type { CardToDraw } from '../../store/messages/cards.ts';
import type { Store } from '../../store/store.ts';

/** What the board looks at, at one look. */
export interface CardPage {
  readonly cards: readonly CardToDraw[];
  /** How many there are in all. */
  readonly total: number;
}

/** So many cards are read at each look. */
const WHOLE_MOST = 2000;
/** Of one chat, also where that many chats have cards that more are read together. */
const PAGE_LEAST = 20;
/** As many as a chat gets in a while, of those that come one after the other. */
const UNSENT_MOST = 20;

/**
 * The cards that may not show what is true, at each look as many as can be read without keeping anybody waiting: all of them,
 * or, where there are thousands, a page of each chat's, the next one at the next look. So a chat that wants twenty thousand
 * models waits for itself alone: of any other all is looked at, or its page. What runs is always among them, and what is to be
 * sent next.
 * @param wholeMost so many are read at each look, of all chats together
 */
export const createCardPages = ({ cards }: Pick<Store, 'cards'>, wholeMost = WHOLE_MOST): (() => CardPage) => {
  /** The last model of each chat's last page. */
  let lastIds = new Map<number, number>();
  const pageOf = (chatId: number, most: number): readonly CardToDraw[] => {
    const page = cards.cardsToDrawIn(chatId, lastIds.get(chatId) ?? 0, most);
    const last = page.length < most ? undefined : page.at(-1);
    if (last) lastIds.set(chatId, last.modelId);
    else lastIds.delete(chatId);
    return page;
  };
  return () => {
    const total = cards.countToDraw();
    if (total <= wholeMost) {
      lastIds = new Map();
      return { cards: cards.cardsToDraw(), total };
    }
    const chats = cards.chatsToDraw();
    const most = Math.max(PAGE_LEAST, Math.floor(wholeMost / chats.length));
    const ofChat = (chatId: number): readonly CardToDraw[] => [
      ...cards.unsentCardsIn(chatId, UNSENT_MOST),
      ...pageOf(chatId, most),
    ];
    const looked = [...cards.cardsOfRunning(), ...chats.flatMap(ofChat)];
    const once = new Map(looked.map((card) => [card.modelId, card]));
    return { cards: [...once.values()].toSorted((left, right) => left.modelId - right.modelId), total };
  };
};
