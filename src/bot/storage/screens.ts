import type { InlineKeyboardButton } from 'grammy/types';
import { AppError } from '../../domain/errors.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { type HostView, hostsView } from '../../library/hosts/hosts-view.ts';
import { statusWord, timesOf } from '../../library/model-view.ts';
import { announcedIn } from '../../library/storage/cleanup-view.ts';
import type { StoragePage, StorageScope, StorageView } from '../../library/storage/storage.ts';
import type { Suggestion } from '../../library/storage/suggestions.ts';
import { isOwner } from '../../people/may.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { actionButton } from '../ui/buttons.ts';
import { shortLabel, shownStatus } from '../ui/label.ts';
import type { Rendering } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';
import {
  chatsText,
  hostStorageText,
  modelsText,
  overviewText,
  partialsText,
  suggestionsText,
  unownedText,
} from './text.ts';

const PAGE_SIZE = 10;
/** Each has a button. */
const SUGGESTED = 6;
const BUTTON_LIMIT = 30;
/** What a button has room for. */
const PAGES_MOST = 9999;

/** The machine that is looked at. */
type Seen = Pick<Host, 'id' | 'name'>;

/** @param host undefined: that of the bot */
const to = (label: string, part: string, page = 0, host?: Seen): InlineKeyboardButton => {
  if (host) return actionButton(label, 'storage', `${part}:${page}:${host.id}`);
  return actionButton(label, 'storage', page === 0 ? part : `${part}:${page}`);
};

/** Other chats are shown to owners only, and in a group all of its people read it. */
export const scopeOf = ({ store }: BotDeps, { chat, from }: Ctx): StorageScope =>
  chat?.type === 'private' && isOwner(store, from?.id ?? 0) ? 'all' : { chatId: chat?.id ?? 0 };

/** Beside this one so many machines have a button; `/hosts` lists all. */
const OTHERS_MOST = 6;
const IN_A_ROW = 3;

const othersOf = ({ store }: BotDeps): InlineKeyboardButton[][] => {
  const others = store.hosts.listHosts().filter(({ id, state }) => id !== THIS_HOST && state === 'joined');
  const buttons = others.slice(0, OTHERS_MOST).map((host) => to(host.name, 'h', 0, host));
  return [buttons.slice(0, IN_A_ROW), buttons.slice(IN_A_ROW)];
};

/** This machine as a whole. @param known what is shown; undefined: what is known once its disk was looked through, if that does not take too long */
export const overview = async (
  deps: BotDeps,
  scope: StorageScope,
  chatId: number,
  known?: StorageView,
): Promise<Rendering> => {
  const view = known ?? (await deps.storage.view(scope));
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
    ...othersOf(deps),
    [...(sum.copies > 0 ? [to('Picture', 'i')] : []), to('Look again', 'x')],
  ];
  return { text: overviewText(view, scope), keyboard: { inline_keyboard: rows.filter((row) => row.length > 0) } };
};

const paged = (
  part: string,
  { page, pages }: StoragePage<unknown>,
  said: Rendering['text'],
  host?: Seen,
): Rendering => ({
  text: said,
  keyboard: {
    inline_keyboard: [
      [
        ...(page > 0 ? [to('‹ Larger', part, page - 1, host)] : []),
        ...(page < Math.min(pages, PAGES_MOST) - 1 ? [to('Smaller ›', part, page + 1, host)] : []),
      ],
      [host ? to(`‹ ${host.name}`, 'h', 0, host) : to('‹ Storage', 'o')],
    ].filter((row) => row.length > 0),
  },
});

/** What is in another chat too is removed there as well, or nothing is freed: it is told, and has no button. */
const suggested = (found: StoragePage<Suggestion>, chatId: number, host?: Seen): Rendering => {
  const { text: said, keyboard } = paged('g', found, suggestionsText(found, chatId, host?.name), host);
  const mine = found.entries.filter(({ model, chats }) => model.chatId === chatId && chats === 1);
  const buttons = mine.map(({ model }) => [
    actionButton(`Remove ${shortLabel(model, BUTTON_LIMIT)}`, 'remove', model.id, 'danger'),
  ]);
  return { text: said, keyboard: { inline_keyboard: [...buttons, ...(keyboard?.inline_keyboard ?? [])] } };
};

const waitsFor = (deps: BotDeps, model: Model): string => {
  const waiting = deps.queue.waitingOf(model);
  const words = waiting && waitingWords(waiting, timesOf(deps, model.chatId));
  return words ?? shownStatus(model, statusWord(deps.store, model));
};

