import type { BotDeps } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** `/hold` and `/unhold`: the owner stops everything, of all chats, and lets it go on. */
export const holding = ({ store, queue }: BotDeps) => {
  const command =
    (name: 'hold' | 'unhold', done: string, already: string): Handlers['commands'][string] =>
    async (ctx) => {
      const changed = queue[name]();
      if (changed) store.activity.logActivity(ctx.from?.id ?? 0, ctx.chat.id, `downloads_${name}`);
      await answer(ctx, { text: plain(changed ? done : already) });
    };
  return {
    commands: {
      hold: command('hold', text.held, text.heldAlready),
      unhold: command('unhold', text.unheld, text.notHeld),
    },
    actions: {},
  } satisfies Handlers;
};
