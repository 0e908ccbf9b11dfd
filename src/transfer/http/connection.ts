/* transfer/http: one connection and its answers, read strictly. */

import { connect as connectPlain, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Buffers } from './buffers.ts';
import type { Clock } from '../../lib/clock.ts';
import { HEAD_MOST, type Head, readHead } from './head.ts';
import { createBody, type Body } from './body.ts';
import { type Answer, READ_AWAY } from './wire.ts';

/** The answer is none of those that the fast path reads. */
export class OddAnswer extends Error {}

export interface ConnectionOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly buffers: Buffers;
  readonly pieceBytes: () => number;
  readonly stallMs: () => number;
  /** Finds the addresses of names. */
  readonly lookup?: LookupFunction | undefined;
  /** Told of each request that has gone out. */
  readonly onSent?: (() => void) | undefined;
  /** A TLS session of an earlier connection to the same place. */
  readonly session?: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  /** An answer has ended well: the connection may be used again. */
  readonly onIdle: (connection: Connection) => void;
  readonly onEnd: (connection: Connection) => void;
}

/** One connection: a request, its answer, the next request. */
export interface Connection {
  /** Sends a request. @throws OddAnswer; what the socket throws; the signal's reason */
  readonly ask: (request: string, signal: AbortSignal) => Promise<Answer>;
  /** Nothing has come since the last request. */
  readonly isSilent: () => boolean;
  /** To be called a few times a second: ends what has stalled. */
  readonly look: (now: number) => void;
  /**
   * The program stood still: what has come meanwhile has not been read yet, and the other side may have hung up without
   * a word that reached us. It has to bring something soon.
   */
  readonly doubt: (now: number) => void;
  readonly end: () => void;
}

/** Until a connection that may be dead has to have brought something. */
const DOUBT_MS = 4000;

const errorWith = (code: string, message: string): Error => Object.assign(new Error(message), { code });

interface ConnectionState {
  readonly options: ConnectionOptions;
  readonly socket: Socket;
  /** Heads are read here, and bodies while no other memory is free. */
  readonly own: Buffer;
  held: number;
  head: PromiseWithResolvers<{ readonly head: Head; readonly body: Body }> | undefined;
  body: Body | undefined;
  /** Where the next bytes will be: in the body's own memory, or here. */
  inBody: boolean;
  keepAlive: boolean;
  isPaused: boolean;
  isSilent: boolean;
  isEnded: boolean;
  heardAt: number;
  /** No longer listens to the signal of the request. */
  release: () => void;
  readonly connection: Connection;
}

const end = (state: ConnectionState, error: unknown): void => {
  if (state.isEnded) return;
  state.isEnded = true;
  state.release();
  state.head?.reject(error);
  state.body?.fail(error);
  state.socket.destroy();
  state.options.onEnd(state.connection);
};

/** All bytes of the answer have come. */
const finish = (state: ConnectionState): void => {
  state.release();
  state.body = undefined;
  state.held = 0;
  if (state.isEnded) return;
  if (state.keepAlive) state.options.onIdle(state.connection);
  else end(state, errorWith('ECONNRESET', 'ended'));
};

/** The body has free memory again, or has taken what was left over. */
const onFree = (state: ConnectionState): void => {
  const { body } = state;
  if (state.isEnded || !body) return;
  if (body.left() === 0) finish(state);
  else if (body.target() === undefined) return;
  if (!state.isPaused) return;
  state.isPaused = false;
  state.heardAt = state.options.clock.monotonic();
  state.socket.resume();
};

const takeHead = (state: ConnectionState, bytes: number): void => {
  state.held += bytes;
  const held = state.own.subarray(0, state.held);
  const reading = readHead(held);
  if (reading === 'more') return;
  if (reading === 'odd') {
    end(state, new OddAnswer('an answer that is not plain'));
    return;
  }
  const { length, bodyAt, keepAlive } = reading;
  state.keepAlive = keepAlive && held.length - bodyAt <= length;
  const { buffers, pieceBytes } = state.options;
  const body = createBody({ length, buffers, pieceBytes, onFree: () => onFree(state) });
  state.body = body;
  body.append(held.subarray(bodyAt, bodyAt + length));
  state.head?.resolve({ head: reading, body });
  state.head = undefined;
  if (body.left() === 0) finish(state);
};

/** @returns false to pause */
const onBytes = (state: ConnectionState, bytes: number): boolean => {
  state.heardAt = state.options.clock.monotonic();
  state.isSilent = false;
  const { body } = state;
  if (state.isEnded) return false;
  if (state.head) takeHead(state, bytes);
  else if (!body || bytes > body.left()) {
    // More than was announced: what came until then is right, but who knows what this is.
    if (body) body.append(state.own.subarray(0, body.left()));
    state.keepAlive = false;
    finish(state);
    end(state, errorWith('ECONNRESET', 'bytes that nobody asked for'));
  } else if (state.inBody) body.filled(bytes);
  else body.append(state.own.subarray(0, bytes));
  if (state.body?.left() === 0) finish(state);
  const isFull = state.body !== undefined && state.body.target() === undefined;
  // TLS hands over what it has decrypted also after it was told to pause: by now some may be free again.
  if (state.isPaused && !isFull) state.socket.resume();
  state.isPaused = isFull;
  return !isFull;
};

