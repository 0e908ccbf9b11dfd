import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { holdsUntil, isSigned, withoutKeys } from '../../domain/repo/address-keys.ts';
import { retryAfterMs } from '../../lib/net/rate-headers.ts';
import { type Answer, follow, type Followed, type UrlSourceOptions } from './follow.ts';

/** What a server says of a file, without its bytes. */
export interface FileFound extends Pick<Followed, 'url' | 'passed'> {
  readonly header: Answer['header'];
  /** Undefined: it does not say. */
  readonly size: number | undefined;
  /** Tells this state of the file from another one: its ETag, or when it was changed; empty: the server does not say. */
  readonly validator: string;
}

const day = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What a store answers to an address that it has signed for a while: 400 or 403, and what is wrong in a text for programs. */
const signedRefusal = (status: number, { host }: URL, from: URL, now: number): AppError | undefined => {
  if (!isSigned(from) || ![400, 401, 403].includes(status)) return undefined;
  const until = holdsUntil(from);
  const why =
    until !== undefined && until <= now
      ? `That address has run out: it held until ${day(until)}.`
      : `${host} does not take that signed address (${status}): it has run out, or a part of it is missing.`;
  return new AppError(
    'forbidden',
    `${why} Get a new one where you got it, and send it with /add: what is here goes on.`,
  );
};

const errorOf = (answer: Answer, { host }: URL, now: number): AppError => {
  const { status } = answer;
  const waitMs = retryAfterMs((name) => answer.header(name), now);
  const options = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 429) return new AppError('rate_limited', `${host} asks to wait.`, options);
  if (status === 401 || status === 403)
    return new AppError(
      'forbidden',
      `${host} does not give that file to everybody: it answered ${status}. If its site gives out links with a key of yours in them, send such a link.`,
    );
  if (status === 404 || status === 410) return new AppError('not_found', `${host} has no such file (${status}).`);
  if (status >= 500) return new AppError('unavailable', `${host} answered ${status}.`, options);
  return new AppError('unavailable', `${host} answered ${status} when asked for that file.`);
};

/** `bytes 0-0/1234`; of an empty file a star stands for the range. */
const totalIn = (range: string | undefined): number | undefined => {
  const [, total] = /^bytes (?:\d+-\d+|\*)\/(\d{1,15})$/.exec(range ?? '') ?? [];
  return total === undefined ? undefined : Number(total);
};

const sizeIn = (answer: Answer): number | undefined => {
  if (answer.status !== 200) return totalIn(answer.header('content-range'));
  const length = answer.header('content-length');
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
};

const validatorOf = ({ header }: Answer): string => {
  const tag = header('etag');
  // Weak or strong: here it only tells whether something has changed.
  if (tag !== undefined && tag !== '') return `etag ${tag.replace(/^W\//, '')}`;
  const changed = header('last-modified');
  return changed === undefined ? '' : `changed ${changed}`;
};

const isPage = ({ header }: Answer): boolean =>
  /^\s*(?:text\/html|application\/xhtml)/i.test(header('content-type') ?? '') &&
  !/^\s*attachment/i.test(header('content-disposition') ?? '');

/**
 * Asks a server for the first byte of a file, and learns from the answer what there is to know of it.
 * @throws AppError as `follow`; validation: a page; not_found, forbidden, rate_limited, unavailable
 */
export const findFile = async (options: UrlSourceOptions, from: URL, signal: AbortSignal): Promise<FileFound> => {
  const { url, answer, passed } = await follow(options, from, { range: 'bytes=0-0' }, signal);
  answer.discard();
  const isEmpty = answer.status === 416 && totalIn(answer.header('content-range')) === 0;
  if (answer.status !== 200 && answer.status !== 206 && !isEmpty) {
    const now = options.clock.now();
    throw signedRefusal(answer.status, url, from, now) ?? errorOf(answer, url, now);
  }
  if (isPage(answer))
    throw new AppError(
      'validation',
      `That is a page, not a file. Open it, and send the link of its download button (${url.host} answered with HTML).`,
    );
  return { url, passed, header: answer.header, size: sizeIn(answer), validator: validatorOf(answer) };
};

const digest = (text: string): string => createHash('sha1').update(text).digest('hex');

/**
 * Stands for a state of a file, as a commit does for one of a repository: of its hash if that is known, else of what its server says.
 * By one of these it is the same whatever has let us in; where nobody says anything, only its address tells.
 */
export const stateOf = (address: string, sha256: string | undefined, { size, validator }: FileFound): string => {
  if (sha256 !== undefined) return digest(`${withoutKeys(address)}\nsha256 ${sha256}`);
  return digest(`${validator === '' ? address : withoutKeys(address)}\n${size ?? ''}\n${validator}`);
};

/** Whether it is the state that was called so, by what its server says; before keys were sealed, they were a part of that. */
export const isInState = (commit: string, address: string, found: FileFound): boolean =>
  commit === stateOf(address, undefined, found) ||
  commit === digest(`${address}\n${found.size ?? ''}\n${found.validator}`);
