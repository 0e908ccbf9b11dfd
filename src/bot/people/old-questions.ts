import { isolated } from '../../lib/text/isolated.ts';
import { newcomerOf } from '../../people/newcomers.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { accessRequests, moreRequests } from '../outbox/people/access-request.ts';
import { apiFailure } from '../telegram/api-failure.ts';
import { actionButton } from '../ui/buttons.ts';
import { messageParameters, plain, type Rendering } from '../ui/text.ts';
import { text } from './text.ts';

/** What a question shows once there is an answer. */
export const decided = (store: Store, id: number, name: string, isIn: boolean): Rendering => ({
  text: plain(isIn ? text.approved(name) : text.refused(name)),
  keyboard: {
    inline_keyboard: [...(isIn ? [] : [[actionButton('Let them in after all', 'admit', id)]]), ...moreRequests(store)],
  },
});

/** Of every owner the newest message that asks about somebody, save for the one that was just tapped. */
const questionsAbout = ({ store }: BotDeps, ctx: Ctx, id: number) =>
  store.users.owners().flatMap(({ userId: chatId }) => {
    const asked = store.accessRequests
      .messagesTo(chatId, '', 'access_request')
      .find(({ askerIds }) => askerIds.includes(id));
    const isTapped = asked?.messageId === ctx.callbackQuery?.message?.message_id && chatId === ctx.chat?.id;
    return asked && !isTapped ? [{ chatId, ...asked }] : [];
  });

/**
 * Somebody was let in or kept out: what owners were asked about them, and still see, shows the answer instead of its buttons. A
 * message that cannot be changed stays, and says so when it is tapped.
 */
export const closeQuestions = async (deps: BotDeps, ctx: Ctx, id: number): Promise<void> => {
  const { store, log } = deps;
  const who = newcomerOf(store, id);
  if (!who || who.standing === 'waits') return;
  const waiting = new Set(store.accessRequests.waiting());
  const answer = decided(store, id, isolated(who.name ?? 'The group'), who.standing === 'in');
  for (const { chatId, messageId, askerIds } of questionsAbout(deps, ctx, id)) {
    const isOpen = askerIds.some((asker) => waiting.has(asker));
    const shown = messageParameters((isOpen ? accessRequests(store) : undefined) ?? answer);
    try {
      await ctx.api.editMessageText(chatId, messageId, shown.text, shown.look);
    } catch (error) {
      if (apiFailure(error).kind !== 'unchanged') log.debug({ err: error, chat: chatId }, 'A question stays as it was');
    }
  }
};
