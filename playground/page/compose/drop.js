import { byId } from '../dom/dom.js';

/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') === true;

/**
 * Files dropped on the chat are attached; dropped beside it they are not opened by the browser.
 * @param {(files: FileList) => void} onFiles
 */
export const setUpDrop = (onFiles) => {
  const chat = byId('chat');
  const veil = byId('drop');
  let depth = 0;
  /** @param {boolean} shown */
  const show = (shown) => {
    veil.hidden = !shown;
    if (!shown) depth = 0;
  };
  chat.addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    show(true);
  });
  chat.addEventListener('dragleave', (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) show(false);
  });
  chat.addEventListener('drop', (event) => {
    if (!carriesFiles(event) || !event.dataTransfer) return;
    show(false);
    onFiles(event.dataTransfer.files);
  });
  for (const name of /** @type {const} */ (['dragover', 'drop'])) {
    document.addEventListener(name, (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
  }
};
