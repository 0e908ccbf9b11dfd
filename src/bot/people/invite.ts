import { isolated } from '../../lib/text/isolated.ts';
import type { CallbackQueryContext, CommandContext } from 'grammy';
import type { InlineKeyboardButton } from 'grammy/types';
import { refuse } from '../../domain/errors.ts';
import { toIso } from '../../lib/clock.ts';
import { pageOf } from '../../lib/page.ts';
import { table } from '../../lib/table.ts';
import { timesOf } from '../../library/model-view.ts';
import {
  changeOffer,
  endOf,
  HOURS_MOST,
  invitationOf,
  invite,
  type Offer,
  type OfferChange,
  revoke,
  USES_MOST,
  USUAL_OFFER,
} from '../../people/invitations.ts';
import type { Invitation } from '../../store/people/invitations.ts';
import type { BotDeps, Ctx } from '../context.ts';
import type { Handlers } from '../feature.ts';
import { parseArguments } from '../ui/arguments.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, answerForGood, replace } from '../ui/reply.ts';
import { copyButton, plain, type Rendering } from '../ui/text.ts';
import { invitationText, listText, text } from './invite-text.ts';

/** On a page of the list. */
const PAGE_SIZE = 8;
/** Each was made by an owner's hand, and lasts thirty days at most. */
const OPEN_MOST = 1000;
/** What a button has room for behind `unlist`. */
const PAGES_MOST = 999;
const HOUR_MS = 3_600_000;
const USES_CHOICES = [1, 5, 25] as const;
const HOURS_CHOICES = [1, 24, 168] as const;

const ROLES = ['member', 'viewer'] as const;
const ROLE_LABELS = { member: 'Member', viewer: 'Viewer' } as const;

const WORDS = table<Partial<Offer>>({
  member: { role: 'member' },
  viewer: { role: 'viewer' },
  group: { isForGroup: true },
  person: { isForGroup: false },
});

/** `48`, `48h`, `2d`: in hours. */
const HOURS = /^(\d{1,4})(h|d)?$/i;

const numberIn = (word: string, most: number, sentence: string): number => {
  const value = /^\d{1,4}$/.test(word) ? Number(word) : 0;
  return value >= 1 && value <= most ? value : refuse(sentence);
};

const hoursIn = (word: string): number => {
  const [, amount = '', unit = 'h'] = HOURS.exec(word) ?? [];
  const hours = Number(amount) * (unit.toLowerCase() === 'd' ? 24 : 1);
  return amount !== '' && hours >= 1 && hours <= HOURS_MOST ? hours : refuse(text.hours(HOURS_MOST));
};

/**
 * `[role] [group] [uses] [hours]`, in any order but that of the numbers, or `role=`, `uses=`, `hours=`.
 * @throws AppError validation
 */
const readOffer = (line: string): Offer => {
  const { words, options } = parseArguments(line, ['role', 'uses', 'hours']);
  const numbers: string[] = [];
  let offer = USUAL_OFFER;
  const role = options['role'];
  for (const word of [...(role === undefined ? [] : [role]), ...words]) {
    if (word.toLowerCase() === 'owner') refuse(text.noOwners);
    const said = WORDS[word.toLowerCase()];
    if (said) offer = { ...offer, ...said };
    else if (/^\d/.test(word)) numbers.push(word);
    else refuse(text.usage(word));
  }
  const [uses = options['uses'], hours = options['hours'], more] = numbers;
  if (more !== undefined) refuse(text.usage(more));
  return {
    ...offer,
    ...(uses === undefined ? {} : { uses: numberIn(uses, USES_MOST, text.uses(USES_MOST)) }),
    ...(hours === undefined ? {} : { hours: hoursIn(hours) }),
  };
};

const LINK = /https:\/\/t\.me\/\S+=join_([\w-]+)/;

