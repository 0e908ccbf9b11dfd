import { setHeld } from '../../library/chat-downloads.ts';
import { refuse } from '../../domain/errors.ts';
import type { BotDeps } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/** What may stand behind each, and whether all is held then. */
const HOLD: ReadonlyMap<string, boolean> = new Map([
  ['', true],
  ['all', true],
  ['on', true],
  ['off', false],
]);
const UNHOLD: ReadonlyMap<string, boolean> = new Map([
  ['', false],
  ['all', false],
]);

/** `/hold` and `/unhold`: the owner stops everything, of all chats, and lets it go on. */
export const holding = (deps: BotDeps) => {
  const command =
    (meanings: ReadonlyMap<string, boolean>, refusal: (word: string) => string): Handlers['commands'][string] =>
    async (ctx) => {
      const word = ctx.match.trim();
      const isHeld = meanings.get(word.toLowerCase());
      // It stops every chat: what is not understood does nothing.
      if (isHeld === undefined) refuse(refusal(word));
      const changed = setHeld(deps, { userId: ctx.from?.id ?? 0, chatId: ctx.chat.id }, isHeld);
      const [done, already] = isHeld ? [text.held, text.heldAlready] : [text.unheld, text.notHeld];
      await answer(ctx, { text: plain(changed ? done : already) });
    };
  return {
    commands: { hold: command(HOLD, text.holdsAll), unhold: command(UNHOLD, text.releasesAll) },
    actions: {},
  } satisfies Handlers;
};
