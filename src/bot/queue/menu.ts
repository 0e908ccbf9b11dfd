import { Menu, type MenuRange } from '@grammyjs/menu';
import type { MiddlewareFn } from 'grammy';
import type { Model } from '../../domain/model.ts';
import { moveInOrder, retryAll, waitingIn, waitingModel } from '../../library/chat-downloads.ts';
import { modelIn } from '../../library/find.ts';
import { isBusy, queueActions, queuedModels, queueView } from '../../library/lists.ts';
import { timesOf } from '../../library/model-view.ts';
import { looksOnly } from '../../people/may.ts';
import { type OrderMove, startOrderOf } from '../../queue/reorder.ts';
import type { StartOrderChoice } from '../../store/people/chats.ts';
import type { Store } from '../../store/store.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { type FeatureDeps, LOOK_ONLY, type May } from '../feature.ts';
import { noteDeed, noteNotAllowed } from '../noted.ts';
import { shortLabel } from '../ui/label.ts';
import { takingStaleTaps } from '../ui/stale-menu.ts';
import { answer, replace } from '../ui/reply.ts';
import { showCard } from '../ui/show-card.ts';
import { lines, plain, type Rendering } from '../ui/text.ts';
import { movedText } from './order.ts';
import { LIST_LIMIT, queueText, text } from './text.ts';

/** More buttons than this are no list on a phone. */
const CHOICES_MOST = 10;
const LABEL_LIMIT = 40;
/** Buttons that lead to cards. */
const CARDS_MOST = 20;
const CARDS_IN_ROW = 5;

/** What the list shows: `list` itself, `order` to choose what moves, or the id of what moves. It travels in the buttons. */
type View = 'list' | 'order' | number;

/** What the button tapped was shown with. */
const tappedView = (ctx: Ctx): View => {
  const word = ctx.callbackQuery ? String(ctx.match) : '';
  if (/^\d{1,15}$/.test(word)) return Number(word);
  return word === 'order' ? 'order' : 'list';
};

/** The model that is being moved, as long as it waits. */
const movingIn = (store: Store, chatId: number, view: View): Model | undefined =>
  typeof view === 'number' ? waitingModel(store, chatId, view) : undefined;

const hintOf = (view: View, moving: Model | undefined): string | undefined => {
  if (view === 'list') return undefined;
  return moving ? text.whereTo(moving) : text.whichMoves;
};

const queueNow = (deps: BotDeps, chatId: number, shown: View): Rendering['text'] => {
  const { store } = deps;
  const hint = hintOf(shown, movingIn(store, chatId, shown));
  return lines(queueText(queueView(deps, chatId, LIST_LIMIT), timesOf(deps, chatId), looksOnly(store, chatId)), hint);
};

interface MenuState {
  readonly deps: FeatureDeps;
  readonly menu: Menu<Ctx>;
  /** The view that a handler has chosen for this answer; without one, it is that of the button tapped. */
  readonly chosen: WeakMap<Ctx, View>;
}

export interface QueueMenu {
  readonly menu: MiddlewareFn<Ctx>;
  /** Answers `/queue`, and for those who may change the order `/queue smallest` or `added`. */
  readonly show: (ctx: Ctx, typed?: string, mayOrder?: May) => Promise<void>;
}

/** A button: what it says, and the view it is tapped in. */
interface Button {
  readonly label: string;
  readonly view: View;
}

/** Whom its buttons that change something are for. */
export const MEMBERS = { who: 'member' } as const;

const redraw = async ({ deps, menu, chosen }: MenuState, ctx: Ctx, view: View): Promise<void> => {
  chosen.set(ctx, view);
  await replace(ctx, { text: queueNow(deps, ctx.chat?.id ?? 0, view), keyboard: menu });
};

