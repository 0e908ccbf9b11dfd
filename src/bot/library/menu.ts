import { Menu, type MenuRange } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import { filterKey, LIBRARY_SORTS } from '../../domain/library-filter.ts';
import { isSameTag } from '../../domain/tags.ts';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { FILTER_KEYS, readFilter } from '../../library/filter.ts';
import { modelIn } from '../../library/find.ts';
import { filterChoices, type FilterChoices, type LibraryPage, libraryPage } from '../../library/library-page.ts';
import { stillOn } from '../../library/hosts/elsewhere.ts';
import { timesOf } from '../../library/model-view.ts';
import type { Tally } from '../../store/downloads/library-lists.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { parseArguments } from '../ui/arguments.ts';
import { HOW_TO_IMPORT, sendLibraryFile } from '../board/moving/library-file.ts';
import { lineLabel } from '../ui/hosts/words.ts';
import { shownStatus } from '../ui/label.ts';
import { takingStaleTaps } from '../ui/stale-menu.ts';
import { answer, replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { plain, type Rendering, shorten } from '../ui/text.ts';
import { waitingWords } from '../ui/waiting.ts';
import { looksOnly } from '../../people/may.ts';
import { filterText, listText, sortText } from './list-text.ts';
import {
  choiceOf,
  FIRST_PAGE,
  modelChosen,
  payloadOf,
  readPayload,
  type Screen,
  screenAfter,
  TAGS_OFFERED,
} from './screen.ts';
import { SORT_LABELS, text } from './text.ts';

const PAGE_SIZE = 8;
const CHOICES_IN_ROW = 2;
const CHOICE_LIMIT = 24;

/** A line of the list: a model and its status, or what it waits for. */
const rowLabel = (deps: BotDeps, model: Model): string => {
  const waiting = deps.queue.waitingOf(model);
  const movesFrom = stillOn(deps.store, model);
  const words = (waiting && waitingWords(waiting, timesOf(deps, model.chatId))) ?? shownStatus(model, model.status);
  // That it moves says that it comes.
  const state = movesFrom && words === 'downloading' ? '' : ` · ${words}`;
  const size = model.sizeBytes === null ? '' : ` · ${formatBytes(model.sizeBytes)}`;
  const pinned = model.pinned ? ' · pinned' : '';
  return `#${model.id} ${lineLabel(model, movesFrom, 36)}${state}${size}${pinned}`;
};

export interface LibraryMenu {
  readonly menu: MiddlewareFn<Ctx>;
  /** Answers `/library [words…] [key=value…]`. @throws AppError validation */
  readonly show: (ctx: Ctx, typed?: string) => Promise<void>;
}

interface MenuState {
  readonly deps: BotDeps;
  readonly menu: Menu<Ctx>;
  /** The screen that a handler has chosen for this answer; without one, it is that of the button tapped. */
  readonly chosen: WeakMap<Ctx, Screen>;
  /** What was read for this answer: its words, its buttons and what looks at the disk all ask for it. */
  readonly read: WeakMap<Ctx, { readonly key: string; readonly page: LibraryPage }>;
  /** The same of what it can be filtered by. */
  readonly choices: WeakMap<Ctx, FilterChoices>;
  /** Draws a button that takes what was chosen with it. */
  readonly button: (range: MenuRange<Ctx>, screen: Screen, label: string, choice: string) => void;
}

const chatOf = (ctx: Ctx): number => ctx.chat?.id ?? 0;

/** Of a library of a hundred thousand it takes a while to sum what a word finds: once for each answer. */
const pageOf = ({ deps, read }: MenuState, ctx: Ctx, screen: Screen): LibraryPage => {
  const key = `${screen.page} ${filterKey(screen.filter)}`;
  const before = read.get(ctx);
  if (before?.key === key) return before.page;
  const page = libraryPage(deps.store, chatOf(ctx), screen, PAGE_SIZE);
  read.set(ctx, { key, page });
  return page;
};

/** The buttons are drawn more than once for an answer, and to take a tap asks for them as well. */
const choicesOf = ({ deps, choices }: MenuState, ctx: Ctx): FilterChoices => {
  const known = choices.get(ctx) ?? filterChoices(deps.store, chatOf(ctx), TAGS_OFFERED);
  choices.set(ctx, known);
  return known;
};

const screenText = (state: MenuState, ctx: Ctx, screen: Screen): Rendering['text'] => {
  const page = pageOf(state, ctx, screen);
  if (screen.part === 'filter') return filterText(screen.filter, page.sum);
  return screen.part === 'sort'
    ? sortText(screen.filter)
    : listText(screen.filter, page, looksOnly(state.deps.store, chatOf(ctx)));
};

const tappedOn = ({ deps }: MenuState, ctx: Ctx): { readonly screen: Screen; readonly choice: string } | undefined =>
  readPayload(deps.store, chatOf(ctx), String(ctx.callbackQuery ? ctx.match : ''));

const screenOf = (state: MenuState, ctx: Ctx): Screen =>
  state.chosen.get(ctx) ?? tappedOn(state, ctx)?.screen ?? FIRST_PAGE;

const redraw = async (state: MenuState, ctx: Ctx, screen: Screen): Promise<void> => {
  const { deps, menu, chosen } = state;
  chosen.set(ctx, screen);
  // What other programs have removed of these is noted meanwhile, and shown when the list is drawn next.
  deps.queue.lookAt(pageOf(state, ctx, screen).models);
  await replace(ctx, { text: screenText(state, ctx, screen), keyboard: menu });
};

const listButtons = (state: MenuState, range: MenuRange<Ctx>, ctx: Ctx, screen: Screen): void => {
  const { deps, button } = state;
  const { models, pages, page, sum } = pageOf(state, ctx, screen);
  for (const model of models) {
    button(range, screen, rowLabel(deps, model), choiceOf('model', model.id));
    range.row();
  }
  if (page > 0) button(range, screen, '‹ Back', choiceOf('page', page - 1));
  if (page < pages - 1) button(range, screen, 'More ›', choiceOf('page', page + 1));
  range.row();
  // One model alone needs no filter and no order, unless a filter has to be taken away again.
  if (sum.models > 1 || filterKey(screen.filter) !== filterKey({})) {
    button(range, screen, 'Filter', choiceOf('filter'));
    button(range, screen, 'Sort', choiceOf('sortings'));
    range.row();
  }
  button(range, screen, 'Export', choiceOf('export'));
  if (!looksOnly(deps.store, chatOf(ctx))) button(range, screen, 'Import', choiceOf('import'));
};

/** How many each finds stands on its button; what is chosen is marked. */
const tallyButtons = (
  { button }: MenuState,
  range: MenuRange<Ctx>,
  screen: Screen,
  tallies: readonly (Tally & { readonly label: string; readonly choice: string; readonly isChosen: boolean })[],
): void => {
  tallies.forEach(({ label, models, choice, isChosen }, index) => {
    button(range, screen, `${isChosen ? '✓ ' : ''}${shorten(label, CHOICE_LIMIT)} · ${models}`, choice);
    if (index % CHOICES_IN_ROW === CHOICES_IN_ROW - 1) range.row();
  });
  range.row();
};

const filterButtons = (state: MenuState, range: MenuRange<Ctx>, ctx: Ctx, screen: Screen): void => {
  const { filter } = screen;
  const { words, categories, tags, hosts, pinned, off } = choicesOf(state, ctx);
  const draw = (tallies: Parameters<typeof tallyButtons>[3]): void => tallyButtons(state, range, screen, tallies);
  draw(
    words.map((one) => ({
      ...one,
      label: one.value,
      choice: choiceOf('word', one.value),
      isChosen: filter.word === one.value,
    })),
  );
  draw(
    categories.map((one) => ({
      ...one,
      label: one.icon === null ? one.value : `${one.value} ${one.icon}`,
      choice: choiceOf('category', one.value),
      isChosen: filter.category === one.value,
    })),
  );
  draw(
    tags.map((one) => ({
      ...one,
      label: `#${one.value}`,
      choice: choiceOf('tag', one.value),
      isChosen: filter.tags?.some((tag) => isSameTag(tag, one.value)) === true,
    })),
  );
  draw(
    hosts.map((one) => ({
      ...one,
      label: `on ${one.value}`,
      choice: choiceOf('on', one.value),
      isChosen: filter.on === one.value,
    })),
  );
  const marks = [
    { value: 'pinned', label: 'pinned', models: pinned },
    { value: 'off', label: 'switched off', models: off },
  ].filter(({ models }) => models > 0);
  draw(marks.map((one) => ({ ...one, choice: choiceOf('mark', one.value), isChosen: filter.mark === one.value })));
  const isChosen = filterKey(filter) !== filterKey(filter.sort === undefined ? {} : { sort: filter.sort });
  state.button(range, screen, isChosen ? 'Show them' : '‹ Back', choiceOf('list'));
  if (isChosen) state.button(range, screen, 'Clear', choiceOf('all'));
};

const sortButtons = ({ button }: MenuState, range: MenuRange<Ctx>, screen: Screen): void => {
  LIBRARY_SORTS.forEach((sort, index) => {
    const isChosen = (screen.filter.sort ?? 'newest') === sort;
    button(range, screen, `${isChosen ? '✓ ' : ''}${SORT_LABELS[sort]}`, choiceOf('sort', sort));
    if (index % CHOICES_IN_ROW === CHOICES_IN_ROW - 1) range.row();
  });
  button(range, screen, '‹ Back', choiceOf('list'));
};

/** Every button does what it carries, wherever it stands in the list as it is now. */
const take = async (state: MenuState, ctx: Ctx): Promise<void> => {
  const { deps } = state;
  const tapped = tappedOn(state, ctx);
  if (!tapped) {
    await ctx.answerCallbackQuery({ text: text.outdated });
    await redraw(state, ctx, FIRST_PAGE);
    return;
  }
  if (tapped.choice === choiceOf('export') || tapped.choice === choiceOf('import')) {
    await ctx.answerCallbackQuery();
    if (tapped.choice === choiceOf('import')) await answer(ctx, { text: plain(HOW_TO_IMPORT) });
    else await sendLibraryFile(ctx, deps, tapped.screen.filter);
    return;
  }
  const id = modelChosen(tapped.choice);
  if (id === undefined) {
    await ctx.answerCallbackQuery();
    await redraw(
      state,
      ctx,
      screenAfter(tapped.screen, tapped.choice, () => choicesOf(state, ctx)),
    );
    return;
  }
  const model = modelIn(deps.store, ctx.chat?.id, id);
  await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
  if (model) await showCard(deps, ctx, model);
};

const draw = (state: MenuState, ctx: Ctx, range: MenuRange<Ctx>): void => {
  const screen = screenOf(state, ctx);
  if (screen.part === 'sort') sortButtons(state, range, screen);
  else if (screen.part === 'filter') filterButtons(state, range, ctx, screen);
  else listButtons(state, range, ctx, screen);
};

/** The paged list of a chat's models; a tap on one brings its card to the bottom of the chat. */
export const libraryMenu = (deps: BotDeps): LibraryMenu => {
  const outdated = async (ctx: Ctx): Promise<void> => {
    await ctx.answerCallbackQuery({ text: text.outdated });
    await redraw(state, ctx, screenOf(state, ctx));
  };
  const menu = new Menu<Ctx>('library', {
    // Telegram takes one answer to a tap, and the handler's own says what was done.
    autoAnswer: false,
    fingerprint: (ctx) => payloadOf(deps.store, chatOf(ctx), screenOf(state, ctx)),
    onMenuOutdated: outdated,
  });
  const state: MenuState = {
    deps,
    menu,
    chosen: new WeakMap(),
    read: new WeakMap(),
    choices: new WeakMap(),
    button: (range, screen, label, choice) => {
      range.text(
        {
          text: label,
          payload: (ctx: Ctx) => `${payloadOf(deps.store, chatOf(ctx), screen)}.${choice}`,
        },
        (ctx) => take(state, ctx),
      );
    },
  };
  menu.dynamic((ctx, range) => draw(state, ctx, range));

  const show = async (ctx: Ctx, typed = ''): Promise<void> => {
    const chatId = chatOf(ctx);
    const screen = { ...FIRST_PAGE, filter: readFilter(deps.store, chatId, parseArguments(typed, FILTER_KEYS)) };
    state.chosen.set(ctx, screen);
    const { models, sum } = pageOf(state, ctx, screen);
    deps.queue.lookAt(models);
    const said = screenText(state, ctx, screen);
    await answer(ctx, sum.models === 0 ? { text: plain(said.text) } : { text: said, keyboard: menu });
  };

  return { menu: takingStaleTaps(menu, outdated), show };
};
