import type { CallbackQueryContext } from 'grammy';
import type { Model } from '../../domain/model.ts';
import type { Taking } from '../../domain/copy.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { stillOn } from '../../library/hosts/elsewhere.ts';
import { planRemoval, type RemovalPlan, removeModel, takingsFor } from '../../library/remove.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers, May } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** The button for what may go, and what it says of a complete model. */
const BUTTONS = {
  nothing: ['Entry only', 'forget'],
  all: ['Delete the files', 'eraseAll'],
  ours: ['Files too', 'erase'],
} as const satisfies Readonly<Record<Taking, readonly [label: string, action: string]>>;

/** What a button says: where files go, what that frees. */
const labelFor = (taking: Taking, { freedBytes, othersBytes }: RemovalPlan, isComplete: boolean): string => {
  if (taking === 'ours' && !isComplete) return 'Yes, remove';
  const freed = { nothing: 0, ours: freedBytes, all: freedBytes + othersBytes }[taking];
  const [label] = BUTTONS[taking];
  return freed > 0 ? `${label} · ${formatBytes(freed)}` : label;
};

const askRemove = async (ctx: Ctx, deps: BotDeps, may: May, model: Model): Promise<void> => {
  if (!(await may({ requestedBy: model.requestedBy }))) {
    await sayInstead(ctx, { text: plain(text.notAllowed) });
    return;
  }
  const plan = await planRemoval(deps.store, model);
  const takings = takingsFor(deps.store, model, plan, ctx.from?.id ?? 0);
  const isComplete = takings.includes('nothing');
  await sayInstead(ctx, {
    text: plain(text.askRemove(model, plan, takings, stillOn(deps.store, model))),
    keyboard: {
      inline_keyboard: [
        takings.map((taking) => {
          const [, action] = BUTTONS[taking];
          return actionButton(
            labelFor(taking, plan, isComplete),
            action,
            model.id,
            taking === 'nothing' ? undefined : 'danger',
          );
        }),
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
  // The board draws the message with the buttons from here on, and what was the card: what they say changes with time.
  const isRemoved = await removeModel(deps, model, taking, ctx.callbackQuery.message?.message_id);
  await ctx.answerCallbackQuery();
  if (!isRemoved) await replace(ctx, { text: plain(text.gone) });
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
