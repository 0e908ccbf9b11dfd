import type { Host } from '../../domain/hosts/host.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { hostMeant } from '../../library/hosts/find-host.ts';
import { inviteHost, letHostGo } from '../../library/hosts/joining.ts';
import { timesOf } from '../../library/model-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { copyButton, plain, type Rendering } from '../ui/text.ts';
import { commandFor, invitedText } from './joining-text.ts';
import { text } from './text.ts';

const by = (ctx: Ctx) => ({ userId: ctx.from?.id ?? 0, chatId: ctx.chat?.id ?? 0 });

/** `/hosts add nas`: a code with the line to run there. In a chat of one's own alone: whoever reads it may come in by it. */
export const addHost = async (deps: BotDeps, ctx: Ctx, name: string): Promise<void> => {
  if (ctx.chat?.type !== 'private') return answer(ctx, { text: plain(text.onlyAlone) });
  if (name === '') return answer(ctx, { text: plain(text.whichName) });
  const invited = await inviteHost(deps, by(ctx), name);
  await answer(ctx, {
    text: invitedText(invited, timesOf(deps, ctx.chat.id)),
    keyboard: { inline_keyboard: [copyButton('Copy the line', commandFor(invited))].filter((row) => row.length > 0) },
  });
};

/** Asks before a machine is let go: its models leave all libraries. */
const askRemove = (deps: BotDeps, host: Host): Rendering => {
  const models = deps.store.hosts.countOnHost(host.id);
  return {
    text: plain(text.askRemove(host, models)),
    keyboard: {
      inline_keyboard: [
        [
          actionButton('Yes, let it go', 'removeHost', `${host.id}:1`, 'danger'),
          actionButton('Leave it', 'host', host.id),
        ],
      ],
    },
  };
};

/** `/hosts remove nas`. @throws AppError validation: there is none of that name */
export const removeHost = async (deps: BotDeps, ctx: Ctx, name: string): Promise<void> => {
  const invited = deps.store.hosts.findHost(name.toLowerCase());
  const host = invited?.state === 'invited' ? invited : hostMeant(deps.store, name);
  await answer(ctx, host.id === THIS_HOST ? { text: plain(text.notThis) } : askRemove(deps, host));
};

/** The buttons of a machine's end. */
export const removing = (deps: BotDeps): Handlers<never, 'removeHost'>['actions'] => ({
  removeHost: async (ctx) => {
    const host = deps.store.hosts.getHost(Number(ctx.match[1]));
    if (!host || host.state === 'gone' || host.id === THIS_HOST) {
      await ctx.answerCallbackQuery({ text: text.gone });
      return;
    }
    await ctx.answerCallbackQuery();
    if (ctx.match[2] === undefined) return replace(ctx, askRemove(deps, host));
    const removed = await letHostGo(deps, by(ctx), host);
    await replace(ctx, { text: plain(removed === undefined ? text.gone : text.removed(host, removed)) });
  },
});
