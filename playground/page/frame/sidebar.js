/**
 * @import { BotView, PersonView } from '../../telegram/page-wire.ts'
 * @import { OwnChat } from '../state/chats.js'
 * @import { Model } from '../state/model.js'
 */
import { hueOf, initials, serviceText, summary } from '../words/describe.js';
import { byId, el, morph } from '../dom/dom.js';
import { shortTime } from '../words/times.js';

/** @type {(count: number, words: string) => HTMLElement | false} */
const badge = (count, words) =>
  count > 0 &&
  el('span', { class: 'badge', 'data-kind': 'badge' }, String(count), el('span', { class: 'hidden' }, ` ${words}`));

/**
 * What a chat is called by the person who looks at it: the private chat is the one with the bot.
 * @type {(chat: OwnChat, bot: BotView) => string}
 */
export const chatName = (chat, bot) => (chat.type === 'private' ? bot.firstName : chat.title || 'Group');

/** @type {(chat: OwnChat, meId: number) => HTMLElement} */
const lastLine = (chat, meId) => {
  const last = chat.lastMessage;
  if (!last) return el('span', { class: 'row-line' }, 'No messages yet');
  const service = serviceText(last);
  if (service) return el('span', { class: 'row-line' }, service);
  const who = last.from?.id === meId ? 'You: ' : chat.type === 'private' ? '' : `${last.from?.first_name ?? ''}: `;
  return el('span', { class: 'row-line' }, who && el('span', { class: 'row-who' }, who), summary(last));
};

/** @type {(chat: OwnChat, shown: { userId: number, chatId: number | undefined, bot: BotView }) => HTMLElement} */
const chatRow = (chat, { userId, chatId, bot }) =>
  el(
    'li',
    {},
    el(
      'a',
      { class: 'row', href: `#${userId}/${chat.id}`, 'aria-current': chat.id === chatId && 'page' },
      el(
        'span',
        { class: 'avatar', 'data-hue': hueOf(chat.id), 'data-bot': chat.type === 'private', 'aria-hidden': 'true' },
        chat.type === 'private' ? '' : initials(chat.title),
      ),
      el(
        'span',
        { class: 'row-text' },
        el(
          'span',
          { class: 'row-top' },
          el('strong', {}, chatName(chat, bot)),
          el('time', {}, chat.lastMessage ? shortTime(chat.lastMessage.date) : ''),
        ),
        el('span', { class: 'row-bottom' }, lastLine(chat, userId), badge(chat.unread, 'unread')),
      ),
    ),
  );

/** @type {(person: PersonView, shown: { userId: number, ownerId: number | undefined, unread: number }) => HTMLElement} */
const personChoice = (person, { userId, ownerId, unread }) => {
  const isMe = person.id === userId;
  const input = el('input', { type: 'radio', name: 'person', value: person.id, class: 'hidden' });
  input.checked = isMe;
  return el(
    'label',
    { class: 'person', 'data-me': isMe },
    input,
    el(
      'span',
      { class: 'avatar small', 'data-hue': hueOf(person.id), 'aria-hidden': 'true' },
      initials(person.firstName),
    ),
    el(
      'span',
      { class: 'person-text' },
      el('strong', {}, person.firstName),
      el('span', {}, person.id === ownerId ? 'owner' : 'another person'),
    ),
    !isMe && badge(unread, 'unread'),
  );
};

/**
 * Redraws people and chats in place.
 * @type {(model: Model, shown: { userId: number, chatId: number | undefined, ownerId: number | undefined }) => void}
 */
export const drawSidebar = (model, { userId, chatId, ownerId }) => {
  const bot = model.bot();
  const people = byId('people');
  const me = model.person(userId);
  byId('people-title').textContent = me ? `You are ${me.firstName}` : 'You are';
  const choices = el(
    'div',
    { class: 'people-row', id: 'people' },
    model.people().map((person) => personChoice(person, { userId, ownerId, unread: model.unreadOf(person.id) })),
  );
  morph(people, choices);
  for (const input of people.querySelectorAll('input')) input.checked = Number(input.value) === userId;

  const rows = model.chats(userId).map((chat) => chatRow(chat, { userId, chatId, bot }));
  morph(byId('chat-list'), el('ul', { class: 'chat-list', id: 'chat-list', 'aria-labelledby': 'list-title' }, rows));
};
