import type { Chat, Update } from 'grammy/types';
import type { MiddlewareFn } from 'grammy';
import type { Store } from '../store/store.ts';
import { isBusy, isForNow } from '../domain/errors.ts';
import { hasOwner, isOwner, may, type Verdict, verdictOn } from '../people/may.ts';
import { askToBeLetIn, letGroupIn } from '../people/newcomers.ts';
import { createKnownPeople } from './known-people.ts';
import type { BotDeps, Ctx } from './context.ts';
import type { Authority } from './feature.ts';

/** The account that anonymous group admins write as (core.telegram.org/bots/api, Message.sender_chat). */
const ANONYMOUS_ADMIN = 1_087_968_824;

/** Whether who wrote or tapped may use the bot there. Decides nothing: the guard does. */
export const isLetIn = (
  store: Store,
  { message: written, edited_message: edited, callback_query: pressed }: Update,
): boolean => {
  const message = written ?? edited;
  const person = message?.from ?? pressed?.from;
  const chat = message?.chat ?? pressed?.message?.chat;
  return (
    person !== undefined &&
    chat !== undefined &&
    verdictOn(store, { userId: person.id, chatId: chat.id, isPrivate: chat.type === 'private' }) === 'allowed'
  );
};

/** In a group that waits: the owner's word counts at once, and nobody has to be asked. */
const hearOwner = async (ctx: Ctx, { store }: BotDeps, chat: Chat): Promise<void> => {
  if (!/^\/start(?:@|\s|$)/.test(ctx.msg?.text ?? '')) {
    await ctx.reply('This group has not been let in yet. You own this bot: /start lets it in.');
    return;
  }
  letGroupIn(store, { userId: ctx.from?.id ?? 0, chatId: chat.id, isPrivate: false });
  await ctx.reply('This group may use hubgram now. Try /add gpt2, or /help.');
};

const turnAway = async (ctx: Ctx, deps: BotDeps, verdict: Verdict): Promise<void> => {
  if (ctx.callbackQuery) {
    await ctx.answerCallbackQuery({
      text: 'This button is not yours: the owner has not let you in.',
      show_alert: true,
    });
    return;
  }
  if (!ctx.chat || !ctx.from) return;
  const isPrivate = ctx.chat.type === 'private';
  if (!isPrivate && isOwner(deps.store, ctx.from.id)) {
    await hearOwner(ctx, deps, ctx.chat);
    return;
  }
  // Who was refused has been told, once.
  if (verdict === 'denied') return;
  if (!askToBeLetIn(deps.store, { userId: ctx.from.id, chatId: ctx.chat.id, isPrivate })) return;
  const who = isPrivate ? 'you' : 'this group';
  await ctx.reply(
    hasOwner(deps.store)
      ? `This is a private bot. I asked its owner to let ${who} in; you will hear from me here.`
      : 'This is a private bot without an owner yet. Its owner opens the link that the bot printed when it started; a new start prints another.',
  );
};

/**
 * Lets in who may use the bot; tells others once and politely, and asks the owner. Stands before every feature: menus
 * only show, this decides.
 */
export const guard = (deps: BotDeps): MiddlewareFn<Ctx> => {
  const people = createKnownPeople(deps);
  return async (ctx, next) => {
    const { from: person, chat } = ctx;
    if (!person || !chat || chat.type === 'channel') return;
    if (person.is_bot && person.id !== ANONYMOUS_ADMIN) return;
    const isPrivate = chat.type === 'private';
    people.keep(person, chat);
    const verdict = verdictOn(deps.store, { userId: person.id, chatId: chat.id, isPrivate });
    if (verdict === 'allowed') {
      await next();
      return;
    }
    const addressed = isPrivate || ctx.callbackQuery !== undefined || ctx.msg?.text?.startsWith('/') === true;
    if (!addressed) return;
    try {
      await turnAway(ctx, deps, verdict);
    } catch (error) {
      // Strangers need not know of this machine's troubles; whoever writes again is told then.
      if (!isForNow(error) || isBusy(error)) throw error;
      deps.log.warn({ err: error, chat: chat.id }, 'A newcomer could not be answered');
    }
  };
};

/**
 * What is typed behind the bot's name is of no chat: it is for those who may use the bot in a chat of their own. Others get no
 * hits, and a way to ask.
 */
export const guardInline =
  ({ store }: Pick<BotDeps, 'store'>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { inlineQuery: query } = ctx;
    if (!query) return next();
    const { id } = query.from;
    const verdict = verdictOn(store, { userId: id, chatId: id, isPrivate: true });
    if (verdict === 'allowed') return next();
    const ask = { text: 'A private bot: ask to be let in', start_parameter: 'search' };
    await ctx.answerInlineQuery([], {
      is_personal: true,
      cache_time: 0,
      ...(verdict === 'denied' ? {} : { button: ask }),
    });
  };

/** How long a group's list of admins is believed. */
const ADMINS_TTL_MS = 5 * 60_000;

/** Whether somebody may do what a rule is about. Of a group, Telegram knows the admins. */
export const createAuthority = (deps: Pick<BotDeps, 'store' | 'clock'>): Authority => {
  const cache = new Map<number, { readonly at: number; readonly ids: ReadonlySet<number> }>();

  const adminsOf = async (ctx: Ctx, chatId: number): Promise<ReadonlySet<number>> => {
    const now = deps.clock.monotonic();
    const cached = cache.get(chatId);
    if (cached && now - cached.at < ADMINS_TTL_MS) return cached.ids;
    const members = await ctx.api.getChatAdministrators(chatId);
    const ids = new Set(members.map((member) => member.user.id));
    cache.set(chatId, { at: now, ids });
    return ids;
  };

  return async (ctx, { who }, requestedBy = null) => {
    const { from: person, chat } = ctx;
    if (!person || !chat) return false;
    const isAnonymousAdmin = person.id === ANONYMOUS_ADMIN && ctx.msg?.sender_chat?.id === chat.id;
    const isAdmin = async (): Promise<boolean> => isAnonymousAdmin || (await adminsOf(ctx, chat.id)).has(person.id);
    const isPrivate = chat.type === 'private';
    return may(deps.store, { userId: person.id, chatId: chat.id, isPrivate, isAdmin, requestedBy }, who);
  };
};
