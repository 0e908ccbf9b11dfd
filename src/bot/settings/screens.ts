import type { InlineKeyboardButton } from 'grammy/types';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { CHAT_SETTINGS, type ChatSettingKey, isChatSettingKey } from '../../domain/settings/chat.ts';
import { looksOnly } from '../../people/may.ts';
import type { BotDeps } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import type { Rendering } from '../ui/text.ts';
import { settingsText, settingText, text, valueText, WORDS } from './text.ts';

/** In place of a value: what is usual holds again. */
export const USUAL = 'usual';

/** What half a phone's width shows of a button. */
const HALF_WIDTH = 26;

const KEYS = Object.keys(WORDS).filter(isChatSettingKey);

type ScreenDeps = Pick<BotDeps, 'settings' | 'schedules' | 'store'>;

/** A choice of a setting: what it carries, what it sets, and what it says. */
interface Choice {
  readonly data: string;
  readonly value: string;
  readonly label: string;
}

/** Names of categories are of any letters and may be long: their numbers stand for them. */
const categoryChoices = ({ store }: ScreenDeps, chatId: number): readonly Choice[] =>
  store.categories.listCategories(chatId).map(({ id, name, icon }) => ({
    data: String(id),
    value: name,
    label: icon === null ? name : `${name} ${icon}`,
  }));

/** All that have joined, but the one that stands for itself. */
const hostChoices = ({ store }: ScreenDeps): readonly Choice[] =>
  store.hosts
    .listHosts()
    .filter(({ id, state }) => state === 'joined' && id !== THIS_HOST)
    .map(({ id, name }) => ({ data: String(id), value: name, label: name }));

const plainChoices = (key: Exclude<ChatSettingKey, 'default_category' | 'default_host'>): readonly Choice[] =>
  CHAT_SETTINGS[key].choices?.map((value) => ({ data: value, value, label: valueText(key, value) })) ?? [];

const choicesOf = (deps: ScreenDeps, chatId: number, key: ChatSettingKey): readonly Choice[] => {
  if (key !== 'default_category' && key !== 'default_host') return plainChoices(key);
  const { fallback } = CHAT_SETTINGS[key];
  const usual = { data: fallback, value: fallback, label: valueText(key, fallback) };
  return [usual, ...(key === 'default_host' ? hostChoices(deps) : categoryChoices(deps, chatId))];
};

/** What the choice of a button sets; undefined if there is none of that kind any more. */
export const valueOfChoice = (
  deps: ScreenDeps,
  chatId: number,
  key: ChatSettingKey,
  data: string,
): string | undefined => choicesOf(deps, chatId, key).find((choice) => choice.data === data)?.value;

/** Where there is one machine nothing is asked about it. */
const keysIn = (deps: ScreenDeps): readonly ChatSettingKey[] =>
  hostChoices(deps).length > 0 ? KEYS : KEYS.filter((key) => key !== 'default_host');

const inPairs = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % 2 === 0 ? [buttons.slice(index, index + 2)] : []));

const shownIn = (deps: ScreenDeps, chatId: number) => {
  const keys: readonly string[] = keysIn(deps);
  return deps.settings.listChat(chatId).filter(({ key }) => keys.includes(key));
};

/** What holds in a chat, and a button for each thing that can be changed. */
export const allSettings = (deps: ScreenDeps, chatId: number): Rendering => ({
  text: settingsText(shownIn(deps, chatId), {
    isPrivate: chatId > 0,
    looksOnly: looksOnly(deps.store, chatId),
    timezone: deps.schedules.timezoneOf(chatId),
  }),
  keyboard: {
    inline_keyboard: inPairs([
      ...keysIn(deps).map((key) => actionButton(WORDS[key].name, 'settings', key)),
      actionButton('Time zone', 'zones', 0),
    ]),
  },
});

/** One setting with all that it may be; what holds is marked. */
export const oneSetting = (deps: ScreenDeps, chatId: number, key: ChatSettingKey): Rendering => {
  const setting = deps.settings.listChat(chatId).find((one) => one.key === key);
  if (!setting) return allSettings(deps, chatId);
  const isOwn = setting.origin === 'chat';
  const mark = (isChosen: boolean, label: string): string => (isChosen ? `✓ ${label}` : label);
  const choices = choicesOf(deps, chatId, key).map(({ data, value, label }) =>
    actionButton(mark(value === setting.text, label), 'setting', `${key}:${data}`),
  );
  return {
    text: settingText(key, setting, { isPrivate: chatId > 0, looksOnly: looksOnly(deps.store, chatId) }),
    keyboard: {
      inline_keyboard: [
        ...(choices.some(({ text: label }) => label.length > HALF_WIDTH)
          ? choices.map((one) => [one])
          : inPairs(choices)),
        [
          ...(isOwn ? [actionButton(text.usual, 'setting', `${key}:${USUAL}`)] : []),
          actionButton('‹ Back', 'settings', 'all'),
        ],
      ],
    },
  };
};
