import type { Search } from '../../store/downloads/searches.ts';
import type { Here } from './search-card.ts';
import { searchCard } from './search-card.ts';
import { contentOf, type Drawing, type Slot, type SlotDeps } from './slots.ts';

/** What the Hub answers within this long is shown at once: “searching” before it would cost a call that others need. */
const GRACE_MS = 300;

const hereOf = ({ store }: Pick<SlotDeps, 'store'>, { chatId, hits }: Search): readonly Here[] =>
  hits.length === 0
    ? []
    : store.models.modelsNamed(
        chatId,
        hits.map(({ id }) => id),
      );

const drawSearch = (deps: SlotDeps, search: Search): Drawing => {
  const { searches } = deps.store;
  const rendering = searchCard(search, { here: hereOf(deps, search), pageOf: deps.finding.pageOf });
  const content = contentOf(rendering);
  return {
    rendering,
    content,
    drew: () => {
      const unmoved = searches.getSearch(search.id)?.updatedAt === search.updatedAt;
      searches.setSearchDrawn(search.id, content, unmoved);
    },
  };
};

const searchSlot = (deps: SlotDeps, search: Search): Slot => {
  const { searches } = deps.store;
  const { id, chatId, threadId, cardMessageId, messageId, state, turn } = search;
  return {
    key: `search ${id}`,
    chatId,
    threadId,
    messageId: cardMessageId,
    // Of a group that became a supergroup; the old message's id means nothing there.
    replyTo: messageId > 0 ? messageId : null,
    drawn: null,
    // A size that has come is no news: it waits as progress does.
    state: `${turn} ${state}`,
    hurry: state === 'sizing' ? 'progress' : state === 'searching' ? 'new' : 'final',
    isAwaited: true,
    render: () => drawSearch(deps, search),
    sent: (sentId) => searches.setSearchCard(id, sentId),
    leaveThread: () => searches.leaveSearchThread(id),
  };
};

/** What was searched for and is not on the screen yet. */
export const searchSlots = (deps: SlotDeps): Slot[] => {
  const { store, clock } = deps;
  return store.searches.searchesToDraw().flatMap((search) => {
    const age = clock.now() - Date.parse(search.updatedAt);
    const isQuick = search.state === 'searching' && age >= 0 && age < GRACE_MS;
    return isQuick ? [] : [searchSlot(deps, search)];
  });
};
