import { createActivity } from './state/activity.js';
import {
  getAbout,
  getCommands,
  getMessages,
  getState,
  markRead,
  sendMessage,
  setBlocked,
  uploadFile,
} from './state/api.js';
import { createComposer } from './compose/composer.js';
import { fullName, summary } from './words/describe.js';
import { byId } from './dom/dom.js';
import { setUpDrop } from './compose/drop.js';
import { drawHeader, drawStage, fillIcons } from './frame/frame.js';
import { createMessageActions } from './timeline/messages.js';
import { createModel } from './state/model.js';
import { announce, showBanner, toast } from './dom/overlay.js';
import { go, isNarrow, readRoute, routeTo } from './state/route.js';
import { chatName, drawSidebar } from './frame/sidebar.js';
import { createStreams } from './state/streams.js';
import { setUpTheme } from './frame/theme.js';
import { createTimeline } from './timeline/timeline.js';
import { keepTimesCurrent } from './words/times.js';

const model = createModel();
const timeline = createTimeline();
let about = { hub: 'sample', botUsername: 'hubgram_bot' };
let userId;
let chatId;
let isDown = false;
/** Each opening of a chat; what an earlier one asked for comes too late. */
let opening = 0;

const chat = () => model.chat(userId, chatId);
const look = () => ({
  meId: userId,
  botId: model.bot().id,
  isGroup: chat()?.type !== 'private',
  isPending: (messageId, data) => model.isPending(chatId, messageId, data),
});

const drawFrame = () => {
  drawSidebar(model, { userId, chatId, ownerId: about.ownerId });
  drawHeader(model, {
    userId,
    chatId,
    isDown,
    activity: activity.text(chatId),
    isEmpty: chatId !== undefined && model.messages(chatId).length === 0,
  });
};
const activity = createActivity(drawFrame);

const redraw = (inChat, messageId) => {
  const message = inChat === chatId && model.message(inChat, messageId);
  if (message) timeline.redraw(message, look());
};

