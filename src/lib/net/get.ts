import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { request as requestPlain } from './node-http.ts';
import type { Header } from './rate-headers.ts';

/** An answer to a GET. Its body is read or discarded, never left. */
export interface Got {
  readonly status: number;
  readonly header: Header;
  /** As it is meant: what was compressed for the way is so no more. Leaving it in the middle ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => void;
}

/** What is not wanted is read away if it is no longer than this, in bytes: the connection can be used again. */
const READ_AWAY = 64 * 1024;
const ENCODINGS = 'gzip, deflate, br';

const requestTo = (url: URL): typeof requestPlain =>
  url.protocol === 'https:' ? process.getBuiltinModule('node:https').request : requestPlain;

/** @throws Error for an encoding that nobody asked for */
const decoded = (answer: IncomingMessage): Readable => {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === '') return answer;
  const { createGunzip, createInflate, createBrotliDecompress } = process.getBuiltinModule('node:zlib');
  const decoders = new Map([
    ['gzip', createGunzip],
    ['x-gzip', createGunzip],
    ['deflate', createInflate],
    ['br', createBrotliDecompress],
  ]);
  const decoder = decoders.get(encoding.toLowerCase());
  if (!decoder) throw new Error('an answer is compressed in a way that was not asked for');
  // What breaks the answer breaks what is read of it.
  return pipeline(answer, decoder(), () => undefined);
};

/** Whoever has given up hears why, and not that the connection ended by that. */
const because = (error: unknown, signal: AbortSignal): unknown => (signal.aborted ? signal.reason : error);

async function* read(answer: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of decoded(answer)) yield chunk as Uint8Array;
  } catch (error) {
    throw because(error, signal);
  } finally {
    if (!answer.readableEnded) answer.destroy();
  }
}

const discard = (answer: IncomingMessage): void => {
  if (Number(answer.headers['content-length'] ?? Infinity) <= READ_AWAY) answer.resume();
  else answer.destroy();
};

const gotOf = (answer: IncomingMessage, signal: AbortSignal): Got => {
  // It may break while nobody reads it.
  answer.on('error', () => undefined);
  return {
    status: answer.statusCode ?? 0,
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: { [Symbol.asyncIterator]: () => read(answer, signal) },
    discard: () => discard(answer),
  };
};

const getOnce = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onAsked: (asked: ClientRequest) => void,
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const options = { headers: { 'accept-encoding': ENCODINGS, ...headers }, signal };
    const asked = requestTo(url)(url, options, (answer) => resolve(gotOf(answer, signal)));
    onAsked(asked);
    asked.on('error', reject).end();
  });

/**
 * A GET, with no redirect followed. `fetch` does the same; the undici that it loads takes a tenth of what it costs to have two thousand files listed
 * and fetched, most of it for a parser in WebAssembly that is made fast beside. Proxies of `useProxies` are gone through.
 * @throws errors with a code, as Node has them; the signal's reason
 */
export const get = async (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Got> => {
  for (;;) {
    signal.throwIfAborted();
    let asked: ClientRequest | undefined;
    try {
      return await getOnce(url, headers, signal, (one) => (asked = one));
    } catch (error) {
      // A kept connection may be closed at the moment of the request, and Node keeps one too that was still to be made when whoever
      // wanted it gave up: that it fails is not the fault of this request. Each that fails is kept no more.
      if (signal.aborted || asked?.reusedSocket !== true) throw because(error, signal);
    }
  }
};
