import type { Model } from '../../domain/model.ts';
import { toggleFollowing } from '../../library/chat-downloads.ts';
import type { BotDeps } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { tappedModel } from '../ui/pick-model.ts';
import { text } from './text.ts';

const FOLLOWING = { anyway: text.toldAnyway, follows: text.follows, not: text.followsNoMore } as const;

/** The button for the others in a group: they are mentioned in the one notice at the end. A second tap takes it back. */
export const following = ({ store }: BotDeps) =>
  ({
    commands: {},
    actions: {
      follow: async (ctx) => {
        const model = tappedModel(ctx, store);
        const toggle = (one: Model) => toggleFollowing(store, one, ctx.from.id);
        const becomes = model && store.updates.doOnce(ctx.update.update_id, () => toggle(model));
        const said =
          !model || !becomes
            ? text.notYours
            : becomes === 'ended'
              ? text.already(model, model.status)
              : FOLLOWING[becomes];
        await ctx.answerCallbackQuery({ text: said });
      },
    },
  }) satisfies Handlers;
