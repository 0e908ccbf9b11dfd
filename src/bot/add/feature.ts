import { Composer } from 'grammy';
import type { AddRequest } from '../../store/add-requests.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionPattern, openPattern } from '../ui/buttons.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { askForReference, enterAsking } from './ask.ts';
import { takeBranch } from './branch.ts';
import { linksIn, offerLinks, pageIn, takeLink } from './link.ts';
import { requestFrom } from './request.ts';
import { text } from './text.ts';

/** The request a button belongs to, if it belongs to this chat. */
const requestOf = (ctx: Ctx, deps: BotDeps): AddRequest | undefined => {
  const request = deps.store.addRequests.getAddRequest(Number(ctx.match?.[1]));
  return request && request.chatId === ctx.chat?.id ? request : undefined;
};

/** `/add`, pasted Hub links, and the buttons of look-ups and pickers. */
export const addFeature = (deps: BotDeps): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  feature.use(askForReference(deps));

  feature.command('add', async (ctx) => {
    const line = ctx.match.trim();
    if (line === '') await enterAsking(ctx);
    else requestFrom(ctx, deps, line);
  });

  feature.callbackQuery(openPattern('add'), async (ctx) => {
    await ctx.answerCallbackQuery();
    await enterAsking(ctx);
  });

  const onRequest = (
    action: 'pick' | 'others' | 'mean' | 'drop' | 'again',
    act: (request: AddRequest, choice: number) => boolean,
  ): void => {
    feature.callbackQuery(actionPattern(action), async (ctx) => {
      const request = requestOf(ctx, deps);
      const done = request !== undefined && act(request, Number(ctx.match[2] ?? -1));
      deps.board.poke();
      await ctx.answerCallbackQuery(done ? {} : { text: request ? text.tooLate : text.notYours });
    });
  };
  onRequest('pick', (request, choice) => deps.adding.choose(request.id, choice));
  onRequest('others', (request) => deps.adding.withoutUnsafe(request.id));
  onRequest('mean', (request, choice) => deps.adding.mean(request.id, choice));
  onRequest('drop', (request) => deps.adding.drop(request.id));
  onRequest('again', (request) => deps.adding.again(request.id));

  feature.callbackQuery(actionPattern('link'), (ctx) => takeLink(ctx, deps, Number(ctx.match[2] ?? 0)));

  feature.callbackQuery(actionPattern('branch'), (ctx) => takeBranch(ctx, deps));

  feature.on(['message:text', 'message:caption'], async (ctx, next) => {
    const links = linksIn(ctx.msg, deps);
    if (links.length > 0) {
      await offerLinks(ctx, deps, links);
      return;
    }
    // In a group people talk of papers and spaces without meaning the bot.
    const page = ctx.chat.type === 'private' && !ctx.msg.text?.startsWith('/') ? pageIn(ctx.msg, deps) : undefined;
    if (page === undefined) await next();
    else await answer(ctx, { text: plain(page) });
  });

  return feature;
};
