import { Menu, type MenuRange } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import { timesOf } from '../../library/model-view.ts';
import { activityPage, type ActivityPage, type ActivityTallies, tallyActivity } from '../../people/activity-pages.ts';
import type { FeatureDeps, Rule } from '../feature.ts';
import type { Ctx } from '../context.ts';
import { noteNotAllowed } from '../noted.ts';
import { answer, replace } from '../ui/reply.ts';
import { takingStaleTaps } from '../ui/stale-menu.ts';
import { plain, shorten } from '../ui/text.ts';
import { namesIn } from './names.ts';
import { type Choice, choiceOf, FIRST_PAGE, payloadOf, readPayload, type Screen, screenAfter } from './screen.ts';
import { actionName, filterText, pageText, text } from './text.ts';

const PAGE_SIZE = 10;
const CHOICE_LIMIT = 24;
const CHOICES_IN_ROW = 2;
/** Of each kind; others are written. */
const CHOICES_MOST = 8;
const SINCE = ['24h', '7d', '30d'] as const;

/** What a screen shows, read once for its text and its buttons. */
type Shown =
  | { readonly screen: Screen; readonly page: ActivityPage }
  | { readonly screen: Screen; readonly tallies: ActivityTallies };

export interface ActivityMenu {
  readonly menu: MiddlewareFn<Ctx>;
  readonly show: (ctx: Ctx, filter: Screen['filter']) => Promise<void>;
}

interface MenuState {
  readonly deps: FeatureDeps;
  readonly menu: Menu<Ctx>;
  /** What was read for this answer. */
  readonly shown: WeakMap<Ctx, Shown>;
  readonly onExport: (ctx: Ctx, filter: Screen['filter']) => Promise<void>;
}

const chatOf = (ctx: Ctx): number => ctx.chat?.id ?? 0;

const read = async ({ deps, shown }: MenuState, ctx: Ctx, screen: Screen): Promise<Shown> => {
  const times = timesOf(deps, chatOf(ctx));
  const { filter, start } = screen;
  const found =
    screen.part === 'filter'
      ? { screen, tallies: await tallyActivity(deps.store, filter, times) }
      : { screen, page: await activityPage(deps.store, filter, { ...start, size: PAGE_SIZE }, times) };
  shown.set(ctx, found);
  return found;
};

const textOf = ({ deps }: MenuState, ctx: Ctx, found: Shown) => {
  const names = namesIn(deps.store);
  const { filter } = found.screen;
  return 'page' in found ? pageText(found.page, filter, names, timesOf(deps, chatOf(ctx))) : filterText(filter, names);
};

const redraw = async (state: MenuState, ctx: Ctx, screen: Screen): Promise<void> => {
  const found = await read(state, ctx, screen);
  await replace(ctx, { text: textOf(state, ctx, found), keyboard: state.menu });
};

const tappedOn = ({ deps }: MenuState, ctx: Ctx): ReturnType<typeof readPayload> =>
  readPayload(deps.store, chatOf(ctx), String(ctx.callbackQuery ? ctx.match : ''));

/** Every button does what it carries, wherever it stands in the list as it is now. */
const take = async (state: MenuState, ctx: Ctx): Promise<void> => {
  const tapped = tappedOn(state, ctx);
  await ctx.answerCallbackQuery(tapped ? {} : { text: text.outdated });
  if (tapped?.choice === choiceOf({ kind: 'export' })) await state.onExport(ctx, tapped.screen.filter);
  else await redraw(state, ctx, tapped ? screenAfter(state.deps.store, tapped.screen, tapped.choice) : FIRST_PAGE);
};

type Draw = (label: string, choice: Choice) => void;

const listButtons = (range: MenuRange<Ctx>, draw: Draw, { lines, hasNewer, hasOlder }: ActivityPage): void => {
  const [newest, oldest] = [lines[0], lines.at(-1)];
  if (hasNewer && newest) draw('‹ Newer', { kind: 'newer', id: newest.id });
  if (hasOlder && oldest) draw('Older ›', { kind: 'older', id: oldest.id });
  range.row();
  draw('Filter', { kind: 'filter' });
  draw('Export', { kind: 'export' });
};

