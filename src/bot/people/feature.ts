import { Composer, type MiddlewareFn } from 'grammy';
import {
  type Decision,
  decide,
  isOpen,
  makeOwner,
  type Newcomer,
  newcomerOf,
  tellOfAllWhoWait,
} from '../../people/newcomers.ts';
import type { Store } from '../../store/store.ts';
import { registerOwner } from '../commands.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type FeatureDeps, type Handlers } from '../feature.ts';
import { accessRequest, accessRequests, moreRequests } from '../outbox/access-request.ts';
import { actionButton } from '../ui/buttons.ts';
import { replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { text } from './text.ts';

/**
 * `/start claim_<code>`: whoever opens the console's one-time link first is the owner.
 */
const takeOwnerLink =
  (deps: FeatureDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const code = /^\/start(?:@\w+)? claim_([\w-]{1,64})$/.exec(ctx.msg?.text ?? '')?.[1];
    if (code === undefined || ctx.chat?.type !== 'private' || !ctx.from) {
      await next();
      return;
    }
    const { store } = deps;
    const { chat, from: person } = ctx;
    const asOwner = { userId: person.id, firstName: person.first_name, username: person.username ?? null };
    const place = { chatId: chat.id, kind: 'private', title: person.first_name } as const;
    if (!deps.ownerLink.take(code, () => makeOwner(store, asOwner, place))) {
      await next();
      return;
    }
    await registerOwner(ctx.api, deps.overview, person.id);
    await ctx.reply(text.becameOwner);
    tellOfAllWhoWait(store, ctx.chat.id);
  };

/** A person, or a group (ids below zero), as far as the bot knows them. */
const known = ({ store }: BotDeps, id: number): (Newcomer & { readonly name: string }) | undefined => {
  const newcomer = newcomerOf(store, id);
  return newcomer && { ...newcomer, name: newcomer.name ?? 'The group' };
};

const decided = (store: Store, id: number, name: string, isIn: boolean): Rendering => ({
  text: plain(isIn ? text.approved(name) : text.refused(name)),
  keyboard: {
    inline_keyboard: [...(isIn ? [] : [[actionButton('Let them in after all', 'admit', id)]]), ...moreRequests(store)],
  },
});

/** `deny` asks whether it is meant, `unsure` goes back to the request. */
type Step = Decision | 'deny' | 'unsure';

/** What a tap leads to, and the message it is on shows then; undefined: that was decided meanwhile. */
const take = (deps: BotDeps, ctx: Ctx, id: number, step: Step): Rendering | undefined => {
  const who = known(deps, id);
  const isQuestion = step === 'deny' || step === 'unsure';
  if (!who || !isOpen(who, isQuestion ? 'refuse' : step)) return undefined;
  if (step === 'unsure') return accessRequest(deps.store, id);
  if (step === 'deny') {
    return {
      text: plain(text.askRefuse(who.name, id < 0)),
      keyboard: {
        inline_keyboard: [
          [actionButton('Yes, keep out', 'refuse', id, 'danger'), actionButton('‹ Back', 'unsure', id)],
        ],
      },
    };
  }
  const isDone = decide(deps.store, { userId: ctx.from?.id ?? 0, chatId: ctx.chat?.id ?? 0 }, id, step);
  return isDone ? decided(deps.store, id, who.name, step !== 'refuse') : undefined;
};

const onStep =
  (deps: BotDeps, step: Step): Handlers['actions'][string] =>
  async (ctx) => {
    const id = Number(ctx.match[1]);
    const next = take(deps, ctx, id, step);
    if (next) {
      await ctx.answerCallbackQuery();
      await replace(ctx, next);
      return;
    }
    const who = known(deps, id);
    await ctx.answerCallbackQuery({ text: who ? text.decided : text.nobody });
    if (who && who.standing !== 'waits') await replace(ctx, decided(deps.store, id, who.name, who.standing === 'in'));
  };

/** What Telegram tells about the bot itself: blocked and unblocked, a group that became a supergroup. Before the guard. */
const chatChanges = (deps: BotDeps): Composer<Ctx> => {
  const changes = new Composer<Ctx>();
  const { store } = deps;

  changes.on('my_chat_member', (ctx) => {
    const { status } = ctx.myChatMember.new_chat_member;
    const reachable = status === 'member' || status === 'administrator' || status === 'creator';
    if (store.chats.getChat(ctx.chat.id)) store.chats.setReachable(ctx.chat.id, reachable);
  });

  changes.on(['message:forum_topic_reopened', 'message:general_forum_topic_unhidden'], (ctx) => {
    store.chats.hastenNotices(ctx.chat.id);
  });

  // Nothing else becomes another chat.
  changes.on('message:migrate_to_chat_id').chatType('group', (ctx) => {
    store.chats.migrateChat(ctx.chat.id, ctx.msg.migrate_to_chat_id);
  });

  return changes;
};

const OWNERS = { who: 'owner', refusal: text.ownersOnly } as const;

const actions = {
  approve: OWNERS,
  deny: OWNERS,
  unsure: OWNERS,
  refuse: OWNERS,
  admit: OWNERS,
  waiting: OWNERS,
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'people'> {}
}

/** The owner's `Approve` and `Deny`, which asks first and can be undone; and who becomes the owner. */
export const peopleFeature = defineFeature({
  commands: {},
  actions,
  build: (deps) => ({
    beforeGuard: new Composer<Ctx>(takeOwnerLink(deps), chatChanges(deps)),
    commands: {},
    actions: {
      approve: onStep(deps, 'approve'),
      deny: onStep(deps, 'deny'),
      unsure: onStep(deps, 'unsure'),
      refuse: onStep(deps, 'refuse'),
      admit: onStep(deps, 'admit'),
      waiting: async (ctx) => {
        const all = accessRequests(deps.store);
        await ctx.answerCallbackQuery(all ? {} : { text: text.nobodyWaits });
        if (all) await replace(ctx, all);
      },
    },
  }),
});
