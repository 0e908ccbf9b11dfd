import { AppError } from '../../domain/errors.ts';
import { tokensPage } from '../../domain/repo/hub-pages.ts';
import type { RepoListing, RepoType } from '../../domain/listing.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { type Header, retryAfterMs } from '../../lib/net/rate-headers.ts';
import { redact } from '../../lib/text/redact.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What a request is about, for the sentence when it fails. */
export interface Subject {
  readonly type: RepoType;
  readonly id: string;
  readonly revision?: string;
  readonly path?: string;
  readonly gate?: RepoListing['gated'] | undefined;
}

/** Who asks whom. */
export interface Circumstances {
  /** `huggingface.co`, with the port if it is unusual. */
  readonly host: string;
  /** Its address. */
  readonly hub: string;
  /** The repository's page. */
  readonly page: string;
  /** One that the Hub accepts, as far as it is known. */
  readonly hasToken: boolean;
  /** There is one, and the Hub does not accept it any more. */
  readonly isRefused?: boolean;
  /** Whose token it is, if that is known. */
  readonly account?: string | undefined;
  /** It is the token of a person, and not the machine's. */
  readonly isPersonal?: boolean | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The Hub's own words, made harmless: one line of printable text, without what it may repeat of a token or a signed URL. */
const saidBy = (header: Header): string =>
  shorten(redact((header('x-error-message') ?? '').replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ')).trim(), 600);

const ending = (said: string): string => (said === '' ? '.' : `: ${said.replace(/\.*$/, '.')}`);

/** What follows when a person has asked for access. */
const GIVEN: Readonly<Record<'auto' | 'manual', string>> = {
  auto: ' Access is given at once.',
  manual: ' Its authors decide who gets it.',
};

/** What is to be done about a token that the Hub does not accept. */
const remedy = (host: string, { isPersonal }: Pick<Circumstances, 'isPersonal'>): string =>
  isPersonal
    ? `${host} does not accept the token of who added it. They have to give another one.`
    : `${host} does not accept the token in HF_TOKEN any more. It needs a new one.`;

/** Nothing is wrong with the repository: whoever gives another token goes on. */
const needsToken = (what: string, about: Circumstances): AppError =>
  new AppError('unauthorized', `${what}, and ${remedy(about.host, about)}`);

const gated = (subject: Subject, status: number, said: string, about: Circumstances): AppError => {
  const { page, hasToken, isRefused, account, isPersonal } = about;
  const what = `The ${subject.type} ${subject.id}`;
  if (isRefused || (hasToken && status === 401)) return needsToken(`${what} is gated`, about);
  const given = subject.gate ? GIVEN[subject.gate] : '';
  const sentence = (): string => {
    if (!hasToken)
      return `${what} is gated. Accept its terms at ${page} and give me a token of that account: yours with /token in your own chat, or the machine’s in HF_TOKEN.${given}`;
    const who = account === undefined ? '' : ` by the account ${account}`;
    if (/awaiting a review/i.test(said))
      return `Access to the ${subject.type} ${subject.id} has been asked for${who}; its authors have not answered yet.`;
    if (/fine-grained/i.test(said)) {
      return `${what} is gated and the token may not read gated repositories. Allow it at ${tokensPage(about.hub)}.`;
    }
    const whose = isPersonal ? 'the personal token' : 'this machine’s token';
    const named = account === undefined ? '' : ` (${account})`;
    // Where nobody decides, nothing is asked for: the terms are accepted. A gate that the Hub does not name has terms too.
    const way = subject.gate === 'manual' ? 'Ask for it' : 'Accept its terms';
    const other = isPersonal ? '' : ', or give me a token of your own account: /token in our own chat';
    return `${what} is gated and the account of ${whose}${named} has no access yet. ${way} at ${page}, then try again${other}.${given}`;
  };
  return new AppError('gated', sentence(), { page, isByHand: subject.gate === 'manual' });
};

/** What the Hub says of every repository that is not there. A Hub that says more may say something that helps. */
const USUAL = /^(?:Invalid username or password|Repository not found)\b\.?/i;

/** It was there when its files were listed. */
const hidden = (what: string, about: Circumstances): AppError => {
  const { host, hasToken, isRefused, isPersonal } = about;
  if (isRefused) return needsToken(`${host} does not show the ${what} without a token`, about);
  const reader = hasToken
    ? `The token ${isPersonal ? 'of who added it' : 'in HF_TOKEN'} may not read it.`
    : 'With a token in HF_TOKEN that may read it, it can be tried again.';
  return new AppError(
    'not_found',
    `${host} does not show the ${what} any more: it was deleted or made private. ${reader}`,
  );
};

const missing = (what: string, subject: Subject, about: Circumstances, said: string): AppError => {
  const { host, hasToken, isRefused } = about;
  if (subject.path !== undefined) return hidden(what, about);
  const without = isRefused ? 'the token in HF_TOKEN is not accepted any more' : 'then HF_TOKEN has to be set';
  const reason = hasToken ? 'it is private and the token may not read it' : `it is private: ${without}`;
  // Accounts have one word, as the first models had.
  const more = said.replace(USUAL, '').trim();
  const hints = [
    subject.type === 'model' ? ` A dataset is written datasets/${subject.id}.` : '',
    subject.id.includes('/') ? '' : ' If it is a person or an organisation, send the link of one of its models.',
    more === '' ? '' : ` ${more}`,
  ];
  return new AppError('not_found', `${host} knows no ${what}, or ${reason}. Check the spelling.${hints.join('')}`);
};

/** By the code or the sentence in the headers, in the order in which huggingface_hub's `hf_raise_for_status` asks. */
const byCode = (status: number, header: Header, subject: Subject, about: Circumstances): AppError | undefined => {
  const what = `${subject.type} ${subject.id}`;
  const said = saidBy(header);
  // A file is asked for by what a look-up has found: what is not there any more has been rewritten.
  const lost = subject.path === undefined ? 'not_found' : 'gone';
  switch (header('x-error-code') ?? '') {
    case 'RevisionNotFound':
      return new AppError(lost, `The ${what} has no revision “${subject.revision ?? 'main'}”.`);
    case 'EntryNotFound':
      return new AppError(lost, `The ${what} has no file “${subject.path ?? ''}” at this revision.`);
    case 'GatedRepo':
      return gated(subject, status, said, about);
    case 'RepoNotFound':
      return missing(what, subject, about, said);
    default:
      return said === 'Access to this resource is disabled.' ? disabledError(subject, about) : undefined;
  }
};

const waiting = (header: Header, now: number): { retryAfterMs?: number } => {
  const wait = retryAfterMs(header, now);
  return wait === undefined ? {} : { retryAfterMs: wait };
};

/** @param wait how long it lets nobody of us in, if that is known */
export const tooMany = (
  wait: { readonly retryAfterMs?: number },
  { host, hasToken }: Pick<Circumstances, 'host' | 'hasToken'>,
): AppError => {
  const when = wait.retryAfterMs === undefined ? 'later' : `in ${formatDuration(wait.retryAfterMs)}`;
  const advice = hasToken ? '' : ' With HF_TOKEN set it allows more.';
  return new AppError(
    'rate_limited',
    `${host} has had enough requests from here and takes more ${when}.${advice}`,
    wait,
  );
};

/**
 * What a refusing answer means. The headers decide before the status, because 401 stands for a missing repository,
 * a private one and a gated one alike.
 */
export const answerError = (
  { status, header }: { readonly status: number; readonly header: Header },
  subject: Subject,
  about: Circumstances,
): AppError => {
  const { host } = about;
  const what = `${subject.type} ${subject.id}`;
  const said = saidBy(header);
  const known = byCode(status, header, subject, about);
  if (known) return known;
  if (status === 401 && said === 'Invalid credentials in Authorization header') {
    const sentence = about.isPersonal
      ? remedy(host, about)
      : `${host} does not accept the token. HF_TOKEN needs a valid one.`;
    return new AppError('unauthorized', sentence);
  }
  // The Hub gives a reason with each refusal, and mirrors pass it on.
  const reason = said === '' ? 'Is HF_ENDPOINT right? It answers without a reason, as the Hub does not.' : said;
  if (status === 401 || status === 404) return missing(what, subject, about, reason);
  if (status === 403) return new AppError('forbidden', `${host} does not let us read the ${what}${ending(said)}`);
  if (status === 429) return tooMany(waiting(header, about.now), about);
  if (status >= 500 || status === 408) {
    const sentence = `${host} is not well at the moment (status ${status}).`;
    return new AppError('unavailable', sentence, waiting(header, about.now));
  }
  return new AppError('operational', `${host} refused to answer about the ${what} (status ${status})${ending(said)}`);
};

/** A repository that the Hub keeps but gives to nobody. */
export const disabledError = (subject: Subject, { host }: Circumstances): AppError =>
  new AppError('forbidden', `The ${subject.type} ${subject.id} has been disabled by ${host}: nobody can download it.`);

/** An answer that no Hub would give: a login page of the network, a wrong HF_ENDPOINT, a broken proxy. */
export const strangeAnswer = (host: string, what: string, cause?: unknown): AppError =>
  new AppError(
    'unavailable',
    `${host} answered, but not as the Hub does (${what}). Is HF_ENDPOINT right, and does this network let requests through?`,
    cause === undefined ? {} : { cause },
  );
