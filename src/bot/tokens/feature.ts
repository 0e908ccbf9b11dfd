/* bot/tokens: /token: a person's own token for the Hub, taken in a private chat and hidden at once. */

import type { CallbackQueryContext } from 'grammy';
import { AppError } from '../../domain/errors.ts';
import { deleteMessage } from '../telegram/delete-message.ts';
import type { Ctx } from '../context.ts';
import { noteNotAllowed } from '../noted.ts';
import { defineFeature, type FeatureDeps, type Rule } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { lines, plain, type Rendering } from '../ui/text.ts';
import { hiddenIn, isTokenQuestion } from '../updates/hidden-tokens.ts';
import { createOffers, type Offers } from './offers.ts';
import { help, text } from './text.ts';

const RULE: Rule = { who: 'member', refusal: text.notYours };

const actions = {
  token: { ...RULE, data: { pattern: '(list|ask|remove|yes)', example: 'list' } },
  tokenOffer: { ...RULE, data: { pattern: String.raw`(keep|forget):(\d{1,15})`, example: 'keep:1' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'tokens'> {}
}

const isPrivate = (ctx: Ctx): boolean => ctx.chat?.type === 'private';
const personIn = (ctx: Ctx): number => ctx.from?.id ?? 0;

const say = (ctx: Ctx, ...sentences: readonly string[]): Promise<void> =>
  answer(ctx, { text: lines(plain(sentences.join(' '))) });

/** In a group a token is deleted, and no more is made of it. */
const turnAway = async (ctx: Ctx, { ownHub }: FeatureDeps): Promise<void> => {
  const isGone = await deleteMessage(ctx);
  await answer(ctx, {
    text: plain(isGone ? text.groupDeleted(ownHub) : text.groupNotDeleted(ownHub)),
    keyboard: { inline_keyboard: [[{ text: 'Our private chat', url: `https://t.me/${ctx.me.username}` }]] },
  });
};

const isAnswer = ({ msg: message }: Ctx): boolean => isTokenQuestion(message?.reply_to_message);

/** Whether it was asked for: behind the command, or as the answer to the question. */
const isAskedFor = (ctx: Ctx): boolean => ctx.msg?.text?.toLowerCase().startsWith('/token') === true || isAnswer(ctx);

/** An answer to the question that holds no token. @returns undefined: it is none, or another command */
const saidInstead = (ctx: Ctx): string | undefined => {
  if (!ctx.message || !isPrivate(ctx) || !isAnswer(ctx)) return undefined;
  const written = ctx.message.text?.trim() ?? '';
  if (/^\/cancel(?:@\w+)?$/i.test(written)) return text.left;
  return written.startsWith('/') ? undefined : text.noToken;
};

/** Once, however often its update is handled: it would be asked about, and told of, again. */
const keep = ({ store, tokens }: FeatureDeps, ctx: Ctx, sealed: string): string =>
  store.updates.doOnce(ctx.update.update_id, () => {
    try {
      tokens.keep(personIn(ctx), sealed);
      return text.kept;
    } catch (error) {
      if (error instanceof AppError && error.code === 'validation') return error.message;
      throw error;
    }
  });

/** What becomes of a message with a token: first of the token, then of the message, which is deleted whatever else. */
const takeToken = async (ctx: Ctx, deps: FeatureDeps, offers: Offers, sealed: string | undefined): Promise<void> => {
  const isAllowed = await deps.authority(ctx, RULE);
  const isKept = isAllowed && sealed !== undefined && isAskedFor(ctx);
  const said = isKept ? keep(deps, ctx, sealed) : undefined;
  const about = (await deleteMessage(ctx)) ? text.deleted : text.notDeleted;
  if (said !== undefined) {
    await say(ctx, said, about);
    deps.tokens.check();
  } else if (!isAllowed) {
    noteNotAllowed(ctx);
    await say(ctx, text.notYours, about);
  } else if (sealed === undefined) await say(ctx, text.notKept, about);
  else {
    const id = ctx.msg?.message_id ?? 0;
    offers.put(personIn(ctx), id, sealed);
    await answer(ctx, {
      text: plain(`${text.offer} ${about}`),
      keyboard: {
        inline_keyboard: [
          [actionButton('Use it', 'tokenOffer', `keep:${id}`), actionButton('No', 'tokenOffer', `forget:${id}`)],
        ],
      },
    });
  }
};

const ask = async (ctx: Ctx, { ownHub }: FeatureDeps): Promise<void> => {
  await ctx.reply(text.ask(ownHub), {
    link_preview_options: { is_disabled: true },
    reply_markup: { force_reply: true, input_field_placeholder: text.placeholder },
  });
};

/** @returns undefined: there is none */
const list = ({ tokens, schedules, clock }: FeatureDeps, userId: number): Rendering | undefined => {
  const times = { timezone: schedules.timezoneOf(userId), now: clock.now() };
  const all = tokens.listed(userId);
  if (all.length === 0) return undefined;
  return {
    text: lines(text.heading, ...all.flatMap((token) => [text.about(token, times), text.state(token)]), text.replace),
    keyboard: {
      inline_keyboard: [
        [actionButton('Another one', 'token', 'ask'), actionButton('Remove', 'token', 'remove', 'danger')],
      ],
    },
  };
};

/** A person's token, or the question for one. */
const show = async (ctx: Ctx, deps: FeatureDeps): Promise<void> => {
  if (!isPrivate(ctx)) return say(ctx, text.privateOnly);
  const listed = list(deps, personIn(ctx));
  await (listed ? answer(ctx, listed) : ask(ctx, deps));
};

const onToken = async (ctx: CallbackQueryContext<Ctx>, deps: FeatureDeps): Promise<void> => {
  const [, step] = ctx.match;
  const userId = personIn(ctx);
  if (!isPrivate(ctx)) {
    await ctx.answerCallbackQuery({ text: text.privateOnly });
    return;
  }
  if (step === 'yes') {
    const isForgotten = deps.tokens.forget(userId);
    await ctx.answerCallbackQuery();
    await replace(ctx, { text: plain(isForgotten ? text.removed(deps.ownHub) : text.none) });
    return;
  }
  const listed = list(deps, userId);
  await ctx.answerCallbackQuery(listed || step === 'ask' ? {} : { text: text.none });
  if (step === 'ask') await ask(ctx, deps);
  else if (!listed) await replace(ctx, { text: plain(text.none) });
  else if (step === 'remove') await replace(ctx, ASK_REMOVE);
  else await replace(ctx, listed);
};

const ASK_REMOVE: Rendering = {
  text: plain(text.askRemove),
  keyboard: {
    inline_keyboard: [[actionButton('Yes, remove', 'token', 'yes', 'danger'), actionButton('‹ Back', 'token', 'list')]],
  },
};

const onOffer = async (ctx: CallbackQueryContext<Ctx>, deps: FeatureDeps, offers: Offers): Promise<void> => {
  const [, step, id] = ctx.match;
  const sealed = offers.take(personIn(ctx), Number(id));
  if (step === 'keep' && sealed === undefined) {
    await ctx.answerCallbackQuery({ text: text.offerGone });
    await replace(ctx, { text: plain(text.offerGone) });
    return;
  }
  const said = step === 'keep' && sealed !== undefined ? keep(deps, ctx, sealed) : text.forgotten;
  await ctx.answerCallbackQuery();
  await replace(ctx, { text: plain(said) });
  deps.tokens.check();
};

/** `/token`, and whatever looks like one: a person's token of the Hub, for what they add. */
export const tokensFeature = defineFeature({
  commands: {
    token: { ...RULE, usage: { form: '', does: 'a token of one’s own account on the Hub, for what one adds' } },
  },
  actions,
  topic: help,
  doors: { first: { ...RULE, does: 'a token of the Hub; whoever sends one, the message is deleted' } },
  build: (deps) => {
    const offers = createOffers(deps.clock);
    return {
      first: async (ctx, next) => {
        const hidden = ctx.message && hiddenIn(ctx.update);
        if (!hidden) {
          const said = saidInstead(ctx);
          return said === undefined || !(await deps.authority(ctx, RULE)) ? next() : say(ctx, said);
        }
        if (isPrivate(ctx)) await takeToken(ctx, deps, offers, hidden.sealed);
        else await turnAway(ctx, deps);
      },
      commands: { token: (ctx) => show(ctx, deps) },
      actions: {
        token: (ctx) => onToken(ctx, deps),
        tokenOffer: (ctx) => onOffer(ctx, deps, offers),
      },
    };
  },
});
