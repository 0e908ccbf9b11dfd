import type { CallbackQueryContext, CommandContext } from 'grammy';
import type { InlineKeyboardButton } from 'grammy/types';
import { pageOf } from '../../lib/page.ts';
import { table } from '../../lib/table.ts';
import { timesOf } from '../../library/model-view.ts';
import { changeRole, isIn, roleOf } from '../../people/changes.ts';
import { isOwner } from '../../people/may.ts';
import { type Profile, profileOf } from '../../people/profile.ts';
import type { KnownFilter } from '../../store/people/people-lists.ts';
import type { Role } from '../../store/people/users.ts';
import { registerMenuOf } from '../commands.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { FeatureDeps, Handlers } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { closeQuestions } from './old-questions.ts';
import { askText, CHANGED, FILTER_WORDS, listText, nameOf, profileText, text } from './users-text.ts';

const PAGE_SIZE = 8;
const BUTTON_LIMIT = 40;

/** What may stand behind `/users`, and what it means. */
const FILTERS = table<KnownFilter>({
  all: 'in',
  in: 'in',
  waiting: 'waiting',
  owner: 'owner',
  owners: 'owner',
  member: 'member',
  members: 'member',
  viewer: 'viewer',
  viewers: 'viewer',
  group: 'group',
  groups: 'group',
  unknown: 'unknown',
  denied: 'denied',
  blocked: 'denied',
});

const inPairs = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % 2 === 0 ? [buttons.slice(index, index + 2)] : []));

/** Filters that show somebody, with how many; none if all are shown anyway. */
const filterRows = (counts: ReadonlyMap<KnownFilter, number>, chosen: KnownFilter): InlineKeyboardButton[][] => {
  const some = [...counts].filter(([filter, amount]) => amount > 0 || filter === chosen);
  const label = (filter: KnownFilter, amount: number): string =>
    `${filter === chosen ? '✓ ' : ''}${FILTER_WORDS[filter]} ${amount}`;
  return some.length < 2
    ? []
    : inPairs(some.map(([filter, amount]) => actionButton(label(filter, amount), 'people', `${filter}:0`)));
};

const list = ({ store }: BotDeps, filter: KnownFilter, wanted: number): Rendering => {
  const counts = store.users.countKnown();
  const paging = pageOf(counts.get(filter) ?? 0, { page: wanted, size: PAGE_SIZE });
  const { page, pages } = paging;
  const shown = store.users.listKnown(filter, paging);
  return {
    text: listText(`${FILTER_WORDS[filter]} ${counts.get(filter) ?? 0}`, shown, paging),
    keyboard: {
      inline_keyboard: [
        ...inPairs(shown.map((known) => actionButton(nameOf(known, BUTTON_LIMIT), 'person', known.id))),
        [
          ...(page > 0 ? [actionButton('‹ Back', 'people', `${filter}:${page - 1}`)] : []),
          ...(page < pages - 1 ? [actionButton('More ›', 'people', `${filter}:${page + 1}`)] : []),
        ],
        ...filterRows(counts, filter),
      ].filter((row) => row.length > 0),
    },
  };
};

const LABELS: Readonly<Record<Role, { readonly anew: string; readonly change: string }>> = {
  owner: { anew: 'Let in as an owner', change: 'Make an owner' },
  member: { anew: 'Let in as a member', change: 'Make a member' },
  viewer: { anew: 'Let in as a viewer', change: 'Make a viewer' },
  pending: { anew: 'Let them ask anew', change: 'Remove' },
  denied: { anew: 'Keep out', change: 'Keep out' },
};

/** What gives or takes what cannot simply be given back is asked first. */
const isAsked = (from: Role, to: Role): boolean =>
  to === 'owner' || from === 'owner' || to === 'denied' || (to === 'pending' && from !== 'denied');

const DANGERS: readonly Role[] = ['pending', 'denied'];

const roleButton = ({ id, role }: Profile, to: Role): InlineKeyboardButton => {
  const isIn = role !== 'pending' && role !== 'denied';
  const { anew, change } = LABELS[to];
  const isDanger = DANGERS.includes(to) && role !== 'denied';
  const asked = isAsked(role, to);
  return actionButton(
    `${isIn ? change : anew}${asked ? '…' : ''}`,
    asked ? 'askRole' : 'setRole',
    `${id}:${role}-${to}`,
    isDanger ? 'danger' : isIn ? undefined : to === 'member' ? 'success' : undefined,
  );
};

/** What can be made of somebody; a group owns nothing. */
const choicesOf = ({ id, role, hold }: Profile): readonly (readonly Role[])[] => {
  if (hold) return [];
  const rows: readonly (readonly Role[])[] = [
    ['member', 'viewer'],
    role === 'pending' || role === 'denied' || id < 0 ? [] : ['owner'],
    role === 'pending' ? ['denied'] : ['pending', 'denied'],
  ];
  return rows.map((row) => row.filter((to) => to !== role));
};

const page = (deps: BotDeps, ctx: Ctx, id: number): Rendering | undefined => {
  const profile = profileOf(deps.store, id);
  if (!profile) return undefined;
  const isOut = profile.role === 'pending' || profile.role === 'denied';
  return {
    text: profileText(profile, timesOf(deps, ctx.chat?.id ?? 0)),
    keyboard: {
      inline_keyboard: [
        ...choicesOf(profile)
          .filter((row) => row.length > 0)
          .map((row) => row.map((to) => roleButton(profile, to))),
        ...(isOut && profile.unfinished > 0 ? [[actionButton('Pause their downloads', 'pauseTheirs', id)]] : []),
        [actionButton('Quotas', 'quota', id)],
        [actionButton('‹ People', 'people', 'in:0')],
      ],
    },
  };
};

