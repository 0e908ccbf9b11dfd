/**
 * @import { AnswerView, ChatView, PageEvent, PageMessage } from '../../telegram/page-wire.ts'
 * @import { Composer } from '../compose/composer.js'
 * @import { Model } from '../state/model.js'
 * @import { Reading } from './reading.js'
 * @import { Screen } from './screen.js'
 */
import { announce, showBanner, showFailure } from '../dom/overlay.js';
import { chatName } from '../frame/sidebar.js';
import { markRead } from '../state/api.js';
import { go, routeTo } from '../state/route.js';
import { fullName, summary } from '../words/describe.js';

/**
 * @typedef {object} EventParts
 * @property {Model} model
 * @property {Screen} screen
 * @property {Composer} composer
 * @property {Reading} reading
 * @property {(answer: AnswerView, isMine: boolean) => void} onAnswer
 */

/** @typedef {{ ofUser: number, inChat: number, message: PageMessage }} Arrival */

/**
 * A banner for what would make a sound, unless it is on the screen or the person at the screen gets it too.
 * @type {(parts: EventParts, arrival: Arrival) => void}
 */
const notify = ({ model, screen }, { ofUser, inChat, message }) => {
  if (message.silent || screen.isInView(ofUser, inChat)) return;
  const isMine = ofUser === screen.userId();
  if (!isMine && model.chat(screen.userId(), inChat)) return;
  const own = model.chat(ofUser, inChat);
  if (!own) return;
  showBanner({
    title: chatName(own, model.bot()),
    to: isMine ? undefined : model.person(ofUser)?.firstName,
    line: summary(message),
    chatId: inChat,
    isBot: own.type === 'private',
    onOpen: () => go(routeTo(ofUser, inChat)),
  });
};

/**
 * Somebody else has written.
 * @type {(parts: EventParts, arrival: Arrival) => void}
 */
const arrive = (parts, arrival) => {
  const { model, screen, composer } = parts;
  const { ofUser, inChat, message } = arrival;
  if (ofUser === screen.userId() && inChat === screen.chatId()) {
    announce(`${fullName(message.from)}: ${summary(message)}`);
    if (message.input_markup?.force_reply) composer.setReply(message);
  }
  if (screen.isInView(ofUser, inChat)) markRead(ofUser, inChat).catch(showFailure);
  else model.addUnread(ofUser, inChat);
  notify(parts, arrival);
};

/** @type {(parts: EventParts, arrival: Arrival) => void} */
const onMessage = (parts, arrival) => {
  const { model, screen, composer } = parts;
  const { ofUser, inChat, message } = arrival;
  if (message.deleted && inChat === screen.chatId()) composer.forgetReply(message.message_id);
  const isNew = model.putMessage(ofUser, inChat, message);
  const isIncoming = isNew && message.from?.id !== ofUser;
  const isMine = ofUser === screen.userId();
  screen.drawTimeline(inChat, {
    changed: message.message_id,
    isIncoming: isMine && isIncoming,
    toTheEnd: isMine && isNew && !isIncoming,
  });
  if (isIncoming) arrive(parts, arrival);
  if (message.from?.is_bot) screen.activity.clear(inChat);
  screen.draw();
};

/** @type {(parts: EventParts, ofUser: number, chat: ChatView) => void} */
const onChat = ({ model, screen }, ofUser, chat) => {
  model.putChat(ofUser, chat);
  if (screen.isInView(ofUser, chat.id)) model.clearUnread(ofUser, chat.id);
  if (ofUser === screen.userId() && chat.id === screen.chatId() && chat.migratedTo)
    go(routeTo(ofUser, chat.migratedTo), { replace: true });
  screen.draw();
};

/**
 * What happens in the chats of the people, told by their streams.
 * @param {EventParts} parts
 * @returns {(ofUser: number, event: PageEvent) => void}
 */
export const createEvents = (parts) => (ofUser, event) => {
  const { screen, reading, onAnswer } = parts;
  switch (event.name) {
    case 'message':
      return onMessage(parts, { ofUser, inChat: event.data.chatId, message: event.data.message });
    case 'chat':
      return onChat(parts, ofUser, event.data.chat);
    case 'answer':
      return onAnswer(event.data, ofUser === screen.userId());
    case 'action':
      return screen.activity.put(event.data.chatId, event.data.action);
    case 'draft':
      return screen.drafts.put(event.data.chatId, event.data.draft);
    case 'commands':
      return void reading.readCommands().catch(showFailure);
    case 'profile':
      return void reading.readAnew(ofUser).catch(showFailure);
    default:
      return event;
  }
};
