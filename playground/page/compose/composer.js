import { createCommandMenu } from './command-menu.js';
import { fullName, summary } from '../words/describe.js';
import { byId, el } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { formatSize } from '../words/sizes.js';

/** Telegram's own limit for a bot's uploads; the stand-in has no use for more. */
const LARGEST_FILE = 50e6;

/**
 * The message box: text, commands, files, the message that is replied to. Each chat keeps its own draft.
 * @param on {send({text, files, replyTo}), command(name), tooLarge(name)}
 */
export const createComposer = (on) => {
  const form = byId('composer');
  const box = byId('message-box');
  const sendButton = byId('send');
  const quoteBar = byId('quote-bar');
  const attachments = byId('attachments');
  const fileInput = byId('file-input');
  const drafts = new Map();
  let draftKey = '';
  let files = [];
  let replyTo;

  const fit = () => {
    box.style.height = 'auto';
    // The border is not part of scrollHeight.
    box.style.height = `${box.scrollHeight}px`;
    sendButton.disabled = box.value.trim() === '' && files.length === 0;
  };

  const drawFiles = () => {
    attachments.hidden = files.length === 0;
    attachments.replaceChildren(
      ...files.map((file, index) =>
        el(
          'li',
          {},
          icon('file'),
          el('span', { class: 'attachment-name' }, file.name),
          el('span', { class: 'attachment-size' }, formatSize(file.size)),
          el(
            'button',
            {
              type: 'button',
              class: 'icon-button small',
              'data-index': index,
              'aria-label': `Do not send ${file.name}`,
            },
            icon('close'),
          ),
        ),
      ),
    );
    fit();
  };

  const drawReply = () => {
    quoteBar.hidden = !replyTo;
    if (!replyTo) return;
    byId('quote-name').textContent = fullName(replyTo.from);
    byId('quote-line').textContent = summary(replyTo);
  };

  const setText = (text) => {
    box.value = text;
    fit();
    box.focus();
    box.setSelectionRange(text.length, text.length);
  };

  const setReply = (message) => {
    replyTo = message;
    drawReply();
  };

  const reset = () => {
    files = [];
    replyTo = undefined;
    box.value = '';
    drafts.delete(draftKey);
    drawReply();
    drawFiles();
  };

  const addFiles = (list) => {
    for (const file of list) {
      if (file.size > LARGEST_FILE) on.tooLarge(file.name);
      else files.push(file);
    }
    drawFiles();
    box.focus();
  };

  const menu = createCommandMenu(box, {
    choose: (command) => {
      reset();
      on.command(command);
    },
    complete: (command) => {
      setText(`/${command} `);
      menu.follow();
    },
  });

  const send = () => {
    const text = box.value.trim();
    if (text === '' && files.length === 0) return;
    const message = { text, files, replyTo };
    reset();
    menu.close();
    on.send(message);
  };

  box.addEventListener('input', () => {
    drafts.set(draftKey, box.value);
    fit();
  });
  box.addEventListener('keydown', (event) => {
    if (menu.onKey(event)) return;
    // An input method confirms its word with Enter.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && replyTo) {
      event.stopPropagation();
      setReply(undefined);
    }
  });
  box.addEventListener('paste', (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
    box.focus();
  });
  byId('quote-close').addEventListener('click', () => {
    setReply(undefined);
    box.focus();
  });
  byId('attach').addEventListener('click', () => fileInput.click());
  fileInput.addEventListener('change', () => {
    addFiles(fileInput.files);
    fileInput.value = '';
  });
  attachments.addEventListener('click', (event) => {
    const button = event.target.closest('[data-index]');
    if (!button) return;
    files = files.filter((_, index) => index !== Number(button.dataset.index));
    drawFiles();
    box.focus();
  });

  return {
    /** Another chat, with what was being written there. */
    open: (key) => {
      draftKey = key;
      files = [];
      replyTo = undefined;
      box.value = drafts.get(key) ?? '';
      drawReply();
      drawFiles();
      menu.close();
    },
    setCommands: menu.setCommands,
    setText: (text) => {
      setText(text);
      menu.follow();
    },
    /** Gives back what could not be sent, unless something new has been written meanwhile. */
    restore: (message) => {
      if (box.value !== '') return;
      files = message.files;
      replyTo = message.replyTo;
      box.value = message.text;
      drawReply();
      drawFiles();
    },
    setReply: (message) => {
      setReply(message);
      box.focus();
    },
    addFiles,
    focus: () => box.focus({ preventScroll: true }),
    setHidden: (hidden) => {
      form.hidden = hidden;
    },
  };
};
