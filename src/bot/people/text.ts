import type { Topic } from '../feature.ts';

/** What is said about who may use the bot. */
export const text = {
  ownersOnly: 'Only the owner of this bot sees who uses it, and decides who may.',
  nobody: 'That request is gone.',
  nobodyWaits: 'Nobody waits to be let in any more.',
  decided: 'That was decided already.',
  approved: (name: string): string => `${name} may use hubgram now.`,
  askRefuse: (name: string, isGroup: boolean): string =>
    isGroup
      ? `Keep ${name} out? The group is told so once.`
      : `Keep ${name} out? They are told so once, and can use hubgram neither alone nor in a group.`,
  refused: (name: string): string => `${name} may not use hubgram, and is told so.`,
} as const;

export const help: Topic = {
  name: 'people',
  lines: [
    'People',
    'For owners, in our own chat. When somebody who is not let in writes to me, I ask you.',
    '/users lists people and groups: tap one to see what they have, to change what they may do, to remove them or keep them out. /users waiting, or members, viewers, groups, denied, shows some; /users bob finds one.',
    'A member adds and changes models; a viewer looks at everything and changes nothing. An owner does what you do.',
    '/invite makes a link that lets in one person within a day. /invite 5 48 lets in five within 48 hours; /invite group makes one for a group.',
    '/invite list shows those that are open, each with a button that takes it back. I tell you who came in.',
  ],
  words: [
    'person',
    'invitation',
    'invitations',
    'access',
    'roles',
    'owner',
    'owners',
    'member',
    'members',
    'viewer',
    'viewers',
  ],
};
