/** @import { PageMessage } from '../../telegram/page-wire.ts' */
import { byId } from '../dom/dom.js';
import { fullName, summary } from '../words/describe.js';

/**
 * The message that the next one replies to, shown above the message box.
 * @param {() => void} onDrop a person does not want to reply any more
 */
export const createReply = (onDrop) => {
  const bar = byId('quote-bar');
  /** @type {PageMessage | undefined} */
  let replyTo;

  /** @param {PageMessage | undefined} message */
  const set = (message) => {
    replyTo = message;
    bar.hidden = !message;
    if (!message) return;
    byId('quote-name').textContent = fullName(message.from);
    byId('quote-line').textContent = summary(message);
  };

  byId('quote-close').addEventListener('click', () => {
    set(undefined);
    onDrop();
  });

  return {
    get: () => replyTo,
    set,
    /** @param {number} messageId of a message that is not there any more */
    forget: (messageId) => {
      if (replyTo?.message_id === messageId) set(undefined);
    },
    /** @returns false if there was none */
    drop: () => {
      const had = replyTo !== undefined;
      set(undefined);
      return had;
    },
  };
};
