import { AppError } from '../../domain/errors.ts';
import { networkFailure } from '../../domain/failures/network-failure.ts';
import { isRedirect, redirectRefusal } from '../../lib/net/egress.ts';
import type { WallClock } from '../../lib/clock.ts';
import type { Fetch } from '../port.ts';

export interface UrlSourceOptions {
  /** Looks at every place before anything is sent there. */
  readonly fetch: Fetch;
  /** Opens what is sealed of an address. @throws AppError forbidden */
  readonly openAddress: (address: string) => string;
  readonly userAgent: string;
  readonly clock: WallClock;
  /** Whether a host was allowed by name or address: plain http is for those only. */
  readonly isAllowed: (url: URL) => boolean;
  /** Keeps what the file of a torrent says, and gives its magnet link. @throws AppError validation: it is none */
  readonly torrents?: { readonly bytesMost: number; readonly keep: (bytes: Buffer) => Promise<string> } | undefined;
  /** Ends the wait for an answer, however many servers send on to the next; 30 s after it is called if not given. */
  readonly patience?: (() => AbortSignal) | undefined;
}

export type Answer = Awaited<ReturnType<Fetch>>;

/** An answer that is no redirect, with where it came from. */
export interface Followed {
  readonly url: URL;
  readonly answer: Answer;
  /** Headers of the redirects on the way, the first one first. */
  readonly passed: readonly Answer['header'][];
}

const PATIENCE_MS = 30_000;

/** While so long is waited for what a server says, nobody else gets that place: it is not begun anew with each redirect, or each list. */
export const patienceOf = (
  { patience = () => AbortSignal.timeout(PATIENCE_MS) }: UrlSourceOptions,
  signal: AbortSignal,
): AbortSignal => AbortSignal.any([signal, patience()]);

/** Download links lead over a counter, a mirror and a store; a few to spare. */
const HOPS_MOST = 8;

/** Why nothing is asked there, as far as the address tells. */
const schemeRefusal = (url: URL, { isAllowed }: UrlSourceOptions): string | undefined =>
  url.protocol === 'http:' && !isAllowed(url)
    ? `${url.host} would send it over plain http, where anybody on the way can change it. Use its https address, or have the owner allow the host by HUBGRAM_ALLOWED_HOSTS.`
    : undefined;

const ask = async (
  options: UrlSourceOptions,
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, ends }: { readonly signal: AbortSignal; readonly ends: AbortSignal },
): Promise<Answer> => {
  const refusal = schemeRefusal(url, options);
  if (refusal !== undefined) throw new AppError('validation', refusal);
  try {
    return await options.fetch(
      url,
      { ...headers, 'user-agent': options.userAgent, accept: '*/*', 'accept-encoding': 'identity' },
      ends,
    );
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(error, url.host);
  }
};

/**
 * Asks, and follows where the answer leads, one place after the other: each is looked at before it is asked.
 * @throws AppError validation: plain http; integrity: it leads to a place where nothing is sent; unavailable: it leads in a
 * circle; unreachable, stalled; the signal's reason
 */
export const follow = async (
  options: UrlSourceOptions,
  from: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Followed> => {
  const passed: Answer['header'][] = [];
  const ends = patienceOf(options, signal);
  for (let url = from, hops = 0; hops <= HOPS_MOST; hops += 1) {
    const answer = await ask(options, url, headers, { signal, ends });
    const location = answer.header('location');
    if (!isRedirect(answer.status) || location === undefined) return { url, answer, passed };
    answer.discard();
    passed.push(answer.header);
    const next = URL.parse(location, url.href);
    if (!next) throw new AppError('unavailable', `${url.host} sends on to something that is no web address.`);
    const refusal = redirectRefusal(url, next);
    if (refusal !== undefined) throw new AppError('integrity', `${url.host} sent us on. ${refusal}`);
    if (next.username !== '' || next.password !== '')
      throw new AppError(
        'integrity',
        `${url.host} sent us on to an address with a password in it. That was not followed.`,
      );
    next.hash = '';
    url = next;
  }
  throw new AppError('unavailable', `${from.host} sends on and on, and never to the file.`);
};

/**
 * The body of an answer, which must not be long.
 * @param isWanted asked when the first bytes are there
 * @returns undefined: it has more bytes, or is not wanted
 * @throws AppError as `follow`: it broke off
 */
export const readBody = async (
  { url, answer }: Followed,
  most: number,
  isWanted: (first: Uint8Array) => boolean = () => true,
): Promise<Buffer | undefined> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer.body) {
      bytes += piece.length;
      if (bytes > most || (pieces.length === 0 && !isWanted(piece))) return undefined;
      pieces.push(Buffer.from(piece));
    }
    return Buffer.concat(pieces);
  } catch (error) {
    throw networkFailure(error, url.host);
  } finally {
    answer.discard();
  }
};
