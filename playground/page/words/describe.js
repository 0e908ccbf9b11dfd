/**
 * How a message is told in one line: in the list of chats, in quotes, in banners and to screen readers.
 * @import { PageMessage } from '../../telegram/page-wire.ts'
 * @import { MessageJson, UserJson } from '../../telegram/wire.ts'
 */

/** @typedef {MessageJson | PageMessage} AnyMessage */

/**
 * `Ann`, `Ann Lee`.
 * @param {UserJson | undefined} user
 */
export const fullName = (user) => [user?.first_name, user?.last_name].filter(Boolean).join(' ');

/**
 * What a service message says.
 * @param {AnyMessage} message
 * @returns {string | undefined} undefined for a message a person or bot wrote
 */
export const serviceText = (message) => {
  if (message.new_chat_members) return `${message.new_chat_members.map(fullName).join(', ')} joined the group`;
  if (message.left_chat_member) return `${fullName(message.left_chat_member)} left the group`;
  if (message.pinned_message) return `${fullName(message.from)} pinned a message`;
  if (message.forum_topic_created) return `Topic “${message.forum_topic_created.name ?? ''}” was created`;
  if (message.group_chat_created) return 'The group was created';
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return 'The group became a supergroup';
  return undefined;
};

/** @param {string | undefined} text */
const firstLine = (text) =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean) ?? '';

/**
 * One line that stands for the message.
 * @param {AnyMessage} message
 */
export const summary = (message) => {
  const line = firstLine(message.text ?? message.caption);
  if (message.document) return [message.document.file_name ?? 'File', line].filter(Boolean).join(', ');
  if (message.photo) return ['Photo', line].filter(Boolean).join(', ');
  return line || serviceText(message) || 'Message';
};

/**
 * First letters for a round picture.
 * @param {string} name
 */
export const initials = (name) =>
  [...name.matchAll(/(?:^|\s)(\p{L}|\p{N}|\p{Emoji_Presentation})/gu)]
    .slice(0, 2)
    .map(([, letter = '']) => letter.toUpperCase())
    .join('') || '·';

/**
 * Colours for names, so that people in a group can be told apart.
 * @param {number | undefined} id
 */
export const hueOf = (id) => Math.abs(id ?? 0) % 7;
