import { type Model, PRIORITIES, type Priority } from '../../domain/model.ts';
import { movableIn, type Moved, moveInOrder } from '../../library/chat-downloads.ts';
import { modelIn } from '../../library/find.ts';
import { statusWord } from '../../library/model-view.ts';
import type { OrderMove } from '../../queue/reorder.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { pickModel, sayInstead, tappedModel } from '../ui/pick-model.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** What a move came to, in words. */
export const movedText = (store: Store, done: Moved | undefined): string => {
  if (!done) return text.notYours;
  return done.isMoved
    ? text.moved(done.model, done.position)
    : text.notMoved(done.model, statusWord(store, done.model));
};

/** One of `/first`, `/up` and `/down`: the position of a waiting model among those of its chat. */
const mover = (deps: BotDeps, where: OrderMove) => {
  const { store } = deps;
  const move = (ctx: Ctx, model: Model): string =>
    movedText(store, moveInOrder(deps, model, where, ctx.update.update_id));

  return {
    command: async (ctx) => {
      const choice = {
        action: where,
        likely: (chatId: number, most: number) => movableIn(store, chatId, where, most),
        none: text.nothingToMove,
      };
      const model = await pickModel(ctx, store, ctx.match.trim(), choice);
      if (model) await answer(ctx, { text: plain(move(ctx, model)) });
    },
    button: async (ctx) => {
      const model = tappedModel(ctx, store);
      await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
      if (model) await replace(ctx, { text: plain(move(ctx, model)) });
    },
  } satisfies { command: Handlers['commands'][string]; button: Handlers['actions'][string] };
};

/** `/first`, `/up` and `/down`, and their buttons. */
export const moving = (deps: BotDeps) => {
  const [first, up, down] = [mover(deps, 'first'), mover(deps, 'up'), mover(deps, 'down')];
  return {
    commands: { first: first.command, up: up.command, down: down.command },
    actions: { first: first.button, up: up.button, down: down.button },
  } satisfies Handlers;
};

/** `rank:<id>:<mark>` with 1, 2 and 3 for the priorities; 9 asks which. */
const WHICH = 9;

/** `/priority` and its buttons. */
export const ranking = ({ store, queue }: BotDeps) => {
  const set = (model: Model, wanted: Priority): string => {
    queue.setPriority(model.id, wanted);
    return text.priority(modelIn(store, model.chatId, model.id) ?? model);
  };
  const ask = (ctx: Ctx, model: Model, stray?: string): Promise<void> =>
    sayInstead(ctx, {
      text: plain(`${stray === undefined ? '' : `${text.noPriority(stray)} `}${text.whichPriority(model)}`),
      keyboard: {
        inline_keyboard: [PRIORITIES.map((word, index) => actionButton(word, 'rank', `${model.id}:${index + 1}`))],
      },
    });

  return {
    commands: {
      priority: async (ctx) => {
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
        const [, stray] = wanted === undefined ? typed.split(/\s+/) : [];
        if (wanted === undefined) await ask(ctx, model, stray);
        else await answer(ctx, { text: plain(set(model, wanted)) });
      },
    },
    actions: {
      rank: async (ctx) => {
        const model = tappedModel(ctx, store);
        await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
        if (!model) return;
        const wanted = PRIORITIES[Number(ctx.match[2]) - 1];
        if (wanted === undefined) await ask(ctx, model);
        else await replace(ctx, { text: plain(set(model, wanted)) });
      },
    },
  } satisfies Handlers;
};