/** A button that does something to the chat's downloads and says so, for those who may. */
const act = (
  state: MenuState,
  range: MenuRange<Ctx>,
  { label, view }: Button,
  work: (chatId: number, updateId: number, ctx: Ctx) => string | Promise<string>,
): void => {
  range.text({ text: label, payload: String(view) }, async (ctx) => {
    noteDeed(ctx, label);
    if (!(await state.deps.authority(ctx, MEMBERS))) {
      noteNotAllowed(ctx);
      await ctx.answerCallbackQuery({ text: LOOK_ONLY, show_alert: true });
      return;
    }
    const said = await work(ctx.chat?.id ?? 0, ctx.update.update_id, ctx);
    await ctx.answerCallbackQuery({ text: said });
    await redraw(state, ctx, view);
  });
};

const goTo = (state: MenuState, range: MenuRange<Ctx>, { label, view }: Button, to: View): void => {
  range.text({ text: label, payload: String(view) }, async (ctx) => {
    await ctx.answerCallbackQuery();
    await redraw(state, ctx, to);
  });
};

/** Each line of the list leads to its model's card, where all is that can be done with it. */
const cardButtons = ({ deps }: MenuState, range: MenuRange<Ctx>, chatId: number): void => {
  const listed = queuedModels(deps.store, chatId, CARDS_MOST);
  listed.slice(0, CARDS_MOST).forEach(({ id }, index) => {
    range.text({ text: `#${id}`, payload: `show${id}` }, async (ctx) => {
      const model = modelIn(deps.store, ctx.chat?.id, Number(String(ctx.match).slice('show'.length)));
      await ctx.answerCallbackQuery(model ? {} : { text: text.notYours });
      if (model) await showCard(deps, ctx, model);
    });
    if (index % CARDS_IN_ROW === CARDS_IN_ROW - 1) range.row();
  });
  range.row();
};

/** So many at a tap: each is a message, and what is answered makes room for the next. */
const ASKED_MOST = 5;

/** Questions that have gone up out of sight come once more, at the end of the chat. */
const askAgain = (state: MenuState, range: MenuRange<Ctx>): void => {
  const { addRequests } = state.deps.store;
  act(state, range, { label: 'Ask again', view: 'list' }, async (chatId, _, { api }) => {
    const questions = addRequests.questionCardsIn(chatId, ASKED_MOST);
    for (const { id, cardMessageId } of questions) {
      addRequests.setAddRequestCard(id, null);
      // Best effort: an old one that stays can be answered as well.
      if (cardMessageId !== null) await api.deleteMessage(chatId, cardMessageId).catch(() => undefined);
    }
    return text.asked(questions.length);
  });
  range.row();
};

/** What only looks is offered. */
const NOTHING: ReturnType<typeof queueActions> = {
  order: false,
  pause: false,
  resume: false,
  retry: false,
  ask: false,
};

const listButtons = (state: MenuState, range: MenuRange<Ctx>, chatId: number): void => {
  const { store, queue } = state.deps;
  const can = looksOnly(store, chatId) ? NOTHING : queueActions(store, chatId);
  const all = (label: string, work: (id: number) => Promise<string>): void =>
    act(state, range, { label, view: 'list' }, work);
  goTo(state, range, { label: 'Refresh', view: 'list' }, 'list');
  if (can.order) goTo(state, range, { label: 'Change the order', view: 'list' }, 'order');
  range.row();
  if (can.pause) all('Pause all', async (id) => text.several(await queue.pauseAll(id), 'paused'));
  if (can.resume) all('Resume all', async (id) => text.several(await queue.resumeAll(id), 'resumed'));
  if (can.retry) {
    all('Retry failed', async (id) => text.several(await retryAll(state.deps, id), 'tried again'));
  }
  range.row();
  if (can.ask) askAgain(state, range);
  // Last, and with the id in the button: their number changes, and nothing else may get the place of another button.
  cardButtons(state, range, chatId);
};

/** @returns what is so from now on */
const setOrder = ({ queue }: BotDeps, chatId: number, order: StartOrderChoice): string => {
  queue.setStartOrder(chatId, order);
  return order === 'smallest' ? text.smallestFirst : text.asAdded;
};

