import type { FormattedString } from '@grammyjs/parse-mode';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import type { Times } from '../../library/model-view.ts';
import type { endOf } from '../../people/invitations.ts';
import type { Invitation } from '../../store/people/invitations.ts';
import { titleLine } from '../ui/label.ts';
import { count, lines, shorten } from '../ui/text.ts';

const NAME_LIMIT = 40;

const groups = (amount: number): string => count(amount, 'group');
const people = (amount: number): string => (amount === 1 ? '1 person' : `${amount} people`);
const whom = ({ isForGroup }: Pick<Invitation, 'isForGroup'>, amount: number): string =>
  isForGroup ? groups(amount) : people(amount);

/** What is said about invitations. */
export const text = {
  onlyAlone: 'Invitations are made in our own chat, where only you read the link.',
  noOwners: 'Nobody becomes an owner by an invitation. Let them in as a member; then /users can make them an owner.',
  uses: (most: number): string => `An invitation lets in 1 to ${most} people or groups: /invite member 5`,
  hours: (most: number): string => `An invitation is good for 1 to ${most} hours: /invite member 5 48`,
  usage: (word: string): string =>
    `“${shorten(word, NAME_LIMIT)}” says nothing to me here. Write it like this: /invite member 5 48`,
  gone: 'That invitation is gone.',
  madeAlready: (last: number): string => `You have made #${last} meanwhile. For one more, tap again.`,
  listedAnew: 'That list was old. This is how it stands now: tap again.',
  revoked: 'Taken back: it lets nobody in any more.',
  usesChoice: (amount: number, isForGroup: boolean): string => (isForGroup ? groups : people)(amount),
  hoursChoice: (hours: number): string => `for ${hours < 24 ? count(hours, 'hour') : count(hours / 24, 'day')}`,
} as const;

const ENDS: Readonly<Record<NonNullable<ReturnType<typeof endOf>>, string>> = {
  revoked: 'It was taken back, and lets nobody in any more.',
  used_up: 'It has been used up, and lets nobody in any more.',
  run_out: 'It has run out, and lets nobody in any more.',
};

const LETS: Readonly<Record<Invitation['role'], string>> = {
  owner: 'as owners',
  member: 'who can add models and use this machine’s disk and bandwidth',
  viewer: 'who can look at everything and change nothing',
};

/** One invitation, with its link if that is known still. */
export const invitationText = (
  invitation: Invitation,
  {
    link,
    end,
    times,
  }: { readonly link: string | undefined; readonly end: ReturnType<typeof endOf>; readonly times: Times },
): FormattedString => {
  const { id, role, uses, usesLeft, endsAt } = invitation;
  const title = titleLine(`Invitation #${id}`, `${role}${invitation.isForGroup ? ' · group' : ''}`);
  const used = uses - usesLeft;
  const came = used > 0 ? `${whom(invitation, used)} came in by it.` : undefined;
  if (end) return lines(title, ENDS[end], came);
  return lines(
    title,
    link,
    `Lets in ${whom(invitation, usesLeft)} ${LETS[role]}, until ${formatLocal(Date.parse(endsAt), times.timezone, times.now)}.`,
    came,
    link === undefined
      ? 'Its link was shown once, when it was made.'
      : 'Whoever opens it comes in: send it to the person you mean, and to nobody else. I tell you who came in.',
  );
};

interface ListPart {
  /** How many are open. */
  readonly total: number;
  /** Counted from 0. */
  readonly page: number;
  readonly pages: number;
  readonly nameOf: (id: number) => string;
  readonly times: Times;
}

/** A page of those that still let somebody in. */
export const listText = (
  shown: readonly Invitation[],
  { total, page, pages, nameOf, times }: ListPart,
): FormattedString =>
  lines(
    titleLine('Invitations', total === 0 ? 'none is open' : `${total} open`),
    ...shown.map((one) => {
      const ends = formatLocal(Date.parse(one.endsAt), times.timezone, times.now);
      const by = one.madeBy === null ? '' : ` · by ${shorten(nameOf(one.madeBy), NAME_LIMIT)}`;
      return `#${one.id} · ${one.role} · ${one.usesLeft} of ${whom(one, one.uses)} left · until ${ends}${by}`;
    }),
    pages > 1 ? `Page ${page + 1} of ${pages}` : undefined,
  );
