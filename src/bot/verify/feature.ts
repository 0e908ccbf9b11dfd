/* bot/verify: /verify: has copies read again, and mended where something is wrong. */

import type { Model } from '../../domain/model.ts';
import { statusWord } from '../../library/model-view.ts';
import { verificationIn } from '../../library/verifying/verification-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { pickModel, tappedModel } from '../ui/pick-model.ts';
import { answer, askedBy, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { help, text } from './text.ts';

const actions = { verify: { who: 'member' }, unverify: { who: 'member' } } as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'verify'> {}
}

/** Has it read. @returns why it is not, as a sentence; undefined: a message of its own shows how far it is */
const request = ({ verifying, store }: BotDeps, ctx: Ctx, model?: Model): string | undefined => {
  const asked = askedBy(ctx);
  if (!asked) return undefined;
  if (model && model.status !== 'completed') return text.notComplete(model, statusWord(store, model));
  const messageId = ctx.callbackQuery ? null : asked.messageId;
  const wish = { ...asked, messageId, updateId: ctx.update.update_id };
  if (verifying.request(wish, model?.id)) return undefined;
  if (model) return text.already(model);
  return store.models.countModels(asked.chatId, { status: 'completed' }) > 0 ? text.allAlready : text.nothingComplete;
};

/** `/verify` of one model or of all, its button under details, and the one that leaves it. */
export const verifyFeature = defineFeature({
  commands: {
    verify: {
      who: 'member',
      usage: { form: '<name|all>', does: 'reads its files again, and fetches what is broken or missing; nothing else' },
      menu: { position: 23, description: 'Read files again and mend what is broken' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      verify: async (ctx) => {
        const wanted = ctx.match.trim();
        const isAll = wanted.toLowerCase() === 'all';
        const choice = { action: 'verify', likely: ['completed'], none: text.nothingComplete } as const;
        const model = isAll ? undefined : await pickModel(ctx, deps.store, wanted, choice);
        if (!isAll && !model) return;
        const refusal = request(deps, ctx, model);
        if (refusal !== undefined) await answer(ctx, { text: plain(refusal) });
      },
    },
    actions: {
      verify: async (ctx) => {
        const model = tappedModel(ctx, deps.store);
        const refusal = model ? request(deps, ctx, model) : text.notYours;
        await ctx.answerCallbackQuery(refusal === undefined ? {} : { text: refusal });
        // The question which one it is has been answered.
        if (model && ctx.match[2] !== undefined) await replace(ctx, { text: plain(refusal ?? text.begun(model)) });
      },
      unverify: async (ctx) => {
        const verification = verificationIn(deps.store, ctx.chat?.id, Number(ctx.match[1]));
        const isLeft = verification?.state === 'reading' && deps.verifying.cancel(verification.id);
        await ctx.answerCallbackQuery({ text: verification ? (isLeft ? text.left : text.ended) : text.notYours });
      },
    },
  }),
});
