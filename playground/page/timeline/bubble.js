/** @import { PageMessage } from '../../telegram/page-wire.ts' */
import { fullName, hueOf, serviceText, summary } from '../words/describe.js';
import { el } from '../dom/dom.js';
import { renderText } from './entities.js';
import { icon } from '../dom/icons.js';
import { renderKeyboard } from './keyboard.js';
import { formatSize } from '../words/sizes.js';
import { fullTime, timeOfDay } from '../words/times.js';

/**
 * @typedef {object} MessageLook who looks at which kind of chat
 * @property {number} meId
 * @property {boolean} isGroup
 * @property {(data: string) => boolean} isPending
 */

/** @param {PageMessage} message */
const renderQuote = (message) => {
  const quoted = message.reply_to_message;
  if (!quoted) return undefined;
  return el(
    'button',
    { type: 'button', class: 'quote', 'data-kind': 'quote', 'data-act': 'jump', 'data-target': quoted.message_id },
    el('span', { class: 'hidden' }, 'In reply to '),
    el('strong', {}, fullName(quoted.from)),
    el('span', { class: 'quote-line' }, summary(quoted)),
  );
};

/** @param {string} fileId */
const fileUrl = (fileId) => `/sim/file/${encodeURIComponent(fileId)}`;

/** @param {PageMessage} message */
const renderDocument = ({ document: file }) => {
  if (!file) return undefined;
  const name = file.file_name ?? 'file';
  return el(
    'a',
    { class: 'document', 'data-kind': 'document', href: fileUrl(file.file_id), download: name },
    el('span', { class: 'document-icon' }, icon('download')),
    el('span', { class: 'document-text' }, el('strong', {}, name), el('span', {}, formatSize(file.file_size))),
  );
};

/** @param {PageMessage} message */
const renderPhoto = ({ photo }) => {
  const best = photo?.at(-1);
  return (
    best &&
    el('img', { class: 'photo', src: fileUrl(best.file_id), width: best.width, height: best.height, alt: 'Photo' })
  );
};

/**
 * "Edited" is first, and its place is always there: nothing moves when it appears.
 * @param {PageMessage} message
 */
const metaParts = (message) => [
  el('span', { class: 'meta-edited' }, message.edit_date ? 'edited' : ''),
  message.silent &&
    el(
      'span',
      { class: 'meta-silent', title: 'Sent without a sound' },
      icon('silent'),
      el('span', { class: 'hidden' }, 'sent silently, '),
    ),
  el(
    'time',
    { datetime: new Date(message.date * 1000).toISOString(), title: fullTime(message.date) },
    timeOfDay(message.date),
  ),
];

/**
 * The invisible twin keeps room at the end of the last line, so that the time never lies over the text.
 * @param {PageMessage} message
 */
const renderMeta = (message) => [
  el('span', { class: 'meta-room', 'aria-hidden': 'true' }, metaParts(message)),
  el('span', { class: 'meta' }, metaParts(message)),
];

/** @param {PageMessage} message */
const renderReactions = (message) => {
  const emojis = (message.reactions ?? []).map((reaction) => reaction.emoji).filter(Boolean);
  if (emojis.length === 0) return undefined;
  return el(
    'span',
    { class: 'reactions', 'data-kind': 'reactions', 'aria-label': `Reactions: ${emojis.join(' ')}` },
    emojis.join(' '),
  );
};

/** @param {PageMessage} message */
const renderBody = (message) => {
  const text = message.text ?? message.caption ?? '';
  const entities = message.entities ?? message.caption_entities;
  return el('div', { class: 'text' }, renderText(text, entities), renderMeta(message));
};

/** @param {PageMessage} message */
const renderContent = (message) => {
  const media = [renderPhoto(message), renderDocument(message)];
  const body = renderBody(message);
  return message.show_caption_above_media ? [body, ...media] : [...media, body];
};

/**
 * A message as a list item. It holds no listeners: what can be pressed says so in `data-act`, and the timeline listens.
 * @param {PageMessage} message
 * @param {MessageLook} view
 */
export const renderMessage = (message, view) => {
  const id = `message-${message.message_id}`;
  const service = serviceText(message);
  if (service)
    return el(
      'li',
      { id, class: 'service', 'data-message': message.message_id, tabindex: '-1' },
      el('span', {}, service),
    );

  const isOwn = message.from?.id === view.meId;
  const sender = fullName(message.from);
  const keyboard = renderKeyboard(message, view.isPending);
  return el(
    'li',
    {
      id,
      class: ['message', isOwn ? 'own' : 'other', keyboard && 'has-keyboard', view.isGroup && 'in-group']
        .filter(Boolean)
        .join(' '),
      'data-message': message.message_id,
      'data-sender': message.from?.id,
      tabindex: '-1',
    },
    view.isGroup &&
      !isOwn &&
      el(
        'span',
        {
          class: 'avatar small',
          'data-hue': hueOf(message.from?.id),
          'data-bot': message.from?.is_bot ? '' : false,
          'aria-hidden': 'true',
        },
        sender.slice(0, 1).toUpperCase(),
      ),
    el(
      'div',
      { class: 'stack' },
      el(
        'div',
        { class: 'bubble' },
        el(
          'span',
          { class: view.isGroup && !isOwn ? 'sender' : 'sender hidden', 'data-hue': hueOf(message.from?.id) },
          isOwn ? 'You' : sender,
        ),
        renderQuote(message),
        ...renderContent(message),
        el(
          'button',
          {
            type: 'button',
            class: 'message-more',
            'data-act': 'more',
            'aria-haspopup': 'menu',
            'aria-label': 'Message actions',
          },
          icon('more'),
        ),
      ),
      keyboard,
      renderReactions(message),
    ),
  );
};
