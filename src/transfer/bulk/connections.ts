import type { LookupFunction, Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { Egress } from '../../lib/net/egress.ts';
import { openSocket } from '../http/connection.ts';
import { HEAD_MOST, type Head, readHead, writeHeaders, writeTo } from '../http/head.ts';
import { READ_AWAY } from '../http/wire.ts';

/** Who asks for something over a connection. */
export interface Asker {
  /** @returns where the body goes, at `PREFIX_BYTES` and as long as the head says; undefined: it is not wanted */
  readonly onHead: (head: Head) => Buffer | undefined;
  /** So many bytes more of a body that is wanted. */
  readonly onBytes: (bytes: number) => void;
  /** All of the answer has come, or all that is wanted of it. */
  readonly onWhole: () => void;
  /** @param isClosed a kept connection was closed at the moment of the request */
  readonly onBroken: (isClosed: boolean) => void;
}

export interface BulkConnectionsOptions {
  readonly clock: Clock;
  readonly egress: Pick<Egress, 'refusal'> & { readonly lookup: LookupFunction };
  /** A connection without a byte for so long is given up, in milliseconds; asked while it runs. */
  readonly stallTimeoutMs: () => number;
  /** Told of each request that has gone out. Must not throw. */
  readonly onSent?: (() => void) | undefined;
}

/** A question for a place, with the range that is wanted of it. */
export interface BulkQuestion {
  readonly origin: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the beginning, in bytes; 0: no range. */
  readonly bytes: number;
}

export interface BulkConnections {
  /** Asks over a kept connection, or over a new one. Never throws: `onBroken` is called, also before this returns. */
  readonly ask: (question: BulkQuestion, asker: Asker) => void;
  /** Ends the connection of a request; it is told nothing more. */
  readonly drop: (asker: Asker) => void;
  /** To be called a few times a second: ends what has stalled, and what nobody uses. @returns how many stand */
  readonly look: () => number;
  readonly close: () => void;
}

/** Before each body in its memory: room for what git hashes before it. */
export const PREFIX_BYTES = 16;
/** A read that brings more is rare: this is what the kernel has ready of a small file. All connections read into the same memory, one after the other. */
const READ_BYTES = 64 * 1024;
/** A connection without a request is kept for so long. Servers keep them for five seconds or more. */
const IDLE_MS = 4000;
/** The head of an answer has not come whole. */
const IN_HEAD = -1;

/** Where connections go. */
interface Place {
  readonly url: URL;
  readonly idle: State[];
  session: Buffer | undefined;
}

interface State {
  readonly place: Place;
  socket: Socket | undefined;
  asker: Asker | undefined;
  /** What has come of a head that is not whole. */
  held: Buffer | undefined;
  /** Where the body goes, and how far it has come there. */
  target: Buffer | undefined;
  at: number;
  /** Bytes of the body that have not come; or `IN_HEAD`. */
  left: number;
  keepAlive: boolean;
  /** It had a request before. */
  isKept: boolean;
  /** Nothing has come since the last request. */
  isSilent: boolean;
  isEnded: boolean;
  heardAt: number;
}

interface Connections {
  readonly options: BulkConnectionsOptions;
  readonly read: Buffer;
  readonly places: Map<string, Place>;
  readonly all: Set<State>;
  readonly sent: ((error?: Error | null) => void) | undefined;
}

/** @param isClosed it was closed at the moment of the request */
const end = (connections: Connections, state: State, isClosed = state.isKept && state.isSilent): void => {
  if (state.isEnded) return;
  state.isEnded = true;
  connections.all.delete(state);
  const { idle } = state.place;
  const at = state.asker ? -1 : idle.indexOf(state);
  if (at >= 0) idle.splice(at, 1);
  state.socket?.destroy();
  const { asker } = state;
  state.asker = undefined;
  asker?.onBroken(isClosed);
};

/** The answer has come: the connection is free before whoever asked hears of it, and may ask again. */
const finish = (connections: Connections, state: State): void => {
  const { asker } = state;
  state.asker = undefined;
  state.target = undefined;
  state.isKept = true;
  state.place.idle.push(state);
  if (!state.keepAlive || state.left > 0) end(connections, state);
  asker?.onWhole();
};

const takeBody = (connections: Connections, state: State, bytes: Buffer): void => {
  const { target, asker } = state;
  const length = Math.min(bytes.length, state.left);
  if (bytes.length > state.left) state.keepAlive = false;
  if (target) {
    bytes.copy(target, state.at, 0, length);
    state.at += length;
    asker?.onBytes(length);
  }
  state.left -= length;
  if (state.left === 0 || (!target && state.left > READ_AWAY)) finish(connections, state);
};

const takeHead = (connections: Connections, state: State, came: Buffer): void => {
  const bytes = state.held ? Buffer.concat([state.held, came]) : came;
  const head = readHead(bytes);
  if (head === 'more') state.held = Buffer.from(bytes);
  else if (head === 'odd') end(connections, state);
  else {
    state.held = undefined;
    state.keepAlive = head.keepAlive;
    state.left = head.length;
    state.at = PREFIX_BYTES;
    state.target = state.asker?.onHead(head);
    takeBody(connections, state, bytes.subarray(head.bodyAt));
  }
};

const take = (connections: Connections, state: State, bytes: number): boolean => {
  state.heardAt = connections.options.clock.monotonic();
  state.isSilent = false;
  // Bytes that nobody asked for: who knows what they are.
  if (!state.asker) end(connections, state);
  else {
    const came = connections.read.subarray(0, bytes);
    if (state.left === IN_HEAD) takeHead(connections, state, came);
    else takeBody(connections, state, came);
  }
  return !state.isEnded;
};

const send = (connections: Connections, state: State, request: string): void => {
  state.left = IN_HEAD;
  state.held = undefined;
  state.isSilent = true;
  state.heardAt = connections.options.clock.monotonic();
  state.socket?.write(request, 'latin1', connections.sent);
};

/** Nothing is sent to an address before it was looked at. */
const open = async (connections: Connections, state: State, request: string): Promise<void> => {
  const { options, read } = connections;
  const { place } = state;
  const { egress } = options;
  const refusal = await egress.refusal(place.url).catch(() => '');
  if (state.isEnded) return;
  if (refusal !== undefined) return end(connections, state);
  const onread = { buffer: read, callback: (bytes: number) => take(connections, state, bytes) };
  const socket = openSocket(place.url, onread, { session: place.session, lookup: egress.lookup });
  state.socket = socket;
  const over = (): void => end(connections, state);
  for (const event of ['error', 'end', 'close']) socket.on(event, over);
  socket.on('session', (session: Buffer) => (place.session = session));
  send(connections, state, request);
};

const createState = (connections: Connections, place: Place, asker: Asker): State => {
  const state: State = {
    place,
    socket: undefined,
    asker,
    held: undefined,
    target: undefined,
    at: 0,
    left: IN_HEAD,
    keepAlive: true,
    isKept: false,
    isSilent: true,
    isEnded: false,
    heardAt: connections.options.clock.monotonic(),
  };
  connections.all.add(state);
  return state;
};

const placeOf = ({ places }: Connections, origin: string): Place => {
  const known = places.get(origin);
  if (known) return known;
  const place: Place = { url: new URL(origin), idle: [], session: undefined };
  places.set(origin, place);
  return place;
};

const look = (connections: Connections, stoodStill: boolean): void => {
  const now = connections.options.clock.monotonic();
  const stallMs = connections.options.stallTimeoutMs();
  // Not those that begin meanwhile: who hears that a connection was closed asks again at once.
  const states = [...connections.all];
  // While the program stood still the other side may have hung up without a word. No idle one may be asked over now.
  if (stoodStill) for (const state of states) if (!state.asker) end(connections, state);
  for (const state of states) {
    if (stoodStill) end(connections, state);
    else if (now - state.heardAt > (state.asker ? stallMs : IDLE_MS)) end(connections, state, false);
  }
};

/**
 * Connections of their own for small files: kept, one request after the other, with nothing made for a request but its text. They read answers of
 * HTTP/1.1 with a length and nothing else, as strictly as the wire does.
 */
export const createBulkConnections = (options: BulkConnectionsOptions): BulkConnections => {
  const { onSent } = options;
  const connections: Connections = {
    options,
    read: Buffer.allocUnsafeSlow(Math.max(READ_BYTES, HEAD_MOST)),
    places: new Map(),
    all: new Set(),
    sent: onSent && ((error) => (error ? undefined : onSent())),
  };
  const lapses = createLapses(options.clock);
  const written = new WeakMap<object, string>();
  const linesOf = (headers: BulkQuestion['headers']): string | undefined => {
    const known = written.get(headers) ?? writeHeaders(headers);
    if (known !== undefined) written.set(headers, known);
    return known;
  };
  return {
    ask: ({ origin, target, headers, bytes }, asker) => {
      const place = placeOf(connections, origin);
      const lines = linesOf(headers);
      const range = bytes > 0 ? `range: bytes=0-${bytes - 1}\r\n` : '';
      const request = lines === undefined ? undefined : writeTo(place.url.host, target, `${lines}${range}`);
      if (request === undefined) return asker.onBroken(false);
      const kept = place.idle.pop();
      // Nobody looks after connections while there are none: that is no standstill.
      if (connections.all.size === 0) lapses();
      if (!kept) return void open(connections, createState(connections, place, asker), request);
      kept.asker = asker;
      send(connections, kept, request);
    },
    drop: (asker) => {
      for (const state of connections.all) {
        if (state.asker !== asker) continue;
        // It is not told of its own wish.
        state.place.idle.push(state);
        state.asker = undefined;
        return end(connections, state);
      }
    },
    look: () => {
      look(connections, lapses()?.stoodStill === true);
      return connections.all.size;
    },
    close: () => {
      for (const state of connections.all) end(connections, state);
    },
  };
};
