import type { BotDeps } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { tappedModel } from '../ui/pick-model.ts';
import { text } from './text.ts';

/** The button for the others in a group: they are mentioned in the one notice at the end. A second tap takes it back. */
export const following = ({ store }: BotDeps) => {
  const follow = (modelId: number, userId: number, requestedBy: number | null): string => {
    if (userId === requestedBy) return text.toldAnyway;
    return store.followers.toggleFollower(modelId, userId) ? text.follows : text.followsNoMore;
  };

  return {
    commands: {},
    actions: {
      follow: async (ctx) => {
        const model = tappedModel(ctx, store);
        if (!model || model.status === 'completed') {
          await ctx.answerCallbackQuery({ text: model ? text.already(model, model.status) : text.notYours });
          return;
        }
        await ctx.answerCallbackQuery({ text: follow(model.id, ctx.from.id, model.requestedBy) });
      },
    },
  } satisfies Handlers;
};
