/* bot/quotas: /quota: what each person and group may have. */

import type { QuotaChanges } from '../../domain/quotas/quota.ts';
import { QUOTA_KEYS, readQuotaChanges } from '../../domain/quotas/read.ts';
import { looksOnly } from '../../people/may.ts';
import { type Newcomer, newcomerOf } from '../../people/newcomers.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature } from '../feature.ts';
import { type Arguments, parseArguments } from '../ui/arguments.ts';
import { actionButton } from '../ui/buttons.ts';
import { answer, replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { holderScreen, quotaOf, quotaScreen } from './screens.ts';
import { help, nameOf, ownText, text } from './text.ts';

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = {
  /** Somebody’s page, or one quota of it. */
  quota: { ...OWNERS, data: { pattern: String.raw`(-?\d{1,15})(?::([mbra]))?`, example: '5' } },
  quotaSet: {
    ...OWNERS,
    data: { pattern: String.raw`(-?\d{1,15}):([mbra]):(none|usual|\d{1,15})`, example: '5:m:50' },
  },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'quotas'> {}
}

const say = (sentence: string): Rendering => ({ text: plain(sentence) });

const byOf = (ctx: Ctx) => ({ userId: ctx.from?.id ?? 0, chatId: ctx.chat?.id ?? 0 });

const change = ({ quotas, queue }: BotDeps, ctx: Ctx, id: number, changes: QuotaChanges): void => {
  // What had to wait may begin.
  if (quotas.set(byOf(ctx), id, changes)) queue.wake();
};

/** So many are told apart by buttons. */
const NAMED_MOST = 6;
/** Among so many the one is looked for that is called exactly so. */
const LOOKED_THROUGH = 100;

/** Whom somebody means; who is called exactly that is meant before all others. */
const holdersNamed = ({ store }: BotDeps, said: string): readonly Newcomer[] => {
  const words = said.replace(/^@/, '');
  const found = store.users.findKnown(words, LOOKED_THROUGH);
  const isCalled = (name: string | null): boolean => name?.toLowerCase() === words.toLowerCase();
  const exact = found.filter(({ id, name, username }) => String(id) === words || isCalled(name) || isCalled(username));
  const meant = exact.length > 0 ? exact : found.slice(0, NAMED_MOST);
  return meant.flatMap(({ id }) => newcomerOf(store, id) ?? []);
};

/** An owner looks at somebody, or says what they may have. @throws AppError validation */
const ofOthers = (deps: BotDeps, ctx: Ctx, { words, options }: Arguments): Rendering => {
  const said = words.join(' ');
  const changes = readQuotaChanges(options);
  const found = holdersNamed(deps, said);
  const [first] = found;
  if (!first) return say(text.nobody(said));
  if (found.length > 1) {
    const buttons = found.map((who) => [actionButton(nameOf(who), 'quota', who.id)]);
    return { text: plain(text.which), keyboard: { inline_keyboard: buttons } };
  }
  change(deps, ctx, first.id, changes);
  return holderScreen(deps, first.id) ?? say(text.nobody(said));
};

/** A button is of the chat that it stands in, and what it shows is read by all who are there. */
const isAlone = async (ctx: Ctx): Promise<boolean> => {
  if (ctx.chat?.type === 'private') return true;
  await ctx.answerCallbackQuery({ text: text.onlyAlone, show_alert: true });
  return false;
};

/** `/quota`: what people have and may have; for owners, what others may. */
export const quotasFeature = defineFeature({
  commands: {
    quota: {
      who: 'viewer',
      usage: {
        form: '[person or group] [models=… bytes=…]',
        does: 'what one has and may have; owners say so of others',
      },
      parts: { others: { ...OWNERS, example: '5 models=50' } },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    commands: {
      quota: async (ctx, may) => {
        const said = parseArguments(ctx.match.trim(), QUOTA_KEYS);
        const isOwn = said.words.length === 0 && Object.keys(said.options).length === 0;
        if (isOwn)
          await answer(ctx, { text: ownText(deps.quotas.viewOf(ctx.chat.id), looksOnly(deps.store, ctx.chat.id)) });
        else if (!(await may({ part: 'others' }))) await answer(ctx, say(text.ownersOnly));
        else if (ctx.chat.type !== 'private') await answer(ctx, say(text.onlyAlone));
        else await answer(ctx, said.words.length === 0 ? say(text.nothing) : ofOthers(deps, ctx, said));
      },
    },
    actions: {
      quota: async (ctx) => {
        if (!(await isAlone(ctx))) return;
        const [, id = '', letter] = ctx.match;
        const quota = quotaOf(letter);
        const screen = quota ? quotaScreen(deps, Number(id), quota) : holderScreen(deps, Number(id));
        await ctx.answerCallbackQuery(screen ? {} : { text: text.nobody(id) });
        if (screen) await replace(ctx, screen);
      },
      quotaSet: async (ctx) => {
        if (!(await isAlone(ctx))) return;
        const [, id = '', letter, amount = ''] = ctx.match;
        const quota = quotaOf(letter);
        const screen = quota && holderScreen(deps, Number(id));
        if (quota && screen) {
          const said = amount === 'none' ? null : amount === 'usual' ? undefined : Number(amount);
          change(deps, ctx, Number(id), { [quota]: said });
        }
        await ctx.answerCallbackQuery({ text: screen ? text.saved : text.nobody(id) });
        if (quota && screen) await replace(ctx, quotaScreen(deps, Number(id), quota) ?? screen);
      },
    },
  }),
});
