import { Menu } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import { FormattedString } from '@grammyjs/parse-mode';
import type { Model } from '../../domain/model.ts';
import { isStatusWord, type StatusWord } from '../../domain/states/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { modelIn } from '../../library/find.ts';
import { type LibraryPage, libraryPage } from '../../library/lists.ts';
import { timesOf } from '../../library/model-view.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { shortLabel, shownStatus } from '../ui/label.ts';
import { takingStaleTaps } from '../ui/stale-menu.ts';
import { answer, replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { count, lines, plain, type Rendering } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';
import { text } from './text.ts';

const PAGE_SIZE = 8;

/** What a list shows; it travels in the payload of its buttons, so a list still works after a restart. */
interface View {
  readonly page: number;
  readonly word: StatusWord | undefined;
}

const payloadOf = ({ page, word }: View): string => `${page}.${word ?? ''}`;

/** What the button tapped was shown with. */
const tappedView = (ctx: Ctx): View => {
  const [page, word = ''] = String(ctx.callbackQuery ? ctx.match : '').split('.');
  return { page: Math.max(0, Math.trunc(Number(page)) || 0), word: isStatusWord(word) ? word : undefined };
};

const pageOf = (store: Store, chatId: number, view: View): LibraryPage => libraryPage(store, chatId, view, PAGE_SIZE);

const listText = (store: Store, chatId: number, view: View): Rendering['text'] => {
  const { total, pages, page } = pageOf(store, chatId, view);
  if (total === 0) return lines(view.word ? text.nothingLike(view.word) : text.empty);
  const which = view.word ? `${view.word} · ` : '';
  const place = pages > 1 ? ` · page ${page + 1} of ${pages}` : '';
  return lines(FormattedString.b('Library'), `${which}${count(total, 'model')}${place}. Tap one for its card.`);
};

/** Its status; of what is pending, what it waits for. */
const rowLabel = (deps: BotDeps, model: Model): string => {
  const waiting = deps.queue.waitingOf(model);
  const words = (waiting && waitingWords(waiting, timesOf(deps, model.chatId))) ?? shownStatus(model, model.status);
  const size = model.sizeBytes === null ? '' : ` · ${formatBytes(model.sizeBytes)}`;
  return `#${model.id} ${shortLabel(model, 36)} · ${words}${size}`;
};

export interface LibraryMenu {
  readonly menu: MiddlewareFn<Ctx>;
  /** Answers `/library [status]`. */
  readonly show: (ctx: Ctx, typed?: string) => Promise<void>;
}

/** The paged list of a chat's models; a tap on one brings its card to the bottom of the chat. */
export const libraryMenu = (deps: BotDeps): LibraryMenu => {
  /** The view that a handler has chosen for this answer; without one, it is that of the button tapped. */
  const chosen = new WeakMap<Ctx, View>();
  const viewOf = (ctx: Ctx): View => chosen.get(ctx) ?? tappedView(ctx);
  const outdated = async (ctx: Ctx): Promise<void> => {
    await ctx.answerCallbackQuery({ text: text.outdated });
    await redraw(ctx, viewOf(ctx));
  };
  const menu = new Menu<Ctx>('library', {
    // Telegram takes one answer to a tap, and ours says something.
    autoAnswer: false,
    fingerprint: (ctx) => payloadOf(viewOf(ctx)),
    onMenuOutdated: (ctx) => outdated(ctx),
  });

  /** What something else has removed of these shows the next time that they are drawn. */
  const lookAt = (ctx: Ctx, view: View): void => deps.queue.lookAt(pageOf(deps.store, ctx.chat?.id ?? 0, view).models);

  const redraw = async (ctx: Ctx, view: View): Promise<void> => {
    chosen.set(ctx, view);
    lookAt(ctx, view);
    await replace(ctx, { text: listText(deps.store, ctx.chat?.id ?? 0, view), keyboard: menu });
  };

  menu.dynamic((ctx, range) => {
    const view = viewOf(ctx);
    const { models, pages, page } = pageOf(deps.store, ctx.chat?.id ?? 0, view);
    const payload = payloadOf(view);
    for (const model of models) {
      range
        .text({ text: rowLabel(deps, model), payload: `${payload}.${model.id}` }, async (tap) => {
          const tapped = modelIn(deps.store, tap.chat?.id, Number(String(tap.match).split('.')[2]));
          await tap.answerCallbackQuery(tapped ? {} : { text: text.notYours });
          if (tapped) await showCard(deps, tap, tapped);
        })
        .row();
    }
    const step = (label: string, to: number): void => {
      range.text({ text: label, payload }, async (tap) => {
        await tap.answerCallbackQuery();
        await redraw(tap, { ...viewOf(tap), page: to });
      });
    };
    if (page > 0) step('‹ Back', page - 1);
    if (page < pages - 1) step('More ›', page + 1);
  });

  const show = async (ctx: Ctx, typed = ''): Promise<void> => {
    const word = typed.trim().toLowerCase();
    if (word !== '' && word !== 'all' && !isStatusWord(word)) {
      await answer(ctx, { text: plain(text.unknownWord(word)) });
      return;
    }
    const view: View = { page: 0, word: isStatusWord(word) ? word : undefined };
    chosen.set(ctx, view);
    lookAt(ctx, view);
    const chatId = ctx.chat?.id ?? 0;
    const empty = pageOf(deps.store, chatId, view).total === 0;
    const textOf = listText(deps.store, chatId, view);
    await answer(ctx, empty ? { text: textOf } : { text: textOf, keyboard: menu });
  };

  return { menu: takingStaleTaps(menu, outdated), show };
};
