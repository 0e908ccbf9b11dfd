import { GrammyError } from 'grammy';

/** What a failed send or edit means for the one who tried it. */
export type ApiFailure =
  /** The screen shows what was wanted already. */
  | { readonly kind: 'unchanged' }
  /** The message is gone or can't be edited any more: a new one is needed. */
  | { readonly kind: 'message_gone' }
  /** The topic is gone: send to the chat itself. */
  | { readonly kind: 'thread_gone' }
  /** The whole chat must be left alone for a while. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** The bot was blocked or kicked, or the chat is gone. */
  | { readonly kind: 'unreachable' }
  /** The group became a supergroup. */
  | { readonly kind: 'migrated'; readonly chatId: number }
  /** Telegram or the way to it is in trouble: the same call may work later. */
  | { readonly kind: 'outage' }
  /** Telegram refuses what we sent: a fault of ours, trying again will not help. */
  | { readonly kind: 'refused'; readonly description: string };

/** Texts of tdlib/telegram-bot-api, Client.cpp, after the prefix with the code. */
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
  'not enough rights to send',
  'have no rights to send',
  'CHAT_WRITE_FORBIDDEN',
];

const has = (description: string, texts: readonly string[]): boolean =>
  texts.some((text) => description.includes(text));

/** Sorts what grammY throws; anything that is not an answer of the Bot API (a network fault, HTML) is an outage. */
export const apiFailure = (error: unknown): ApiFailure => {
  if (!(error instanceof GrammyError)) return { kind: 'outage' };
  const { error_code: code, description, parameters } = error;
  if (parameters.migrate_to_chat_id !== undefined) return { kind: 'migrated', chatId: parameters.migrate_to_chat_id };
  if (code === 429) return { kind: 'wait', ms: (parameters.retry_after ?? 5) * 1000 };
  if (code >= 500) return { kind: 'outage' };
  if (code === 403) return { kind: 'unreachable' };
  if (description.includes('message is not modified')) return { kind: 'unchanged' };
  if (has(description, GONE)) return { kind: 'message_gone' };
  if (description.includes('message thread not found')) return { kind: 'thread_gone' };
  if (has(description, UNREACHABLE)) return { kind: 'unreachable' };
  return { kind: 'refused', description };
};
