/**
 * @import { About } from '../../telegram/page-wire.ts'
 * @import { Model } from '../state/model.js'
 * @import { ChatLook } from '../timeline/rows.js'
 * @import { Timeline, Update } from '../timeline/timeline.js'
 */
import { drawHeader } from '../frame/frame.js';
import { drawSidebar } from '../frame/sidebar.js';
import { showFailure } from '../dom/overlay.js';
import { createActivity } from '../state/activity.js';
import { stopDraft } from '../state/api.js';
import { createDrafts } from '../state/drafts.js';

/** @typedef {ReturnType<typeof createScreen>} Screen */

/**
 * What the bot is writing in the open chat.
 * @param {Timeline} timeline
 * @param {() => { userId: number, chatId: number } | undefined} place
 */
const createDraftScreen = (timeline, place) => {
  const drawDraft = () => {
    const here = place();
    const draft = here && drafts.get(here.chatId);
    timeline.drawDraft(draft, () => {
      if (here && draft) stopDraft(here.userId, here.chatId, draft.id).catch(showFailure);
    });
  };
  const drafts = createDrafts((inChat) => {
    if (inChat === place()?.chatId) drawDraft();
  });
  return { drafts, drawDraft };
};

/**
 * Who looks at which chat, and all that shows it.
 * @param {Model} model
 * @param {Timeline} timeline
 */
export const createScreen = (model, timeline) => {
  /** Nobody, until the first state was read. */
  let userId = 0;
  /** @type {number | undefined} */
  let chatId;
  let isDown = false;
  /** @type {About | undefined} */
  let about;

  const chat = () => model.chat(userId, chatId);
  const place = () => (chatId === undefined ? undefined : { userId, chatId });
  /** @returns {ChatLook} */
  const look = () => ({
    meId: userId,
    isGroup: chat()?.type !== 'private',
    isPending: (messageId, data) => chatId !== undefined && model.isPending(chatId, messageId, data),
  });

  const draw = () => {
    drawSidebar(model, { userId, chatId, ownerId: about?.ownerId });
    drawHeader(model, {
      userId,
      chatId,
      isDown,
      activity: chatId === undefined ? undefined : activity.text(chatId),
      isEmpty: chatId !== undefined && model.messages(chatId).length === 0,
    });
  };
  const activity = createActivity(draw);
  return {
    userId: () => userId,
    chatId: () => chatId,
    chat,
    look,
    place,
    /** @type {(ofUser: number, inChat: number) => boolean} */
    isInView: (ofUser, inChat) => ofUser === userId && inChat === chatId && !document.hidden,
    draw,
    activity,
    ...createDraftScreen(timeline, place),
    /** @param {About} told */
    setAbout: (told) => {
      about = told;
    },
    /** @type {(nextUser: number, nextChat: number | undefined) => void} */
    show: (nextUser, nextChat) => {
      userId = nextUser;
      chatId = nextChat;
    },
    /** @type {(person: number, down: boolean) => void} */
    setDown: (person, down) => {
      if (person !== userId) return;
      isDown = down;
      document.body.dataset['stream'] = down ? 'down' : 'up';
      draw();
    },
    /** @type {(inChat: number, messageId: number) => void} */
    redraw: (inChat, messageId) => {
      const message = inChat === chatId ? model.message(inChat, messageId) : undefined;
      if (message) timeline.redraw(message, look());
    },
    /**
     * The timeline shows what the model has of the open chat, by whoever's stream it came: in a group, both people's carry it.
     * @type {(inChat: number, update: Update) => void}
     */
    drawTimeline: (inChat, update) => {
      if (inChat === chatId) timeline.update(model.messages(inChat), look(), update);
    },
  };
};
