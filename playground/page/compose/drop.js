import { byId } from '../dom/dom.js';

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');

/** Files dropped on the chat are attached; dropped beside it they are not opened by the browser. */
export const setUpDrop = (onFiles) => {
  const chat = byId('chat');
  const veil = byId('drop');
  let depth = 0;
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
    if (!carriesFiles(event)) return;
    show(false);
    onFiles(event.dataTransfer.files);
  });
  for (const name of ['dragover', 'drop']) {
    document.addEventListener(name, (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
  }
};
