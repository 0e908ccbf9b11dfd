/* bot/details: the page behind a card's Details: all that is known of a model, and where its files lie. */

import type { InlineKeyboardButton } from 'grammy/types';
import type { Model } from '../../domain/model.ts';
import { detailsOf } from '../../library/model-details.ts';
import { timesOf } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { sayInstead, tappedModel } from '../ui/pick-model.ts';
import { pathOf } from '../board/load-commands.ts';
import { copyButton, type Rendering } from '../ui/text.ts';
import { descriptionText, detailsText, isLongDescription, stateOf, text } from './text.ts';

/** What a button carries behind the model's number: 1 all that is known, 2 its description. */
const ALL = 1;
const DESCRIPTION = 2;

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
  const { id, description, repoType: type, name } = model;
  const { readmes } = deps.sending;
  const page = readmes.isAskable(model) ? readmes.pageOf({ type, id: name }) : undefined;
  const state = stateOf(details);
  return {
    text: detailsText(details, timesOf(deps, model.chatId), page),
    keyboard: {
      inline_keyboard: [
        [
          ...(details.files > 0 ? [actionButton('Files', 'files', `${id}:1`)] : []),
          ...(model.sourceUrl === null ? [actionButton('README', 'readme', `${id}:1`)] : []),
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

const description = (model: Model): Rendering => ({
  text: descriptionText(model),
  keyboard: { inline_keyboard: [[to(model, 'Details', ALL)]] },
});

const screen = (deps: BotDeps, ctx: Ctx, model: Model, choice: number): Rendering => {
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

/** Everything that is known of a model: by the button under its card. */
export const detailsFeature = defineFeature({
  commands: {},
  actions,
  build: (deps) => ({
    commands: {},
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
