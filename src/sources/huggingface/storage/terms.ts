/* sources/huggingface/storage: which chunks the Hub's storage keeps a file as. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Term } from '../../../domain/chunks/term.ts';
import { AppError } from '../../../domain/errors.ts';
import { networkFailure } from '../../../domain/failures/network-failure.ts';
import { backoffMs } from '../../../lib/backoff.ts';
import { startWait } from '../../../lib/clock.ts';
import { retryAfterMs } from '../../../lib/net/rate-headers.ts';
import type { ChunkedFile, Fetch } from '../../port.ts';
import { strangeAnswer } from '../errors.ts';
import { createPasses, type PassesDeps } from './passes.ts';
import { termsIn } from './read-terms.ts';
import { createJsonBounds } from '../json-bounds.ts';

/** A file of 20 GB has some 300 terms where nobody has changed it, and 0.4 MB of answer. */
const ANSWER_MOST_BYTES = 8 * 2 ** 20;
/** For one question with its whole answer. */
const ANSWER_MS = 30_000;
/** So often a question is asked that fails for what may pass. */
const TRIES = 3;
const PAUSES = { firstMs: 500, mostMs: 4000 } as const;
/** A longer wait that the storage asks for is waited by nobody: the bytes can be had another way. */
const WAIT_MOST_MS = 30_000;
/** A storage that does not answer, behind somebody's firewall, is not asked for a while. */
const REST_MS = 10 * 60_000;

/** The storage has refused for a reason that may pass. */
class Busy extends AppError {}

/** What lets in is good no more. */
class Expired extends AppError {}

const readAll = async (body: AsyncIterable<Uint8Array>, host: string): Promise<string> => {
  const pieces: Buffer[] = [];
  const isBounded = createJsonBounds();
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > ANSWER_MOST_BYTES || !isBounded(piece))
      throw new AppError('integrity', `${host} sent a longer list of chunks than any file has.`);
    // It is lent.
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).toString('utf8');
};

const parse = (text: string, { size }: ChunkedFile, host: string): readonly Term[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw strangeAnswer(host, 'no JSON', error);
  }
  const terms = termsIn(value, size);
  if (!terms) throw strangeAnswer(host, 'other chunks than the file has');
  return terms;
};

const refusal = (status: number, host: string, waitMs: number | undefined): AppError => {
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 429) return new Busy('rate_limited', `${host} has had enough questions from here.`, wait);
  if (status === 401) return new Expired('unavailable', `${host} does not accept what the Hub lets in with.`);
  const sentence = `${host} tells of no chunks of it (status ${status}).`;
  // 501: it is of another version.
  return status >= 500 && status !== 501
    ? new Busy('unavailable', sentence, wait)
    : new AppError('unavailable', sentence);
};

export interface TermsDeps extends PassesDeps {
  /** How to wait; rejects if the signal is aborted. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Asks the Hub's storage by chunks what a file is put together from (huggingface.co/docs/xet/api, `/v2/reconstructions`). The pass for it goes
 * to the storage that the Hub has named, and nowhere else; what the answer says of where chunks can be fetched is passed over.
 */
export const createTerms = (deps: TermsDeps) => {
  const { http, clock, pause = (ms, signal) => sleep(ms, undefined, { signal }) } = deps;
  const passes = createPasses(deps);
  let restMs = (): number => 0;

  const askOnce = async (file: ChunkedFile, signal: AbortSignal, fetch: Fetch): Promise<readonly Term[]> => {
    const [{ accessToken, storage }, xetHash] = await Promise.all([passes.of(file, signal), file.xetHash]);
    const url = new URL(storage);
    url.pathname = `${storage.pathname.replace(/\/+$/, '')}/v2/reconstructions/${xetHash}`;
    const headers = {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': http.userAgent,
    };
    const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    try {
      const answer = await fetch(url, headers, limited);
      try {
        const waitMs = retryAfterMs(answer.header, clock.now());
        if (answer.status !== 200) throw refusal(answer.status, url.host, waitMs);
        return parse(await readAll(answer.body, url.host), file, url.host);
      } finally {
        answer.discard();
      }
    } catch (error) {
      signal.throwIfAborted();
      const failure = networkFailure(error, url.host);
      if (failure instanceof AppError && ['unreachable', 'stalled'].includes(failure.code))
        restMs = startWait(clock, REST_MS);
      throw failure;
    }
  };

  /** How long to wait before it is asked again; undefined: it is not. */
  const waitAfter = (error: unknown, tries: number): number | undefined => {
    if (!(error instanceof Busy)) return undefined;
    const { retryAfterMs: askedMs = 0 } = error;
    if (askedMs > WAIT_MOST_MS) restMs = startWait(clock, askedMs);
    if (tries >= TRIES || askedMs > WAIT_MOST_MS) return undefined;
    return Math.max(askedMs, backoffMs(tries - 1, PAUSES));
  };

  return async (file: ChunkedFile, signal: AbortSignal, fetch: Fetch): Promise<readonly Term[]> => {
    let hasRenewed = false;
    // What it fails with is told to whoever waits for it, and while the storage is left alone nobody does.
    Promise.resolve(file.xetHash).catch(() => undefined);
    for (let tries = 1; ; tries += 1) {
      if (restMs() > 0)
        throw new AppError('unavailable', 'The storage of chunks is not asked just now: it did not want to answer.');
      try {
        return await askOnce(file, signal, fetch);
      } catch (error) {
        // With another one it is asked at once, and only once.
        const isRenewed: boolean = error instanceof Expired && !hasRenewed;
        if (isRenewed) passes.forget(file);
        hasRenewed ||= isRenewed;
        const waitMs = isRenewed ? 0 : waitAfter(error, tries);
        if (waitMs === undefined) throw error;
        await pause(waitMs, signal);
      }
    }
  };
};
