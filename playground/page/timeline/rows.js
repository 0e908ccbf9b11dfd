/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 */
import { el, morph } from '../dom/dom.js';
import { dayName } from '../words/times.js';
import { renderMessage } from './bubble.js';

/** Messages of one sender that follow each other within this time form a block, in seconds. */
const BLOCK_SECONDS = 300;

/**
 * @typedef {object} ChatLook who looks at which kind of chat
 * @property {number} meId
 * @property {boolean} isGroup
 * @property {(messageId: number, data: string) => boolean} isPending
 */

/** @param {PageMessage} message */
const dayKey = (message) => new Date(message.date * 1000).toDateString();

/** @type {(message: PageMessage, before: PageMessage | undefined) => boolean} */
const continues = (message, before) =>
  before !== undefined &&
  before.from?.id === message.from?.id &&
  dayKey(before) === dayKey(message) &&
  message.date - before.date < BLOCK_SECONDS;

/**
 * A folded quote needs its button only if there is more than fits.
 * @param {HTMLElement} row
 */
export const measure = (row) => {
  for (const quote of row.querySelectorAll('.expandable:not([data-open])')) {
    const body = quote.querySelector('.quote-body');
    if (body) quote.toggleAttribute('data-fits', body.scrollHeight <= body.clientHeight + 1);
  }
};

/**
 * The rows of the timeline: messages, the days above them, the line above what is unread. Edits change rows in place.
 * @param {HTMLElement} list
 */
export const createRows = (list) => {
  /** @type {Map<number, HTMLElement>} */
  const nodes = new Map();
  /** @type {Map<string, HTMLElement>} */
  const days = new Map();
  /** @type {{ after: number, node: HTMLElement } | undefined} */
  let divider;

  /** @param {PageMessage} message */
  const dayNode = (message) => {
    const key = dayKey(message);
    const node =
      days.get(key) ?? el('li', { class: 'day' }, el('span', { 'data-day': message.date }, dayName(message.date)));
    days.set(key, node);
    return node;
  };

  /** @type {(messages: readonly PageMessage[], index: number, message: PageMessage) => readonly HTMLElement[]} */
  const rowsOf = (messages, index, message) => {
    const node = nodes.get(message.message_id);
    if (!node) return [];
    const [before, next] = [messages[index - 1], messages[index + 1]];
    const [isAbove, isBelow] = [divider?.after === message.message_id, divider?.after === before?.message_id];
    node.dataset['first'] = !isBelow && continues(message, before) ? 'no' : 'yes';
    node.dataset['last'] = !isAbove && next && continues(next, message) ? 'no' : 'yes';
    const rows = before && dayKey(before) === dayKey(message) ? [node] : [dayNode(message), node];
    return divider && isAbove && next ? [...rows, divider.node] : rows;
  };

  return {
    /** @param {number | undefined} lastRead the message above the line */
    clear: (lastRead) => {
      nodes.clear();
      days.clear();
      list.replaceChildren();
      const node = el('li', { class: 'unread-line' }, el('span', {}, 'New messages'));
      divider = lastRead === undefined ? undefined : { after: lastRead, node };
    },
    /** @type {(messageId: number) => HTMLElement | undefined} */
    get: (messageId) => nodes.get(messageId),
    /** @type {(message: PageMessage, look: ChatLook) => HTMLElement} */
    draw: (message, look) => {
      const id = message.message_id;
      const fresh = renderMessage(message, { ...look, isPending: (data) => look.isPending(id, data) });
      const node = nodes.get(id);
      if (node) Object.assign(fresh.dataset, { first: node.dataset['first'], last: node.dataset['last'] });
      const shown = node ? morph(node, fresh) : fresh;
      nodes.set(id, shown);
      return shown;
    },
    /** @param {readonly PageMessage[]} messages all others go */
    keep: (messages) => {
      const present = new Set(messages.map((message) => message.message_id));
      for (const [id, node] of nodes) {
        if (present.has(id)) continue;
        node.remove();
        nodes.delete(id);
      }
    },
    /** @param {readonly PageMessage[]} messages in order; only what is not at its place is moved */
    arrange: (messages) => {
      const wanted = messages.flatMap((message, index) => rowsOf(messages, index, message));
      for (const [index, node] of wanted.entries()) {
        if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
      }
      while (list.children.length > wanted.length) list.lastElementChild?.remove();
    },
  };
};
