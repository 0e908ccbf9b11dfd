import type { Opened } from '../../people/invitations.ts';

/** What is said about links that let people in. */
export const text = {
  tooMany: 'Too many links that lead nowhere. I look at no more of them for an hour.',
} as const;

const OF_OWNER_LINKS: Readonly<Record<Opened, string>> = {
  joined:
    'You are the owner of this bot now. Try /add gpt2, or /help. When somebody else writes to the bot, I will ask you.',
  in_already: 'You own this bot already. The link was not used up.',
  elsewhere: 'This link is for one person: open it in a chat with me alone.',
  used_up: 'This link has been used: it makes one owner. A start with --claim prints another on the machine.',
  run_out: 'This link has run out: it is good for an hour. A start with --claim prints another on the machine.',
  revoked: 'This link was taken back. A start with --claim prints another on the machine.',
  denied: 'The owner of this bot has kept you out.',
  unknown: 'This link leads nowhere.',
};

const OF_PEOPLE: Readonly<Record<Opened, string>> = {
  joined: 'You are in. Try /add gpt2, or /help.',
  in_already: 'You are in already. The invitation was not used up.',
  elsewhere: 'This invitation is for a group: open the link, and choose the group there.',
  used_up: 'This invitation has been used up. Ask who sent it for another, or write /start, and I ask the owner.',
  run_out: 'This invitation has run out. Ask who sent it for another, or write /start, and I ask the owner.',
  revoked: 'This invitation was taken back. If that is a mistake, ask who sent it.',
  denied: 'The owner of this bot has kept you out, and a link does not change that. Ask them: they can undo it.',
  unknown: 'This invitation leads nowhere. Ask who sent it for the whole link.',
};

const OF_GROUPS: Readonly<Record<Opened, string>> = {
  ...OF_PEOPLE,
  joined: 'This group may use hubgram now. Try /add gpt2, or /help.',
  in_already: 'This group is in already. The invitation was not used up.',
  elsewhere: 'This invitation is for one person, not for a group: open it in a chat with me alone.',
  denied:
    'The owner of this bot keeps this group or you out, and a link does not change that. Ask them: they can undo it.',
};

/** What came of a link, for who opened it. */
export const openedText = (
  opened: Opened,
  { isOwnerLink, isPrivate }: { readonly isOwnerLink: boolean; readonly isPrivate: boolean },
): string => (isOwnerLink ? OF_OWNER_LINKS : isPrivate ? OF_PEOPLE : OF_GROUPS)[opened];