/** The link is known only as long as it stands in the message: nothing else keeps its code. */
const linkIn = (ctx: Ctx, { store }: BotDeps, id: number): string | undefined => {
  const [link, code = ''] = LINK.exec(ctx.callbackQuery?.message?.text ?? '') ?? [];
  return link !== undefined && invitationOf(store, code)?.id === id ? link : undefined;
};

const linkOf = (ctx: Ctx, { isForGroup }: Invitation, code: string): string =>
  `https://t.me/${ctx.me.username}?${isForGroup ? 'startgroup' : 'start'}=join_${code}`;

const choice = (id: number, label: string, step: string, isChosen: boolean): InlineKeyboardButton =>
  actionButton(isChosen ? `✓ ${label}` : label, 'invitation', `${id}:${step}`);

/** For how long it was made, in hours; changed much later, it is none of the choices. */
const hoursOf = ({ madeAt, endsAt }: Invitation): number =>
  Math.round((Date.parse(endsAt) - Date.parse(madeAt)) / HOUR_MS);

const OTHERS = actionButton('All invitations', 'invitations', 'list');

const screen = (deps: BotDeps, ctx: Ctx, invitation: Invitation, link: string | undefined): Rendering => {
  const times = timesOf(deps, ctx.chat?.id ?? 0);
  const end = endOf(deps.store, invitation, times.now);
  const said = { text: invitationText(invitation, { link, end, times }) };
  if (end) return { ...said, keyboard: { inline_keyboard: [[OTHERS]] } };
  const { id, uses, role } = invitation;
  const share = link && [{ text: 'Send it', url: `https://t.me/share/url?url=${encodeURIComponent(link)}` }];
  return {
    ...said,
    keyboard: {
      inline_keyboard: [
        ...(share ? [[...share, ...copyButton('Copy the link', link)]] : []),
        USES_CHOICES.map((amount) =>
          choice(id, text.usesChoice(amount, invitation.isForGroup), `uses${amount}`, amount === uses),
        ),
        ROLES.map((one) => choice(id, ROLE_LABELS[one], one, one === role)),
        HOURS_CHOICES.map((amount) =>
          choice(id, text.hoursChoice(amount), `hours${amount}`, amount === hoursOf(invitation)),
        ),
        [actionButton('Take it back', 'invitation', `${id}:revoke`, 'danger'), OTHERS],
      ],
    },
  };
};

const list = (deps: BotDeps, ctx: Ctx, wanted = 0): Rendering => {
  const { store } = deps;
  const times = timesOf(deps, ctx.chat?.id ?? 0);
  const open = store.invitations
    .openInvitations(toIso(times.now), OPEN_MOST)
    .filter((one) => endOf(store, one, times.now) === undefined);
  const { page, pages, offset, limit } = pageOf(open.length, { page: wanted, size: PAGE_SIZE });
  const shown = open.slice(offset, offset + limit);
  const nameOf = (id: number): string => isolated(store.users.getUser(id)?.firstName ?? String(id));
  const last = store.invitations.lastInvitationOf(ctx.from?.id ?? 0);
  return {
    text: listText(shown, { total: open.length, page, pages, nameOf, times }),
    keyboard: {
      inline_keyboard: [
        ...shown.map(({ id }) => [
          actionButton(`#${id} ›`, 'invitation', `${id}:show`),
          actionButton(`Take #${id} back`, 'invitation', `${id}:unlist${page}`, 'danger'),
        ]),
        [
          ...(page > 0 ? [actionButton('‹ Ends sooner', 'invitations', `list:${page - 1}`)] : []),
          ...(page < Math.min(pages, PAGES_MOST) - 1
            ? [actionButton('Ends later ›', 'invitations', `list:${page + 1}`)]
            : []),
        ],
        [actionButton('New invitation', 'invitations', `new:${last}`, 'primary')],
      ].filter((row) => row.length > 0),
    },
  };
};

const make = async (deps: BotDeps, ctx: Ctx, offer: Offer): Promise<void> => {
  const by = { userId: ctx.from?.id ?? 0, chatId: ctx.chat?.id ?? 0 };
  const { invitation, code } = invite(deps.store, deps.clock, by, offer);
  await answerForGood(ctx, screen(deps, ctx, invitation, linkOf(ctx, invitation, code)), deps);
};

