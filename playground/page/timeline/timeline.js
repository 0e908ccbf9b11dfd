import { renderMessage } from './bubble.js';
import { byId, el, morph } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { dayName } from '../words/times.js';

/** How far from the end still counts as being at the end, in pixels. */
const NEAR = 60;
/** Messages of one sender that follow each other within this time form a block, in seconds. */
const BLOCK_SECONDS = 300;

const dayKey = (message) => new Date(message.date * 1000).toDateString();

/**
 * The messages of the open chat. Edits change bubbles in place; the end stays in view if it was in view; otherwise nothing
 * moves, and a button tells how many new messages wait below.
 */
export const createTimeline = () => {
  const scroller = byId('timeline');
  const list = byId('messages');
  const jump = byId('jump');
  const nodes = new Map();
  const days = new Map();
  let sticks = true;
  let below = 0;
  let divider;

  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };

  const drawJump = () => {
    jump.hidden = sticks;
    if (sticks) below = 0;
    const label = below === 0 ? 'Go to the newest message' : below === 1 ? '1 new message' : `${below} new messages`;
    if (jump.getAttribute('aria-label') === label) return;
    jump.setAttribute('aria-label', label);
    jump.replaceChildren(icon('down'), below > 0 ? el('span', { class: 'badge' }, String(below)) : '');
  };

  const dayNode = (message) => {
    const key = dayKey(message);
    if (!days.has(key)) days.set(key, el('li', { class: 'day' }, el('span', {}, dayName(message.date))));
    return days.get(key);
  };

  const follows = (message, before) =>
    before &&
    before.from?.id === message.from?.id &&
    dayKey(before) === dayKey(message) &&
    message.date - before.date < BLOCK_SECONDS &&
    before.message_id !== divider?.after;

  /** Puts days, messages and the line above unread ones in order, moving only what is not at its place. */
  const arrange = (messages) => {
    const wanted = [];
    for (const [index, message] of messages.entries()) {
      const before = messages[index - 1];
      if (!before || dayKey(before) !== dayKey(message)) wanted.push(dayNode(message));
      const node = nodes.get(message.message_id);
      node.dataset.first = follows(message, before) ? 'no' : 'yes';
      const next = messages[index + 1];
      node.dataset.last = next && follows(next, message) ? 'no' : 'yes';
      wanted.push(node);
      if (divider?.after === message.message_id && next) wanted.push(divider.node);
    }
    for (const [index, node] of wanted.entries()) {
      if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
    }
    while (list.children.length > wanted.length) list.lastChild.remove();
  };

  /** A folded quote needs its button only if there is more than fits. */
  const measure = (node) => {
    for (const quote of node.querySelectorAll('.expandable:not([data-open])')) {
      const body = quote.querySelector('.quote-body');
      quote.toggleAttribute('data-fits', body.scrollHeight <= body.clientHeight + 1);
    }
  };

  /** Runs a change of the content and keeps what is being looked at where it is. */
  const steadily = (change) => {
    const stuck = sticks;
    const focused = list.contains(document.activeElement) ? document.activeElement : undefined;
    const home = focused?.closest('[data-message]');
    change();
    if (focused && !focused.isConnected)
      (home?.isConnected ? (home.querySelector('.key:not(:disabled)') ?? home) : scroller).focus({
        preventScroll: true,
      });
    if (stuck) toEnd();
    drawJump();
  };

  const draw = (message, view) => {
    const fresh = renderMessage(message, { ...view, isPending: (data) => view.isPending(message.message_id, data) });
    const node = nodes.get(message.message_id);
    if (node) {
      fresh.dataset.first = node.dataset.first;
      fresh.dataset.last = node.dataset.last;
    }
    const shown = node ? morph(node, fresh) : fresh;
    nodes.set(message.message_id, shown);
    return shown;
  };

  const forget = (messages) => {
    const present = new Set(messages.map((message) => message.message_id));
    for (const [id, node] of nodes) {
      if (present.has(id)) continue;
      node.remove();
      nodes.delete(id);
    }
  };

  scroller.addEventListener('scroll', () => {
    sticks = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    drawJump();
  });
  // The composer grows, a phone's keyboard opens, a picture arrives: the end stays at the end.
  const observer = new ResizeObserver(() => {
    if (sticks) toEnd();
  });
  observer.observe(scroller);
  observer.observe(list);
  jump.addEventListener('click', () => {
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: 'smooth' });
    scroller.focus({ preventScroll: true });
  });

  return {
    /** Another chat: all of it, from its end, with a line above what has not been read. */
    open: (messages, view, unread) => {
      nodes.clear();
      days.clear();
      list.replaceChildren();
      const incoming = messages.filter((message) => message.from?.id !== view.meId);
      const firstUnread = unread > 0 ? incoming.at(-unread) : undefined;
      const after = firstUnread && messages[messages.indexOf(firstUnread) - 1]?.message_id;
      divider =
        after === undefined
          ? undefined
          : { after, node: el('li', { class: 'unread-line' }, el('span', {}, 'New messages')) };
      for (const message of messages) draw(message, view);
      arrange(messages);
      for (const node of nodes.values()) measure(node);
      sticks = true;
      toEnd();
      drawJump();
    },
    /** A message came, went or was edited (`changed`: its id), or (`anew`) all of them were read again. */
    update: (messages, view, { isIncoming = false, toTheEnd = false, anew = false, changed } = {}) => {
      if (toTheEnd) sticks = true;
      if (isIncoming && !sticks) below += 1;
      steadily(() => {
        forget(messages);
        const drawn = messages
          .filter(({ message_id: id }) => anew || id === changed || !nodes.has(id))
          .map((message) => draw(message, view));
        arrange(messages);
        for (const node of drawn) measure(node);
      });
    },
    /** One message that is already there has changed. */
    redraw: (message, view) => {
      if (!nodes.has(message.message_id)) return;
      steadily(() => measure(draw(message, view)));
    },
    /** Shows a message and lights it up. @returns false if it is not there */
    reveal: (messageId) => {
      const node = nodes.get(Number(messageId));
      if (!node) return false;
      node.scrollIntoView({
        block: 'center',
        behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
      });
      node.focus({ preventScroll: true });
      node.setAttribute('data-flash', '');
      setTimeout(() => node.removeAttribute('data-flash'), 1600);
      return true;
    },
    isAtEnd: () => sticks,
    focus: () => scroller.focus({ preventScroll: true }),
  };
};
