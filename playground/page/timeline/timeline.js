/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { ChatLook } from './rows.js'
 */
import { byId } from '../dom/dom.js';
import { createDraftPlace } from './draft.js';
import { createEnd } from './end.js';
import { createRows, measure } from './rows.js';

/**
 * @typedef {object} Update
 * @property {boolean} [isIncoming]
 * @property {boolean} [toTheEnd]
 * @property {boolean} [anew] all messages were read again
 * @property {number} [changed] the id of the one that came, went or was edited
 */

/** @typedef {ReturnType<typeof createTimeline>} Timeline */

/** @type {(messages: readonly PageMessage[], meId: number, unread: number) => number | undefined} */
const lastRead = (messages, meId, unread) => {
  const firstUnread = unread > 0 ? messages.filter(({ from }) => from?.id !== meId).at(-unread) : undefined;
  return firstUnread && messages[messages.indexOf(firstUnread) - 1]?.message_id;
};

/** @param {HTMLElement} row */
const lightUp = (row) => {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  row.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' });
  row.focus({ preventScroll: true });
  row.setAttribute('data-flash', '');
  setTimeout(() => row.removeAttribute('data-flash'), 1600);
};

/** The messages of the open chat. While they change, what is being looked at stays where it is. */
export const createTimeline = () => {
  const scroller = byId('timeline');
  const list = byId('messages');
  const end = createEnd(scroller, list);
  const rows = createRows(list);

  /**
   * Runs a change of the content; the focus stays in the message it was in, or near it.
   * @param {() => void} change
   */
  const steadily = (change) => {
    const { activeElement } = document;
    const focused = list.contains(activeElement) ? activeElement : undefined;
    const home = focused?.closest('[data-message]');
    end.keep(() => {
      change();
      if (!focused || focused.isConnected) return;
      const next = home?.isConnected ? (home.querySelector('.key:not(:disabled)') ?? home) : scroller;
      if (next instanceof HTMLElement) next.focus({ preventScroll: true });
    });
  };

  return {
    /**
     * Another chat: all of it, from its end, with a line above what has not been read.
     * @type {(messages: readonly PageMessage[], look: ChatLook, unread: number) => void}
     */
    open: (messages, look, unread) => {
      rows.clear(lastRead(messages, look.meId, unread));
      const drawn = messages.map((message) => rows.draw(message, look));
      rows.arrange(messages);
      for (const row of drawn) measure(row);
      end.go();
    },
    /** @type {(messages: readonly PageMessage[], look: ChatLook, update: Update) => void} */
    update: (messages, look, { isIncoming = false, toTheEnd = false, anew = false, changed }) => {
      if (toTheEnd) end.stick();
      if (isIncoming) end.countNew();
      steadily(() => {
        rows.keep(messages);
        const drawn = messages
          .filter(({ message_id: id }) => anew || id === changed || !rows.get(id))
          .map((message) => rows.draw(message, look));
        rows.arrange(messages);
        for (const row of drawn) measure(row);
      });
    },
    /**
     * One message that is already there has changed.
     * @type {(message: PageMessage, look: ChatLook) => void}
     */
    redraw: (message, look) => {
      if (rows.get(message.message_id)) steadily(() => measure(rows.draw(message, look)));
    },
    drawDraft: createDraftPlace(end.keep),
    /**
     * Shows a message and lights it up.
     * @param {number} messageId
     * @returns false if it is not there
     */
    reveal: (messageId) => {
      const row = rows.get(messageId);
      if (row) lightUp(row);
      return row !== undefined;
    },
    focus: () => scroller.focus({ preventScroll: true }),
  };
};
