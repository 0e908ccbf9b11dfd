import type { Chat, User as TelegramUser } from 'grammy/types';
import { isBusy, isForNow } from '../domain/errors.ts';
import { meet } from '../people/newcomers.ts';
import type { BotDeps } from './context.ts';

/** Who wrote so lately is known: in a crowd each message would cost a write. */
const KNOWN_MS = 1000;
/** More people than write within a second; then all of them are met anew. */
const KNOWN_MOST = 10_000;

const nameOf = (user: TelegramUser): string =>
  [user.first_name, user.last_name ?? ''].join(' ').trim() || String(user.id);

/** What Telegram says of it is any text: what is no tag of a language (BCP 47) is none. */
const languageOf = ({ language_code: said = '' }: TelegramUser): string | null =>
  /^[a-z]{2,8}(?:-[a-z\d]{1,8}){0,3}$/i.test(said) ? said : null;

/** As they name themselves. */
export const personOf = (user: TelegramUser) => ({
  userId: user.id,
  firstName: nameOf(user),
  username: user.username ?? null,
  languageCode: languageOf(user),
});

/** A chat as it is named; a private one by its person. */
export const chatRowOf = (chat: Chat, user: TelegramUser) => ({
  chatId: chat.id,
  kind: chat.type,
  title: chat.type === 'private' ? nameOf(user) : (chat.title ?? null),
});

/** Who writes, and where: told of each message, and written down at the first one of each second. */
export interface KnownPeople {
  /** @throws AppError busy: another program has the database, and what is asked for in a chat without a row would find no chat */
  readonly keep: (user: TelegramUser, chat: Chat) => void;
}

/** What cannot be written down for now keeps nobody from being answered. */
export const createKnownPeople = ({ store, log, clock }: Pick<BotDeps, 'store' | 'log' | 'clock'>): KnownPeople => {
  const metAt = new Map<string, number>();
  /** Messages by chat that are not counted yet. */
  const uncounted = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;

  const count = (): void => {
    timer = undefined;
    try {
      store.atomically(() => {
        for (const [chatId, messages] of uncounted) store.chats.updateChatActivity(chatId, messages);
      });
      uncounted.clear();
    } catch (error) {
      // They are counted with the next ones.
      log.debug({ err: error }, 'Messages could not be counted');
    }
  };

  /** @returns whether it need not be tried again at once */
  const write = (user: TelegramUser, chat: Chat): boolean => {
    try {
      meet(store, personOf(user), chatRowOf(chat, user));
      store.chats.updateChatActivity(chat.id, 1 + (uncounted.get(chat.id) ?? 0));
      uncounted.delete(chat.id);
      return true;
    } catch (error) {
      if (!isForNow(error)) throw error;
      // The lock may go before what is asked for writes: that would succeed, and miss the row of its chat.
      if (isBusy(error) && store.chats.getChat(chat.id) === undefined) throw error;
      if (isBusy(error)) return false;
      log.warn({ err: error, chat: chat.id }, 'Who wrote could not be written down');
      return true;
    }
  };

  return {
    keep: (user, chat) => {
      const key = JSON.stringify([personOf(user), chatRowOf(chat, user)]);
      const now = clock.monotonic();
      const isKnown = now - (metAt.get(key) ?? -Infinity) < KNOWN_MS;
      // Whoever writes from where nothing could be sent to gets at once what waited.
      if (!isKnown || store.chats.getChat(chat.id)?.reachable !== true) {
        if (metAt.size >= KNOWN_MOST) metAt.clear();
        if (write(user, chat)) metAt.set(key, now);
        return;
      }
      uncounted.set(chat.id, 1 + (uncounted.get(chat.id) ?? 0));
      timer ??= setTimeout(count, KNOWN_MS).unref();
    },
  };
};
