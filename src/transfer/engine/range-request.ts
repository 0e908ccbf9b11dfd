import { AppError } from '../../domain/errors.ts';
import type { ByteRange } from '../../domain/listing.ts';
import type { Clock } from '../../lib/clock.ts';
import { retryAfterMs } from '../../lib/net/rate-headers.ts';
import { isRedirect, redirectRefusal } from '../../lib/net/egress.ts';
import type { Blob } from './blob.ts';
import { networkFailure } from '../../domain/failures/network-failure.ts';
import type { LocatedBlob } from './locator.ts';
import type { Answer, Wire } from '../http/wire.ts';
import type { Segment } from './segments.ts';

export interface RangeRequestDeps {
  readonly wire: Wire;
  /** For what lies on servers that a person has named. */
  readonly foreignWire: Wire;
  readonly userAgent: string;
  readonly clock: Clock;
  /** Resolves when so many bytes may be taken in. */
  readonly allow: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** An answer began so long after its request, in milliseconds. */
  readonly answered: (ms: number) => void;
  /** At the speed so far the range will be there in so many milliseconds. */
  readonly soon: (ms: number) => void;
}

const REDIRECTS_MOST = 3;

const send = (deps: RangeRequestDeps, location: LocatedBlob, asked: ByteRange, signal: AbortSignal): Promise<Answer> =>
  (location.isForeign ? deps.foreignWire : deps.wire).get(
    new URL(location.url),
    {
      ...location.headers,
      'user-agent': deps.userAgent,
      'accept-encoding': 'identity',
      range: `bytes=${asked.start}-${asked.end - 1}`,
    },
    signal,
  );

/** Follows redirects by itself: the headers for one origin (the token!) are never sent to another. */
const request = async (deps: RangeRequestDeps, blob: Blob, asked: ByteRange, first: LocatedBlob): Promise<Answer> => {
  let location = first;
  for (let hops = 0; ; hops += 1) {
    const answer = await send(deps, location, asked, blob.signal);
    const target = answer.header('location');
    if (!isRedirect(answer.status) || target === undefined) return answer;
    answer.discard();
    if (hops >= REDIRECTS_MOST) throw new AppError('unavailable', 'The server redirects in a circle.');
    const url = URL.parse(target, location.url);
    if (!url) throw new AppError('unavailable', 'The server redirects to something that is no web address.');
    const refusal = redirectRefusal(new URL(location.url), url);
    if (refusal !== undefined) throw new AppError('integrity', `The server sent us on. ${refusal}`);
    const sameOrigin = url.origin === new URL(location.url).origin;
    location = { ...location, url: url.href, headers: sameOrigin ? location.headers : {} };
  }
};

const refusal = (answer: Answer, now: number): AppError => {
  const status = answer.status;
  const waitMs = retryAfterMs((name) => answer.header(name), now);
  const options = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  if (status === 429) return new AppError('rate_limited', 'The server’s limit of requests is reached.', options);
  if (status >= 500) return new AppError('unavailable', `The server answered ${status}.`, options);
  if (status === 401 || status === 403) return new AppError('unavailable', 'The download link had expired.');
  if (status === 404 || status === 410) return new AppError('changed', 'The file is not where it was said to be.');
  if (status === 416) return new AppError('changed', 'The file is shorter on the server than it was said to be.');
  return new AppError('unavailable', `The server answered ${status}.`);
};

/** Is this the range that was asked for? (The checks of undici's retry handler and RFC 9110, 14.4.) */
const checkRange = (answer: Answer, asked: ByteRange, size: number): void => {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header('content-range') ?? '');
  const [, start, end, total] = match ?? [];
  const fits =
    Number(start) === asked.start && Number(end) <= asked.end - 1 && (total === '*' || Number(total) === size);
  if (!match || !fits) throw new AppError('changed', 'The server sent another range than it was asked for.');
};

/**
 * @returns false if nothing of the body is wanted
 * @throws AppError for every answer that is not the bytes asked for
 */
const accept = (deps: RangeRequestDeps, blob: Blob, asked: ByteRange, answer: Answer): boolean => {
  const { size } = blob.wanted;
  const encoding = answer.header('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('unavailable', 'The server compressed what must come as it is.');
  }
  if (answer.status === 206) {
    checkRange(answer, asked, size);
    const tag = answer.header('etag');
    if (tag?.startsWith('"') && !blob.locator.isSameFile(tag)) {
      throw new AppError('changed', 'The file changed on the server while it was fetched.');
    }
    blob.inRanges();
    return true;
  }
  if (answer.status === 200) {
    const length = answer.header('content-length');
    if (length !== undefined && Number(length) !== size) {
      throw new AppError('changed', 'The file on the server has another size than it was said to have.');
    }
    const isWhole = asked.start === 0 && asked.end === size;
    blob.withoutRanges(isWhole);
    return isWhole;
  }
  throw refusal(answer, deps.clock.now());
};

const takeBody = async (deps: RangeRequestDeps, blob: Blob, segment: Segment, answer: Answer): Promise<void> => {
  const asked = segment.end;
  const began = performance.now();
  for await (const chunk of answer.body) {
    // More than was asked for: nothing of that is wanted.
    if (segment.position >= segment.end) return;
    blob.received(Math.min(chunk.length, Math.max(0, segment.end - segment.position)));
    // What is here is written, also when nobody waits for more: else it comes a second time.
    await deps.allow(chunk.length, blob.signal).catch((error: unknown) => {
      if (!blob.signal.aborted) throw error;
    });
    // `end` may have moved here meanwhile: another connection has the rest.
    const wanted = chunk.subarray(0, Math.max(0, segment.end - segment.position));
    segment.handedOver = segment.position + wanted.length;
    if (wanted.length > 0) await blob.write(wanted, segment.position);
    segment.position += wanted.length;
    const bytesPerMs = (segment.position - segment.start) / (performance.now() - began);
    // What is there with the next piece: only then is it asked again.
    deps.soon(Math.max(0, segment.end - segment.position - chunk.length) / bytesPerMs);
    // Left in the middle, the connection is lost. At the end of what was asked for the next range can have it.
    if (segment.position >= segment.end && segment.end < asked) return;
  }
  if (segment.position < segment.end) throw new AppError('unreachable', 'The server ended the file too early.');
};

/**
 * Fetches one range into the blob's file and moves `segment.position` as bytes are written.
 * @throws AppError with what went wrong; what was written until then stays
 */
export const fetchRange = async (deps: RangeRequestDeps, blob: Blob, segment: Segment): Promise<void> => {
  const location = await blob.locator.located();
  // Meanwhile it has turned out to lie here: there is no way to ask for no bytes, and servers refuse or send all of it.
  if (segment.end <= segment.start) return;
  try {
    // Its end may move before the answer comes.
    const asked = { start: segment.start, end: segment.end };
    const sent = performance.now();
    const answer = await request(deps, blob, asked, location);
    deps.answered(performance.now() - sent);
    try {
      if (answer.status !== 206 && answer.status !== 200) blob.locator.forget(location);
      if (accept(deps, blob, asked, answer)) await takeBody(deps, blob, segment, answer);
    } finally {
      answer.discard();
    }
  } catch (error) {
    if (blob.signal.aborted) throw error;
    throw networkFailure(error, new URL(location.url).host);
  }
};
