import type { Context, MiddlewareFn } from 'grammy';
import { createAttempts } from '../../people/attempts.ts';
import { roleOf } from '../../people/changes.ts';
import { invitationOf, type Opened, type Opener, openInvitation } from '../../people/invitations.ts';
import { tellOfAllWhoWait } from '../../people/newcomers.ts';
import { registerMenuOf } from '../commands.ts';
import type { Ctx } from '../context.ts';
import type { FeatureDeps } from '../feature.ts';
import { personOf, chatRowOf } from '../known-people.ts';
import { withClearingNote } from '../ui/clearing/greeting.ts';
import { letIn } from '../outbox/people/role-given.ts';
import { answer } from '../ui/reply.ts';
import { plain } from '../ui/text.ts';
import { openedText, text } from './link-text.ts';

/** `claim` comes from the machine, `join` from an owner; which of them a code is, its row says. */
const LINK = /^\/start(?:@\w+)?\s+(claim|join)_([\w-]{1,59})$/i;

const isAnonymousAdmin = ({ chat, msg: message }: Pick<Context, 'chat' | 'msg'>): boolean =>
  message?.sender_chat !== undefined && message.sender_chat.id === chat?.id;

/** What came of a link that is no guess. */
const tellOpened = async (ctx: Ctx, deps: FeatureDeps, opened: Opened, isOwnerLink: boolean): Promise<void> => {
  const isPrivate = ctx.chat?.type === 'private';
  const chatId = ctx.chat?.id ?? 0;
  const isNewOwner = opened === 'joined' && isOwnerLink;
  if (isNewOwner) await registerMenuOf(ctx.api, deps.overview, ctx.from?.id ?? 0, true);
  const isViewer = opened === 'joined' && roleOf(deps.store, chatId) === 'viewer';
  const said = isViewer
    ? letIn(isPrivate ? 'you' : 'this group').viewer
    : openedText(opened, { isOwnerLink, isPrivate });
  await answer(ctx, opened === 'joined' ? withClearingNote(deps.store, chatId, said) : { text: plain(said) });
  if (isNewOwner) tellOfAllWhoWait(deps.store, ctx.from?.id ?? 0);
};

/** A link that somebody has opened. */
interface Tried {
  readonly code: string;
  readonly isOwnerLink: boolean;
  readonly opener: Opener;
  /** Whose tries are counted together. */
  readonly guesser: number;
}

const triedIn = (ctx: Ctx): Tried | undefined => {
  const [, kind, code] = LINK.exec(ctx.msg?.text ?? '') ?? [];
  const { chat, from: user } = ctx;
  if (code === undefined || !chat || !user || chat.type === 'channel') return undefined;
  const isAnonymous = isAnonymousAdmin(ctx);
  if (user.is_bot && !isAnonymous) return undefined;
  return {
    code,
    isOwnerLink: kind?.toLowerCase() === 'claim',
    opener: { person: personOf(user), chat: chatRowOf(chat, user) },
    // All anonymous admins of all groups are one account.
    guesser: isAnonymous ? chat.id : user.id,
  };
};

/** An owner's link that is called an invitation, or the other way round, is none. */
const open = ({ store, clock }: FeatureDeps, { code, isOwnerLink, opener }: Tried): Opened => {
  const invitation = invitationOf(store, code);
  const isKind = invitation !== undefined && (invitation.role === 'owner') === isOwnerLink;
  return openInvitation(store, isKind ? invitation : undefined, opener, clock.now());
};

/**
 * `/start claim_<code>`, from the machine, and `/start join_<code>`, from an owner: lets in whoever opens the link. Stands before
 * the guard, since it is for strangers; whoever guesses is not heard any more.
 */
export const takeLinks = (deps: FeatureDeps): MiddlewareFn<Ctx> => {
  const attempts = createAttempts(deps.clock);
  return async (ctx, next) => {
    const tried = triedIn(ctx);
    if (!tried) return next();
    const { guesser, isOwnerLink } = tried;
    const where = { userId: tried.opener.person.userId, chatId: tried.opener.chat.chatId };
    if (attempts.isTooMany(guesser)) {
      deps.refusals.note('stranger', where);
      return;
    }
    const opened = open(deps, tried);
    const isMiss = opened === 'unknown' || opened === 'denied';
    if (isMiss) attempts.miss(guesser);
    // The guard answers whoever writes this to a bot without an owner.
    if (opened === 'unknown' && isOwnerLink) return next();
    if (isMiss) deps.refusals.note(opened === 'denied' ? 'denied' : 'stranger', where);
    if (attempts.isTooMany(guesser)) await answer(ctx, { text: plain(text.tooMany) });
    else await tellOpened(ctx, deps, opened, isOwnerLink);
  };
};
