/**
 * @import { About, BotView, PersonView } from '../../telegram/page-wire.ts'
 * @import { IconName } from '../dom/icons.js'
 * @import { OwnChat } from '../state/chats.js'
 * @import { Model } from '../state/model.js'
 */
import { hueOf, initials } from '../words/describe.js';
import { byId, el, elementById } from '../dom/dom.js';
import { icon } from '../dom/icons.js';
import { routeTo } from '../state/route.js';
import { chatName } from './sidebar.js';

/** Signs of the buttons that are always there. */
export const fillIcons = () => {
  /** @type {Readonly<Record<string, IconName>>} */
  const icons = { back: 'back', 'quote-close': 'close', attach: 'attach', send: 'send', 'menu-button': 'slash' };
  for (const [id, name] of Object.entries(icons)) byId(id).append(icon(name));
};

/** @param {string} url */
const hostOf = (url) => URL.parse(url)?.host ?? 'the real hub';

/**
 * The strip on top: what is real here and what is not.
 * @param {About} about
 */
export const drawStage = (about) => {
  const hub = about.hub === 'real' ? hostOf(about.hubUrl) : 'the sample hub';
  byId('stage-text').replaceChildren(
    ' — messages go to a stand-in for Telegram; models come from ',
    el('a', { href: about.hubUrl, target: '_blank', rel: 'noopener noreferrer' }, hub),
  );
  byId('side-foot').textContent =
    about.hub === 'real' ? 'Only downloads of models leave this computer.' : 'Nothing here leaves this computer.';
};

/** @type {(node: HTMLElement, text: string) => void} */
const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

/** @type {(chat: OwnChat, people: readonly PersonView[]) => string} */
const note = (chat, people) => {
  if (chat.type === 'private') return 'bot';
  const names = chat.memberIds.flatMap((id) => people.find((person) => person.id === id)?.firstName ?? []);
  const isThere = chat.botStatus !== 'left' && chat.botStatus !== 'kicked';
  return [...names, isThere ? 'bot' : 'the bot is not in this group'].join(', ');
};

/**
 * What an empty chat says: of a bot, as in Telegram, what it says of itself.
 * @type {(chat: OwnChat | undefined, bot: BotView) => readonly [title: string, text: string]}
 */
const emptyText = (chat, bot) => {
  if (!chat) return ['No chat is open', 'Choose one on the left.'];
  if (chat.type !== 'private')
    return [chatName(chat, bot), `Write a command here, for example /add@${bot.username} gpt2.`];
  return bot.description ? ['What can this bot do?', bot.description] : [bot.firstName, 'Press Start.'];
};

/** @type {(model: Model, chat: OwnChat | undefined, isEmpty: boolean) => void} */
const drawEmpty = (model, chat, isEmpty) => {
  byId('empty').hidden = !isEmpty && Boolean(chat);
  const [title, text] = emptyText(chat, model.bot());
  setText(byId('empty-title'), title);
  setText(byId('empty-text'), text);
  byId('start').hidden = !chat || chat.blocked;
};

/**
 * @typedef {object} Shown what is on the screen
 * @property {number} userId
 * @property {number | undefined} chatId
 * @property {boolean} isDown
 * @property {string | undefined} activity
 * @property {boolean} isEmpty
 */

/**
 * The head of the open chat.
 * @type {(model: Model, shown: Shown) => void}
 */
export const drawHeader = (model, { userId, chatId, isDown, activity, isEmpty }) => {
  const chat = model.chat(userId, chatId);
  elementById('back', HTMLAnchorElement).href = routeTo(userId);
  drawEmpty(model, chat, isEmpty);
  byId('chat-head').hidden = !chat;
  const total = model.people().reduce((sum, person) => sum + model.unreadOf(person.id), 0);
  if (!chat) {
    document.title = 'hubgram playground';
    return;
  }
  const name = chatName(chat, model.bot());
  document.title = `${total > 0 ? `(${total}) ` : ''}${name} · hubgram playground`;
  setText(byId('chat-name'), name);
  setText(byId('chat-note'), isDown ? 'connecting…' : activity || note(chat, model.people()));
  byId('chat-note').toggleAttribute('data-down', isDown);

  const avatar = byId('chat-avatar');
  avatar.dataset['hue'] = String(hueOf(chat.id));
  avatar.toggleAttribute('data-bot', chat.type === 'private');
  setText(avatar, chat.type === 'private' ? '' : initials(chat.title));

  const block = byId('block');
  block.hidden = chat.type !== 'private';
  setText(block, chat.blocked ? 'Unblock' : 'Block');
  block.title = chat.blocked ? 'Let the bot write to this person again' : 'Block the bot, to see what it does then';
};
