/** @import { DraftView } from '../../telegram/page-wire.ts' */
import { byId, el } from '../dom/dom.js';

/**
 * A message that is being written, with the button that stops it.
 * @param {DraftView} draft
 * @param {() => void} onStop
 */
const renderDraft = ({ text, canStop }, onStop) => {
  const stop = canStop && el('button', { type: 'button', class: 'draft-stop' }, 'Stop');
  if (stop) stop.addEventListener('click', onStop);
  return el(
    'div',
    { class: 'draft', role: 'status', 'aria-label': 'The bot is writing' },
    el(
      'div',
      { class: 'bubble' },
      el('span', { class: text === '' ? 'draft-thinks' : 'draft-text' }, text || 'Thinking…'),
    ),
    stop,
  );
};

/**
 * Where what the bot is writing stands, below all messages.
 * @param {(change: () => void) => void} steadily
 * @returns {(draft: DraftView | undefined, onStop: () => void) => void}
 */
export const createDraftPlace = (steadily) => {
  const place = byId('draft');
  return (draft, onStop) => steadily(() => place.replaceChildren(...(draft ? [renderDraft(draft, onStop)] : [])));
};
