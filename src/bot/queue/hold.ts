import { setHeld } from '../../library/chat-downloads.ts';
import type { BotDeps } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** `/hold` and `/unhold`: the owner stops everything, of all chats, and lets it go on. */
export const holding = (deps: BotDeps) => {
  const command =
    (isHeld: boolean, done: string, already: string): Handlers['commands'][string] =>
    async (ctx) => {
      const changed = setHeld(deps, { userId: ctx.from?.id ?? 0, chatId: ctx.chat.id }, isHeld);
      await answer(ctx, { text: plain(changed ? done : already) });
    };
  return {
    commands: {
      hold: command(true, text.held, text.heldAlready),
      unhold: command(false, text.unheld, text.notHeld),
    },
    actions: {},
  } satisfies Handlers;
};
