/* bot/add: /add, and links that somebody pastes: keeps what was asked for, and waits for no Hub. */

import { type CallbackQueryContext, Composer, type MiddlewareFn } from 'grammy';
import type { Message } from 'grammy/types';
import { changedBy, requestIn } from '../../library/find.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type May } from '../feature.ts';
import { answer, askedBy, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { askForReference, enterAsking, takeCorrected } from './ask-for-reference.ts';
import { takeBase, takeBranch } from './branch.ts';
import { askForFile } from './keep/ask-for-file.ts';
import { keep, keepFrom, takeKept } from './keep/keep.ts';
import { offeredIn, offerLinks, pageIn, spaceLinkIn, takeLink, webRefusalIn } from './link.ts';
import { takeList, takeLists } from './list.ts';
import { requestAll, requestFrom } from './request.ts';
import { help, text } from './text.ts';

/** Everybody may decide what is added; what a model of the library becomes, only who may edit that one. */
const ON_REQUESTS = { who: 'member', parts: { change: { who: 'asker', refusal: text.notAllowed } } } as const;

const actions = {
  pick: ON_REQUESTS,
  others: ON_REQUESTS,
  mean: ON_REQUESTS,
  drop: ON_REQUESTS,
  again: ON_REQUESTS,
  link: { who: 'member' },
  branch: { who: 'member' },
  base: { who: 'member' },
  list: { who: 'member' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'add'> {}
}

/**
 * Telegram took a message and its answer was lost: it was sent again, and the bot knows the second one only. Whoever taps on
 * the first sees that it asks no more.
 */
const endCopy = async (ctx: Ctx, { store }: BotDeps, id: number): Promise<void> => {
  const request = requestIn(store, ctx.chat?.id, id);
  const card = typeof request?.modelId === 'number' ? store.cards.cardOf(request.modelId) : undefined;
  const known = [request?.cardMessageId, card?.messageId].filter((messageId) => typeof messageId === 'number');
  const tapped = ctx.callbackQuery?.message?.message_id;
  if (!request || tapped === undefined || known.length === 0 || known.includes(tapped)) return;
  await replace(ctx, { text: plain(text.copy(request.ref)) });
};

const onRequest =
  (deps: BotDeps, act: (request: AddRequest, choice: number) => boolean, said?: string) =>
  async (ctx: CallbackQueryContext<Ctx>, may: May): Promise<void> => {
    const request = requestIn(deps.store, ctx.chat?.id, Number(ctx.match[1]));
    const changed = request && changedBy(deps.store, request);
    if (changed && !(await may({ part: 'change', requestedBy: changed.requestedBy }))) {
      await ctx.answerCallbackQuery({ text: text.notAllowed });
      return;
    }
    const done = request !== undefined && act(request, Number(ctx.match[2] ?? -1));
    await ctx.answerCallbackQuery(
      done ? (said === undefined ? {} : { text: said }) : { text: request ? text.tooLate : text.notYours },
    );
    if (request) await endCopy(ctx, deps, request.id);
  };

/** What a message named and was not taken. */
const sayRest = async (ctx: Ctx, sentence: string | undefined): Promise<void> => {
  if (sentence !== undefined) await answer(ctx, { text: plain(sentence) });
};

/** Looks up what a linked Space uses, and says what any other page is. @returns false if there is neither */
const answerPage = async (ctx: Ctx, deps: BotDeps, message: Message): Promise<boolean> => {
  const space = spaceLinkIn(message, deps);
  const asked = askedBy(ctx);
  if (space !== undefined && asked) {
    await sayRest(ctx, requestAll(deps, asked, [space], {}).rest);
    return true;
  }
  const page = pageIn(message, deps) ?? webRefusalIn(message, deps);
  if (page !== undefined) await answer(ctx, { text: plain(page) });
  return page !== undefined;
};

/** Whether somebody in a group speaks of the bot by its name. */
const isMentioned = ({ msg: message, me }: Ctx): boolean =>
  (message?.text ?? message?.caption ?? '').toLowerCase().includes(`@${me.username.toLowerCase()}`);

const offerWhatIsLinked =
  (deps: BotDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { message } = ctx;
    if (!message || (message.text ?? message.caption) === undefined) return next();
    const isAlone = ctx.chat?.type === 'private';
    const links = offeredIn(message, deps, isAlone || isMentioned(ctx));
    if (links.length > 0) return offerLinks(ctx, deps, links);
    // In a group people talk of papers and spaces without meaning the bot.
    const mayBeMeant = isAlone && message.text?.startsWith('/') !== true;
    if (!mayBeMeant || !(await answerPage(ctx, deps, message))) await next();
  };

/** `/add`, pasted Hub links, and the buttons of look-ups and pickers. */
export const addFeature = defineFeature({
  commands: {
    add: {
      who: 'member',
      usage: {
        form: '<name, link, address or magnet> … [now|later] [key=value …]',
        does: 'looks it up and downloads it, up to twenty at once; without a name it asks',
      },
      menu: { position: 0, description: 'Download a model: /add gpt2' },
    },
    keep: {
      who: 'member',
      usage: {
        form: '[category] [name=…]',
        does: 'keeps the file that it answers or stands under; alone it asks for one',
      },
    },
  },
  actions,
  doors: {
    messages: {
      who: 'member',
      does: 'links and lists of models that are pasted or sent, and files with /keep under them',
    },
    dialogue: { who: 'member', does: 'the answer to which model, or which file' },
  },
  topic: help,
  opener: { who: 'member', number: 1, label: 'Add a model', style: 'primary' },
  build: (deps) => {
    const { adding } = deps;
    return {
      commands: {
        add: async (ctx) => {
          const line = ctx.match.trim();
          if (line === '') await enterAsking(ctx);
          else await sayRest(ctx, requestFrom(ctx, deps, line));
        },
        keep: (ctx) => keep(ctx, deps, ctx.match.trim()),
      },
      actions: {
        pick: onRequest(deps, (request, choice) => adding.choose(request.id, choice)),
        others: onRequest(deps, (request) => adding.withoutUnsafe(request.id)),
        mean: onRequest(deps, (request, choice) => adding.mean(request.id, choice)),
        drop: onRequest(deps, (request) => adding.drop(request.id)),
        again: onRequest(deps, (request) => adding.again(request.id), text.looksAgain),
        link: (ctx) => takeLink(ctx, deps, Number(ctx.match[2] ?? 0)),
        branch: (ctx) => takeBranch(ctx, deps),
        base: (ctx) => takeBase(ctx, deps),
        list: (ctx) => takeList(ctx, deps, Number(ctx.match[2] ?? 0)),
      },
      open: enterAsking,
      dialogue: new Composer<Ctx>(
        askForReference(deps),
        askForFile(deps, (...sent) => keepFrom(sent[0], deps, sent[1], sent[2])),
      ).middleware(),
      messages: new Composer<Ctx>(
        takeKept(deps),
        takeLists(deps),
        takeCorrected(deps),
        offerWhatIsLinked(deps),
      ).middleware(),
    };
  },
});
