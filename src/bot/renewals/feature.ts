/* bot/renewals: /update: what is newer than what a chat has, to be taken or left. */

import type { CallbackQueryContext, CommandContext } from 'grammy';
import type { InlineKeyboardButton } from 'grammy/types';
import type { Model } from '../../domain/model.ts';
import { modelIn } from '../../library/find.ts';
import { looksOnly } from '../../people/may.ts';
import type { NewAsk } from '../../store/renewals/asks.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, LOOK_ONLY, type May } from '../feature.ts';
import { type Newer, newerOne, newerText } from '../outbox/newer-commit.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, askedBy, repliedTo, replace } from '../ui/reply.ts';
import { lines, plain, type Rendering } from '../ui/text.ts';
import { help, text } from './text.ts';

/** Buttons of a list; the others come when these are done. */
const SHOWN_MOST = 8;

/** A model, and the commit that was told: an older message must not take or leave a newer one unseen. */
const TOLD = { pattern: String.raw`(\d{1,15}):([0-9a-f]{7})`, example: '1:607a30d' } as const;

/** Others may load it by the name that it has. */
const MANAGERS = { who: 'manager', refusal: text.notAllowed } as const;

const actions = {
  update: { who: 'member' },
  updateAll: { who: 'member' },
  take: { who: 'member' },
  renew: { who: 'member', data: TOLD },
  leave: { who: 'member', data: TOLD },
  rename: MANAGERS,
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'renewals'> {}
}

const askOf = (ctx: Ctx): NewAsk | undefined => {
  const asked = askedBy(ctx);
  return asked && { updateId: ctx.update.update_id, ...asked };
};

const newerIn = ({ store }: BotDeps, models: readonly Model[]): Newer[] =>
  models.flatMap((model) => {
    const renewal = store.renewals.getRenewal(model.id);
    return renewal ? [newerOne(store, model, renewal)] : [];
  });

const list = (deps: BotDeps, chatId: number): Rendering => {
  const { store } = deps;
  const total = store.renewals.countOpenRenewals(chatId);
  if (total === 0) return { text: plain(looksOnly(store, chatId) ? text.nothing : `${text.nothing} ${text.lookNow}`) };
  const shown = store.renewals.openRenewals(chatId, { limit: SHOWN_MOST }).flatMap((renewal): Newer[] => {
    const model = modelIn(store, chatId, renewal.modelId);
    return model ? [newerOne(store, model, renewal)] : [];
  });
  const offered = shown.filter(({ renewal }) => renewal.state === 'offered');
  const all: InlineKeyboardButton[][] =
    offered.length > 1 ? [[actionButton('Update all', 'updateAll', deps.renewals.offeredAs(chatId), 'primary')]] : [];
  return {
    text: lines(
      text.head(total),
      ...shown.map(text.line),
      total > shown.length ? text.more(total - shown.length) : undefined,
    ),
    keyboard: {
      inline_keyboard: [...offered.map(({ model }) => [actionButton(text.button(model), 'take', model.id)]), ...all],
    },
  };
};

/** Has one model looked up; who asked is told when it is known. */
const askOne = async ({ renewals }: BotDeps, ctx: Ctx, model: Model): Promise<void> => {
  const where = askOf(ctx);
  const asked = where ? renewals.ask(where, [model.id]) : 0;
  await sayInstead(ctx, {
    text: plain(
      asked > 0 ? text.looksUpOne(model) : model.sourceUrl === null ? text.pinned(model) : text.webFile(model),
    ),
  });
};

const askAll = async ({ store, renewals }: BotDeps, ctx: Ctx): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const where = askOf(ctx);
  const asked = where ? await renewals.askAll(where) : 0;
  const others = store.models.countModels(chatId, { status: 'completed' }) - asked;
  await answer(ctx, { text: plain(asked + others > 0 ? text.looksUp(asked, others) : text.empty) });
};

const onCommand =
  (deps: BotDeps) =>
  async (ctx: CommandContext<Ctx>, may: May): Promise<void> => {
    const wanted = ctx.match.trim();
    if (wanted === '' && repliedTo(ctx) === undefined) return answer(ctx, list(deps, ctx.chat.id));
    if (!(await may({ part: 'ask' }))) return answer(ctx, { text: plain(LOOK_ONLY) });
    if (/^all$/iu.test(wanted)) return askAll(deps, ctx);
    const model = await pickModel(ctx, deps.store, wanted, {
      action: 'update',
      likely: ['completed'],
      none: text.empty,
    });
    return model && askOne(deps, ctx, model);
  };

/** Tells in passing, and what the message shows from now on. */
const say = async (ctx: CallbackQueryContext<Ctx>, sentence: string, rendering?: Rendering): Promise<void> => {
  await ctx.answerCallbackQuery({ text: sentence });
  if (rendering) await replace(ctx, rendering);
};

/** A tap under the message that told of a newer commit. */
const onTold =
  (deps: BotDeps, isTaken: boolean) =>
  async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const { store, renewals } = deps;
    const model = tappedModel(ctx, store);
    if (!model) return say(ctx, text.notYours);
    const commit = String(ctx.match[2]);
    const is = (): Newer[] =>
      newerIn(deps, [model]).filter(({ renewal }) => renewal.commitSha?.startsWith(commit) === true);
    const done = is().length > 0 && (isTaken ? renewals.take(model).length > 0 : renewals.ignore(model, commit));
    const [now] = is();
    // Handled again, or tapped twice: it shows what it has come to.
    const isSo = now && (isTaken ? ['wanted', 'taken'] : ['ignored']).includes(now.renewal.state);
    const shown = now ? { text: newerText([now]) } : undefined;
    return say(ctx, done || isSo ? (isTaken ? text.takes : text.left) : text.notOffered, shown);
  };

const onRename =
  (deps: BotDeps) =>
  async (ctx: CallbackQueryContext<Ctx>): Promise<void> => {
    const model = tappedModel(ctx, deps.store);
    if (!model) return say(ctx, text.notYours);
    // Handled again, it has been taken already, and says the same.
    const isRenamed =
      deps.renewals.rename(model) > 0 || typeof deps.store.renewals.getRenewal(model.id)?.newName === 'string';
    const sentence = isRenamed ? text.renames(model) : text.notOffered;
    return say(ctx, sentence, isRenamed ? { text: plain(sentence) } : undefined);
  };

/** `/update`: newer commits of what the chat has. */
export const renewalsFeature = defineFeature({
  commands: {
    update: {
      who: 'viewer',
      usage: { form: '[name|all]', does: 'what is newer on the Hub: lists it, or looks now and fetches what changed' },
      menu: { position: 16, description: 'What is newer on the Hub' },
      parts: { ask: { who: 'member', refusal: LOOK_ONLY, example: 'all' } },
      aliases: ['updates'],
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: { update: onCommand(deps) },
    actions: {
      update: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await askOne(deps, ctx, model);
      },
      updateAll: async (ctx) => {
        const taken = deps.renewals.takeAll(ctx.chat?.id ?? 0, Number(ctx.match[1]));
        const sentence = taken === undefined ? text.changed : taken > 0 ? text.takes : text.notOffered;
        await say(ctx, sentence, list(deps, ctx.chat?.id ?? 0));
      },
      take: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const taken = model ? deps.renewals.take(model).length : 0;
        const sentence = taken > 0 ? text.takes : text.notOffered;
        await say(ctx, model ? sentence : text.notYours, model && list(deps, model.chatId));
      },
      renew: onTold(deps, true),
      leave: onTold(deps, false),
      rename: onRename(deps),
    },
  }),
});