const sendTo = async (target, text, replyTo) => {
  try {
    await sendMessage({
      userId,
      chatId: target,
      text,
      ...(replyTo && { replyTo: replyTo.message_id, threadId: replyTo.message_thread_id }),
    });
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
};

/** In a group a command from the menu says which bot it is for, as Telegram does. */
const addressed = (command) =>
  chat()?.type === 'private' || command.includes('@') ? command : `${command}@${model.bot().username}`;

const composer = createComposer({
  send: async (message) => {
    const { text, files, replyTo } = message;
    const target = chatId;
    try {
      for (const [index, file] of files.entries()) await uploadFile(userId, target, file, index === 0 ? text : '');
    } catch (error) {
      toast(error.message);
      return composer.restore(message);
    }
    if (files.length === 0 && !(await sendTo(target, text, replyTo))) composer.restore(message);
  },
  command: (name) => sendTo(chatId, addressed(`/${name}`)),
  tooLarge: (name) => toast(`${name} is larger than 50 MB`),
});

const openStart = async (parameter) => {
  go(routeTo(userId, userId));
  await sendTo(userId, parameter ? `/start ${parameter}` : '/start');
};

const actions = createMessageActions({
  model,
  view: () => ({ userId, chatId }),
  composer,
  timeline,
  redraw,
  sendText: (text) => sendTo(chatId, addressed(text)),
  openStart,
});

const readCommands = async () => {
  if (chatId === undefined) return;
  const asked = opening;
  const { commands } = await getCommands(userId, chatId);
  if (asked === opening) composer.setCommands(commands);
};

/** Reads the state and the open chat's messages as they are now. @returns false if another chat was opened meanwhile */
const read = async (ofUser, { withState }) => {
  const asked = opening;
  const inChat = ofUser === userId ? chatId : undefined;
  const repeatEvents = model.startReading(ofUser);
  let state;
  try {
    const answers = await Promise.all([
      withState ? getState(ofUser) : undefined,
      inChat === undefined ? undefined : getMessages(ofUser, inChat),
    ]);
    state = answers[0];
    if (state) model.putState(ofUser, state);
    if (answers[1]) model.putMessages(inChat, answers[1].messages);
  } finally {
    repeatEvents(state);
  }
  return asked === opening;
};

const openChat = async () => {
  opening += 1;
  const asked = opening;
  const unread = chat()?.unread ?? 0;
  document.body.dataset.pane = chatId === undefined ? 'list' : 'chat';
  composer.open(`${userId}:${chatId}`);
  composer.setHidden(chatId === undefined);
  if (chatId === undefined) return drawFrame();
  if (!(await read(userId, { withState: false }))) return;
  model.clearUnread(userId, chatId);
  timeline.open(model.messages(chatId), look(), unread);
  drawFrame();
  if (matchMedia('(pointer: fine)').matches) composer.focus();
  // Not at the first look: nobody has left a focus that must go somewhere.
  else if (asked > 1) timeline.focus();
  await readCommands();
};

/** Everything that is on the screen, after events may have been missed. */
const readAnew = async (ofUser) => {
  const isCurrent = await read(ofUser, { withState: true });
  if (isCurrent && ofUser === userId && chatId !== undefined) {
    if (!document.hidden) model.clearUnread(userId, chatId);
    timeline.update(model.messages(chatId), look(), { anew: true });
    await readCommands();
  }
  drawFrame();
};

const isInView = (ofUser, inChat) => ofUser === userId && inChat === chatId && !document.hidden;

/** A banner for what would make a sound, unless it is on the screen or the person at the screen gets it too. */
const notify = (ofUser, inChat, message) => {
  if (message.silent || isInView(ofUser, inChat)) return;
  if (ofUser !== userId && model.chat(userId, inChat)) return;
  const own = model.chat(ofUser, inChat);
  if (!own) return;
  showBanner({
    title: chatName(own, model.bot()),
    to: ofUser === userId ? undefined : model.person(ofUser)?.firstName,
    line: summary(message),
    chatId: inChat,
    isBot: own.type === 'private',
    onOpen: () => go(routeTo(ofUser, inChat)),
  });
};

/** The timeline shows what the model has of the open chat, by whoever's stream it came: in a group, both people's carry it. */
const drawTimeline = (inChat, messageId, more) => {
  if (inChat === chatId) timeline.update(model.messages(chatId), look(), { changed: messageId, ...more });
};

const onMessage = (ofUser, { chatId: inChat, message }) => {
  const isNew = model.putMessage(ofUser, inChat, message);
  const isIncoming = isNew && message.from?.id !== ofUser;
  const isMine = ofUser === userId;
  drawTimeline(inChat, message.message_id, {
    isIncoming: isMine && isIncoming,
    toTheEnd: isMine && isNew && !isIncoming,
  });
  if (isMine && inChat === chatId && isIncoming) {
    announce(`${fullName(message.from)}: ${summary(message)}`);
    if (message.input_markup?.force_reply) composer.setReply(message);
  }
  if (isIncoming && isInView(ofUser, inChat)) markRead(userId, chatId).catch(reportFailure);
  else if (isIncoming) model.addUnread(ofUser, inChat);
  if (isIncoming) notify(ofUser, inChat, message);
  if (message.from?.is_bot) activity.clear(inChat);
  drawFrame();
};

const onEvent = (ofUser, kind, data) => {
  if (kind === 'message') onMessage(ofUser, data);
  else if (kind === 'answer') actions.onAnswer(data, ofUser === userId);
  else if (kind === 'commands') readCommands().catch(reportFailure);
  else if (kind === 'profile') readAnew(ofUser).catch(reportFailure);
  else if (kind === 'action') activity.put(data.chatId, data.action);
  else if (kind === 'chat') {
    model.putChat(ofUser, data.chat);
    if (isInView(ofUser, data.chat.id)) model.clearUnread(ofUser, data.chat.id);
    if (ofUser === userId && data.chat.id === chatId && data.chat.migratedTo)
      go(routeTo(userId, data.chat.migratedTo), { replace: true });
    drawFrame();
  }
};

const reportFailure = (error) => toast(error.message);

const setDown = (person, down) => {
  if (person !== userId) return;
  isDown = down;
  document.body.dataset.stream = down ? 'down' : 'up';
  drawFrame();
};

const streams = createStreams({
  event: onEvent,
  // Also at the first time: something may have come between the first reading and the stream.
  up: (person) => {
    setDown(person, false);
    readAnew(person).catch(reportFailure);
  },
  down: (person) => setDown(person, true),
});

const followRoute = async () => {
  const route = readRoute();
  const person = model.person(route.userId) ?? model.people()[0];
  const changesPerson = person.id !== userId;
  userId = person.id;
  if (changesPerson && !model.hasState(userId)) model.putState(userId, await getState(userId));
  const asked = model.chat(userId, route.chatId);
  chatId = asked?.migratedTo ?? asked?.id;
  if (chatId === undefined && !isNarrow()) chatId = model.chats(userId)[0]?.id;
  streams.watch(
    userId,
    model.people().map((one) => one.id),
  );
  await openChat();
};

const switchPerson = (next) => {
  // A group both are in stays open; the private chat of one becomes the private chat of the other.
  const stays = chatId !== undefined && chatId !== userId && model.chat(next, chatId);
  go(routeTo(next, isNarrow() ? undefined : stays ? chatId : next));
};

const start = async () => {
  fillIcons();
  setUpTheme(byId('theme-switch'));
  setUpDrop((files) => chatId !== undefined && composer.addFiles(files));
  keepTimesCurrent(byId('messages'));
  about = await getAbout();
  drawStage(about);
  const first = about.ownerId ?? readRoute().userId;
  model.putState(first, await getState(first));

  byId('people').addEventListener('change', (event) => switchPerson(Number(event.target.value)));
  byId('start').addEventListener('click', () => {
    sendTo(chatId, addressed('/start'));
    composer.focus();
  });
  byId('block').addEventListener('click', async () => {
    await setBlocked(userId, !chat()?.blocked);
    await readAnew(userId);
  });
  addEventListener('hashchange', () => followRoute().catch(reportFailure));
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || byId('alert').open) return;
    if (isNarrow() && chatId !== undefined) go(routeTo(userId));
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || chatId === undefined) return;
    model.clearUnread(userId, chatId);
    markRead(userId, chatId).catch(reportFailure);
    drawFrame();
  });
  await followRoute();
};

start().catch(reportFailure);
