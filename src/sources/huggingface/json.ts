import { AppError } from '../../domain/errors.ts';
import { answerError, strangeAnswer } from './errors.ts';
import { type Call, type Http } from './http.ts';
import { createJsonBounds } from './json-bounds.ts';
import { isRedirect } from '../../lib/net/egress.ts';
import type { Got } from '../../lib/net/get.ts';

const MAX_REDIRECTS = 5;
/** A page of a tree listing is about 0.4 MB, a card with many evaluation results a few MB. */
const MAX_BODY_BYTES = 16 * 2 ** 20;
/** 1000 entries a page: a million files. Also the end of a listing that leads in circles. */
const MAX_PAGES = 1000;
const HUB_ORIGIN = 'https://huggingface.co';

/**
 * The next page as an absolute URL: `@huggingface/hub` takes a relative one for the end of the list. Mirrors pass on
 * the Hub's own links; those are turned to the mirror, as huggingface_hub does.
 */
const nextPage = (link: string, url: URL, http: Http): string | undefined => {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(link)?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, url.href);
  if (!next) throw strangeAnswer(http.host, 'no address of the next page');
  return next.origin === HUB_ORIGIN ? `${http.endpoint}${next.pathname}${next.search}` : next.href;
};

const readBody = async ({ body }: Got, host: string, bytesMost: number): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const isBounded = createJsonBounds();
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMost) throw new AppError('integrity', `${host} sent an answer without end. It was given up.`);
    if (!isBounded(chunk))
      throw new AppError('integrity', `${host} sent an answer of too many parts. It was given up.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** @returns what it says */
const readShape = (text: string, shape: 'object' | 'array', host: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw strangeAnswer(host, 'no JSON', error);
  }
  const isShape = shape === 'array' ? Array.isArray(value) : typeof value === 'object' && value !== null;
  if (!isShape) throw strangeAnswer(host, `no JSON ${shape}`);
  return value;
};

/**
 * An answer that has been read, as far as `@huggingface/hub` looks at one: what may be a list of a thousand files is not written down again, to be read a
 * second time. (A `Response` of Node's would load undici.)
 */
const answerWith = (value: unknown, next: string | undefined): Response => {
  const link = next === undefined ? null : `<${next}>; rel="next"`;
  const headers = { get: (name: string): string | null => (name.toLowerCase() === 'link' ? link : null) };
  return { ok: true, status: 200, headers, json: () => Promise.resolve(value) } as Response;
};

/** Asks and goes along with redirects inside the Hub (a renamed repository), the token on every hop. */
export const follow = async (
  http: Http,
  start: URL,
  call: Call,
  accept: string,
): Promise<{ response: Got; url: URL }> => {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await http.request(url, call, { accept });
    const location = response.header('location');
    if (!isRedirect(response.status) || location === undefined) return { response, url };
    response.discard();
    const next = URL.parse(location, url.href);
    if (!next) throw strangeAnswer(http.host, 'a redirect to nowhere');
    url = next;
  }
  throw strangeAnswer(http.host, 'redirects without end');
};

/** @throws AppError as `answerError` says, for all but 200 */
export const checkStatus = (http: Http, { status, header, discard }: Got, { subject }: Call): void => {
  if (status === 200) return;
  discard();
  if (status < 400) throw strangeAnswer(http.host, `status ${status}`);
  throw answerError({ status, header }, subject, http.circumstances(subject));
};

/**
 * A `fetch` for `@huggingface/hub`, which itself knows no signal, no timeout and no bounds, wants tokens to begin with
 * `hf_`, and drops the headers of error answers, by which alone a gated repository differs from a missing one.
 * @returns only answers with status 200 and JSON of this shape come back; anything else is thrown as AppError
 */
export const createJsonFetch = (
  http: Http,
  call: Call,
  shape: 'object' | 'array',
  bytesMost = MAX_BODY_BYTES,
): typeof fetch => {
  let pages = 0;
  return async (input) => {
    if (++pages > MAX_PAGES) {
      throw new AppError('integrity', `${http.host} sent a list of files without end. It was given up.`);
    }
    const { response, url } = await follow(
      http,
      new URL(typeof input === 'string' || input instanceof URL ? input : input.url),
      call,
      'application/json',
    );
    checkStatus(http, response, call);
    const text = await readBody(response, http.host, bytesMost).catch((error: unknown) => {
      throw http.failure(error, call.signal);
    });
    const value = readShape(text, shape, http.host);
    const next = nextPage(response.header('link') ?? '', url, http);
    return answerWith(value, next);
  };
};
