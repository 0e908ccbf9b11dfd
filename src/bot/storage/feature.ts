/* bot/storage: /storage: what takes room, as text and as a picture, and what could go. */

import { THIS_HOST } from '../../domain/hosts/host.ts';
import { hostNamed } from '../../library/hosts/find-host.ts';
import { hostsView } from '../../library/hosts/hosts-view.ts';
import { timesOf } from '../../library/model-view.ts';
import { keepAll, type Kept, keepOne } from '../../library/storage/cleanup-view.ts';
import { storageFigures } from '../../library/storage/picture.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { renderCleanup } from '../outbox/upkeep/cleanup.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { renderPng } from '../ui/pictures/render.ts';
import { answer, answerForNow, answerWithPhoto, replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { figuresSvg, figuresText } from './picture.ts';
import { ofHost, overview, scopeOf, screen, tappedHost } from './screens.ts';
import { help, keptText, text } from './text.ts';

const actions = {
  /**
   * What it opens: the whole, models, chats, what came in part, what no library has; what could go, a picture, and the whole anew;
   * another machine. Behind it a page, and the number of the machine if that is another one.
   */
  storage: { who: 'viewer', data: { pattern: String.raw`([omcpugxih])(?::(\d{1,4}))?(?::(\d{1,9}))?`, example: 'o' } },
  /** A page of what goes by itself. */
  cleanup: { who: 'viewer' },
  keepModel: { who: 'member' },
  keepAll: { who: 'member' },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'storage'> {}
}

/** Beside what is said in words. */
const showPicture = async (deps: BotDeps, ctx: Ctx): Promise<void> => {
  const scope = scopeOf(deps, ctx);
  const times = timesOf(deps, ctx.chat?.id ?? 0);
  const figures = await storageFigures(deps.store, scope === 'all' ? undefined : scope.chatId, times);
  if (figures.models.length === 0) return answer(ctx, { text: plain(text.noModels) });
  await answerWithPhoto(ctx, await renderPng(figuresSvg(figures)), { text: plain(figuresText(figures)) });
};

/** Shows a clean-up as it is now, whatever was said of it. */
const showCleanup = async (deps: BotDeps, ctx: Ctx, kept: Kept): Promise<void> => {
  await ctx.answerCallbackQuery({ text: keptText(kept) });
  const page = Number(ctx.match?.[2] ?? 0);
  const shown = kept && renderCleanup(deps.store, ctx.chat?.id ?? 0, kept.cleanupId, page);
  if (shown) await replace(ctx, shown);
};

/** Nobody waits for a disk with thousands of repositories: what it holds is told in the same message when it is known. */
const showWhole = async (deps: BotDeps, ctx: Ctx): Promise<void> => {
  const { storage } = deps;
  if (!storage.takesLong()) return answer(ctx, await screen(deps, ctx, 'o', 0));
  const [scope, chatId] = [scopeOf(deps, ctx), ctx.chat?.id ?? 0];
  const tellWhole = await answerForNow(ctx, await overview(deps, scope, chatId, await storage.viewAtOnce(scope)));
  // Beside the chat's next messages: they do not wait for the disk either.
  void overview(deps, scope, chatId)
    .then(tellWhole)
    .catch((error: unknown) => deps.log.debug({ err: error }, 'What the disk holds could not be told'));
};

/** Looks at the disk anew; where that changes no word of the message, the answer to the tap says so. */
const lookAgain = async (deps: BotDeps, ctx: Ctx): Promise<void> => {
  // What was looked for until a moment ago is what the message does not tell yet.
  if (!ctx.callbackQuery?.message?.text?.includes(text.looking)) deps.storage.forget();
  const shown = await overview(deps, scopeOf(deps, ctx), ctx.chat?.id ?? 0);
  const isSame = ctx.callbackQuery?.message?.text === shown.text.text;
  await ctx.answerCallbackQuery(isSame ? { text: text.nothingNew } : {});
  await replace(ctx, shown);
};

/** `/storage`: what takes room on the disk. */
export const storageFeature = defineFeature({
  commands: {
    storage: {
      who: 'viewer',
      usage: {
        form: '[picture|machine]',
        does: 'what takes room on the disk: by model, by chat, in part; what could go',
      },
      menu: { position: 6, description: 'What takes room on the disk' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      storage: async (ctx) => {
        const word = ctx.match.trim();
        if (word.toLowerCase() === 'picture') return showPicture(deps, ctx);
        if (word === '') return showWhole(deps, ctx);
        const host = hostNamed(deps.store, word);
        if (host?.id === THIS_HOST) return showWhole(deps, ctx);
        const views = host ? await hostsView(deps, scopeOf(deps, ctx)) : [];
        const shown = views.find((one) => one.host.id === host?.id);
        if (shown) return answer(ctx, await ofHost(deps, ctx, shown, 0));
        noteRefusal(deps.store, ctx);
        await answer(ctx, { text: plain(text.unknown(word)) });
      },
    },
    actions: {
      cleanup: async (ctx) => {
        const shown = renderCleanup(deps.store, ctx.chat?.id ?? 0, Number(ctx.match[1]), Number(ctx.match[2] ?? 0));
        await ctx.answerCallbackQuery(shown ? {} : { text: text.notYours });
        if (shown) await replace(ctx, shown);
      },
      keepModel: (ctx) => showCleanup(deps, ctx, keepOne(deps.store, ctx.chat?.id ?? 0, Number(ctx.match[1]))),
      keepAll: (ctx) => showCleanup(deps, ctx, keepAll(deps.store, ctx.chat?.id ?? 0, Number(ctx.match[1]))),
      storage: async (ctx) => {
        const hostId = Number(ctx.match[3] ?? THIS_HOST);
        if (ctx.match[1] === 'x' && hostId === THIS_HOST) return lookAgain(deps, ctx);
        const page = Number(ctx.match[2] ?? 0);
        const host = hostId === THIS_HOST ? undefined : await tappedHost(deps, ctx, hostId);
        const isSame = host !== undefined && ctx.callbackQuery.message?.text === host.text.text;
        await ctx.answerCallbackQuery(isSame ? { text: text.nothingNew } : {});
        if (ctx.match[1] === 'i') return showPicture(deps, ctx);
        await replace(ctx, host ?? (await screen(deps, ctx, hostId === THIS_HOST ? (ctx.match[1] ?? 'o') : 'o', page)));
      },
    },
  }),
});
