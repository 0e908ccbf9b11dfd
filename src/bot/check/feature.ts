/* bot/check: /check: has a model looked into, or tells what was found when it was. */

import { CONTEXT_MOST } from '../../domain/checks/fits.ts';
import { AppError } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { statusWord } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { parseArguments } from '../ui/arguments.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { plain } from '../ui/text.ts';
import { help, text } from './text.ts';

/** It reads the disk for everybody, and so is for those who may have things done. */
const MEMBERS = { who: 'member', refusal: text.lookOnly } as const;

const actions = { check: MEMBERS } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'check'> {}
}

/** @throws AppError validation */
const contextOf = (typed: string | undefined): number | undefined => {
  if (typed === undefined) return undefined;
  // `8k` is what people call 8192 tokens.
  const [, amount, unit] = /^(\d{1,8})(k)?$/i.exec(typed) ?? [];
  const tokens = Number(amount ?? 0) * (unit === undefined ? 1 : 1024);
  if (tokens < 1 || tokens > CONTEXT_MOST) throw new AppError('validation', text.context(typed));
  return tokens;
};

/** What a button carries behind a model's number where a length of text was named, in steps that have room there. */
const CONTEXTS_FROM = 10;
const CONTEXT_STEP = 1024;

/** Which length was named goes with the question which model; between two steps it is the longer one. */
const markOf = (contextTokens: number | undefined): { readonly mark?: number } =>
  contextTokens === undefined ? {} : { mark: CONTEXTS_FROM + Math.ceil(contextTokens / CONTEXT_STEP) };

/** The length that a button means; undefined: what is usual. */
const tappedContext = (choice: number): number | undefined =>
  choice > CONTEXTS_FROM ? Math.min(CONTEXT_MOST, (choice - CONTEXTS_FROM) * CONTEXT_STEP) : undefined;

/** Has it checked. @returns why it is not, as a sentence */
const request = ({ checking, store }: BotDeps, model: Model, contextTokens?: number): string | undefined => {
  switch (checking.request(model, contextTokens)) {
    case 'not_complete':
      return text.notComplete(model, statusWord(store, model));
    case 'dataset':
      return text.dataset(model);
    case 'already':
      return text.already(model);
    case undefined:
      return undefined;
  }
};

const check = async (deps: BotDeps, ctx: Ctx & { readonly match: string }): Promise<void> => {
  const { words, options } = parseArguments(ctx.match, ['context']);
  const contextTokens = contextOf(options['context']);
  // “all” would be found in the middle of a name.
  if (/^all$/i.test(words.join(' '))) throw new AppError('validation', text.oneModel);
  const choice = {
    action: 'check',
    ...markOf(contextTokens),
    likely: ['completed'],
    none: text.nothingComplete,
  } as const;
  const model = await pickModel(ctx, deps.store, words.join(' '), choice);
  if (!model) return;
  const refusal = request(deps, model, contextTokens);
  if (refusal === undefined) await showCard(deps, ctx, model);
  else await answer(ctx, { text: plain(refusal) });
};

/** `/check` of a model, and its button under details. */
export const checkFeature = defineFeature({
  commands: {
    check: {
      ...MEMBERS,
      usage: {
        form: '<name> [context=…]',
        does: 'whether it is whole, fits the memory and loads, and what else it would run',
      },
      menu: { position: 22, description: 'See whether a model is whole and fits' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: { check: (ctx) => check(deps, ctx) },
    actions: {
      check: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const contextTokens = tappedContext(Number(ctx.match[2] ?? 0));
        const refusal = model ? request(deps, model, contextTokens) : text.notYours;
        await ctx.answerCallbackQuery({ text: refusal ?? text.begun });
        // The question which one it is has been answered.
        if (!model || ctx.match[2] === undefined) return;
        await replace(ctx, { text: plain(refusal ?? text.begun) });
        if (refusal === undefined) await showCard(deps, ctx, model);
      },
    },
  }),
});