/** Where the next bytes go. */
const nextTarget = (state: ConnectionState): Buffer => {
  const target = state.head || state.isPaused ? undefined : state.body?.target();
  state.inBody = target !== undefined;
  return target ?? state.own.subarray(state.head ? state.held : 0);
};

const discard = (state: ConnectionState, body: Body): void => {
  if (state.body !== body) return body.drop();
  if (body.left() > READ_AWAY) {
    end(state, errorWith('ECONNRESET', 'not wanted'));
    return body.drop();
  }
  void (async () => {
    try {
      for await (const _ of body.pieces());
    } catch {
      // It broke before its end: it is not used again anyway.
    }
    body.drop();
  })();
};

const answerOf = (state: ConnectionState, { status, headers }: Head, body: Body): Answer => ({
  status,
  header: (name) => headers.get(name),
  body: { [Symbol.asyncIterator]: body.pieces },
  discard: () => discard(state, body),
});

/** Node calls it also where the request could not be sent, which `head` tells then. */
const sent = ({ onSent }: ConnectionOptions): ((error?: Error | null) => void) | undefined =>
  onSent && ((error) => (error ? undefined : onSent()));

const ask = async (state: ConnectionState, request: string, signal: AbortSignal): Promise<Answer> => {
  signal.throwIfAborted();
  const head = Promise.withResolvers<{ readonly head: Head; readonly body: Body }>();
  state.head = head;
  state.held = 0;
  state.isSilent = true;
  state.heardAt = state.options.clock.monotonic();
  const abort = (): void => end(state, signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  state.release = () => signal.removeEventListener('abort', abort);
  state.socket.write(request, 'latin1', sent(state.options));
  const answer = await head.promise;
  return answerOf(state, answer.head, answer.body);
};

/** `buffer` and `callback` as Node takes them for reading without a copy (net.Socket, option `onread`). */
const readingInto = (state: () => ConnectionState): OnReadOpts => ({
  buffer: () => nextTarget(state()),
  callback: (bytes) => onBytes(state(), bytes),
});

/** A socket that reads into memory which it is given. The first request may be sent at once. */
export const openSocket = (
  url: URL,
  onread: OnReadOpts,
  { session, lookup }: Pick<ConnectionOptions, 'session' | 'lookup'>,
): Socket => {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isTls ? 443 : 80);
  const common = { host, port, onread, noDelay: true, ...(lookup ? { lookup } : {}) };
  if (!isTls) return connectPlain(common);
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...common, ...name, ...(session ? { session } : {}), ALPNProtocols: ['http/1.1'] });
};

/** Opens a connection. The first request may be sent at once: it waits until it stands. */
export const openConnection = (url: URL, options: ConnectionOptions): Connection => {
  const own = Buffer.allocUnsafeSlow(HEAD_MOST);
  const known: { state?: ConnectionState } = {};
  const stateOf = (): ConnectionState => {
    if (!known.state) throw new Error('bytes before there is a connection');
    return known.state;
  };
  // Node asks for the first buffer while it makes the socket.
  const onread = readingInto(stateOf);
  const socket = openSocket(url, { ...onread, buffer: () => (known.state ? nextTarget(known.state) : own) }, options);
  const connection: Connection = {
    ask: (request, signal) => ask(stateOf(), request, signal),
    isSilent: () => stateOf().isSilent,
    look: (now) => {
      const state = stateOf();
      if (!state.head && !state.body) return;
      const isStalled = !state.isPaused && now - state.heardAt > options.stallMs();
      if (isStalled) end(state, errorWith('ETIMEDOUT', 'nothing came for too long'));
    },
    doubt: (now) => {
      const state = stateOf();
      state.heardAt = now - Math.max(0, state.options.stallMs() - DOUBT_MS);
    },
    end: () => end(stateOf(), errorWith('ECONNRESET', 'closed')),
  };
  const state: ConnectionState = {
    options,
    socket,
    own,
    held: 0,
    head: undefined,
    body: undefined,
    inBody: false,
    keepAlive: true,
    isPaused: false,
    isSilent: true,
    isEnded: false,
    heardAt: options.clock.monotonic(),
    release: () => undefined,
    connection,
  };
  known.state = state;
  socket.on('session', options.onSession);
  socket.on('error', (error) => end(state, error));
  for (const event of ['end', 'close'])
    socket.on(event, () => end(state, errorWith('ECONNRESET', 'the other side ended')));
  return connection;
};
