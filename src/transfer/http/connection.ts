import { connect as connectPlain, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Buffers } from './buffers.ts';
import type { Clock } from '../../lib/clock.ts';
import { HEAD_MOST, type Head, readHead } from './head.ts';
import { createSocketBody, type SocketBody } from './body.ts';
import { type Answer, READ_AWAY } from './wire.ts';

/** The answer is none of those that the fast path reads. */
export class OddAnswer extends Error {}

export interface LineOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly buffers: Buffers;
  readonly pieceBytes: () => number;
  readonly stallMs: number;
  /** Finds the addresses of names. */
  readonly lookup?: LookupFunction | undefined;
  /** A TLS session of an earlier connection to the same place. */
  readonly session?: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  /** An answer has ended well: the connection may be used again. */
  readonly onIdle: (line: Line) => void;
  readonly onEnd: (line: Line) => void;
}

/** One connection: a request, its answer, the next request. */
export interface Line {
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

interface Core {
  readonly options: LineOptions;
  readonly socket: Socket;
  /** Heads are read here, and bodies while there is no other room. */
  readonly own: Buffer;
  held: number;
  head: PromiseWithResolvers<{ readonly head: Head; readonly body: SocketBody }> | undefined;
  body: SocketBody | undefined;
  /** Where the next bytes will be: in the body's own memory, or here. */
  inBody: boolean;
  keepAlive: boolean;
  isPaused: boolean;
  isSilent: boolean;
  isEnded: boolean;
  heardAt: number;
  /** No longer listens to the signal of the request. */
  release: () => void;
  readonly line: Line;
}

const end = (core: Core, error: unknown): void => {
  if (core.isEnded) return;
  core.isEnded = true;
  core.release();
  core.head?.reject(error);
  core.body?.fail(error);
  core.socket.destroy();
  core.options.onEnd(core.line);
};

/** All bytes of the answer have come. */
const finish = (core: Core): void => {
  core.release();
  core.body = undefined;
  core.held = 0;
  if (core.isEnded) return;
  if (core.keepAlive) core.options.onIdle(core.line);
  else end(core, errorWith('ECONNRESET', 'ended'));
};

/** The body has room again, or has taken what was left over. */
const onRoom = (core: Core): void => {
  const { body } = core;
  if (core.isEnded || !body) return;
  if (body.left() === 0) finish(core);
  else if (body.room() === undefined) return;
  if (!core.isPaused) return;
  core.isPaused = false;
  core.heardAt = core.options.clock.monotonic();
  core.socket.resume();
};

const takeHead = (core: Core, bytes: number): void => {
  core.held += bytes;
  const held = core.own.subarray(0, core.held);
  const reading = readHead(held);
  if (reading === 'more') return;
  if (reading === 'odd') {
    end(core, new OddAnswer('an answer that is not plain'));
    return;
  }
  const { length, bodyAt, keepAlive } = reading;
  core.keepAlive = keepAlive && held.length - bodyAt <= length;
  const { buffers, pieceBytes } = core.options;
  const body = createSocketBody({ length, buffers, pieceBytes, onRoom: () => onRoom(core) });
  core.body = body;
  body.append(held.subarray(bodyAt, bodyAt + length));
  core.head?.resolve({ head: reading, body });
  core.head = undefined;
  if (body.left() === 0) finish(core);
};

/** @returns false to pause */
const onBytes = (core: Core, bytes: number): boolean => {
  core.heardAt = core.options.clock.monotonic();
  core.isSilent = false;
  const { body } = core;
  if (core.isEnded) return false;
  if (core.head) takeHead(core, bytes);
  else if (!body || bytes > body.left()) {
    // More than was announced: what came until then is right, but who knows what this is.
    if (body) body.append(core.own.subarray(0, body.left()));
    core.keepAlive = false;
    finish(core);
    end(core, errorWith('ECONNRESET', 'bytes that nobody asked for'));
  } else if (core.inBody) body.filled(bytes);
  else body.append(core.own.subarray(0, bytes));
  if (core.body?.left() === 0) finish(core);
  const isFull = core.body !== undefined && core.body.room() === undefined;
  // TLS hands over what it has decrypted also after it was told to pause: by now there may be room again.
  if (core.isPaused && !isFull) core.socket.resume();
  core.isPaused = isFull;
  return !isFull;
};

/** Where the next bytes go. */
const nextRoom = (core: Core): Buffer => {
  const room = core.head || core.isPaused ? undefined : core.body?.room();
  core.inBody = room !== undefined;
  return room ?? core.own.subarray(core.head ? core.held : 0);
};

const discard = (core: Core, body: SocketBody): void => {
  if (core.body !== body) return body.drop();
  if (body.left() > READ_AWAY) {
    end(core, errorWith('ECONNRESET', 'not wanted'));
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

const answerOf = (core: Core, { status, headers }: Head, body: SocketBody): Answer => ({
  status,
  header: (name) => headers.get(name),
  body: { [Symbol.asyncIterator]: body.pieces },
  discard: () => discard(core, body),
});

const ask = async (core: Core, request: string, signal: AbortSignal): Promise<Answer> => {
  signal.throwIfAborted();
  const head = Promise.withResolvers<{ readonly head: Head; readonly body: SocketBody }>();
  core.head = head;
  core.held = 0;
  core.isSilent = true;
  core.heardAt = core.options.clock.monotonic();
  const abort = (): void => end(core, signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  core.release = () => signal.removeEventListener('abort', abort);
  core.socket.write(request, 'latin1');
  const answer = await head.promise;
  return answerOf(core, answer.head, answer.body);
};

/** `buffer` and `callback` as Node takes them for reading without a copy (net.Socket, option `onread`). */
const readingInto = (core: () => Core): OnReadOpts => ({
  buffer: () => nextRoom(core()),
  callback: (bytes) => onBytes(core(), bytes),
});

const open = (url: URL, onread: OnReadOpts, { session, lookup }: LineOptions): Socket => {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isTls ? 443 : 80);
  const common = { host, port, onread, noDelay: true, ...(lookup ? { lookup } : {}) };
  if (!isTls) return connectPlain(common);
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...common, ...name, ...(session ? { session } : {}), ALPNProtocols: ['http/1.1'] });
};

/** Opens a connection. The first request may be sent at once: it waits until it stands. */
export const openLine = (url: URL, options: LineOptions): Line => {
  const own = Buffer.allocUnsafeSlow(HEAD_MOST);
  const known: { core?: Core } = {};
  const coreOf = (): Core => {
    if (!known.core) throw new Error('bytes before there is a connection');
    return known.core;
  };
  // Node asks for the first buffer while it makes the socket.
  const onread = readingInto(coreOf);
  const socket = open(url, { ...onread, buffer: () => (known.core ? nextRoom(known.core) : own) }, options);
  const line: Line = {
    ask: (request, signal) => ask(coreOf(), request, signal),
    isSilent: () => coreOf().isSilent,
    look: (now) => {
      const core = coreOf();
      if (!core.head && !core.body) return;
      const isStalled = !core.isPaused && now - core.heardAt > options.stallMs;
      if (isStalled) end(core, errorWith('ETIMEDOUT', 'nothing came for too long'));
    },
    doubt: (now) => {
      const core = coreOf();
      core.heardAt = now - Math.max(0, core.options.stallMs - DOUBT_MS);
    },
    end: () => end(coreOf(), errorWith('ECONNRESET', 'closed')),
  };
  const core: Core = {
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
    line,
  };
  known.core = core;
  socket.on('session', options.onSession);
  socket.on('error', (error) => end(core, error));
  for (const event of ['end', 'close'])
    socket.on(event, () => end(core, errorWith('ECONNRESET', 'the other side ended')));
  return line;
};
