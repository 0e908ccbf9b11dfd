/* bot/people: /users, /invite and who asks to be let in: what owners say of people and groups. */

import { isolated } from '../../lib/text/isolated.ts';
import { Composer } from 'grammy';
import { type Decision, decide, isOpen, type Newcomer, newcomerOf } from '../../people/newcomers.ts';
import type { BotDeps, Ctx } from '../context.ts';
import { defineFeature, type Handlers } from '../feature.ts';
import { accessRequest, accessRequests } from '../outbox/people/access-request.ts';
import { actionButton } from '../ui/buttons.ts';
import { replace } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { inviteActions, onInvite } from './invite.ts';
import { takeLinks } from './links.ts';
import { closeQuestions, decided } from './old-questions.ts';
import { help, text } from './text.ts';
import { onUsers, userActions } from './users.ts';

/** A person, or a group (ids below zero), as far as the bot knows them. */
const known = ({ store }: BotDeps, id: number): (Newcomer & { readonly name: string }) | undefined => {
  const newcomer = newcomerOf(store, id);
  return newcomer && { ...newcomer, name: isolated(newcomer.name ?? 'The group') };
};

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
      await closeQuestions(deps, ctx, id);
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

/** Whose, from what, to what. */
const ROLE_CHANGE = String.raw`(-?\d{1,15}):([a-z]{5,7})-([a-z]{5,7})`;

const actions = {
  approve: OWNERS,
  deny: OWNERS,
  unsure: OWNERS,
  refuse: OWNERS,
  admit: OWNERS,
  waiting: OWNERS,
  people: { ...OWNERS, data: { pattern: String.raw`([a-z]{2,7}):(\d{1,4})`, example: 'in:0' } },
  person: OWNERS,
  askRole: { ...OWNERS, data: { pattern: ROLE_CHANGE, example: '1:pending-member' } },
  setRole: { ...OWNERS, data: { pattern: ROLE_CHANGE, example: '1:pending-member' } },
  pauseTheirs: OWNERS,
  invitation: { ...OWNERS, data: { pattern: String.raw`(\d{1,9}):([a-z]{4,6}\d{0,3})`, example: '1:show' } },
  /** A page of the list, or a new one: with the last that whoever taps had made when the list was shown. */
  invitations: { ...OWNERS, data: { pattern: String.raw`(list|new)(?::(\d{1,9}))?`, example: 'list' } },
} as const;

declare module '../ui/buttons.ts' {
  interface Actions extends Record<keyof typeof actions, 'people'> {}
}

/** The owner's `Approve` and `Deny`, which asks first and can be undone; who is in, and as what; links that let people in. */
export const peopleFeature = defineFeature({
  commands: {
    users: {
      ...OWNERS,
      usage: {
        form: '[waiting|members|groups|words]',
        does: 'who is in, as what, since when; lets in, changes, removes',
      },
      aliases: ['people'],
    },
    invite: {
      ...OWNERS,
      usage: {
        form: '[list|[role] [group] [uses] [hours]]',
        does: 'a link that lets people or a group in; what is open',
      },
    },
  },
  actions,
  topic: help,
  build: (deps) => ({
    beforeGuard: new Composer<Ctx>(takeLinks(deps), chatChanges(deps)),
    commands: { users: (ctx) => onUsers(deps, ctx), invite: (ctx) => onInvite(deps, ctx) },
    actions: {
      ...inviteActions(deps),
      ...userActions(deps),
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
