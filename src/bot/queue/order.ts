import type { Composer } from 'grammy';
import { type Model, PRIORITIES, type Priority } from '../../domain/model.ts';
import { isOwner } from '../../people/may.ts';
import type { OrderMove } from '../../queue/reorder.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionButton, actionPattern } from '../ui/buttons.ts';
import { statusWord } from '../ui/label.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** `/first`, `/up` and `/down`: the place of a waiting model in its chat's line. */
const moves = (feature: Composer<Ctx>, { store, queue, board }: BotDeps): void => {
  const move = (model: Model, where: OrderMove): string => {
    const moved = queue.reorder(model.id, where);
    board.poke();
    const now = store.models.getModel(model.id) ?? model;
    return moved ? text.moved(now, store.models.queuePosition(model.id)) : text.notMoved(now, statusWord(store, now));
  };

  /** Of two that wait one stands where it can go already. */
  const movable =
    (where: OrderMove) =>
    (chatId: number): readonly Model[] => {
      const line = store.models.waiting().filter((model) => model.chatId === chatId);
      return where === 'down' ? line.slice(0, -1) : line.slice(1);
    };

  for (const where of ['first', 'up', 'down'] as const) {
    const choice = { action: where, likely: movable(where), none: text.nothingToMove };
    feature.command(where, async (ctx) => {
      const model = await pickModel(ctx, store, ctx.match.trim(), choice);
      if (model) await answer(ctx, { text: plain(move(model, where)) });
    });
    feature.callbackQuery(actionPattern(where), async (ctx) => {
      const model = tappedModel(ctx, store);
      await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
      if (model) await replace(ctx, { text: plain(move(model, where)) });
    });
  }
};

/** `rank:<id>:<mark>` with 1, 2 and 3 for the priorities; 9 asks which. */
const WHICH = 9;

const priority = (feature: Composer<Ctx>, { store, queue, board }: BotDeps): void => {
  const set = (model: Model, wanted: Priority): string => {
    queue.setPriority(model.id, wanted);
    board.poke();
    return text.priority(store.models.getModel(model.id) ?? model);
  };
  const ask = (ctx: Ctx, model: Model): Promise<void> =>
    sayInstead(ctx, {
      text: plain(text.whichPriority(model)),
      keyboard: {
        inline_keyboard: [PRIORITIES.map((word, index) => actionButton(word, 'rank', `${model.id}:${index + 1}`))],
      },
    });

  feature.command('priority', async (ctx) => {
    const typed = ctx.match.trim();
    // No name has a space: what stands behind it and is no priority is asked for, not searched for.
    const [, name = typed.split(/\s+/)[0] ?? '', word = ''] = /^(.*?)\s*\b(high|medium|low)$/i.exec(typed) ?? [];
    const wanted = PRIORITIES.find((one) => one === word.toLowerCase());
    const model = await pickModel(ctx, store, name, {
      action: 'rank',
      mark: wanted === undefined ? WHICH : PRIORITIES.indexOf(wanted) + 1,
      likely: ['pending'],
      none: text.nothingWaits,
    });
    if (!model) return;
    if (wanted === undefined) await ask(ctx, model);
    else await answer(ctx, { text: plain(set(model, wanted)) });
  });

  feature.callbackQuery(actionPattern('rank'), async (ctx) => {
    const model = tappedModel(ctx, store);
    await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
    if (!model) return;
    const wanted = PRIORITIES[Number(ctx.match[2]) - 1];
    if (wanted === undefined) await ask(ctx, model);
    else await replace(ctx, { text: plain(set(model, wanted)) });
  });
};

/** `/hold` and `/unhold`: the owner stops everything, of all chats, and lets it go on. */
const holding = (feature: Composer<Ctx>, { store, queue, board }: BotDeps): void => {
  const command = (name: 'hold' | 'unhold', done: string, already: string): void => {
    feature.command(name, async (ctx) => {
      if (!isOwner(store, ctx.from?.id ?? 0)) {
        await answer(ctx, { text: plain(text.ownersOnly) });
        return;
      }
      const changed = queue[name]();
      if (changed) store.activity.logActivity(ctx.from?.id ?? 0, ctx.chat.id, `downloads_${name}`);
      board.poke();
      await answer(ctx, { text: plain(changed ? done : already) });
    });
  };
  command('hold', text.held, text.heldAlready);
  command('unhold', text.unheld, text.notHeld);
};

/** What moves a model in the line, and what stops the whole line. */
export const lineCommands = (feature: Composer<Ctx>, deps: BotDeps): void => {
  moves(feature, deps);
  priority(feature, deps);
  holding(feature, deps);
};
