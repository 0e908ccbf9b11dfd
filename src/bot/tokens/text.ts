import { tokensPage } from '../../domain/repo/hub-pages.ts';
import { formatLocal } from '../../domain/schedule/timezone.ts';
import type { TokenView } from '../../people/tokens/personal-tokens.ts';
import type { Topic } from '../feature.ts';
import { tokenName } from '../outbox/tokens/token-checked.ts';
import { TOKEN_QUESTION } from '../updates/hidden-tokens.ts';

interface Times {
  readonly timezone: string;
  readonly now: number;
}

const STATES: Readonly<Record<TokenView['state'], string>> = {
  unchecked: 'The Hub was not asked about it yet.',
  valid: '',
  revoked: 'The Hub does not accept it any more. Send me another one.',
  unreadable: 'I cannot read it any more: the key of this machine is another one now. Send it again.',
};

const since = (iso: string, { timezone, now }: Times): string => formatLocal(Date.parse(iso), timezone, now);

/** What the tokens feature says. */
export const text = {
  /** @param ownHub the address of the Hub that is asked instead of huggingface.co, here and below */
  ask: (ownHub?: string): string =>
    `${TOKEN_QUESTION}make it at ${tokensPage(ownHub)}. I delete your message at once, keep the token sealed, and use it for what you add, and for nobody else.`,
  noToken: 'That is no token: one looks like hf_ with 34 letters and digits behind it. /token asks again.',
  left: 'Left. I was given no token.',
  placeholder: 'hf_…',
  kept: 'I have it, sealed. I ask the Hub whose it is, and tell you.',
  notKept:
    'I could not keep that token. The owner of this machine finds the reason in the log. Please send it again later.',
  offer: 'That is a token of the Hub. I kept nothing of it yet. Shall I use it for what you add?',
  offerGone: 'I do not have that token any more. Send it again.',
  forgotten: 'Forgotten. I kept nothing of it.',
  deleted: 'I deleted your message.',
  notDeleted: 'Telegram did not let me delete your message with the token: please delete it yourself.',
  privateOnly: 'A token is for our private chat only.',
  groupDeleted: (ownHub?: string): string =>
    `I have deleted a message with a token. Whoever saw it may use it: revoke it at ${tokensPage(ownHub)}. Send a new one in our private chat only.`,
  groupNotDeleted: (ownHub?: string): string =>
    `A message here shows a token, and I may not delete it: delete it, and revoke the token at ${tokensPage(ownHub)}. Send a new one in our private chat only.`,
  none: 'There is no token of yours here.',
  notYours: 'Only people who may add models can give me a token.',
  askRemove: 'Remove it? What you have added with it and is not here yet waits then. What is here stays.',
  removed: (ownHub?: string): string => `Removed. It can be revoked as well, at ${tokensPage(ownHub)}.`,
  heading: 'Your token of the Hub',
  replace: 'Another one that you send takes its place.',
  state: (token: TokenView): string => STATES[token.state],
  about: (token: TokenView, times: Times): string => {
    const used = token.usedAt === null ? 'not used yet' : `last used ${since(token.usedAt, times)}`;
    return [tokenName(token), `kept since ${since(token.createdAt, times)}`, used].join(' · ');
  },
} as const;

export const help: Topic = {
  name: 'tokens',
  lines: [
    'Private and gated models',
    '/token in our private chat takes a token of your account on the Hub. I delete the message that holds it, ask the Hub whose it is, keep it sealed and never show it again.',
    'It is used for what you add, where the token of this machine is not let in, and for nobody else.',
    '/token shows since when it is kept, and removes it. What is here by then stays.',
    'A gated repository has terms to accept: its card names the page. Accept there, as the account of the token that is used, then tap “I accepted, try again”; where its authors decide, the button is “Try again”. For a day I look by myself, and go on when I may.',
  ],
  words: ['private', 'gated', 'account', 'hf'],
};
