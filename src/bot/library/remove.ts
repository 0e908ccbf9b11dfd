import type { CallbackQueryContext } from 'grammy';
import type { Model } from '../../domain/model.ts';
import { isOwner } from '../../people/may.ts';
import { planRemoval } from '../../library/remove.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers, May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

const askRemove = async (ctx: Ctx, deps: BotDeps, may: May, model: Model): Promise<void> => {
  if (!(await may({ requestedBy: model.requestedBy }))) {
    await sayInstead(ctx, { text: plain(text.notAllowed) });
    return;
  }
  const plan = await planRemoval(deps.store, model);
  const mayTakeAll = isOwner(deps.store, ctx.from?.id ?? 0);
  const files = model.status !== 'completed' || plan.freedBytes > 0;
  const entryOnly = model.status === 'completed';
  await sayInstead(ctx, {
    text: plain(text.askRemove(model, plan, mayTakeAll)),
    keyboard: {
      inline_keyboard: [
        [
          ...(entryOnly ? [actionButton('Entry only', 'forget', model.id)] : []),
          ...(plan.othersPath !== undefined && mayTakeAll
            ? [actionButton('Delete the files', 'eraseAll', model.id, 'danger')]
            : []),
          ...(files ? [actionButton(entryOnly ? 'Files too' : 'Yes, remove', 'erase', model.id, 'danger')] : []),
        ],
        [actionButton('Leave it', 'keep', `${model.id}:1`)],
      ],
    },
  });
};

const takeAway = async (ctx: CallbackQueryContext<Ctx>, deps: BotDeps, may: May): Promise<void> => {
  const model = tappedModel(ctx, deps.store);
  if (!model || !(await may({ requestedBy: model.requestedBy }))) {
    await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.gone });
    return;
  }
  const { data } = ctx.callbackQuery;
  const taking = data.startsWith('eraseAll') ? 'all' : data.startsWith('erase') ? 'ours' : 'nothing';
  const card = deps.store.cards.cardOf(model.id);
  await ctx.answerCallbackQuery();
  const freed = await deps.queue.remove(model.id, taking);
  const keeps = taking === 'nothing' && model.status === 'completed';
  const said = freed === undefined ? text.gone : keeps ? text.removedKept(model) : text.removed(model, freed);
  await replace(ctx, { text: plain(said) });
  // The card has no row any more: its buttons must not stay behind, and what it says must be what was done.
  if (typeof card?.messageId === 'number' && freed !== undefined) {
    await ctx.api.editMessageText(card.chatId, card.messageId, said).catch(() => undefined);
  }
};

/** `/remove` and its buttons: asks, then removes the entry, or the files too. */
export const removing = (deps: BotDeps) =>
  ({
    commands: {
      remove: async (ctx, may) => {
        const model = await pickModel(ctx, deps.store, ctx.match.trim(), {
          action: 'remove',
          likely: ['completed', 'failed', 'cancelled', 'paused', 'pending', 'downloading'],
          none: text.empty,
        });
        if (model) await askRemove(ctx, deps, may, model);
      },
    },
    actions: {
      remove: async (ctx, may) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await askRemove(ctx, deps, may, model);
      },
      forget: (ctx, may) => takeAway(ctx, deps, may),
      erase: (ctx, may) => takeAway(ctx, deps, may),
      eraseAll: (ctx, may) => takeAway(ctx, deps, may),
    },
  }) satisfies Handlers;
