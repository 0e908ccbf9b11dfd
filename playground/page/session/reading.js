/**
 * @import { DraftView, PageState } from '../../telegram/page-wire.ts'
 * @import { Composer } from '../compose/composer.js'
 * @import { Model } from '../state/model.js'
 * @import { Timeline } from '../timeline/timeline.js'
 * @import { Screen } from './screen.js'
 */
import { getCommands, getMessages, getState } from '../state/api.js';

/** @typedef {ReturnType<typeof createReading>} Reading */

/**
 * Reads the state and a chat's messages as they are now.
 * @type {(model: Model, ofUser: number, what: { inChat: number | undefined, withState: boolean, onDraft: (draft: DraftView | null) => void }) => Promise<void>}
 */
const readInto = async (model, ofUser, { inChat, withState, onDraft }) => {
  const repeatEvents = model.startReading(ofUser);
  /** @type {PageState | undefined} */
  let state;
  try {
    const [stateNow, messagesNow] = await Promise.all([
      withState ? getState(ofUser) : undefined,
      inChat === undefined ? undefined : getMessages(ofUser, inChat),
    ]);
    state = stateNow;
    if (state) model.putState(ofUser, state);
    if (messagesNow && inChat !== undefined) {
      model.putMessages(inChat, messagesNow.messages);
      onDraft(messagesNow.draft);
    }
  } finally {
    repeatEvents(state);
  }
};

/**
 * Reads what the server knows, and shows it.
 * @param {object} parts
 * @param {Model} parts.model
 * @param {Screen} parts.screen
 * @param {Timeline} parts.timeline
 * @param {Composer} parts.composer
 */
export const createReading = ({ model, screen, timeline, composer }) => {
  /** Each opening of a chat; what an earlier one asked for comes too late. */
  let opening = 0;

  const readCommands = async () => {
    const place = screen.place();
    if (!place) return;
    const asked = opening;
    const { commands } = await getCommands(place.userId, place.chatId);
    if (asked === opening) composer.setCommands(commands);
  };

  /** @type {(ofUser: number, withState: boolean) => Promise<boolean>} false if another chat was opened meanwhile */
  const read = async (ofUser, withState) => {
    const asked = opening;
    const inChat = ofUser === screen.userId() ? screen.chatId() : undefined;
    await readInto(model, ofUser, {
      inChat,
      withState,
      onDraft: (draft) => inChat !== undefined && screen.drafts.put(inChat, draft),
    });
    return asked === opening;
  };

  return {
    readCommands,
    /** Shows the chat that the screen names. */
    openChat: async () => {
      opening += 1;
      const asked = opening;
      const place = screen.place();
      const unread = screen.chat()?.unread ?? 0;
      document.body.dataset['pane'] = place ? 'chat' : 'list';
      composer.open(`${screen.userId()}:${place?.chatId}`);
      composer.setHidden(!place);
      if (!place) return screen.draw();
      if (!(await read(place.userId, false))) return;
      model.clearUnread(place.userId, place.chatId);
      timeline.open(model.messages(place.chatId), screen.look(), unread);
      screen.drawDraft();
      screen.draw();
      if (matchMedia('(pointer: fine)').matches) composer.focus();
      // Not at the first look: nobody has left a focus that must go somewhere.
      else if (asked > 1) timeline.focus();
      await readCommands();
    },
    /**
     * Everything that is on the screen, after events may have been missed.
     * @param {number} ofUser
     */
    readAnew: async (ofUser) => {
      const isCurrent = await read(ofUser, true);
      const place = screen.place();
      if (isCurrent && place?.userId === ofUser) {
        if (!document.hidden) model.clearUnread(ofUser, place.chatId);
        screen.drawTimeline(place.chatId, { anew: true });
        await readCommands();
      }
      screen.draw();
    },
  };
};
