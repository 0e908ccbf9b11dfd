/**
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { MenuEvents } from './command-menu.js'
 */
import { createAttachments } from './attachments.js';
import { createBox } from './box.js';
import { createCommandMenu } from './command-menu.js';
import { createReply } from './reply.js';

/** @typedef {{ text: string, files: readonly File[], replyTo: PageMessage | undefined }} Draft what is sent */

/**
 * @typedef {object} ComposerEvents
 * @property {(draft: Draft) => void} send
 * @property {(name: string) => void} command
 * @property {(name: string) => void} tooLarge
 * @property {MenuEvents['inline']} inline
 */

/** @typedef {ReturnType<typeof createComposer>} Composer */

/**
 * What is being written: the text of the box, and what goes with it.
 * @param {HTMLTextAreaElement} box
 * @param {(hasFiles: boolean) => void} fitBox
 * @param {(name: string) => void} tooLarge
 */
const createDraft = (box, fitBox, tooLarge) => {
  const focus = () => box.focus();
  const fit = () => fitBox(attachments.files().length > 0);
  const reply = createReply(focus);
  const attachments = createAttachments({ change: fit, touch: focus, tooLarge });
  return {
    fit,
    setReply: reply.set,
    dropReply: reply.drop,
    forgetReply: reply.forget,
    addFiles: attachments.add,
    /** @type {() => Draft} */
    get: () => ({ text: box.value.trim(), files: attachments.files(), replyTo: reply.get() }),
    /** @param {Draft} next */
    put: ({ text, files, replyTo }) => {
      box.value = text;
      reply.set(replyTo);
      attachments.set(files);
    },
  };
};

/**
 * What has been written in a chat and not been sent, as long as the tab is open: a reload loses none of it.
 * @param {string} key
 */
const keptText = (key) => sessionStorage.getItem(`draft ${key}`) ?? '';

/** @type {(key: string, text: string) => void} */
const keep = (key, text) => {
  if (text === '') sessionStorage.removeItem(`draft ${key}`);
  else sessionStorage.setItem(`draft ${key}`, text);
};

/**
 * The message box: text, commands, files, the message that is replied to. Each chat keeps its own draft.
 * @param {ComposerEvents} on
 */
export const createComposer = (on) => {
  let draftKey = '';

  const reset = () => {
    keep(draftKey, '');
    draft.put({ text: '', files: [], replyTo: undefined });
  };
  const send = () => {
    const sent = draft.get();
    if (sent.text === '' && sent.files.length === 0) return;
    reset();
    menu.close();
    on.send(sent);
  };
  /** @param {string} text */
  const setText = (text) => {
    box.value = text;
    draft.fit();
    box.focus();
    box.setSelectionRange(text.length, text.length);
    menu.follow();
  };

  const { box, setHidden, fit } = createBox({
    input: () => {
      keep(draftKey, box.value);
      draft.fit();
    },
    paste: (files) => draft.addFiles(files),
    key: (event) => menu.onKey(event),
    send,
    escape: () => draft.dropReply(),
  });
  const draft = createDraft(box, fit, on.tooLarge);
  const menu = createCommandMenu(box, {
    choose: (command) => {
      reset();
      on.command(command);
    },
    complete: (command) => setText(`/${command} `),
    inline: on.inline,
  });

  return {
    /** @param {string} key another chat, with what was being written there */
    open: (key) => {
      draftKey = key;
      draft.put({ text: keptText(key), files: [], replyTo: undefined });
      menu.close();
    },
    setCommands: menu.setCommands,
    setText,
    /** @param {Draft} unsent given back, unless something new has been written meanwhile */
    restore: (unsent) => {
      if (box.value === '') draft.put(unsent);
    },
    /** @param {PageMessage} message */
    setReply: (message) => {
      draft.setReply(message);
      box.focus();
    },
    forgetReply: draft.forgetReply,
    addFiles: draft.addFiles,
    focus: () => box.focus({ preventScroll: true }),
    setHidden,
  };
};
