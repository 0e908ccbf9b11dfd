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

/** What is asked about: a code that nobody has used, or so many models. What has become another question is asked anew. */
const asked = ({ state }: Host, models: number): string => (state === 'invited' ? 'code' : `models${models}`);

/** Asks before a machine is let go: its models leave all libraries. */
const askRemove = (host: Host, models: number): Rendering => ({
  text: plain(text.askRemove(host, models)),
  keyboard: {
    inline_keyboard: [
      [
        actionButton('Yes, let it go', 'removeHost', `${host.id}:${asked(host, models)}`, 'danger'),
        actionButton('Leave it', 'host', host.id),
      ],
    ],
  },
});

/** `/hosts remove nas`. @throws AppError validation: there is none of that name */
export const removeHost = async (deps: BotDeps, ctx: Ctx, name: string): Promise<void> => {
  const invited = deps.store.hosts.findHost(name.toLowerCase());
  const host = invited?.state === 'invited' ? invited : hostMeant(deps.store, name);
  const isThis = host.id === THIS_HOST;
  await answer(ctx, isThis ? { text: plain(text.notThis) } : askRemove(host, deps.store.hosts.countOnHost(host.id)));
};

/** The buttons of a machine's end. */
export const removing = (deps: BotDeps): Handlers<never, 'removeHost'>['actions'] => ({
  removeHost: async (ctx) => {
    const host = deps.store.hosts.getHost(Number(ctx.match[1]));
    if (!host || host.state === 'gone' || host.id === THIS_HOST) {
      await ctx.answerCallbackQuery({ text: text.gone });
      return;
    }
    const models = deps.store.hosts.countOnHost(host.id);
    const isMeant = ctx.match[2] === asked(host, models);
    await ctx.answerCallbackQuery(ctx.match[2] === undefined || isMeant ? {} : { text: text.changed });
    if (!isMeant) return replace(ctx, askRemove(host, models));
    const removed = await letHostGo(deps, by(ctx), host);
    await replace(ctx, { text: plain(removed === undefined ? text.gone : text.removed(host, removed)) });
  },
});
