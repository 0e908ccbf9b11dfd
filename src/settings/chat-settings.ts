import { CHAT_SETTINGS, type ChatSettingKey, type ChatValues, validateChatSetting } from '../domain/settings.ts';
import { refuse } from '../domain/errors.ts';
import { readQuant } from '../domain/files/gguf.ts';
import { shorten } from '../lib/text/shorten.ts';
import type { Store } from '../store/store.ts';

/** A setting of a chat as it stands. */
export interface ChatSetting {
  readonly key: ChatSettingKey;
  /** As people write it. */
  readonly text: string;
  /** Who decided: a person is who adds something where the chat says nothing. */
  readonly origin: 'default' | 'person' | 'chat';
}

export interface ChatSettings {
  /**
   * What holds in a chat, at the moment it is asked for.
   * @param personId who adds something there: their own defaults hold where the chat says nothing
   */
  readonly chat: (chatId: number, personId?: number) => ChatValues;
  /** All of them, in order. */
  readonly listChat: (chatId: number) => readonly ChatSetting[];
  /** In any letter case. @throws AppError validation: a value that the key does not take, or a category that the chat does not have */
  readonly setChat: (chatId: number, key: ChatSettingKey, typed: string) => void;
  /** As usual again. */
  readonly resetChat: (chatId: number, key: ChatSettingKey) => void;
}

type Stores = Pick<Store, 'chatSettings' | 'preferences' | 'categories'>;

const KEYS = Object.keys(CHAT_SETTINGS) as readonly ChatSettingKey[];

/** Telegram's ids tell people and their private chats (above zero) from groups. */
const isPrivate = (chatId: number): boolean => chatId > 0;

const hasCategory = ({ categories }: Stores, chatId: number, text: string): boolean =>
  CHAT_SETTINGS.default_category.read(text) === undefined ||
  categories.listCategories(chatId).some(({ name }) => name === text);

/** As it is kept: people write names and labels in any letter case. */
const spelled = ({ categories }: Stores, chatId: number, key: ChatSettingKey, typed: string): string => {
  const text = typed.trim();
  const lower = text.toLowerCase();
  if (key === 'default_category')
    return categories.listCategories(chatId).find(({ name }) => name.toLowerCase() === lower)?.name ?? text;
  return CHAT_SETTINGS[key].accepts(lower) ? lower : (readQuant(text) ?? lower);
};

/** Whether a text is a value of a key, in this chat. */
const isTaken = (stores: Stores, chatId: number, key: ChatSettingKey, text: string): boolean =>
  CHAT_SETTINGS[key].accepts(text) && (key !== 'default_category' || hasCategory(stores, chatId, text));

/** A person's default holds where the chat has that category: one of their own making is of their private chat only. */
const personsCategory = (stores: Stores, chatId: number, personId: number): string | undefined => {
  const { defaultCategory } = stores.preferences.getPreferences(personId);
  return defaultCategory !== null && hasCategory(stores, chatId, defaultCategory) ? defaultCategory : undefined;
};

const readAll = (stores: Stores, chatId: number, personId: number | undefined): readonly ChatSetting[] => {
  const rows = stores.chatSettings.listChatSettings(chatId);
  return KEYS.map((key): ChatSetting => {
    const row = rows.get(key);
    if (row !== undefined && isTaken(stores, chatId, key, row)) return { key, text: row, origin: 'chat' };
    const category =
      key === 'default_category' && personId !== undefined ? personsCategory(stores, chatId, personId) : undefined;
    if (category !== undefined) return { key, text: category, origin: isPrivate(chatId) ? 'chat' : 'person' };
    return { key, text: CHAT_SETTINGS[key].fallback, origin: 'default' };
  });
};

const own = (chatId: number): number | undefined => (isPrivate(chatId) ? chatId : undefined);

/**
 * The settings of chats. The category that a person likes is theirs (`user_preferences`): it is what their private chat
 * says, and holds for what they add in groups that say nothing.
 */
export const createChatSettings = (stores: Stores): ChatSettings => {
  const prefer = (userId: number, defaultCategory: string | null): void => {
    stores.preferences.setPreferences(userId, { defaultCategory });
  };
  return {
    chat: (chatId, personId) =>
      Object.fromEntries(
        readAll(stores, chatId, personId ?? own(chatId)).map(({ key, text }) => [key, CHAT_SETTINGS[key].read(text)]),
      ) as unknown as ChatValues,
    listChat: (chatId) => readAll(stores, chatId, own(chatId)),
    setChat: (chatId, key, typed) => {
      const text = spelled(stores, chatId, key, typed);
      validateChatSetting(key, text);
      if (!isTaken(stores, chatId, key, text)) refuse(`There is no category “${shorten(text, 40)}” here.`);
      if (key === 'default_category' && isPrivate(chatId)) {
        prefer(chatId, CHAT_SETTINGS.default_category.read(text) ?? null);
        return;
      }
      stores.chatSettings.setChatSetting(chatId, key, text);
    },
    resetChat: (chatId, key) => {
      if (key === 'default_category' && isPrivate(chatId)) prefer(chatId, null);
      stores.chatSettings.removeChatSetting(chatId, key);
    },
  };
};