/** What of a machine the disk tells. @returns undefined: nothing yet, or that part is not for who asks */
const ofDisk = async (
  deps: BotDeps,
  ctx: Ctx,
  { part, page, host }: { readonly part: string; readonly page: number; readonly host?: Seen | undefined },
): Promise<Rendering | undefined> => {
  const { storage } = deps;
  const scope = scopeOf(deps, ctx);
  const wanted = { page, size: PAGE_SIZE };
  const chatId = ctx.chat?.id ?? 0;
  if (part === 'p') {
    const partials = await storage.partials(scope, wanted, host?.id);
    const waits = (model: Model): string => waitsFor(deps, model);
    return partials && paged(part, partials, partialsText(partials, chatId, waits, host?.name), host);
  }
  if (part === 'g') {
    const found = await storage.suggestions(scope, { page, size: SUGGESTED }, host?.id);
    return found && suggested(found, chatId, host);
  }
  // Who is no owner any more gets the whole of their chat.
  if (part !== 'u' || scope !== 'all') return undefined;
  const unowned = await storage.unowned(wanted, host?.id);
  return unowned && paged(part, unowned, unownedText(unowned, host?.name), host);
};

/** This machine, or a part of it. */
export const screen = async (deps: BotDeps, ctx: Ctx, part: string, page: number): Promise<Rendering> => {
  const { storage } = deps;
  const scope = scopeOf(deps, ctx);
  const wanted = { page, size: PAGE_SIZE };
  const chatId = ctx.chat?.id ?? 0;
  if (part === 'm') {
    const models = storage.models(scope, wanted);
    return paged(part, models, modelsText(models, chatId));
  }
  // Who is no owner any more gets the whole of their chat.
  if (part === 'c' && scope === 'all') {
    const chats = await storage.chats(wanted);
    if (chats) return paged(part, chats, chatsText(chats));
  }
  return (await ofDisk(deps, ctx, { part, page })) ?? overview(deps, scope, chatId);
};

/** What its disk holds; undefined: it is away, also if it goes away meanwhile. */
const viewOf = async ({ storage }: BotDeps, scope: StorageScope, { host, standing }: HostView) => {
  if (standing !== 'there') return undefined;
  try {
    return await storage.view(scope, host.id);
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined;
    throw error;
  }
};

/** Another machine: its disk, and what lies there. */
export const ofHost = async (deps: BotDeps, ctx: Ctx, shown: HostView, page: number): Promise<Rendering> => {
  const { host } = shown;
  const scope = scopeOf(deps, ctx);
  const chatId = ctx.chat?.id ?? 0;
  const view = await viewOf(deps, scope, shown);
  const models = deps.storage.models(scope, { page, size: PAGE_SIZE }, host.id);
  const { page: at, pages } = models;
  return {
    text: hostStorageText(shown, view, { page: models, scope, chatId, times: timesOf(deps, chatId) }),
    keyboard: {
      inline_keyboard: [
        [
          ...(at > 0 ? [to('‹ Larger', 'h', at - 1, host)] : []),
          ...(at < Math.min(pages, PAGES_MOST) - 1 ? [to('Smaller ›', 'h', at + 1, host)] : []),
        ],
        [
          ...(view && view.partials.folders > 0 ? [to('Come in part', 'p', 0, host)] : []),
          ...(view?.report && scope === 'all' && view.report.unowned.length > 0
            ? [to('In no library', 'u', 0, host)]
            : []),
        ],
        view && models.total > 0 ? [to('What could go', 'g', 0, host)] : [],
        [to('‹ Storage', 'o'), to('Look again', 'x', at, host)],
      ].filter((row) => row.length > 0),
    },
  };
};

/** A tap on something of another machine. @returns undefined: it is none of the bot's any more */
export const tappedHost = async (deps: BotDeps, ctx: Ctx, hostId: number): Promise<Rendering | undefined> => {
  const [, part = '', page] = ctx.match ?? [];
  const shown = (await hostsView(deps, scopeOf(deps, ctx))).find(({ host }) => host.id === hostId);
  if (!shown) return undefined;
  if (part === 'x') deps.storage.forget(hostId);
  const isThere = shown.standing === 'there';
  const { host } = shown;
  const found = isThere && part !== 'h' ? await ofDisk(deps, ctx, { part, page: Number(page ?? 0), host }) : undefined;
  return found ?? ofHost(deps, ctx, shown, part === 'h' || part === 'x' ? Number(page ?? 0) : 0);
};