const orderButtons = (state: MenuState, range: MenuRange<Ctx>, chatId: number, waiting: readonly Model[]): void => {
  waiting.forEach((model) => {
    const label = `#${model.id} ${shortLabel(model, LABEL_LIMIT)}`;
    goTo(state, range, { label, view: 'order' }, model.id);
    range.row();
  });
  const isBySize = startOrderOf(state.deps.store, chatId) === 'smallest';
  const label = isBySize ? 'As added' : 'Smallest first';
  act(state, range, { label, view: 'order' }, (id) => setOrder(state.deps, id, isBySize ? 'added' : 'smallest'));
  range.row();
  goTo(state, range, { label: '‹ Back', view: 'order' }, 'list');
};

const MOVES: readonly (readonly [string, OrderMove])[] = [
  ['First', 'first'],
  ['Up', 'up'],
  ['Down', 'down'],
];

const moveButtons = (state: MenuState, range: MenuRange<Ctx>, { id }: Model): void => {
  const { deps } = state;
  for (const [label, move] of MOVES) {
    act(state, range, { label, view: id }, (chatId, updateId) =>
      movedText(deps.store, moveInOrder(deps, { chatId, id }, move, updateId)),
    );
  }
  range.row();
  goTo(state, range, { label: '‹ Back', view: id }, 'order');
};

const showQueue = async ({ deps, menu, chosen }: MenuState, ctx: Ctx, typed: string, mayOrder: May): Promise<void> => {
  const chatId = ctx.chat?.id ?? 0;
  const word = typed.trim().toLowerCase();
  if (word !== '') {
    const order = word === 'smallest' || word === 'added' ? word : undefined;
    const isRefused = order !== undefined && !(await mayOrder());
    const said =
      order === undefined ? text.unknownOrder(typed.trim()) : isRefused ? LOOK_ONLY : setOrder(deps, chatId, order);
    await answer(ctx, { text: plain(said) });
    return;
  }
  chosen.set(ctx, 'list');
  const shown = queueNow(deps, chatId, 'list');
  await answer(ctx, isBusy(deps.store, chatId) ? { text: shown, keyboard: menu } : { text: shown });
};

/** The queue as a menu: everything paused or resumed at once, and what waits moved with two taps. */
export const queueMenu = (deps: FeatureDeps): QueueMenu => {
  const chosen = new WeakMap<Ctx, View>();
  const viewOf = (ctx: Ctx): View => chosen.get(ctx) ?? tappedView(ctx);
  const outdated = async (ctx: Ctx): Promise<void> => {
    await ctx.answerCallbackQuery({ text: text.orderChanged });
    await redraw(state, ctx, viewOf(ctx));
  };
  const menu = new Menu<Ctx>('queue', {
    // Telegram takes one answer to a tap, and the handler's own says what was done.
    autoAnswer: false,
    // Somebody else may have changed the order since: who then taps on a place sees it first.
    fingerprint: (ctx) => {
      const view = viewOf(ctx);
      const chatId = ctx.chat?.id ?? 0;
      if (view === 'list') return JSON.stringify([queueActions(deps.store, chatId), looksOnly(deps.store, chatId)]);
      return [
        view,
        startOrderOf(deps.store, chatId),
        ...waitingIn(deps.store, chatId, CHOICES_MOST + 1).map(({ id }) => id),
      ].join(' ');
    },
    onMenuOutdated: (ctx) => outdated(ctx),
  });
  const state: MenuState = { deps, menu, chosen };
  menu.dynamic((ctx, range) => {
    const view = viewOf(ctx);
    const chatId = ctx.chat?.id ?? 0;
    const moving = movingIn(deps.store, chatId, view);
    const waiting = view === 'list' ? [] : waitingIn(deps.store, chatId, CHOICES_MOST);
    if (moving) moveButtons(state, range, moving);
    else if (waiting.length < 2) listButtons(state, range, chatId);
    else orderButtons(state, range, chatId, waiting);
  });
  return {
    menu: takingStaleTaps(menu, outdated),
    show: (ctx, typed = '', mayOrder = () => Promise.resolve(false)) => showQueue(state, ctx, typed, mayOrder),
  };
};
