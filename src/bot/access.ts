import type { Chat, Update, User as TelegramUser } from 'grammy/types';
import type { MiddlewareFn } from 'grammy';
import type { Store } from '../store/store.ts';
import { isBusy, isForNow } from '../domain/errors.ts';
import type { BotDeps, Ctx } from './context.ts';
import { addAccessNotice } from './outbox/access-request.ts';

/** The account that anonymous group admins write as (core.telegram.org/bots/api, Message.sender_chat). */
const ANONYMOUS_ADMIN = 1_087_968_824;

type Verdict = 'allowed' | 'unknown' | 'denied';

/**
 * Who may use the bot: approved people anywhere they are approved, and everyone in an approved group, save those who
 * were denied. A denied person is denied everywhere.
 */
const verdictOn = (store: Store, userId: number, chatId: number, isPrivate: boolean): Verdict => {
  const role = store.users.getUser(userId)?.role;
  if (role === 'denied') return 'denied';
  if (isPrivate) return role === 'owner' || role === 'member' ? 'allowed' : 'unknown';
  const access = store.chats.getChat(chatId)?.access;
  if (access === 'approved') return 'allowed';
  return access === 'denied' ? 'denied' : 'unknown';
};

const nameOf = (user: TelegramUser): string =>
  [user.first_name, user.last_name ?? ''].join(' ').trim() || String(user.id);

/** Asks every owner, once for each newcomer. @returns false if they were asked before */
const ask = ({ store, outbox }: BotDeps, userId: number, chatId: number): boolean => {
  const isNew = store.atomically(() => {
    if (!store.accessRequests.ask(chatId)) return false;
    for (const owner of store.users.owners()) addAccessNotice(store, owner.userId, chatId);
    store.activity.logActivity(userId, chatId, 'access_asked');
    return true;
  });
  outbox.poke();
  return isNew;
};

const remember = (store: Store, person: TelegramUser, chat: Chat): void => {
  const isPrivate = chat.type === 'private';
  store.chats.upsertChat({
    chatId: chat.id,
    kind: chat.type,
    title: isPrivate ? nameOf(person) : (chat.title ?? null),
  });
  store.users.upsertUser({ userId: person.id, firstName: nameOf(person), username: person.username ?? null });
};

/** Whether who wrote or tapped may use the bot there. Decides nothing: the guard does. */
export const isLetIn = (store: Store, { message, callback_query: pressed }: Update): boolean => {
  const person = message?.from ?? pressed?.from;
  const chat = message?.chat ?? pressed?.message?.chat;
  return (
    person !== undefined &&
    chat !== undefined &&
    verdictOn(store, person.id, chat.id, chat.type === 'private') === 'allowed'
  );
};

/** Who wrote, and where. What cannot be written down for now keeps nobody from being answered. */
const keepBooks = ({ store, log }: BotDeps, person: TelegramUser, chat: Chat): void => {
  try {
    remember(store, person, chat);
    store.chats.updateChatActivity(chat.id);
  } catch (error) {
    if (!isForNow(error)) throw error;
    // While it is busy, it is tried again with the update.
    if (!isBusy(error)) log.warn({ err: error, chat: chat.id }, 'Who wrote could not be written down');
  }
};

/** In a group that waits: the owner's word counts at once, and nobody has to be asked. */
const hearOwner = async (ctx: Ctx, { store }: BotDeps, chat: Chat): Promise<void> => {
  if (!/^\/start(?:@|\s|$)/.test(ctx.msg?.text ?? '')) {
    await ctx.reply('This group has not been let in yet. You own this bot: /start lets it in.');
    return;
  }
  store.chats.setAccess(chat.id, 'approved');
  store.activity.logActivity(ctx.from?.id ?? 0, chat.id, 'access_approved', { id: chat.id });
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
  if (!isPrivate && deps.store.users.getUser(ctx.from.id)?.role === 'owner') {
    await hearOwner(ctx, deps, ctx.chat);
    return;
  }
  // Who was refused has been told, once.
  if (verdict === 'denied' || !ask(deps, ctx.from.id, ctx.chat.id)) return;
  const hasOwner = deps.store.users.owners().length > 0;
  const who = isPrivate ? 'you' : 'this group';
  await ctx.reply(
    hasOwner
      ? `This is a private bot. I asked its owner to let ${who} in; you will hear from me here.`
      : 'This is a private bot without an owner yet. Its owner opens the link that the bot printed when it started.',
  );
};

/**
 * Lets in who may use the bot; tells others once and politely, and asks the owner. Stands before every feature: menus
 * only show, this decides.
 */
export const guard =
  (deps: BotDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const { from: person, chat } = ctx;
    if (!person || !chat || chat.type === 'channel') return;
    if (person.is_bot && person.id !== ANONYMOUS_ADMIN) return;
    const isPrivate = chat.type === 'private';
    keepBooks(deps, person, chat);
    const verdict = verdictOn(deps.store, person.id, chat.id, isPrivate);
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

/** How long a group's list of admins is believed. */
const ADMINS_TTL_MS = 5 * 60_000;

/** Whether a person may cancel or remove what another one added: owners, group admins, and who asked for it. */
export const createAuthority = (deps: Pick<BotDeps, 'store' | 'clock'>) => {
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

  return async (ctx: Ctx, requestedBy: number | null): Promise<boolean> => {
    const { from: person, chat } = ctx;
    if (!person || !chat) return false;
    if (chat.type === 'private' || person.id === requestedBy) return true;
    if (deps.store.users.getUser(person.id)?.role === 'owner') return true;
    if (person.id === ANONYMOUS_ADMIN && ctx.msg?.sender_chat?.id === chat.id) return true;
    return (await adminsOf(ctx, chat.id)).has(person.id);
  };
};

export type Authority = ReturnType<typeof createAuthority>;
