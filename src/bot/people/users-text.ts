import { FormattedString } from '@grammyjs/parse-mode';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { Times } from '../../library/model-view.ts';
import type { Changed } from '../../people/changes.ts';
import type { OwnerHold, Profile } from '../../people/profile.ts';
import type { Known, KnownFilter, Standing } from '../../store/people/people-lists.ts';
import type { Role } from '../../store/people/users.ts';
import { titleLine } from '../ui/label.ts';
import { count, foreign, lines, shorten } from '../ui/text.ts';

const NAME_LIMIT = 60;

/** What is said about people and groups. */
export const text = {
  onlyAlone: 'People are shown in our own chat only.',
  nobody: (words: string): string => `Nobody I know is called “${shorten(words, NAME_LIMIT)}”. /users lists everybody.`,
  gone: 'I know nobody by that number any more.',
  noOwner: 'You own this bot no more.',
  paused: (amount: number): string => `${count(amount, 'model')} paused.`,
} as const;

/** What came of a decision, in passing. */
export const CHANGED: Readonly<Record<Changed, string>> = {
  changed: 'Done.',
  same: 'It is so already.',
  meanwhile: 'That has changed meanwhile: this is how it stands now.',
  unknown: text.gone,
  last_owner: 'Not done: a bot without an owner lets nobody in.',
  configured: 'Not done: the configuration makes them an owner.',
};

const STANDINGS: Readonly<Record<Standing, string>> = {
  owner: 'owner',
  member: 'member',
  viewer: 'viewer',
  waiting: 'waits for your answer',
  unknown: 'not let in',
  denied: 'kept out',
};

/** What the filters are called. */
export const FILTER_WORDS: Readonly<Record<KnownFilter, string>> = {
  in: 'In or waiting',
  waiting: 'Waiting',
  owner: 'Owners',
  member: 'Members',
  viewer: 'Viewers',
  group: 'Groups',
  unknown: 'Not let in yet',
  denied: 'Kept out',
};

/** A person or a group as lists and buttons name them. */
export const nameOf = ({ id, name }: Pick<Known, 'id' | 'name'>, limit = NAME_LIMIT): string =>
  foreign(name ?? (id < 0 ? 'A group' : String(id)), limit);

const knownLine = (known: Known): FormattedString => {
  const { id, username, standing } = known;
  const what = id < 0 ? 'group' : username ? `@${username}` : `Telegram id ${id}`;
  return FormattedString.join([FormattedString.b(nameOf(known)), ` · ${what} · ${STANDINGS[standing]}`]);
};

/** A page of people and groups. */
export const listText = (
  title: string,
  shown: readonly Known[],
  { page, pages }: { readonly page: number; readonly pages: number },
): FormattedString =>
  lines(
    titleLine('People', pages > 1 ? `${title} · page ${page + 1} of ${pages}` : title),
    ...shown.map(knownLine),
    shown.length === 0 ? (title.startsWith(FILTER_WORDS.waiting) ? 'Nobody waits.' : 'Nobody.') : undefined,
  );

const ROLES: Readonly<Record<Role, string>> = {
  owner: 'owner',
  member: 'member',
  viewer: 'viewer',
  pending: 'not let in',
  denied: 'kept out',
};

const SINCE: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  member: 'Member',
  viewer: 'Viewer',
  pending: 'Out',
  denied: 'Kept out',
};

const HOLDS: Readonly<Record<OwnerHold, string>> = {
  configured:
    'Named as an owner in the configuration (HUBGRAM_OWNERS): that is taken back there, and counts from the next start.',
  last_owner: 'The only owner: make somebody else one before you take it from them.',
};

/** Since when, and by whose word. */
const sinceText = ({ role, hold, grant, by }: Profile, times: Times): string | undefined => {
  if (!grant) return undefined;
  const since = formatLocal(Date.parse(grant.grantedAt), times.timezone, times.now);
  const invitation = grant.invitationId === null ? '' : `, by invitation #${grant.invitationId}`;
  const machine = hold === 'configured' ? ', by the configuration' : ', by the machine';
  const whose =
    by === undefined
      ? role === 'owner'
        ? machine
        : ''
      : `${invitation === '' ? ', by' : ' of'} ${foreign(by, NAME_LIMIT)}`;
  return `${SINCE[role]} since ${since}${by === undefined ? '' : invitation}${whose}.`;
};

const libraryText = ({ role, models, sizeBytes, unfinished }: Profile): string | undefined => {
  if (models === 0) return undefined;
  const under = unfinished > 0 ? `; ${unfinished} of them on the way or waiting` : '';
  const isOut = role === 'pending' || role === 'denied';
  const goesOn = isOut && unfinished > 0 ? ' What they have added goes on until you pause it.' : '';
  const onDisk = sizeBytes === 0 ? 'nothing of it on the disk yet' : `${formatBytes(sizeBytes)} on the disk`;
  return `${count(models, 'model')} in their library, ${onDisk}${under}.${goesOn}`;
};

const unreachable = (id: number): string =>
  id < 0 ? 'The bot is not in this group any more.' : 'They have blocked the bot, or closed their chat with it.';

/** All that an owner sees of one of them. */
export const profileText = (profile: Profile, times: Times): FormattedString => {
  const { id, handle, role, isWaiting, hold, lastSeen, isReachable } = profile;
  const name = nameOf({ id, name: profile.name ?? null });
  return lines(
    titleLine(name, isWaiting ? STANDINGS.waiting : ROLES[role]),
    `${id < 0 ? 'Group' : handle === undefined ? 'Person' : handle} · Telegram id ${id}`,
    sinceText(profile, times),
    lastSeen === undefined
      ? undefined
      : `${id < 0 ? 'Last written in' : 'Last seen'} ${formatLocal(Date.parse(lastSeen), times.timezone, times.now)}.`,
    id > 0 && role === 'viewer'
      ? 'In groups that are let in they can still do what everybody there can: the group’s role counts.'
      : undefined,
    libraryText(profile),
    isReachable ? undefined : unreachable(id),
    hold && HOLDS[hold],
  );
};

/** What is asked before it is done. */
export const askText = (name: string, isGroup: boolean, to: Role): string => {
  if (to === 'owner') {
    return `Make ${name} an owner? Owners let people in and keep them out, you too; they change the configuration, and stop every download.`;
  }
  const told = isGroup ? 'The group is told so once.' : 'They are told so once.';
  const keeps = 'What was added stays, and downloads go on until you pause them.';
  if (to === 'pending') {
    const elsewhere = isGroup ? '' : ' In groups that are let in they can still use me.';
    return `Remove ${name}? ${told} They may ask anew.${elsewhere} ${keeps}`;
  }
  if (to === 'denied')
    return `Keep ${name} out? ${told} They cannot ask any more, nor come in by a link${isGroup ? '' : ', nor use hubgram in groups'}. ${keeps}`;
  return `Make ${name} a ${to}? They own the bot no more, and are told so once.`;
};
