/** @import { Draft } from './compose/composer.js' */
import { createComposer } from './compose/composer.js';
import { setUpDrop } from './compose/drop.js';
import { byId, elementById } from './dom/dom.js';
import { showFailure, toast } from './dom/overlay.js';
import { drawStage, fillIcons } from './frame/frame.js';
import { setUpTheme } from './frame/theme.js';
import { createEvents } from './session/events.js';
import { createInline } from './session/inline.js';
import { createReading } from './session/reading.js';
import { createScreen } from './session/screen.js';
import { createSending } from './session/sending.js';
import { getAbout, getState, markRead, setBlocked } from './state/api.js';
import { createModel } from './state/model.js';
import { go, isNarrow, readRoute, routeTo } from './state/route.js';
import { createStreams } from './state/streams.js';
import { createActions } from './timeline/actions.js';
import { createTimeline } from './timeline/timeline.js';
import { keepTimesCurrent } from './words/times.js';

const model = createModel();
const timeline = createTimeline();
const screen = createScreen(model, timeline);
const { sendDraft, sendCommand, openStart } = createSending(model, screen);

const composer = createComposer({
  send: (draft) => {
    const giveBack = (/** @type {Draft | undefined} */ unsent) => unsent && composer.restore(unsent);
    sendDraft(draft).then(giveBack).catch(showFailure);
  },
  command: (name) => sendCommand(`/${name}`),
  tooLarge: (name) => toast(`${name} is larger than 50 MB`),
  inline: (text) => findInline(text),
});
const findInline = createInline({ model, screen, posted: () => composer.setText(''), openStart });
const reading = createReading({ model, screen, timeline, composer });
const { onAnswer } = createActions({
  model,
  place: screen.place,
  composer,
  timeline,
  redraw: screen.redraw,
  sendText: sendCommand,
  openStart,
});

const streams = createStreams({
  event: createEvents({ model, screen, composer, reading, onAnswer }),
  // Also at the first time: something may have come between the first reading and the stream.
  up: (person) => {
    screen.setDown(person, false);
    reading.readAnew(person).catch(showFailure);
  },
  down: (person) => screen.setDown(person, true),
});

const followRoute = async () => {
  const route = readRoute();
  const person = model.person(route.userId) ?? model.people()[0];
  if (!person) return;
  const { id } = person;
  const changesPerson = id !== screen.userId();
  screen.show(id, screen.chatId());
  if (changesPerson && !model.hasState(id)) model.putState(id, await getState(id));
  const asked = model.chat(id, route.chatId);
  const chatId = asked?.migratedTo ?? asked?.id;
  screen.show(id, chatId === undefined && !isNarrow() ? model.chats(id)[0]?.id : chatId);
  streams.watch(model.people().map((one) => one.id));
  await reading.openChat();
};

/** @param {number} next */
const switchPerson = (next) => {
  const chatId = screen.chatId();
  // A group both are in stays open; the private chat of one becomes the private chat of the other.
  const stays = chatId !== undefined && chatId !== screen.userId() && model.chat(next, chatId) !== undefined;
  go(routeTo(next, isNarrow() ? undefined : stays ? chatId : next));
};

const toggleBlock = async () => {
  const userId = screen.userId();
  await setBlocked(userId, !screen.chat()?.blocked);
  await reading.readAnew(userId);
};

const listenToFrame = () => {
  byId('people').addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement) switchPerson(Number(target.value));
  });
  byId('start').addEventListener('click', () => {
    sendCommand('/start');
    composer.focus();
  });
  byId('block').addEventListener('click', () => {
    toggleBlock().catch(showFailure);
  });
  addEventListener('hashchange', () => {
    followRoute().catch(showFailure);
  });
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || elementById('alert', HTMLDialogElement).open) return;
    if (isNarrow() && screen.place()) go(routeTo(screen.userId()));
  });
  document.addEventListener('visibilitychange', () => {
    const place = screen.place();
    if (document.hidden || !place) return;
    model.clearUnread(place.userId, place.chatId);
    markRead(place.userId, place.chatId).catch(showFailure);
    screen.draw();
  });
};

const start = async () => {
  fillIcons();
  setUpTheme(byId('theme-switch'));
  setUpDrop((files) => {
    if (screen.place()) composer.addFiles(files);
  });
  keepTimesCurrent(byId('messages'));
  const about = await getAbout();
  screen.setAbout(about);
  drawStage(about);
  model.putState(about.ownerId, await getState(about.ownerId));
  listenToFrame();
  await followRoute();
};

start().catch(showFailure);
