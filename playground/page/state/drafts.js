/** @import { DraftView } from '../../telegram/page-wire.ts' */

/** @typedef {ReturnType<typeof createDrafts>} Drafts */

/**
 * What the bot is writing in each chat (`sendMessageDraft`), until it has written or has not gone on for half a minute.
 * @param {(chatId: number) => void} onChange
 */
export const createDrafts = (onChange) => {
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  const timers = new Map();
  /** @type {Map<number, DraftView>} */
  const drafts = new Map();

  /** @type {(chatId: number, draft: DraftView | null) => void} */
  const put = (chatId, draft) => {
    clearTimeout(timers.get(chatId));
    timers.delete(chatId);
    if (!draft && !drafts.has(chatId)) return;
    if (draft) {
      drafts.set(chatId, draft);
      timers.set(
        chatId,
        setTimeout(() => put(chatId, null), draft.leftMs),
      );
    } else drafts.delete(chatId);
    onChange(chatId);
  };

  return {
    put,
    /** @type {(chatId: number) => DraftView | undefined} */
    get: (chatId) => drafts.get(chatId),
  };
};
