import type { Chat, Update, User } from 'grammy/types';
import type { MiddlewareFn } from 'grammy';
import type { Store } from '../store/store.ts';
import { isBusy, isForNow } from '../domain/errors.ts';
import { ANONYMOUS_ADMIN } from '../domain/people/anonymous-admin.ts';
import { hasOwner, isOwner, looksOnly, may, type Verdict, verdictOn } from '../people/may.ts';
import { askToBeLetIn, letGroupIn } from '../people/newcomers.ts';
import { createReminders, type Reminders } from '../people/reminders.ts';
import { createKnownPeople } from './known-people.ts';
import type { BotDeps, Ctx } from './context.ts';
import type { Authority } from './feature.ts';
import { withClearingNote } from './ui/clearing/greeting.ts';
import { messageParameters } from './ui/text.ts';

/** Who wrote or tapped, where, and in whose name. */
interface Speaking {
  readonly person: User;
  readonly chat: Chat;
  readonly inNameOf: Chat | undefined;
}

const isAnonymousAdmin = ({ person, chat, inNameOf }: Speaking): boolean =>
  person.id === ANONYMOUS_ADMIN && inNameOf?.id === chat.id;

/**
 * Why nobody who speaks so is heard: what stands in a channel is no person's word, and neither is what a group's channel posts
 * there, or what somebody says in a channel's name. Only a group's own admins may speak for it.
 */
const unheard = (speaking: Speaking): 'channel' | 'bot' | undefined => {
  const { person, chat, inNameOf } = speaking;
  if (chat.type === 'channel' || (inNameOf && inNameOf.id !== chat.id)) return 'channel';
  return person.is_bot && !isAnonymousAdmin(speaking) ? 'bot' : undefined;
};

/** Undefined of what nobody says, such as what Telegram tells. */
const speakingIn = ({ message, edited_message: edited, callback_query: pressed }: Update): Speaking | undefined => {
  const said = message ?? edited;
  const person = said?.from ?? pressed?.from;
  const chat = said?.chat ?? pressed?.message?.chat;
  // What a button stands under is not what was said.
  return person && chat && { person, chat, inNameOf: said?.sender_chat };
};

/** Whether who wrote or tapped may use the bot there. Decides nothing: the guard does. */
export const isLetIn = (store: Store, update: Update): boolean => {
  const speaking = speakingIn(update);
  if (!speaking || unheard(speaking)) return false;
  const { person, chat } = speaking;
  return verdictOn(store, { userId: person.id, chatId: chat.id, isPrivate: chat.type === 'private' }) === 'allowed';
};

/** Counts what was refused to somebody who may use the bot as such. */
export const countRefused =
  ({ store, refusals }: Pick<BotDeps, 'store' | 'refusals'>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    await next();
    const { noted, chat, from: person } = ctx;
    if (noted?.isRefused !== true || !chat || !person) return;
    const isViewer = looksOnly(store, chat.id) && !isOwner(store, person.id);
    refusals.note(isViewer ? 'viewer' : 'role', { userId: person.id, chatId: chat.id });
  };

const isStart = ({ msg: message }: Ctx): boolean => /^\/start(?:@|\s|$)/.test(message?.text ?? '');

/** In a group that waits: the owner's word counts at once, and nobody has to be asked. */
const hearOwner = async (ctx: Ctx, { store }: BotDeps, chat: Chat): Promise<void> => {
  if (!isStart(ctx)) {
    await ctx.reply('This group has not been let in yet. You own this bot: /start lets it in.');
    return;
  }
  letGroupIn(store, { userId: ctx.from?.id ?? 0, chatId: chat.id, isPrivate: false });
  const { text, look } = messageParameters(
    withClearingNote(store, chat.id, 'This group may use hubgram now. Try /add gpt2, or /help.'),
  );
  await ctx.reply(text, look);
};

const turnAway = async (ctx: Ctx, deps: BotDeps, verdict: Verdict, reminders: Reminders): Promise<void> => {
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
  const isNew = askToBeLetIn(deps.store, { userId: ctx.from.id, chatId: ctx.chat.id, isPrivate });
  // In a group people write to each other.
  if (!isNew && !isPrivate && !isStart(ctx)) return;
  const isDue = reminders.isDue(ctx.chat.id);
  if (!isNew && !isDue) return;
  const who = isPrivate ? 'you' : 'this group';
  await ctx.reply(
    hasOwner(deps.store)
      ? isNew
        ? `This is a private bot. I asked its owner to let ${who} in; you will hear from me here.`
        : `I asked the owner of this bot to let ${who} in, and they have not answered yet; you will hear from me here. What is written until then is not taken up.`
      : 'This is a private bot without an owner yet. Its owner opens the link that the bot printed when it started; a new start prints another.',
  );
};

const isAddressed = ({ chat, callbackQuery, msg: message }: Ctx): boolean =>
  chat?.type === 'private' || callbackQuery !== undefined || message?.text?.startsWith('/') === true;

/** Hears people only, also before anybody is asked who they are: links that let in are for whoever opens them. */
export const hearPeople =
  ({ refusals }: Pick<BotDeps, 'refusals'>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const speaking = speakingIn(ctx.update);
    const reason = speaking && unheard(speaking);
    if (!reason) {
      await next();
      return;
    }
    if (isAddressed(ctx)) refusals.note(reason, { userId: speaking.person.id, chatId: speaking.chat.id });
    // What Telegram tells of a group comes as a message, whoever did it; what they correct does not.
    if (ctx.msg?.text === undefined && ctx.msg?.caption === undefined && !ctx.callbackQuery) await next();
  };

/**
 * Lets in who may use the bot; tells others once and politely, and asks the owner; `/start` says once an hour that nobody has answered.
 * Stands before every feature: menus only show, this decides.
 */
export const guard = (deps: BotDeps): MiddlewareFn<Ctx> => {
  const people = createKnownPeople(deps);
  const reminders = createReminders(deps.clock);
  return async (ctx, next) => {
    const speaking = speakingIn(ctx.update);
    if (!speaking) return;
    const { person, chat } = speaking;
    const isPrivate = chat.type === 'private';
    const where = { userId: person.id, chatId: chat.id, isPrivate };
    if (unheard(speaking)) return;
    people.keep(person, chat);
    const verdict = verdictOn(deps.store, where);
    if (verdict === 'allowed') {
      await next();
      return;
    }
    if (!isAddressed(ctx)) return;
    deps.refusals.note(verdict === 'denied' ? 'denied' : 'stranger', where);
    // What they wrote first was answered.
    if (ctx.editedMessage) return;
    try {
      await turnAway(ctx, deps, verdict, reminders);
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
  ({ store, refusals }: Pick<BotDeps, 'store' | 'refusals'>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { inlineQuery: query } = ctx;
    if (!query) return next();
    const { id } = query.from;
    const alone = { userId: id, chatId: id, isPrivate: true };
    const verdict = query.from.is_bot ? 'denied' : verdictOn(store, alone);
    if (verdict === 'allowed') return next();
    refusals.note(query.from.is_bot ? 'bot' : verdict === 'denied' ? 'denied' : 'stranger', alone);
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
    const speaking = speakingIn(ctx.update);
    if (!speaking) return false;
    const { person, chat } = speaking;
    const isAdmin = async (): Promise<boolean> =>
      isAnonymousAdmin(speaking) || (await adminsOf(ctx, chat.id)).has(person.id);
    const isPrivate = chat.type === 'private';
    return may(deps.store, { userId: person.id, chatId: chat.id, isPrivate, isAdmin, requestedBy }, who);
  };
};
