import { describeKeyboard } from '../world/changes.ts';
import type { RecordedCall } from '../http/server.ts';
import type { UpdateJson } from '../wire.ts';
import type { Chat, Message } from '../world/chat.ts';
import type { World } from '../world/world.ts';

const MESSAGES = 12;
const CALLS = 12;

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);

const describeMessage = (message: Message): string => {
  const { text, document, photo, service } = message.content;
  const what =
    text ?? (document?.file_name && `file ${document.file_name}`) ?? (photo && 'photo') ?? JSON.stringify(service);
  const marks = [
    message.deleted && 'deleted',
    message.silent && 'silent',
    message.history.length > 1 && `${message.history.length - 1} edits`,
  ];
  const keyboard = describeKeyboard(message.markup);
  return `    #${message.id} ${message.from.first_name}: ${cut(JSON.stringify(what ?? ''), 300)}${keyboard && ` ${keyboard}`} ${marks
    .filter(Boolean)
    .join(', ')}`.trimEnd();
};

const describeChat = (chat: Chat): string =>
  [
    `  ${chat.type} ${chat.id} ${chat.title ?? chat.person?.json.first_name ?? ''}, ${chat.messages.size} messages`,
    ...[...chat.messages.values()].slice(-MESSAGES).map(describeMessage),
  ].join('\n');

/** The chats, last calls and waiting updates as text, for whoever waited in vain. */
export const dumpWorld = (world: World, calls: readonly RecordedCall[], pending: readonly UpdateJson[]): string => {
  const chats = [...world.chats.values()].filter((chat) => chat.lastMessage);
  chats.sort((a, b) => (b.lastMessage?.at ?? 0) - (a.lastMessage?.at ?? 0));
  const last = calls.slice(-CALLS).map((call) => {
    const payload = cut(JSON.stringify(call.payload), 200);
    return `  ${call.method} ${payload} -> ${call.status}${call.description ? ` ${call.description}` : ''}`;
  });
  return [
    `Chats${chats.length > 5 ? ` (the last 5 of ${chats.length})` : ''}:`,
    ...chats.slice(0, 5).map(describeChat),
    'Last calls of the bot:',
    ...last,
    `Updates the bot has not confirmed: ${pending.length}`,
  ].join('\n');
};
