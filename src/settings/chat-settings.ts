import { CHAT_SETTINGS, type ChatSettingKey, type ChatValues, validateChatSetting } from '../domain/settings/chat.ts';
import { spelledSwitch } from '../domain/settings/form.ts';
import { refuse } from '../domain/errors.ts';
import { readQuantize } from '../domain/files/selection.ts';
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
  /** In any letter case. @throws AppError validation: a value that the key does not take, or a category or a machine that is not there */
  readonly setChat: (chatId: number, key: ChatSettingKey, typed: string) => void;
  /** As usual again. */
  readonly resetChat: (chatId: number, key: ChatSettingKey) => void;
}

type Preferences = Omit<ReturnType<Store['preferences']['getPreferences']>, 'userId'>;
type Stores = Pick<Store, 'chatSettings' | 'preferences' | 'categories' | 'chats' | 'hosts'>;

const KEYS = Object.keys(CHAT_SETTINGS) as readonly ChatSettingKey[];

/** Telegram's ids tell people and their private chats (above zero) from groups. */
const isPrivate = (chatId: number): boolean => chatId > 0;

const hasCategory = ({ categories }: Stores, chatId: number, text: string): boolean =>
  CHAT_SETTINGS.default_category.read(text) === undefined ||
  categories.listCategories(chatId).some(({ name }) => name === text);

/** As it is kept: people write names and labels in any letter case. */
const spelled = ({ categories }: Stores, chatId: number, key: ChatSettingKey, typed: string): string => {
  const text = typed.trim();
  const lower = spelledSwitch(CHAT_SETTINGS[key], text.toLowerCase());
  if (key === 'default_category')
    return categories.listCategories(chatId).find(({ name }) => name.toLowerCase() === lower)?.name ?? text;
  return CHAT_SETTINGS[key].accepts(lower) ? lower : (readQuantize(text) ?? lower);
};

/** An owner may let a machine go at any time: then it is as usual again. */
const hasHost = ({ hosts }: Stores, text: string): boolean =>
  CHAT_SETTINGS.default_host.read(text) === undefined || hosts.findHost(text)?.state === 'joined';

/** Whether a text is a value of a key, in this chat. */
const isTaken = (stores: Stores, chatId: number, key: ChatSettingKey, text: string): boolean =>
  CHAT_SETTINGS[key].accepts(text) &&
  (key !== 'default_category' || hasCategory(stores, chatId, text)) &&
  (key !== 'default_host' || hasHost(stores, text));

const usualOr = (text: string, usual: string): string | undefined => (text === usual ? undefined : text);

/** What the data model keeps of a person: it is what their private chat says. */
const PERSONAL: Partial<
  Record<
    ChatSettingKey,
    {
      /** Undefined: as usual. */
      readonly read: (preferences: Preferences) => string | undefined;
      readonly write: (text: string) => Partial<Preferences>;
    }
  >
> = {
  default_category: {
    read: ({ defaultCategory }) => defaultCategory ?? undefined,
    write: (text) => ({ defaultCategory: CHAT_SETTINGS.default_category.read(text) ?? null }),
  },
  notifications: {
    read: ({ notificationEnabled }) => (notificationEnabled ? undefined : 'off'),
    write: (text) => ({ notificationEnabled: CHAT_SETTINGS.notifications.read(text) }),
  },
  auto_clear: {
    read: ({ autoClearEnabled }) => (autoClearEnabled ? undefined : 'off'),
    write: (text) => ({ autoClearEnabled: CHAT_SETTINGS.auto_clear.read(text) }),
  },
  auto_clear_hours: {
    read: ({ autoClearHours }) => usualOr(String(autoClearHours), CHAT_SETTINGS.auto_clear_hours.fallback),
    write: (text) => ({ autoClearHours: CHAT_SETTINGS.auto_clear_hours.read(text) }),
  },
};

/** Whose preferences hold where a chat says nothing. */
type Person = 'adder' | 'bringer';

/** Where a group says nothing: the category of who adds something, and when to clear of who brought the group in. */
const IN_GROUPS: Partial<Record<ChatSettingKey, Person>> = {
  default_category: 'adder',
  auto_clear: 'bringer',
  auto_clear_hours: 'bringer',
};

/** A category of a person's own making is of their chat: it holds where the group has it too. */
const personsOwn = (
  stores: Stores,
  chatId: number,
  key: ChatSettingKey,
  preferencesOf: (who: Person) => Preferences | undefined,
): string | undefined => {
  const who = isPrivate(chatId) ? 'adder' : IN_GROUPS[key];
  const personal = PERSONAL[key];
  const preferences = who && personal && preferencesOf(who);
  const text = preferences && personal.read(preferences);
  return text !== undefined && isTaken(stores, chatId, key, text) ? text : undefined;
};

const readAll = (stores: Stores, chatId: number, personId: number | undefined): readonly ChatSetting[] => {
  const rows = stores.chatSettings.listChatSettings(chatId);
  const people = { adder: personId, bringer: stores.chats.getChat(chatId)?.broughtBy ?? undefined };
  // Once for all keys: the board asks at each card of each look.
  const known = new Map<number, Preferences>();
  const preferencesOf = (who: Person): Preferences | undefined => {
    const id = people[who];
    if (id === undefined) return undefined;
    const preferences = known.get(id) ?? stores.preferences.getPreferences(id);
    known.set(id, preferences);
    return preferences;
  };
  return KEYS.map((key): ChatSetting => {
    const row = rows.get(key);
    if (row !== undefined && isTaken(stores, chatId, key, row)) return { key, text: row, origin: 'chat' };
    const persons = personsOwn(stores, chatId, key, preferencesOf);
    if (persons !== undefined) return { key, text: persons, origin: isPrivate(chatId) ? 'chat' : 'person' };
    return { key, text: CHAT_SETTINGS[key].fallback, origin: 'default' };
  });
};

const own = (chatId: number): number | undefined => (isPrivate(chatId) ? chatId : undefined);

/** The settings of chats. What is a person's (`user_preferences`) is what their private chat says. */
export const createChatSettings = (stores: Stores): ChatSettings => {
  const personalIn = (chatId: number, key: ChatSettingKey) => (isPrivate(chatId) ? PERSONAL[key] : undefined);
  /** What waits to be told together waits for a time that has been another one. */
  const letGo = (chatId: number, key: ChatSettingKey): void => {
    if (key === 'digest') stores.chats.hastenNotices(chatId);
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
      if (!isTaken(stores, chatId, key, text)) {
        const what =
          key === 'default_host'
            ? `machine “${shorten(text, 40)}”. /hosts lists those that there are.`
            : `category “${shorten(text, 40)}” here.`;
        refuse(`There is no ${what}`);
      }
      const personal = personalIn(chatId, key);
      if (personal) stores.preferences.setPreferences(chatId, personal.write(text));
      else stores.chatSettings.setChatSetting(chatId, key, text);
      letGo(chatId, key);
    },
    resetChat: (chatId, key) => {
      const personal = personalIn(chatId, key);
      if (personal) stores.preferences.setPreferences(chatId, personal.write(CHAT_SETTINGS[key].fallback));
      stores.chatSettings.removeChatSetting(chatId, key);
      letGo(chatId, key);
    },
  };
};