const filterButtons = (
  range: MenuRange<Ctx>,
  draw: Draw,
  { deps }: MenuState,
  { screen: { filter }, tallies }: Extract<Shown, { readonly tallies: unknown }>,
): void => {
  const names = namesIn(deps.store);
  const row = (
    buttons: readonly { readonly label: string; readonly isChosen: boolean; readonly choice: Choice }[],
  ): void => {
    buttons.forEach(({ label, isChosen, choice }, index) => {
      draw(`${isChosen ? '✓ ' : ''}${label}`, choice);
      if (index % CHOICES_IN_ROW === CHOICES_IN_ROW - 1) range.row();
    });
    range.row();
  };
  const label = (name: string, lines: number): string => `${shorten(name, CHOICE_LIMIT)} · ${lines}`;
  row(
    tallies.people.slice(0, CHOICES_MOST).map(([id, lines]) => ({
      label: label(`by ${names.person(id)}`, lines),
      isChosen: filter.userId === id,
      choice: { kind: 'userId', id },
    })),
  );
  row(
    tallies.chats.slice(0, CHOICES_MOST).map(([id, lines]) => ({
      label: label(id === 0 ? names.chat(id) : `in ${names.chat(id)}`, lines),
      isChosen: filter.chatId === id,
      choice: { kind: 'chatId', id },
    })),
  );
  row(
    tallies.actions
      // What is longer has no room in a button.
      .filter(([word]) => word.length <= CHOICE_LIMIT)
      .slice(0, CHOICES_MOST)
      .map(([word, lines]) => ({
        label: label(actionName(word), lines),
        isChosen: filter.action === word,
        choice: { kind: 'action', word },
      })),
  );
  row(
    tallies.results.map(([word, lines]) => ({
      label: label(word, lines),
      isChosen: filter.result === word,
      choice: { kind: 'result', word },
    })),
  );
  for (const word of SINCE) draw(`${filter.since === word ? '✓ ' : ''}since ${word}`, { kind: 'since', word });
  range.row();
  const isFiltered = Object.keys(filter).length > 0;
  draw(isFiltered ? 'Show them' : '‹ Back', { kind: 'list' });
  if (isFiltered) draw('Clear', { kind: 'all' });
};

/** The paged activity log. @param rule whom it is for, which each tap is held against */
export const activityMenu = (deps: FeatureDeps, rule: Rule, onExport: MenuState['onExport']): ActivityMenu => {
  const isAllowed = async (ctx: Ctx): Promise<boolean> =>
    ctx.chat?.type === 'private' && (await deps.authority(ctx, rule));
  const outdated = async (ctx: Ctx): Promise<void> => {
    await ctx.answerCallbackQuery({ text: text.outdated });
    await redraw(state, ctx, tappedOn(state, ctx)?.screen ?? FIRST_PAGE);
  };
  const menu = new Menu<Ctx>('activity', {
    // Telegram takes one answer to a tap, and the handler's own says what was done.
    autoAnswer: false,
    // Buttons carry all that they mean: one of a list that has changed since is as good as any.
    fingerprint: () => 'activity',
    onMenuOutdated: outdated,
  });
  const state: MenuState = { deps, menu, shown: new WeakMap(), onExport };
  menu.dynamic(async (ctx, range) => {
    const found = state.shown.get(ctx) ?? (await read(state, ctx, tappedOn(state, ctx)?.screen ?? FIRST_PAGE));
    const screen = payloadOf(deps.store, chatOf(ctx), found.screen);
    const draw: Draw = (label, choice) => {
      range.text({ text: label, payload: `${screen}.${choiceOf(choice)}` }, (tapped) => take(state, tapped));
    };
    if ('page' in found) listButtons(range, draw, found.page);
    else filterButtons(range, draw, state, found);
  });
  const taps = takingStaleTaps(menu, outdated);
  return {
    menu: async (ctx, next) => {
      if (ctx.callbackQuery?.data?.startsWith('activity/') !== true || (await isAllowed(ctx))) {
        await taps(ctx, next);
        return;
      }
      noteNotAllowed(ctx);
      await ctx.answerCallbackQuery({ text: rule.refusal ?? '', show_alert: true });
    },
    show: async (ctx, filter) => {
      const found = await read(state, ctx, { ...FIRST_PAGE, filter });
      const said = textOf(state, ctx, found);
      const isEmpty = 'page' in found && found.page.lines.length === 0 && Object.keys(filter).length === 0;
      await answer(ctx, isEmpty ? { text: plain(said.text) } : { text: said, keyboard: menu });
    },
  };
};
