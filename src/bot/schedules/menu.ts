import { Menu } from '@grammyjs/menu';
import type { Authority } from '../access.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { answer, replace } from '../ui/reply.ts';
import { shorten } from '../ui/text.ts';
import { OWN, stranded } from './own.ts';
import type { Page, Question, Screen, Tap } from './screen.ts';
import { text } from './text.ts';
import { decodeView, encodeView, type PageName, type View } from './view.ts';
import { WIZARD } from './wizard.ts';
import { offeredZones, ZONES } from './zone-pages.ts';

const PAGES: Readonly<Record<PageName, Page>> = { ...OWN, ...WIZARD, ...ZONES };

/** Telegram's limit for what is told in passing (Bot API, answerCallbackQuery). */
const SAID_LIMIT = 200;

/** The view that a handler has chosen for this answer; without one, it is that of the button tapped. */
const chosen = new WeakMap<Ctx, View>();

const viewOf = (ctx: Ctx): View => chosen.get(ctx) ?? decodeView(ctx.callbackQuery ? String(ctx.match) : '');

export const zoneOf = ({ store, timezone }: Pick<BotDeps, 'store' | 'timezone'>, chatId: number): string =>
  store.schedules.timezoneOf(chatId) ?? timezone;

interface Core {
  readonly deps: BotDeps;
  readonly authority: Authority;
  readonly menu: Menu<Ctx>;
  /** Begins a dialogue about the schedule with that id, if there is one already. */
  readonly ask: (ctx: Ctx, question: Question, id: number | undefined) => Promise<void>;
}

const screenOf = (deps: BotDeps, ctx: Ctx): Screen => {
  const chatId = ctx.chat?.id ?? 0;
  return { deps, view: viewOf(ctx), chatId, timezone: zoneOf(deps, chatId), now: deps.clock.now() };
};

const redraw = async ({ deps, menu }: Pick<Core, 'deps' | 'menu'>, ctx: Ctx, view: View): Promise<void> => {
  chosen.set(ctx, view);
  const screen = screenOf(deps, ctx);
  await replace(ctx, { text: PAGES[view.page].text(screen), keyboard: menu });
};

const follow = async (core: Core, ctx: Ctx, { view }: Screen, tap: Tap): Promise<void> => {
  if ('to' in tap) {
    await ctx.answerCallbackQuery();
    await redraw(core, ctx, tap.to);
    return;
  }
  if (!(await core.authority(ctx, null))) {
    await ctx.answerCallbackQuery({ text: text.notAllowed, show_alert: true });
    return;
  }
  if ('ask' in tap) {
    await ctx.answerCallbackQuery();
    await core.ask(ctx, tap.ask, typeof view.subject === 'number' ? view.subject : undefined);
    return;
  }
  const { view: next, said } = tap.act();
  await ctx.answerCallbackQuery(said === undefined ? {} : { text: shorten(said, SAID_LIMIT) });
  await redraw(core, ctx, next);
};

/** What the buttons of a page stand on: if it has changed, they mean something else than when they were drawn. */
const groundOf = (screen: Screen): string => {
  const { deps, view, chatId } = screen;
  const schedules = deps.store.schedules.listSchedules(chatId);
  const concerned =
    typeof view.subject === 'number'
      ? schedules.filter(({ id }) => id === view.subject)
      : view.page === 'list'
        ? schedules
        : [];
  const versions = concerned.map(({ id, updatedAt }) => `${id} ${updatedAt}`);
  const active = deps.store.schedules.getActiveSchedule(chatId)?.id;
  const own = view.page === 'list' || view.page === 'show' ? [active, stranded(deps, chatId) > 0] : [];
  return [encodeView(view), ...versions, ...own, ...offeredZones(screen)].join('\n');
};

/** The menu behind `/schedule`: what there is, and a way to make and change it without typing. */
export const scheduleMenu = (deps: BotDeps, authority: Authority, ask: Core['ask']): Menu<Ctx> => {
  const menu = new Menu<Ctx>('sched', {
    // Telegram takes one answer to a tap, and ours says something.
    autoAnswer: false,
    fingerprint: (ctx) => groundOf(screenOf(deps, ctx)),
    onMenuOutdated: async (ctx) => {
      await ctx.answerCallbackQuery({ text: text.changed });
      await redraw(core, ctx, viewOf(ctx));
    },
  });
  const core: Core = { deps, authority, menu, ask };
  menu.dynamic((ctx, range) => {
    const screen = screenOf(deps, ctx);
    const payload = encodeView(screen.view);
    for (const row of PAGES[screen.view.page].rows(screen)) {
      for (const tap of row) range.text({ text: tap.label, payload }, (tapped) => follow(core, tapped, screen, tap));
      range.row();
    }
  });
  return menu;
};

/** Answers `/schedule`, or a change of one schedule, with the menu. */
export const showMenu = async (
  ctx: Ctx,
  deps: BotDeps,
  menu: Menu<Ctx>,
  view: View = { page: 'list' },
): Promise<void> => {
  chosen.set(ctx, view);
  await answer(ctx, { text: PAGES[view.page].text(screenOf(deps, ctx)), keyboard: menu });
};
