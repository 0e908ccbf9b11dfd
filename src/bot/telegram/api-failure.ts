import { GrammyError } from 'grammy';
import { askedPauseMs, TOO_MANY_REQUESTS } from './too-many-requests.ts';

/** What a failed send or edit means for the one who tried it. */
export type ApiFailure =
  /** The screen shows what was wanted already. */
  | { readonly kind: 'unchanged' }
  /** The message is gone or can't be edited any more: a new one is needed. */
  | { readonly kind: 'message_gone' }
  /** The whole chat must be left alone for a while. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** The bot was blocked or kicked, may not write there, or the chat is gone: until somebody changes that. */
  | { readonly kind: 'unreachable' }
  /** The group became a supergroup. */
  | { readonly kind: 'migrated'; readonly chatId: number }
  /** Telegram or the way to it is in trouble: the same call may work later. */
  | { readonly kind: 'outage' }
  /** Refused for now, as by a closed topic, or for a reason that nobody knows: the same call may work later. */
  | { readonly kind: 'not_now'; readonly description: string }
  /** This very message can never be sent: a fault of ours, trying again will not help. */
  | { readonly kind: 'refused'; readonly description: string };

/** Texts of tdlib/telegram-bot-api, Client.cpp, after the prefix with the code, and of the servers behind it. */
const GONE = [
  'message to edit not found',
  'message to delete not found',
  "message can't be edited",
  'MESSAGE_ID_INVALID',
  'there is no text in the message to edit',
];
const UNREACHABLE = [
  'chat not found',
  'PEER_ID_INVALID',
  'CHANNEL_PRIVATE',
  'not enough rights to send',
  'have no rights to send',
  'need administrator rights',
  'CHAT_WRITE_FORBIDDEN',
  'CHAT_SEND_PLAIN_FORBIDDEN',
  'CHAT_RESTRICTED',
  'USER_BANNED_IN_CHANNEL',
  'group chat was deactivated',
];
/** Refusals of what the message is. Whatever else is refused may heal. */
const NEVER = [
  'message is too long',
  'text is too long',
  'MESSAGE_TOO_LONG',
  'message text is empty',
  'text must be non-empty',
  'MESSAGE_EMPTY',
  "can't parse",
  'ENTIT',
  'BUTTON_',
  'REPLY_MARKUP_',
  'reply markup is too long',
  'inline keyboard expected',
  'strings must be encoded in UTF-8',
];

const has = (description: string, texts: readonly string[]): boolean =>
  texts.some((text) => description.includes(text));

/** Sorts what grammY throws; anything that is not an answer of the Bot API (a network fault, HTML) is an outage. */
export const apiFailure = (error: unknown): ApiFailure => {
  if (!(error instanceof GrammyError)) return { kind: 'outage' };
  const { error_code: code, description, parameters } = error;
  if (parameters.migrate_to_chat_id !== undefined) return { kind: 'migrated', chatId: parameters.migrate_to_chat_id };
  if (code === TOO_MANY_REQUESTS) return { kind: 'wait', ms: askedPauseMs(parameters.retry_after) };
  if (code === 403) return { kind: 'unreachable' };
  // A token that is refused or a server that knows no such method says nothing about the message.
  if (code !== 400) return { kind: 'outage' };
  if (description.includes('message is not modified')) return { kind: 'unchanged' };
  if (has(description, GONE)) return { kind: 'message_gone' };
  if (has(description, UNREACHABLE)) return { kind: 'unreachable' };
  return { kind: has(description, NEVER) ? 'refused' : 'not_now', description };
};
