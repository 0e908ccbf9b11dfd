import { byId, el } from '../dom/dom.js';
import { icon } from '../dom/icons.js';

/** How far from the end still counts as being at the end, in pixels. */
const NEAR = 60;

/**
 * The end of the timeline: it stays in view if it was in view; otherwise a button tells how many new messages wait below.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} list
 */
export const createEnd = (scroller, list) => {
  const jump = byId('jump');
  let sticks = true;
  let below = 0;
  let top = 0;

  const show = () => {
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

  scroller.addEventListener('scroll', () => {
    const isNear = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    // What has grown since the scrolling was wanted has moved nobody away: who leaves the end goes up.
    const wentUp = scroller.scrollTop < top;
    top = scroller.scrollTop;
    sticks = isNear || (sticks && !wentUp);
    drawJump();
  });
  // The composer grows, a phone's keyboard opens, a picture arrives: the end stays at the end.
  const observer = new ResizeObserver(() => {
    if (sticks) show();
  });
  observer.observe(scroller);
  observer.observe(list);
  jump.addEventListener('click', () => {
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: 'smooth' });
    scroller.focus({ preventScroll: true });
  });

  return {
    /** From now on the end is looked at. */
    stick: () => {
      sticks = true;
    },
    go: () => {
      sticks = true;
      show();
      drawJump();
    },
    countNew: () => {
      if (!sticks) below += 1;
    },
    /**
     * Runs a change of the content and keeps the end in view if it was.
     * @param {() => void} change
     */
    keep: (change) => {
      const stuck = sticks;
      change();
      if (stuck) show();
      drawJump();
    },
  };
};
