import type { Model } from '../../domain/model.ts';
import { arrivedBytes, canCancel, cancelAll, CANCELLABLE, planCancelAll } from '../../library/chat-downloads.ts';
import { modelIn } from '../../library/find.ts';
import { stillOn } from '../../library/hosts/elsewhere.ts';
import { statusWord } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers, May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** Cancelling drops bytes: it asks first, in a message of its own, since the card redraws itself. */
const ask = async (deps: BotDeps, ctx: Ctx, may: May, model: Model): Promise<void> => {
  if (!(await may({ requestedBy: model.requestedBy }))) {
    await sayInstead(ctx, { text: plain(text.notAllowed) });
    return;
  }
  if (!canCancel(deps.store, model)) {
    await sayInstead(ctx, { text: plain(text.already(model, statusWord(deps.store, model))) });
    return;
  }
  const no = model.status === 'paused' ? 'No, leave it' : 'No, go on';
  await sayInstead(ctx, {
    text: plain(text.askCancel(model, arrivedBytes(deps, model.id), stillOn(deps.store, model))),
    keyboard: {
      inline_keyboard: [
        [actionButton('Yes, cancel', 'cancelled', model.id, 'danger'), actionButton(no, 'keep', model.id)],
      ],
    },
  });
};

const mayCancel =
  (may: May) =>
  ({ requestedBy }: Pick<Model, 'requestedBy'>): Promise<boolean> =>
    may({ requestedBy });

const askAll = async (deps: BotDeps, ctx: Ctx, may: May): Promise<void> => {
  const plan = await planCancelAll(deps, ctx.chat?.id ?? 0, mayCancel(may));
  if (!plan) {
    const { lookedUp, toBeAnswered } = deps.store.addRequests.countOpen(ctx.chat?.id ?? 0);
    const requests = lookedUp + toBeAnswered;
    await answer(ctx, { text: plain(requests === 0 ? text.nothingToCancel : text.noModelToCancel(requests)) });
    return;
  }
  const { models, newestId } = plan;
  await answer(ctx, {
    text: plain(text.askCancelAll(models.length, plan.arrivedBytes)),
    keyboard: {
      inline_keyboard: [
        [actionButton('Yes, cancel all', 'cancelAll', newestId, 'danger'), actionButton('No, go on', 'keep', newestId)],
      ],
    },
  });
};

/** `/cancel` of one or all, and its buttons. */
export const cancelling = (deps: BotDeps) =>
  ({
    commands: {
      cancel: async (ctx, may) => {
        const wanted = ctx.match.trim();
        if (wanted.toLowerCase() === 'all') {
          await askAll(deps, ctx, may);
          return;
        }
        const choice = { action: 'cancel', likely: CANCELLABLE, none: text.nothingToCancel } as const;
        const model = await pickModel(ctx, deps.store, wanted, choice);
        if (model) await ask(deps, ctx, may, model);
      },
    },
    actions: {
      cancel: async (ctx, may) => {
        const model = tappedModel(ctx, deps.store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (model) await ask(deps, ctx, may, model);
      },
      cancelled: async (ctx, may) => {
        const model = tappedModel(ctx, deps.store);
        if (!model || !(await may({ requestedBy: model.requestedBy }))) {
          await ctx.answerCallbackQuery({ text: model ? text.notAllowed : text.notYours });
          return;
        }
        const stayed = stillOn(deps.store, model);
        const done = deps.queue.cancel(model.id);
        await ctx.answerCallbackQuery();
        const now = modelIn(deps.store, model.chatId, model.id) ?? model;
        await replace(ctx, {
          text: plain(done ? text.cancelled(model, now, stayed) : text.already(now, statusWord(deps.store, now))),
        });
      },
      cancelAll: async (ctx, may) => {
        const amount = await cancelAll(deps, ctx.chat?.id ?? 0, mayCancel(may), Number(ctx.match[1]));
        await ctx.answerCallbackQuery();
        await replace(ctx, { text: plain(text.several(amount, 'cancelled')) });
      },
      keep: async (ctx) => {
        await ctx.answerCallbackQuery();
        await replace(ctx, { text: plain(ctx.match[2] === undefined ? text.kept : text.stays) });
      },
    },
  }) satisfies Handlers;
