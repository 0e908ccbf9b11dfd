/** Who is looking at what, in the address: `#1001` the list of a person, `#1001/1001` a chat. Back and reload work by it. */

export const readRoute = () => {
  const [userId, chatId] = location.hash.slice(1).split('/');
  return { userId: Number(userId) || undefined, chatId: chatId ? Number(chatId) || undefined : undefined };
};

/** @type {(userId: number, chatId?: number) => string} */
export const routeTo = (userId, chatId) => (chatId === undefined ? `#${userId}` : `#${userId}/${chatId}`);

/**
 * Goes there as a new step of the history, or in place of the present one.
 * @param {string} hash
 */
export const go = (hash, { replace = false } = {}) => {
  if (replace) {
    history.replaceState(null, '', hash);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else location.hash = hash;
};

/** On a phone's width the list and the chat take turns. */
export const isNarrow = () => matchMedia('(max-width: 760px)').matches;
