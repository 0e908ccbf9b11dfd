import { byId, closestTo, el, elementById } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { formatSize } from '../words/sizes.js';

/** Telegram's own limit for a bot's uploads; the stand-in has no use for more. */
const LARGEST_FILE = 50e6;

/** @type {(file: File, index: number) => HTMLElement} */
const row = (file, index) =>
  el(
    'li',
    {},
    icon('file'),
    el('span', { class: 'attachment-name' }, file.name),
    el('span', { class: 'attachment-size' }, formatSize(file.size)),
    el(
      'button',
      { type: 'button', class: 'icon-button small', 'data-index': index, 'aria-label': `Do not send ${file.name}` },
      icon('close'),
    ),
  );

/**
 * The files that go with the next message.
 * @param {object} on
 * @param {() => void} on.change
 * @param {() => void} on.touch a person has added or removed one
 * @param {(name: string) => void} on.tooLarge
 */
export const createAttachments = (on) => {
  const list = byId('attachments');
  const input = elementById('file-input', HTMLInputElement);
  /** @type {readonly File[]} */
  let files = [];

  /** @param {readonly File[]} next */
  const set = (next) => {
    files = next;
    list.hidden = files.length === 0;
    list.replaceChildren(...files.map(row));
    on.change();
  };

  /** @param {Iterable<File>} more */
  const add = (more) => {
    const added = [...more];
    for (const { name } of added.filter(({ size }) => size > LARGEST_FILE)) on.tooLarge(name);
    set([...files, ...added.filter(({ size }) => size <= LARGEST_FILE)]);
    on.touch();
  };

  byId('attach').addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    add(input.files ?? []);
    input.value = '';
  });
  list.addEventListener('click', (event) => {
    const button = closestTo(event.target, '[data-index]');
    if (!button) return;
    set(files.filter((_, index) => index !== Number(button.dataset['index'])));
    on.touch();
  });

  return { files: () => files, set, add };
};
