import type { Notice } from '../../../store/messages/outbox.ts';
import type { Role } from '../../../store/people/users.ts';
import type { Store } from '../../../store/store.ts';
import { isIn, roleOf } from '../../../people/changes.ts';
import { plain, type Rendering } from '../../ui/text.ts';

type RoleGiven = Extract<Notice, { readonly kind: 'role_given' }>;

/** Said to a person or in a group that was not in before. */
export const letIn = (who: string): Readonly<Record<Role, string>> => ({
  owner: 'You own this bot now: you let people in, and can change what is set for all. /help people tells how.',
  member: `The owner of this bot let ${who} in. Try /add gpt2, or /help.`,
  viewer:
    who === 'you'
      ? 'The owner of this bot let you in to look: you can search, and see what groups that use it have. In this chat of your own you can add nothing until the owner lets you. /help tells more.'
      : `The owner of this bot let ${who} in to look: at the library, the queue and the history. Try /library, or /help.`,
  pending: '',
  denied: `The owner of this bot has not let ${who} in. If that is a mistake, ask them: they can undo it.`,
});

/** Said to those who were. */
const changed = (who: string, isGroup: boolean): Readonly<Record<Role, string>> => ({
  owner: letIn(who).owner,
  member: `${isGroup ? 'Everybody in this group' : 'You'} can add and change models here now: the owner of this bot has said so.`,
  viewer: `${isGroup ? 'Everybody in this group' : 'You'} can look at all that is here from now on, and change nothing: the owner of this bot has said so.`,
  pending: `The owner of this bot has removed ${who}; /start asks them to let ${who} in again.`,
  denied: `The owner of this bot keeps ${who} out from now on; if that is a mistake, ask them: they can undo it.`,
});

/** What somebody may do now, told once and only while it holds. */
export const renderRoleGiven = (store: Store, { chatId: id, payload }: RoleGiven): Rendering | undefined => {
  const { before, role } = payload;
  if (roleOf(store, id) !== role) return undefined;
  const who = id < 0 ? 'this group' : 'you';
  const said = (isIn(before) ? changed(who, id < 0) : letIn(who))[role];
  return said === '' ? undefined : { text: plain(said) };
};
