import { Menu } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import { learnTimezones } from '../../domain/schedule/timezone.ts';
import type { Ctx } from '../context.ts';
import { looksOnly } from '../../people/may.ts';
import { type FeatureDeps, LOOK_ONLY, type May } from '../feature.ts';
import { noteDeed } from '../noted.ts';
import { answer, replace } from '../ui/reply.ts';
import { takingStaleTaps } from '../ui/stale-menu.ts';
import { enterAsking } from './dialogue.ts';
import { OWN, stranded } from './own.ts';
import { whyNot } from './refusal.ts';
import type { Page, Screen, Tap } from './screen.ts';
import { text } from './text.ts';
import { decodeView, encodeView, type PageName, type View } from './view.ts';
import { WIZARD } from './wizard.ts';
import { offeredZones, ZONES } from './zone-pages.ts';

const PAGES: Readonly<Record<PageName, Page>> = { ...OWN, ...WIZARD, ...ZONES };

/** Pages that show what there is. Others are steps of a change, and whoever may not make it need not begin. */
const LOOKS: ReadonlySet<PageName> = new Set(['list', 'show']);

interface MenuState {
  readonly deps: FeatureDeps;
  readonly menu: Menu<Ctx>;
  readonly mayChange: (ctx: Ctx) => ReturnType<May>;
  /** The view that a handler has chosen for this answer; without one, it is that of the button tapped. */
  readonly chosen: WeakMap<Ctx, View>;
}

export interface ScheduleMenu {
  readonly menu: MiddlewareFn<Ctx>;
  /** Answers `/schedule`, or a change of one schedule. */
  readonly show: (ctx: Ctx, view?: View) => Promise<void>;
}

const screenOf = ({ deps, chosen }: Pick<MenuState, 'deps' | 'chosen'>, ctx: Ctx): Screen => {
  const chatId = ctx.chat?.id ?? 0;
  const view = chosen.get(ctx) ?? decodeView(ctx.callbackQuery ? String(ctx.match) : '');
  return {
    deps,
    view,
    chatId,
    updateId: ctx.update.update_id,
    timezone: deps.schedules.timezoneOf(chatId),
    now: deps.clock.now(),
  };
};

const redraw = async (state: MenuState, ctx: Ctx, view: View): Promise<void> => {
  state.chosen.set(ctx, view);
  if (view.page in ZONES) await learnTimezones();
  await replace(ctx, { text: PAGES[view.page].text(screenOf(state, ctx)), keyboard: state.menu });
};

const isLook = (tap: Tap): boolean => 'to' in tap && LOOKS.has(tap.to.page);

const follow = async (state: MenuState, ctx: Ctx, { view }: Screen, tap: Tap): Promise<void> => {
  const isStep = 'to' in tap;
  if (!isStep) noteDeed(ctx, tap.label);
  if (!isLook(tap) && !(await state.mayChange(ctx))) {
    await ctx.answerCallbackQuery({ text: await whyNot(state.deps, ctx), show_alert: true });
    return;
  }
  if (isStep) {
    await ctx.answerCallbackQuery();
    await redraw(state, ctx, tap.to);
    return;
  }
  if ('ask' in tap) {
    await ctx.answerCallbackQuery();
    await enterAsking(ctx, tap.ask, typeof view.subject === 'number' ? view.subject : undefined);
    return;
  }
  const { view: next, said } = await tap.act();
  await ctx.answerCallbackQuery(said === undefined ? {} : { text: said });
  await redraw(state, ctx, next);
};

/** The buttons of a page; where a chat is only looked at, those that show what there is. */
const rowsOf = (screen: Screen): readonly (readonly Tap[])[] => {
  const rows = PAGES[screen.view.page].rows(screen);
  return looksOnly(screen.deps.store, screen.chatId) ? rows.map((row) => row.filter(isLook)) : rows;
};

/** What the meaning of a page's buttons depends on, as text: if it has changed since they were drawn, a tap shows the page anew. */
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
  return [encodeView(view), looksOnly(deps.store, chatId), ...versions, ...own, ...offeredZones(screen)].join('\n');
};

/**
 * The menu behind `/schedule`: what there is, and a way to make and change it without typing.
 * @param mayChange whether who tapped may change something
 */
export const scheduleMenu = (deps: FeatureDeps, mayChange: MenuState['mayChange']): ScheduleMenu => {
  const chosen: MenuState['chosen'] = new WeakMap();
  const outdated = async (ctx: Ctx): Promise<void> => {
    // They may have been a member when it was drawn.
    await ctx.answerCallbackQuery({ text: looksOnly(deps.store, ctx.chat?.id ?? 0) ? LOOK_ONLY : text.changed });
    await redraw(state, ctx, screenOf(state, ctx).view);
  };
  const menu = new Menu<Ctx>('sched', {
    // Telegram takes one answer to a tap, and the handler's own says what was done.
    autoAnswer: false,
    fingerprint: (ctx) => groundOf(screenOf(state, ctx)),
    onMenuOutdated: (ctx) => outdated(ctx),
  });
  const state: MenuState = { deps, menu, mayChange, chosen };
  menu.dynamic((ctx, range) => {
    const screen = screenOf(state, ctx);
    const payload = encodeView(screen.view);
    for (const row of rowsOf(screen)) {
      for (const tap of row) range.text({ text: tap.label, payload }, (tapped) => follow(state, tapped, screen, tap));
      range.row();
    }
  });
  return {
    menu: takingStaleTaps(menu, outdated),
    show: async (ctx, view = { page: 'list' }) => {
      chosen.set(ctx, view);
      await answer(ctx, { text: PAGES[view.page].text(screenOf(state, ctx)), keyboard: menu });
    },
  };
};
