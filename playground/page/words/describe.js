/** How a message is told in one line: in the list of chats, in quotes, in banners and to screen readers. */

/** `Ann`, `Ann Lee`. */
export const fullName = (user) =>
  [user?.first_name ?? user?.firstName, user?.last_name ?? user?.lastName].filter(Boolean).join(' ');

const SERVICE = [
  ['new_chat_members', (message) => `${message.new_chat_members.map(fullName).join(', ')} joined the group`],
  ['left_chat_member', (message) => `${fullName(message.left_chat_member)} left the group`],
  ['pinned_message', (message) => `${fullName(message.from)} pinned a message`],
  ['forum_topic_created', (message) => `Topic “${message.forum_topic_created.name ?? ''}” was created`],
  ['group_chat_created', () => 'The group was created'],
  ['migrate_to_chat_id', () => 'The group became a supergroup'],
  ['migrate_from_chat_id', () => 'The group became a supergroup'],
];

/** What a service message says. @returns undefined for a message a person or bot wrote */
export const serviceText = (message) => SERVICE.find(([field]) => message[field])?.[1](message);

/** The first line with words in it. */
export const firstLine = (text) =>
  String(text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean) ?? '';

/** One line that stands for the message. */
export const summary = (message) => {
  if (!message) return '';
  const line = firstLine(message.text ?? message.caption);
  if (message.document) return [message.document.file_name ?? 'File', line].filter(Boolean).join(', ');
  if (message.photo) return ['Photo', line].filter(Boolean).join(', ');
  return line || serviceText(message) || 'Message';
};

/** First letters for a round picture. */
export const initials = (name) =>
  [...String(name).matchAll(/(?:^|\s)(\p{L}|\p{N}|\p{Emoji_Presentation})/gu)]
    .slice(0, 2)
    .map(([, letter]) => letter.toUpperCase())
    .join('') || '·';
