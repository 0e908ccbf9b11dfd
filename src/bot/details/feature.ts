import type { InlineKeyboardButton } from 'grammy/types';
import type { Model } from '../../domain/model.ts';
import { detailsOf, filesPage } from '../../library/model-details.ts';
import { timesOf } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer } from '../ui/reply.ts';
import { pathOf } from '../board/load-commands.ts';
import { copyButton, type Rendering } from '../ui/text.ts';
import { descriptionText, detailsText, filesText, isLongDescription, stateOf, text } from './text.ts';

const FILES_ON_PAGE = 15;

/** What a button carries behind the model's number: 1 all that is known, 2 its description, 10 the first page of its files. */
const ALL = 1;
const DESCRIPTION = 2;
const FILES = 10;
const PAGES_MOST = 9000;

const actions = {
  details: { who: 'viewer' },
  /** Of a card that is two lines long. */
  more: { who: 'viewer' },
  less: { who: 'viewer' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'details'> {}
}

const to = ({ id }: Model, label: string, choice: number): InlineKeyboardButton =>
  actionButton(label, 'details', `${id}:${choice}`);

/** Datasets are not loaded. */
const isCheckable = ({ repoType, status }: Model): boolean => repoType === 'model' && status === 'completed';

const whole = (deps: BotDeps, model: Model, userId: number): Rendering => {
  const details = detailsOf(deps, model, userId);
  const { id, description } = model;
  const state = stateOf(details);
  return {
    text: detailsText(details, timesOf(deps, model.chatId)),
    keyboard: {
      inline_keyboard: [
        [
          ...(details.files > 0 ? [to(model, 'Files', FILES)] : []),
          ...(details.history.sessions > 0 ? [actionButton('History', 'history', `${id}:0`)] : []),
          ...(isLongDescription(description) ? [to(model, 'Description', DESCRIPTION)] : []),
          ...(model.status === 'completed' ? [actionButton('Verify', 'verify', id)] : []),
          ...(isCheckable(model) ? [actionButton('Check', 'check', id)] : []),
        ],
        [...copyButton('Copy path', pathOf(model)), ...(state ? copyButton(`Copy ${state.name}`, state.value) : [])],
        [
          actionButton('Edit', 'edit', id),
          ...(model.repoType === 'model' && model.sourceUrl === null
            ? [actionButton('Other files', 'otherFiles', id)]
            : []),
          actionButton('Show the card here', 'show', id),
        ],
      ].filter((row) => row.length > 0),
    },
  };
};

const files = ({ store }: BotDeps, model: Model, wanted: number): Rendering => {
  const shown = filesPage(store, model, { page: wanted, size: FILES_ON_PAGE });
  const { page, pages } = shown;
  return {
    text: filesText(model, shown),
    keyboard: {
      inline_keyboard: [
        [
          ...(page > 0 ? [to(model, '‹ Back', FILES + page - 1)] : []),
          ...(page < Math.min(pages, PAGES_MOST) - 1 ? [to(model, 'More ›', FILES + page + 1)] : []),
        ],
        [to(model, 'Details', ALL)],
      ].filter((row) => row.length > 0),
    },
  };
};

const description = (model: Model): Rendering => ({
  text: descriptionText(model),
  keyboard: { inline_keyboard: [[to(model, 'Details', ALL)]] },
});

const screen = (deps: BotDeps, ctx: Ctx, model: Model, choice: number): Rendering => {
  if (choice >= FILES) return files(deps, model, choice - FILES);
  if (choice === DESCRIPTION) return description(model);
  return whole(deps, model, ctx.from?.id ?? 0);
};

/** The board draws it: what a card shows is looked up in its row. */
const openCard =
  ({ store }: BotDeps, opened: boolean): Handlers['actions'][string] =>
  async (ctx) => {
    const model = tappedModel(ctx, store);
    if (model) store.cards.setOpened(model.id, opened);
    await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
  };

/** Everything that is known of a model: by the button under its card, and its files by `/files`. */
export const detailsFeature = defineFeature({
  commands: { files: { who: 'viewer', menu: { place: 31, description: 'The files of a model' } } },
  actions,
  build: (deps) => ({
    commands: {
      files: async (ctx) => {
        const model = await pickModel(ctx, deps.store, ctx.match.trim(), {
          action: 'details',
          mark: FILES,
          likely: ['completed', 'downloading', 'pending', 'failed', 'paused', 'cancelled'],
          none: text.empty,
        });
        if (model) await answer(ctx, files(deps, model, 0));
      },
    },
    actions: {
      details: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await sayInstead(ctx, screen(deps, ctx, model, Number(ctx.match[2] ?? ALL)));
      },
      more: openCard(deps, true),
      less: openCard(deps, false),
    },
  }),
});
