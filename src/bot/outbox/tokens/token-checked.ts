/* bot/outbox/tokens: what is said of a personal token when the Hub was asked. */

import type { PersonalToken } from '../../../domain/people/personal-token.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import { lines, plain, type Rendering } from '../../ui/text.ts';

const KINDS: Readonly<Record<NonNullable<PersonalToken['kind']>, string>> = {
  read: 'may read',
  write: 'may write too',
  fine_grained: 'fine-grained',
};

const UNNAMED = 'A token';

/** Which one it was, behind a sentence; nothing where it is known by nothing. */
const inBrackets = (name: string): string => {
  const known = name.split(' · ').filter((part) => part !== UNNAMED);
  return known.length === 0 ? '' : ` (${known.join(' · ')})`;
};

/** How its owner knows a token: its account, what it may do, its last letters. */
export const tokenName = ({ account, kind, ending }: Pick<PersonalToken, 'account' | 'kind' | 'ending'>): string =>
  [account ?? UNNAMED, kind === null ? '' : KINDS[kind], ending === '' ? '' : `ends in ${ending}`]
    .filter((part) => part !== '')
    .join(' · ');

type TokenChecked = Extract<Notice, { readonly kind: 'token_checked' }>;

const SAID: Readonly<Record<TokenChecked['payload']['outcome'], (name: string) => string>> = {
  accepted: (name) =>
    `The Hub knows your token: ${name}. It is used for what you add, where this machine’s own token has no access.`,
  refused: (name) =>
    `The Hub does not accept the token that you sent${inBrackets(name)}. I keep nothing of it. /token takes another one.`,
  later: () => 'The Hub could not be asked about your token. It is kept, and the Hub is asked again until it answers.',
  revoked: (name) =>
    `The Hub does not accept your token any more${inBrackets(name)}. What needs it waits. /token takes another one.`,
};

/** What the Hub has said of a token, to whoever gave it. */
export const renderTokenChecked = ({ payload }: TokenChecked): Rendering => {
  const { outcome, ending, account, tokenKind: kind } = payload;
  const hint =
    outcome === 'accepted' && kind === 'write' && 'It may write as well. One that may only read is enough, and safer.';
  return { text: lines(plain(SAID[outcome](tokenName({ account, kind, ending }))), hint) };
};
