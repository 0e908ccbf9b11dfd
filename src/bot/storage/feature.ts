import type { InlineKeyboardButton } from 'grammy/types';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { hostNamed } from '../../library/hosts/find-host.ts';
import { hostsView } from '../../library/hosts/hosts-view.ts';
import { statusWord, timesOf } from '../../library/model-view.ts';
import { announcedIn, keepAll, type Kept, keepOne } from '../../library/storage/cleanup-view.ts';
import { storageFigures } from '../../library/storage/picture.ts';
import type { StoragePage, StorageScope } from '../../library/storage/storage.ts';
import type { Suggestion } from '../../library/storage/suggestions.ts';
import { isOwner } from '../../people/may.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { renderCleanup } from '../outbox/upkeep/cleanup.ts';
import { shortLabel, shownStatus } from '../ui/label.ts';
import { noteRefusal } from '../ui/refusal.ts';
import { renderPng } from '../ui/pictures/render.ts';
import { answer, answerWithPhoto, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';
import { figuresSvg, figuresText } from './picture.ts';
import {
  chatsText,
  help,
  hostStorageText,
  keptText,
  modelsText,
  overviewText,
  partialsText,
  suggestionsText,
  text,
  unownedText,
} from './text.ts';

const PAGE_SIZE = 10;
/** Each has a button. */
const SUGGESTED = 6;
const BUTTON_LIMIT = 30;
/** What a button has room for. */
const PAGES_MOST = 9999;

const actions = {
  /**
   * What it opens: the whole, models, chats, what came in part, what no library has; what could go, a picture, and the whole anew;
   * another machine, whose number comes last.
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

const to = (label: string, part: string, page = 0): InlineKeyboardButton =>
  actionButton(label, 'storage', page === 0 ? part : `${part}:${page}`);

/** Other chats are shown to owners only, and in a group all of its people read it. */
const scopeOf = ({ store }: BotDeps, { chat, from }: Ctx): StorageScope =>
  chat?.type === 'private' && isOwner(store, from?.id ?? 0) ? 'all' : { chatId: chat?.id ?? 0 };

const overview = async (deps: BotDeps, scope: StorageScope, chatId: number): Promise<Rendering> => {
  const view = await deps.storage.view(scope);
  const { report, sum, partials, chats } = view;
  const going = announcedIn(deps.store, chatId);
  const rows = [
    [
      ...(sum.copies > 0 ? [to(`Models · ${sum.copies}`, 'm')] : []),
      ...(scope === 'all' && chats > 1 ? [to(`Chats · ${chats}`, 'c')] : []),
    ],
    [
      ...(partials.folders > 0 ? [to('Come in part', 'p')] : []),
      ...(scope === 'all' && (report?.unowned.length ?? 0) > 0 ? [to('In no library', 'u')] : []),
    ],
    [
      ...(sum.copies > 0 ? [to('What could go', 'g')] : []),
      ...(going ? [actionButton(`Goes soon · ${going.goes.models}`, 'cleanup', `${going.id}:0`)] : []),
    ],
    [...(sum.copies > 0 ? [to('Picture', 'i')] : []), to('Look again', 'x')],
  ];
  return { text: overviewText(view, scope), keyboard: { inline_keyboard: rows.filter((row) => row.length > 0) } };
};

const paged = (part: string, { page, pages }: StoragePage<unknown>, said: Rendering['text']): Rendering => ({
  text: said,
  keyboard: {
    inline_keyboard: [
      [
        ...(page > 0 ? [to('‹ Larger', part, page - 1)] : []),
        ...(page < Math.min(pages, PAGES_MOST) - 1 ? [to('Smaller ›', part, page + 1)] : []),
      ],
      [to('‹ Storage', 'o')],
    ].filter((row) => row.length > 0),
  },
});

/** What is in another chat too is removed there as well, or nothing is freed: it is told, and has no button. */
const suggested = (found: StoragePage<Suggestion>, chatId: number): Rendering => {
  const { text: said, keyboard } = paged('g', found, suggestionsText(found, chatId));
  const mine = found.entries.filter(({ model, chats }) => model.chatId === chatId && chats === 1);
  const buttons = mine.map(({ model }) => [
    actionButton(`Remove ${shortLabel(model, BUTTON_LIMIT)}`, 'remove', model.id, 'danger'),
  ]);
  return { text: said, keyboard: { inline_keyboard: [...buttons, ...(keyboard?.inline_keyboard ?? [])] } };
};

/** Beside what is said in words. */
const showPicture = async (deps: BotDeps, ctx: Ctx): Promise<void> => {
  const scope = scopeOf(deps, ctx);
  const times = timesOf(deps, ctx.chat?.id ?? 0);
  const figures = storageFigures(deps.store, scope === 'all' ? undefined : scope.chatId, times);
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

const waitsFor = (deps: BotDeps, model: Model): string => {
  const waiting = deps.queue.waitingOf(model);
  const words = waiting && waitingWords(waiting, timesOf(deps, model.chatId));
  return words ?? shownStatus(model, statusWord(deps.store, model));
};

const screen = async (deps: BotDeps, ctx: Ctx, part: string, page: number): Promise<Rendering> => {
  const { storage } = deps;
  const scope = scopeOf(deps, ctx);
  const wanted = { page, size: PAGE_SIZE };
  const chatId = ctx.chat?.id ?? 0;
  if (part === 'm') {
    const models = storage.models(scope, wanted);
    return paged(part, models, modelsText(models, chatId));
  }
  if (part === 'p') {
    const partials = await storage.partials(scope, wanted);
    if (partials)
      return paged(
        part,
        partials,
        partialsText(partials, chatId, (model) => waitsFor(deps, model)),
      );
  }
  if (part === 'g') {
    const found = await storage.suggestions(scope, { page, size: SUGGESTED });
    if (found) return suggested(found, chatId);
  }
  // Who is no owner any more gets the whole of their chat.
  if (part === 'c' && scope === 'all') {
    const chats = await storage.chats(wanted);
    if (chats) return paged(part, chats, chatsText(chats));
  }
  if (part === 'u' && scope === 'all') {
    const unowned = await storage.unowned(wanted);
    if (unowned) return paged(part, unowned, unownedText(unowned));
  }
  return overview(deps, scope, chatId);
};

/** Another machine: its disk, and what lies there. undefined: it is none of the bot's any more */
const ofHost = async (deps: BotDeps, ctx: Ctx, hostId: number, page: number): Promise<Rendering | undefined> => {
  const scope = scopeOf(deps, ctx);
  const view = (await hostsView(deps, scope)).find(({ host }) => host.id === hostId);
  if (!view) return undefined;
  const models = deps.storage.models(scope, { page, size: PAGE_SIZE }, hostId);
  const turn = (label: string, to: number) => actionButton(label, 'storage', `h:${to}:${hostId}`);
  const { page: at, pages } = models;
  return {
    text: hostStorageText(view, models, ctx.chat?.id ?? 0, timesOf(deps, ctx.chat?.id ?? 0)),
    keyboard: {
      inline_keyboard: [
        [
          ...(at > 0 ? [turn('‹ Larger', at - 1)] : []),
          ...(at < Math.min(pages, PAGES_MOST) - 1 ? [turn('Smaller ›', at + 1)] : []),
        ],
        [to('‹ Storage', 'o'), turn('Look again', at)],
      ].filter((row) => row.length > 0),
    },
  };
};

/** Looks at the disk anew; where that changes no word of the message, the answer to the tap says so. */
const lookAgain = async (deps: BotDeps, ctx: Ctx): Promise<void> => {
  deps.storage.forget();
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
      menu: { place: 6, description: 'What takes room on the disk' },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      storage: async (ctx) => {
        const word = ctx.match.trim();
        if (word.toLowerCase() === 'picture') return showPicture(deps, ctx);
        if (word === '') return answer(ctx, await screen(deps, ctx, 'o', 0));
        const host = hostNamed(deps.store, word);
        if (host?.id === THIS_HOST) return answer(ctx, await screen(deps, ctx, 'o', 0));
        const shown = host && (await ofHost(deps, ctx, host.id, 0));
        if (shown) return answer(ctx, shown);
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
        if (ctx.match[1] === 'x') return lookAgain(deps, ctx);
        const page = Number(ctx.match[2] ?? 0);
        const host = ctx.match[1] === 'h' ? await ofHost(deps, ctx, Number(ctx.match[3] ?? 0), page) : undefined;
        const isSame = host !== undefined && ctx.callbackQuery.message?.text === host.text.text;
        await ctx.answerCallbackQuery(isSame ? { text: text.nothingNew } : {});
        if (ctx.match[1] === 'i') return showPicture(deps, ctx);
        await replace(ctx, host ?? (await screen(deps, ctx, ctx.match[1] ?? 'o', page)));
      },
    },
  }),
});
