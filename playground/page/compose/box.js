import { byId, elementById } from '../dom/dom.js';

/**
 * @typedef {object} BoxEvents
 * @property {() => void} input
 * @property {(files: FileList) => void} paste
 * @property {(event: KeyboardEvent) => boolean} key true if the key was for somebody else, such as an open menu
 * @property {() => void} send
 * @property {() => boolean} escape true if there was something to leave
 */

/**
 * The box that text is written in, as high as its text.
 * @param {BoxEvents} on
 */
export const createBox = (on) => {
  const form = byId('composer');
  const box = elementById('message-box', HTMLTextAreaElement);
  const sendButton = elementById('send', HTMLButtonElement);

  box.addEventListener('input', on.input);
  box.addEventListener('keydown', (event) => {
    if (on.key(event)) return;
    // An input method confirms its word with Enter.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      on.send();
    } else if (event.key === 'Escape' && on.escape()) event.stopPropagation();
  });
  box.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    on.paste(files);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    on.send();
    box.focus();
  });

  return {
    box,
    /** @param {boolean} hasMore something else than text can be sent */
    fit: (hasMore) => {
      box.style.height = 'auto';
      // The border is not part of scrollHeight.
      box.style.height = `${box.scrollHeight}px`;
      sendButton.disabled = box.value.trim() === '' && !hasMore;
    },
    /** @param {boolean} hidden */
    setHidden: (hidden) => {
      form.hidden = hidden;
    },
  };
};
