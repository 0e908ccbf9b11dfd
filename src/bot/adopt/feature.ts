/* bot/adopt: /adopt: what lies in the cache of a machine and is in no library becomes a model. */

import type { InlineKeyboardButton } from 'grammy/types';
import { parseRepoRef, withRevision } from '../../domain/repo/repo.ts';
import type { AdoptionWish } from '../../domain/verification.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { hostMeant } from '../../library/hosts/find-host.ts';
import { timesOf } from '../../library/model-view.ts';
import { verificationIn } from '../../library/verifying/verification-view.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { actionButton } from '../ui/buttons.ts';
import { lookUpBelow } from '../ui/look-up-below.ts';
import { answer, askedBy, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { findsText, help, nothingText, text } from './text.ts';

const PAGE_SIZE = 6;
const IN_A_ROW = 3;
const PAGES_MOST = 9999;

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = {
  /** One of those that the list shows. */
  adopt: { ...OWNERS, data: { pattern: String.raw`((?:\d{1,9}-)?[0-9a-f]{16})`, example: '0123456789abcdef' } },
  /** All that the list has, on this page and on others; an earlier version has not said what that was. */
  adoptAll: { ...OWNERS, data: { pattern: '(0|[0-9a-f]{16})', example: '0123456789abcdef' } },
  /** A page of the list. */
  finds: { ...OWNERS, data: { pattern: String.raw`(\d{1,4})`, example: '0' } },
  /** What is missing of one that was to be taken over. */
  rest: { who: 'member', data: { pattern: String.raw`(\d{1,15}):(\d{1,15})`, example: '1:1' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'adopt'> {}
}

const rowsOf = (buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] =>
  Array.from({ length: Math.ceil(buttons.length / IN_A_ROW) }, (_, row) =>
    buttons.slice(row * IN_A_ROW, (row + 1) * IN_A_ROW),
  );

/** A page of what lies in the cache and no library has. */
const list = async (deps: BotDeps, chatId: number, wanted: number): Promise<Rendering> => {
  const found = await deps.verifying.leftBehind.page({ page: wanted, size: PAGE_SIZE });
  const again = actionButton(text.lookAgain, 'finds', 0);
  if (!found) return { text: plain(text.stillLooking), keyboard: { inline_keyboard: [[again]] } };
  if (found.total === 0) return { text: nothingText(found) };
  const { finds, page, pages, total, as } = found;
  const first = page * PAGE_SIZE + 1;
  return {
    text: findsText(found, first, timesOf(deps, chatId)),
    keyboard: {
      inline_keyboard: [
        ...rowsOf(finds.map(({ key }, index) => actionButton(`Take ${first + index}`, 'adopt', key))),
        [
          ...(page > 0 ? [actionButton('‹ Larger', 'finds', page - 1)] : []),
          ...(page < Math.min(pages, PAGES_MOST) - 1 ? [actionButton('Smaller ›', 'finds', page + 1)] : []),
        ],
        total > 1 ? [actionButton(`Take all ${total}`, 'adoptAll', as)] : [],
      ].filter((row) => row.length > 0),
    },
  };
};

/** A machine behind it, as cards write it and as `/add` takes it. */
const ON_HOST = /^(.*?)(?:^|\s+)on(?:\s+|=)(this machine|\S+)$/iu;

/** What stands behind the command. @throws AppError validation */
const wishOf = ({ store, hubHosts }: BotDeps, typed: string): AdoptionWish | undefined => {
  const [, rest = typed, word] = ON_HOST.exec(typed) ?? [];
  const [name = '', revision, ...more] = rest.trim().split(/\s+/u);
  if (name === '' || more.length > 0) return undefined;
  const onHost = word === undefined ? {} : { hostId: hostMeant(store, word).id };
  if (name.toLowerCase() === 'all' && revision === undefined) return { all: true, ...onHost };
  const ref = parseRepoRef(name, hubHosts);
  const { type, id, revision: at } = revision === undefined ? ref : withRevision(ref, revision);
  return { type, id, ...(at === undefined ? {} : { revision: at }), ...onHost };
};

/** A message of its own shows what becomes of it. */
const take = ({ verifying }: BotDeps, ctx: Ctx, wish: AdoptionWish): void => {
  const asked = askedBy(ctx);
  if (!asked) return;
  const messageId = ctx.callbackQuery ? null : asked.messageId;
  verifying.adopt({ ...asked, messageId, updateId: ctx.update.update_id }, wish);
};

/** The reference of what is missing and where, if the button is of this chat. */
const restAt = ({ store }: BotDeps, ctx: Ctx): { readonly ref: string; readonly hostId: number } | undefined => {
  const verification = verificationIn(store, ctx.chat?.id, Number(ctx.match?.[1]));
  if (!verification) return undefined;
  const item = store.verifications.itemOf(verification.id, Number(ctx.match?.[2]));
  const ref = item?.finding?.rest;
  return ref === undefined ? undefined : { ref, hostId: item?.hostId ?? THIS_HOST };
};

/** `/adopt`: what lies in the cache and is in no library, and taking it over. */
export const adoptFeature = defineFeature({
  commands: {
    adopt: {
      ...OWNERS,
      usage: {
        form: '[name [revision]|all] [on <machine>]',
        does: 'what lies in the cache and is in no library; takes it over, without a byte',
      },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      adopt: async (ctx) => {
        const typed = ctx.match.trim();
        if (typed === '') {
          // In a group, all of its people would read what lies on the machine.
          const isAlone = ctx.chat.type === 'private';
          deps.verifying.leftBehind.forget();
          await answer(ctx, isAlone ? await list(deps, ctx.chat.id, 0) : { text: plain(text.alone) });
          return;
        }
        const wish = wishOf(deps, typed);
        if (wish) take(deps, ctx, wish);
        else await answer(ctx, { text: plain(text.usage) });
      },
    },
    actions: {
      adopt: async (ctx) => {
        const key = String(ctx.match[1]);
        take(deps, ctx, { key });
        await ctx.answerCallbackQuery({ text: text.taking });
        const index = await deps.verifying.leftBehind.drop(key);
        if (index >= 0 && ctx.chat?.type === 'private') {
          await replace(ctx, await list(deps, ctx.chat.id, Math.floor(index / PAGE_SIZE)));
        }
      },
      adoptAll: async (ctx) => {
        take(deps, ctx, { all: true, as: String(ctx.match[1]) });
        await ctx.answerCallbackQuery({ text: text.taking });
      },
      finds: async (ctx) => {
        await ctx.answerCallbackQuery();
        if (ctx.chat?.type === 'private') await replace(ctx, await list(deps, ctx.chat.id, Number(ctx.match[1])));
      },
      rest: async (ctx) => {
        const rest = restAt(deps, ctx);
        // Where the other files are, whatever is usual in this chat.
        if (rest) await lookUpBelow(ctx, deps, rest.ref, { hostId: rest.hostId });
        await ctx.answerCallbackQuery(rest ? {} : { text: text.changed });
      },
    },
  }),
});
