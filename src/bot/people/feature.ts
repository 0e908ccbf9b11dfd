import { Composer, type MiddlewareFn } from 'grammy';
import type { BotDeps, Ctx } from '../context.ts';
import { actionPattern } from '../ui/buttons.ts';
import { replace } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { text } from './text.ts';

/**
 * `/start claim_<code>`: whoever opens the console's one-time link first is the owner. Stands before the guard.
 * @param showMenu tells Telegram the owner's command menu
 */
export const claimOwner =
  (deps: BotDeps, showMenu: (ownerId: number) => Promise<void>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const code = /^\/start(?:@\w+)? claim_([\w-]{1,64})$/.exec(ctx.msg?.text ?? '')?.[1];
    if (code === undefined || ctx.chat?.type !== 'private' || !ctx.from) {
      await next();
      return;
    }
    if (!deps.claim.take(code)) {
      await next();
      return;
    }
    const { store, outbox } = deps;
    store.chats.upsertChat({ chatId: ctx.chat.id, kind: 'private', title: ctx.from.first_name });
    store.users.upsertUser({
      userId: ctx.from.id,
      firstName: ctx.from.first_name,
      username: ctx.from.username ?? null,
    });
    store.users.setRole(ctx.from.id, 'owner');
    store.activity.logActivity(ctx.from.id, ctx.chat.id, 'owner_claimed');
    await showMenu(ctx.from.id);
    await ctx.reply(text.claimed);
    // Who asked before there was an owner has not been forgotten.
    for (const user of store.users.listUsers('pending')) {
      store.outbox.addNotice({ chatId: ctx.chat.id, kind: 'access_request', payload: { userId: user.userId } });
    }
    outbox.poke();
  };

const decide = (deps: BotDeps, id: number, approve: boolean): { name: string; changed: boolean } | undefined => {
  const { store } = deps;
  if (id < 0) {
    const chat = store.chats.getChat(id);
    if (!chat) return undefined;
    const changed = chat.access === 'pending';
    if (changed) store.chats.setAccess(id, approve ? 'approved' : 'denied');
    return { name: chat.title ?? 'The group', changed };
  }
  const user = store.users.getUser(id);
  if (!user) return undefined;
  const changed = user.role === 'pending';
  if (changed) store.users.setRole(id, approve ? 'member' : 'denied');
  return { name: user.firstName, changed };
};

/** The owner's `Approve` and `Deny`, and what Telegram tells about the bot's own membership. */
export const peopleFeature = (deps: BotDeps): Composer<Ctx> => {
  const feature = new Composer<Ctx>();
  const { store, outbox } = deps;

  feature.callbackQuery(actionPattern('approve', 'deny'), async (ctx) => {
    if (store.users.getUser(ctx.from.id)?.role !== 'owner') {
      await ctx.answerCallbackQuery({ text: text.ownersOnly, show_alert: true });
      return;
    }
    const id = Number(ctx.match[1]);
    const approve = ctx.callbackQuery.data.startsWith('approve');
    const decision = decide(deps, id, approve);
    if (!decision) {
      await ctx.answerCallbackQuery({ text: text.nobody });
      return;
    }
    if (decision.changed) {
      store.activity.logActivity(ctx.from.id, ctx.chat?.id ?? 0, approve ? 'access_approved' : 'access_denied', { id });
      if (approve) store.outbox.addNotice({ chatId: id, kind: 'access_granted' });
      outbox.poke();
    }
    await ctx.answerCallbackQuery(decision.changed ? {} : { text: text.decided });
    if (decision.changed)
      await replace(ctx, { text: plain(approve ? text.approved(decision.name) : text.denied(decision.name)) });
  });

  return feature;
};

/** What Telegram tells about the bot itself: blocked and unblocked, a group that became a supergroup. Before the guard. */
export const chatChanges = (deps: BotDeps): Composer<Ctx> => {
  const changes = new Composer<Ctx>();
  const { store } = deps;

  changes.on('my_chat_member', (ctx) => {
    const { status } = ctx.myChatMember.new_chat_member;
    const reachable = status === 'member' || status === 'administrator' || status === 'creator';
    if (store.chats.getChat(ctx.chat.id)) store.chats.setReachable(ctx.chat.id, reachable);
    deps.outbox.poke();
    deps.board.poke();
  });

  changes.on('message:migrate_to_chat_id', (ctx) => {
    store.chats.migrateChat(ctx.chat.id, ctx.msg.migrate_to_chat_id);
    deps.board.poke();
  });

  return changes;
};
