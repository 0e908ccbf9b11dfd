/* bot/settings: /settings: what a chat and a person prefer, as a menu. */

import type { CallbackQueryContext } from 'grammy';
import { refuse } from '../../domain/errors.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { looksOnly } from '../../people/may.ts';
import { defineFeature, LOOK_ONLY } from '../feature.ts';
import { parseArguments } from '../ui/arguments.ts';
import { answer, replace } from '../ui/reply.ts';
import { lines, plain } from '../ui/text.ts';
import { allSettings, oneSetting, USUAL, valueOfChoice } from './screens.ts';
import { type ChatSettingKey, isChatSettingKey } from '../../domain/settings/chat.ts';
import { changedText, help, KEYS_BY_NAME, text, WORDS } from './text.ts';

const CHANGING = { who: 'manager', refusal: text.notAllowed } as const;

const actions = {
  settings: { who: 'viewer', data: { pattern: '([a-z_]{1,40})', example: 'all' } },
  setting: { ...CHANGING, data: { pattern: String.raw`([a-z_]{1,40}):([\w:-]{1,40})`, example: 'start:now' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'settings'> {}
}

const set = ({ settings }: BotDeps, chatId: number, key: ChatSettingKey, value: string): void => {
  if (value.toLowerCase() === USUAL) settings.resetChat(chatId, key);
  else settings.setChat(chatId, key, value);
};

/** What one line changes: all of it or nothing. @returns the keys @throws AppError validation */
const setByLine = (deps: BotDeps, chatId: number, line: string): readonly string[] => {
  const { words, options } = parseArguments(line, Object.keys(WORDS), KEYS_BY_NAME);
  const [word] = words;
  if (word !== undefined) refuse(text.usage(word));
  deps.store.atomically(() => {
    for (const [key, value] of Object.entries(options)) if (isChatSettingKey(key)) set(deps, chatId, key, value);
  });
  return Object.keys(options);
};

const onSetting = async (deps: BotDeps, ctx: CallbackQueryContext<Ctx>): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const [, key = '', data = ''] = ctx.match;
  const isKey = isChatSettingKey(key);
  const value = isKey && data !== USUAL ? valueOfChoice(deps, chatId, key, data) : USUAL;
  if (isKey && value !== undefined) set(deps, chatId, key, value);
  await ctx.answerCallbackQuery({ text: isKey && value !== undefined ? text.saved : text.gone });
  await replace(ctx, isKey ? oneSetting(deps, chatId, key) : allSettings(deps, chatId));
};

/** `/settings`: what people set for their chat. */
export const settingsFeature = defineFeature({
  commands: {
    settings: {
      who: 'viewer',
      usage: { form: '[key=value …]', does: 'what is usual in this chat, as a menu or by one line' },
      parts: { change: { ...CHANGING, example: 'start=now' } },
      menu: { position: 10, description: 'What is usual in this chat' },
    },
  },
  actions,
  topic: help,
  opener: { who: 'viewer', number: 5, label: 'Settings' },
  build: (deps) => ({
    open: (ctx) => answer(ctx, allSettings(deps, ctx.chat?.id ?? 0)),
    commands: {
      settings: async (ctx, may) => {
        const line = ctx.match.trim();
        if (line !== '' && !(await may({ part: 'change' }))) {
          await answer(ctx, { text: plain(looksOnly(deps.store, ctx.chat.id) ? LOOK_ONLY : text.notAllowed) });
          return;
        }
        const changed = line === '' ? [] : setByLine(deps, ctx.chat.id, line);
        const all = allSettings(deps, ctx.chat.id);
        const first = changed.length > 0 && changedText(deps.settings.listChat(ctx.chat.id), changed);
        await answer(ctx, { ...all, text: lines(first, all.text) });
      },
    },
    actions: {
      settings: async (ctx) => {
        const chatId = ctx.chat?.id ?? 0;
        const [, page = ''] = ctx.match;
        await ctx.answerCallbackQuery();
        await replace(ctx, isChatSettingKey(page) ? oneSetting(deps, chatId, page) : allSettings(deps, chatId));
      },
      setting: (ctx) => onSetting(deps, ctx),
    },
  }),
});