/** `/invite`: makes a link, or lists those that are open. */
export const onInvite = async (deps: BotDeps, ctx: CommandContext<Ctx>): Promise<void> => {
  const line = ctx.match.trim();
  if (ctx.chat.type !== 'private') await answer(ctx, { text: plain(text.onlyAlone) });
  else if (line.toLowerCase() === 'list') await answer(ctx, list(deps, ctx));
  else await make(deps, ctx, readOffer(line));
};

/** What `uses5`, `hours24`, `viewer` change of an invitation; undefined: nothing. */
const changeOf = (step: string): OfferChange | undefined => {
  const role = ROLES.find((one) => one === step);
  if (role) return { role };
  const [, what, amount] = /^(uses|hours)(\d{1,3})$/.exec(step) ?? [];
  const uses = what === 'uses' && USES_CHOICES.find((one) => one === Number(amount));
  const hours = what === 'hours' && HOURS_CHOICES.find((one) => one === Number(amount));
  return uses ? { uses } : hours ? { hours } : undefined;
};

const onInvitation = async (deps: BotDeps, ctx: CallbackQueryContext<Ctx>): Promise<void> => {
  const { store, clock } = deps;
  const [, number = '', step = ''] = ctx.match;
  const id = Number(number);
  const invitation = store.invitations.getInvitation(id);
  if (!invitation || invitation.role === 'owner') {
    await ctx.answerCallbackQuery({ text: text.gone });
    return;
  }
  const [, page] = /^unlist(\d{0,3})$/.exec(step) ?? [];
  const isRevoking = step === 'revoke' || page !== undefined;
  const change = changeOf(step);
  const by = { userId: ctx.from.id, chatId: ctx.chat?.id ?? 0 };
  if (isRevoking) revoke(store, by, id);
  else if (change) changeOffer(store, clock, id, change);
  await ctx.answerCallbackQuery(isRevoking ? { text: text.revoked } : {});
  const now = store.invitations.getInvitation(id) ?? invitation;
  await replace(
    ctx,
    page === undefined ? screen(deps, ctx, now, linkIn(ctx, deps, id)) : list(deps, ctx, Number(page)),
  );
};

/**
 * The button under a list: tapped twice it makes one link, not two. What they have made since then is in the list that comes in its
 * place, whose button makes another.
 */
const onNew = async (deps: BotDeps, ctx: CallbackQueryContext<Ctx>): Promise<void> => {
  const last = deps.store.invitations.lastInvitationOf(ctx.from.id);
  // An earlier version has not said which was the last; of those that a list has said, the last may be forgotten by now.
  const shown = Number(ctx.match[2] ?? Infinity);
  const isOld = shown !== last;
  await ctx.answerCallbackQuery(isOld ? { text: last > shown ? text.madeAlready(last) : text.listedAnew } : {});
  if (!isOld) await make(deps, ctx, USUAL_OFFER);
  await replace(ctx, list(deps, ctx));
};

/** The buttons of one invitation, and of all. A button is of the chat that it stands in, and what it shows is read by all there. */
export const inviteActions = (deps: BotDeps): Handlers<never, 'invitation' | 'invitations'>['actions'] => ({
  invitation: async (ctx) => {
    if (ctx.chat?.type === 'private') await onInvitation(deps, ctx);
    else await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
  },
  invitations: async (ctx) => {
    if (ctx.chat?.type !== 'private') {
      await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
      return;
    }
    if (ctx.match[1] === 'new') return onNew(deps, ctx);
    await ctx.answerCallbackQuery();
    const shown = list(deps, ctx, Number(ctx.match[2] ?? 0));
    // Where the link stands it is left standing.
    if (LINK.test(ctx.callbackQuery.message?.text ?? '')) await answer(ctx, shown);
    else await replace(ctx, shown);
  },
});