const show = async (deps: BotDeps, ctx: Ctx, id: number, told?: string): Promise<void> => {
  const shown = page(deps, ctx, id);
  await ctx.answerCallbackQuery({ text: told ?? (shown ? '' : text.gone) });
  // Whoever has just given away their own role sees no more of others.
  if (isOwner(deps.store, ctx.from?.id ?? 0)) await replace(ctx, shown ?? list(deps, 'in', 0));
  else await replace(ctx, { text: plain(text.noOwner) });
};

interface Wish {
  readonly id: number;
  readonly seen: Role;
  readonly to: Role;
}

const ROLE_WORDS = table<Role>({
  owner: 'owner',
  member: 'member',
  viewer: 'viewer',
  pending: 'pending',
  denied: 'denied',
});

const wishIn = (ctx: CallbackQueryContext<Ctx>): Wish | undefined => {
  const [, id = '', from = '', word = ''] = ctx.match;
  const [seen, to] = [ROLE_WORDS[from], ROLE_WORDS[word]];
  return seen && to ? { id: Number(id), seen, to } : undefined;
};

const ask = async (deps: BotDeps, ctx: CallbackQueryContext<Ctx>, { id, seen, to }: Wish): Promise<void> => {
  const profile = profileOf(deps.store, id);
  if (profile?.role !== seen) {
    await show(deps, ctx, id, profile ? CHANGED.meanwhile : undefined);
    return;
  }
  await ctx.answerCallbackQuery();
  const yes =
    to === 'owner'
      ? 'Yes, make an owner'
      : to === 'denied'
        ? 'Yes, keep out'
        : to === 'pending'
          ? 'Yes, remove'
          : `Yes, make a ${to}`;
  await replace(ctx, {
    text: plain(askText(nameOf({ id, name: profile.name ?? null }), id < 0, to)),
    keyboard: {
      inline_keyboard: [
        [actionButton(yes, 'setRole', `${id}:${seen}-${to}`, 'danger'), actionButton('‹ Back', 'person', id)],
      ],
    },
  });
};

const set = async (deps: FeatureDeps, ctx: CallbackQueryContext<Ctx>, { id, ...wish }: Wish): Promise<void> => {
  const by = { userId: ctx.from.id, chatId: ctx.chat?.id ?? 0 };
  const changed = changeRole(deps.store, by, id, wish);
  if (changed === 'changed' && (wish.to === 'owner' || wish.seen === 'owner')) {
    await registerMenuOf(ctx.api, deps.overview, id, wish.to === 'owner');
  }
  await show(deps, ctx, id, CHANGED[changed]);
  if (wish.seen === 'pending') await closeQuestions(deps, ctx, id);
};

/** `/users`: a list, or the page of whom words name. */
export const onUsers = async (deps: BotDeps, ctx: CommandContext<Ctx>): Promise<void> => {
  const words = ctx.match.trim().replace(/^@/, '');
  if (ctx.chat.type !== 'private') return answer(ctx, { text: plain(text.onlyAlone) });
  const filter = words === '' ? 'in' : FILTERS[words.toLowerCase()];
  if (filter) return answer(ctx, list(deps, filter, 0));
  const found = deps.store.users.findKnown(words, 2 * PAGE_SIZE);
  const [only, second] = found;
  const shown = only && !second ? page(deps, ctx, only.id) : undefined;
  if (shown) return answer(ctx, shown);
  if (!only) return answer(ctx, { text: plain(text.nobody(words)) });
  await answer(ctx, {
    text: listText(`like “${nameOf({ id: 0, name: words })}”`, found, { page: 0, pages: 1 }),
    keyboard: {
      inline_keyboard: inPairs(found.map((one) => actionButton(nameOf(one, BUTTON_LIMIT), 'person', one.id))),
    },
  });
};

const isFilter = (word: string): word is KnownFilter => Object.hasOwn(FILTER_WORDS, word);

type OnAction = Handlers['actions'][string];

/** A button is of the chat that it stands in, and what it shows is read by all there. */
const alone =
  (handle: (ctx: CallbackQueryContext<Ctx>) => Promise<void>): OnAction =>
  async (ctx) => {
    if (ctx.chat?.type === 'private') await handle(ctx);
    else await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
  };

/** The buttons of the list and of the pages. */
export const userActions = (
  deps: FeatureDeps,
): Handlers<never, 'people' | 'person' | 'askRole' | 'setRole' | 'pauseTheirs'>['actions'] => ({
  people: alone(async (ctx) => {
    const [, word = '', number = '0'] = ctx.match;
    await ctx.answerCallbackQuery();
    await replace(ctx, list(deps, isFilter(word) ? word : 'in', Number(number)));
  }),
  person: alone((ctx) => show(deps, ctx, Number(ctx.match[1]))),
  askRole: alone(async (ctx) => {
    const wish = wishIn(ctx);
    if (wish) await ask(deps, ctx, wish);
    else await ctx.answerCallbackQuery({ text: text.gone });
  }),
  setRole: alone(async (ctx) => {
    const wish = wishIn(ctx);
    if (wish) await set(deps, ctx, wish);
    else await ctx.answerCallbackQuery({ text: text.gone });
  }),
  pauseTheirs: alone(async (ctx) => {
    const id = Number(ctx.match[1]);
    // Who was let in again meanwhile looks after their own.
    if (isIn(roleOf(deps.store, id))) await show(deps, ctx, id, CHANGED.meanwhile);
    else await show(deps, ctx, id, text.paused(await deps.queue.pauseAll(id)));
  }),
});
