import type { Composer } from 'grammy';
import type { BotDeps, Ctx } from '../context.ts';
import { actionPattern } from '../ui/buttons.ts';
import { tappedModel } from '../ui/pick-model.ts';
import { text } from './text.ts';

/** The button for the others in a group: they are mentioned in the one notice at the end. A second tap takes it back. */
export const followButton = (feature: Composer<Ctx>, { store, board }: BotDeps): void => {
  const follow = (modelId: number, userId: number, requestedBy: number | null): string => {
    if (userId === requestedBy) return text.toldAnyway;
    const follows = store.followers.toggleFollower(modelId, userId);
    board.poke();
    return follows ? text.follows : text.followsNoMore;
  };

  feature.callbackQuery(actionPattern('follow'), async (ctx) => {
    const model = tappedModel(ctx, store);
    if (!model || model.status === 'completed') {
      await ctx.answerCallbackQuery({ text: model ? text.already(model, model.status) : text.notYours });
      return;
    }
    await ctx.answerCallbackQuery({ text: follow(model.id, ctx.from.id, model.requestedBy) });
  });
};
