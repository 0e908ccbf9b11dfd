import type { Update } from 'grammy/types';
import type { Log } from '../../lib/log.ts';
import { HUB_TOKEN, masked, maskSecrets } from '../../lib/text/mask-secrets.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';

/** What a message said that must not be written down. */
export interface Hidden {
  /** Sealed for who wrote it in a private chat; undefined elsewhere, and if it could not be sealed. */
  readonly sealed?: string;
}

/** An update in whose texts every token, and what makes a signed URL work, is hidden. */
export type WithHidden = Update & { readonly hidden?: Hidden };

/** How the question begins that a person is asked for a token with: where tokens are made is another place for each Hub. */
export const TOKEN_QUESTION =
  'Send me a token of your account on the Hub, as your next message; it begins with hf_. One that may read is enough: ';
/** Mirrors give out tokens of forms of their own, and some are copied in part; a command or a link is no answer. */
const ANSWER = /^\s*([\w.~+=-]{8,500})\s*$/;

/** Whatever stands behind the command is taken for a token. */
const COMMAND = /^(\/token(?:@\w+)?\s+)(\S.*)$/is;

const CONFIG = /^\/config(?:@\w+)?\s/i;
/** A name as secrets of the configuration bear them, and all that stands behind it: an owner who tries to set one here must not have told it to the log. */
const SECRET = /(?<!\S)([a-z_]{0,40}(?:token|secret|password|key|proxy)[a-z_]{0,20})(["']?[\s=:]+)(\S.*)$/is;

/** What one of them, or another secret, may hide in, without taking the whole apart. */
const SUSPICIOUS =
  /(?:hf|api)_|\/token|\/config|\d(?::|%3a)[\w-]{30}|[?&](?:Signature|Policy|Key-Pair-Id|sig)=|X-(?:Amz|Goog|Xet)-/i;

const hideSetting = (text: string): string =>
  CONFIG.test(text)
    ? text.replace(SECRET, (_, name: string, between: string, rest: string) => `${name}${between}${masked(rest)}`)
    : text;

/** The name of the secret that stands, hidden, in what was written behind /config; undefined: there is none. */
export const hiddenSetting = (line: string): string | undefined => SECRET.exec(line)?.[1];

const hideIn = (text: string): string =>
  maskSecrets(hideSetting(text.replace(COMMAND, (_, command: string, rest: string) => `${command}${masked(rest)}`)));

const hideDeep = (value: unknown): unknown => {
  if (typeof value === 'string') return hideIn(value);
  if (Array.isArray(value)) return value.map(hideDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, hideDeep(field)]));
};

/** The token that a text gives: behind the command, or the first one in it. */
const tokenIn = (text: string): string | undefined => COMMAND.exec(text)?.[2]?.trim() ?? text.match(HUB_TOKEN)?.[0];

/** What somebody wrote: a caption is said as a text is. */
const saidIn = ({ message, edited_message: edited }: Update) => {
  const written = message ?? edited;
  return written && { written, text: written.text ?? written.caption ?? '' };
};

/** Whether a message is the question for a token. */
export const isTokenQuestion = (said: { readonly text?: string } | undefined): boolean =>
  said?.text?.startsWith(TOKEN_QUESTION) === true;

/** What answers the question for a token, whatever it looks like. */
const answerIn = (update: Update): string | undefined => {
  const said = saidIn(update);
  const isAnswer = said?.written.chat.type === 'private' && isTokenQuestion(said.written.reply_to_message);
  return isAnswer ? ANSWER.exec(said.text)?.[1] : undefined;
};

const hideAnswer = (update: Update, answer: string): Update => {
  const hide = <Written extends { readonly text?: string; readonly caption?: string }>(written: Written): Written =>
    written.text === undefined
      ? { ...written, caption: written.caption?.replace(answer, masked) }
      : { ...written, text: written.text.replace(answer, masked) };
  const { message, edited_message: edited } = update;
  return { ...update, ...(message && { message: hide(message) }), ...(edited && { edited_message: hide(edited) }) };
};

/**
 * An update as it may be written down: tokens and signatures of URLs in it, wherever they stand, are hidden, and the Hub's token
 * that a person gives in a private chat is sealed for them beside it. Before anything else is done with an update.
 */
export const hideTokens = (update: Update, tokens: Pick<PersonalTokens, 'seal'>, log: Log): WithHidden => {
  const answer = answerIn(update);
  if (answer === undefined && !SUSPICIOUS.test(JSON.stringify(update))) return update;
  const said = saidIn(update);
  const token = said && (tokenIn(said.text) ?? answer);
  const hiding = hideDeep(answer === undefined ? update : hideAnswer(update, answer)) as Update;
  if (!said || token === undefined) return hiding;
  const { chat, from: person } = said.written;
  if (chat.type !== 'private' || !person) return { ...hiding, hidden: {} };
  try {
    return { ...hiding, hidden: { sealed: tokens.seal(person.id, token) } };
  } catch (error) {
    // Its person is told; the token is better lost than kept in clear.
    log.error({ err: error }, 'A personal token could not be sealed');
    return { ...hiding, hidden: {} };
  }
};

/** What of this update was hidden; undefined: nothing that somebody wrote. */
export const hiddenIn = (update: Update): Hidden | undefined => (update as WithHidden).hidden;
