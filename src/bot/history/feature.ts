/* bot/history: /history: what was downloaded when, and what came of it. */

import type { InlineKeyboardButton } from 'grammy/types';
import { findModel, modelIn } from '../../library/find.ts';
import { historyKey, historyNamed, historyOf, type HistoryPage, historyPage } from '../../library/history.ts';
import { timesOf } from '../../library/model-view.ts';
import type { HistoryScope } from '../../store/downloads/history.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { modelLabel } from '../ui/label.ts';
import { pickModel } from '../ui/pick-model.ts';
import { answer, repliedTo, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { historyText, text } from './text.ts';

const PAGE_SIZE = 6;
/** What a button has room for. */
const PAGES_MOST = 9999;

const actions = { history: { who: 'viewer' } } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'history'> {}
}

const pageButtons = (history: HistoryPage): InlineKeyboardButton[] => {
  const key = historyKey(history);
  const to = (label: string, page: number): InlineKeyboardButton => actionButton(label, 'history', `${key}:${page}`);
  const { page, pages } = history;
  return [
    ...(page > 0 ? [to('‹ Newer', page - 1)] : []),
    ...(page < Math.min(pages, PAGES_MOST) - 1 ? [to('Older ›', page + 1)] : []),
  ];
};

const nameOf = ({ store }: BotDeps, { chatId, modelId, modelName }: HistoryScope): string | undefined => {
  const model = modelId === undefined ? undefined : modelIn(store, chatId, modelId);
  // Each line says on which machine it was.
  return model ? modelLabel({ ...model, hostName: null }) : modelName;
};

const render = (deps: BotDeps, scope: HistoryScope, page: number): Rendering => {
  const name = nameOf(deps, scope);
  const history = historyPage(deps.store, scope, { page, size: PAGE_SIZE });
  if (history.sum.sessions === 0) return { text: plain(name === undefined ? text.nothing : text.nothingOf(name)) };
  const buttons = pageButtons(history);
  return {
    text: historyText(history, timesOf(deps, scope.chatId), name),
    ...(buttons.length > 0 ? { keyboard: { inline_keyboard: [buttons] } } : {}),
  };
};

/** Whose history is meant; undefined if that was asked or answered already. */
const scopeOf = async ({ store }: BotDeps, ctx: Ctx, typed: string): Promise<HistoryScope | undefined> => {
  const chatId = ctx.chat?.id ?? 0;
  const isReply = repliedTo(ctx) !== undefined;
  if (typed === '' && !isReply) return { chatId };
  // What has left the library has a history all the same.
  if (typed !== '' && findModel(store, chatId, typed).kind === 'none') {
    const scope = historyNamed(store, chatId, typed);
    if (!scope) await answer(ctx, { text: plain(text.nothingOf(typed)) });
    return scope;
  }
  const choice = {
    action: 'history',
    mark: 0,
    likely: ['completed', 'failed', 'downloading'],
    none: text.nothing,
  } as const;
  const model = await pickModel(ctx, store, typed, choice);
  return model && { chatId, modelId: model.id };
};

/** `/history`: what was downloaded when, how fast, and why not. */
export const historyFeature = defineFeature({
  commands: {
    history: {
      who: 'viewer',
      usage: { form: '[name]', does: 'what was downloaded when, how fast, and why not' },
      menu: { position: 20, description: 'What was downloaded when, and how fast' },
    },
  },
  actions,
  build: (deps) => ({
    commands: {
      history: async (ctx) => {
        const scope = await scopeOf(deps, ctx, ctx.match.trim());
        if (scope) await answer(ctx, render(deps, scope, 0));
      },
    },
    actions: {
      history: async (ctx) => {
        const scope = historyOf(deps.store, ctx.chat?.id ?? 0, Number(ctx.match[1]));
        await ctx.answerCallbackQuery(scope ? {} : { text: text.notYours });
        if (scope) await replace(ctx, render(deps, scope, Number(ctx.match[2] ?? 0)));
      },
    },
  }),
});
