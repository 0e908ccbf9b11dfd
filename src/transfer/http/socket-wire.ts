import type { Clock } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { LookupFunction } from 'node:net';
import { createBuffers } from './buffers.ts';
import { writeRequest } from './head.ts';
import { type Connection, OddAnswer, openConnection } from './connection.ts';
import type { Answer, Wire } from './wire.ts';

export interface SocketOptions {
  readonly clock: Clock;
  /** A connection without a byte for so long is given up; asked while it runs. */
  readonly timeoutMs: () => number;
  /** The most that is handed over in one piece; asked while it runs. */
  readonly pieceBytes: () => number;
  /** Finds the addresses of names; the system if not given. */
  readonly lookup?: LookupFunction | undefined;
  /** Told of each request that has gone out. Must not throw. */
  readonly onSent?: (() => void) | undefined;
  /** Takes over what is not plain. */
  readonly fallback: Wire;
}

/** 256 KiB each: what all connections together may hold in memory. */
const BUFFERS_MOST = 160;
/** An odd answer costs a second request: it counts as much as so many plain ones. */
const ODD_COST = 4;
/** A place whose odd answers outweigh the plain ones by so many is left to the fallback. */
const ODD_MOST = 3 * ODD_COST;
/** After this time a place that was left to the fallback is tried again: it may have been a bad hour. */
const ODD_REST_MS = 600_000;
/** How often stalled and idle connections are looked for. */
const LOOK_MS = 200;
/** So many connections without a request are kept for the next one. */
const IDLE_MOST = 128;
/** A connection without a request is kept for so long. Servers keep them for five seconds or more. */
const IDLE_MS = 4000;

interface WireState {
  readonly options: SocketOptions;
  readonly buffers: ReturnType<typeof createBuffers>;
  /** All that stand, by origin. */
  readonly connections: Map<Connection, string>;
  /** Those without a request and since when, the one used last at the end. */
  readonly idle: Map<Connection, number>;
  readonly sessions: Map<string, Buffer>;
  /** Places that answered oddly, by how much that outweighs, and since when. */
  readonly odd: Map<string, { readonly weight: number; readonly at: number }>;
  isClosed: boolean;
}

const open = (state: WireState, url: URL): Connection => {
  const { options, buffers, connections, idle, sessions } = state;
  const connection = openConnection(url, {
    clock: options.clock,
    buffers,
    pieceBytes: options.pieceBytes,
    stallMs: options.timeoutMs,
    lookup: options.lookup,
    onSent: options.onSent,
    session: sessions.get(url.origin),
    onSession: (session) => sessions.set(url.origin, session),
    onIdle: (one) => {
      idle.set(one, options.clock.monotonic());
      const [oldest] = idle.keys();
      if (oldest && (idle.size > IDLE_MOST || state.isClosed)) oldest.end();
    },
    onEnd: (one) => {
      connections.delete(one);
      idle.delete(one);
    },
  });
  connections.set(connection, url.origin);
  return connection;
};

const isOdd = ({ odd, options }: WireState, origin: string): boolean => {
  const known = odd.get(origin);
  return known !== undefined && known.weight >= ODD_MOST && options.clock.monotonic() - known.at < ODD_REST_MS;
};

/** @param change more for an odd answer, less for a plain one */
const weigh = ({ odd, options }: WireState, origin: string, change: number): void => {
  const weight = Math.min(ODD_MOST, (odd.get(origin)?.weight ?? 0) + change);
  if (weight > 0) odd.set(origin, { weight, at: options.clock.monotonic() });
  else odd.delete(origin);
};

const takeIdle = ({ idle, connections }: WireState, origin: string): Connection | undefined => {
  const connection = [...idle.keys()].findLast((one) => connections.get(one) === origin);
  if (connection) idle.delete(connection);
  return connection;
};

const ask = async (state: WireState, url: URL, request: string, signal: AbortSignal): Promise<Answer> => {
  for (;;) {
    const kept = takeIdle(state, url.origin);
    const connection = kept ?? open(state, url);
    try {
      return await connection.ask(request, signal);
    } catch (error) {
      connection.end();
      signal.throwIfAborted();
      // The server may close a kept connection at the moment a request is sent on it. That is nobody's fault.
      const isFault =
        !kept || !connection.isSilent() || (error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT');
      if (isFault || state.isClosed) throw error;
    }
  }
};

/** Sockets read into memory that is used again and again: for plain answers, several times as fast as any HTTP client. */
export const createSocketWire = (options: SocketOptions): Wire => {
  const state: WireState = {
    options,
    buffers: createBuffers(BUFFERS_MOST),
    connections: new Map(),
    idle: new Map(),
    sessions: new Map(),
    odd: new Map(),
    isClosed: false,
  };
  const lapses = createLapses(options.clock);
  const looking = setInterval(() => {
    const now = options.clock.monotonic();
    const stoodStill = lapses()?.stoodStill === true;
    for (const [connection, since] of state.idle) if (stoodStill || now - since > IDLE_MS) connection.end();
    for (const connection of state.connections.keys()) {
      if (stoodStill) connection.doubt(now);
      else connection.look(now);
    }
  }, LOOK_MS).unref();
  return {
    get: async (url, headers, signal) => {
      const { origin } = url;
      const request = isOdd(state, origin) ? undefined : writeRequest(url, headers);
      if (request === undefined) return options.fallback.get(url, headers, signal);
      try {
        const answer = await ask(state, url, request, signal);
        weigh(state, origin, -1);
        return answer;
      } catch (error) {
        if (!(error instanceof OddAnswer)) throw error;
        weigh(state, origin, ODD_COST);
        return options.fallback.get(url, headers, signal);
      }
    },
    close: async () => {
      state.isClosed = true;
      clearInterval(looking);
      for (const connection of state.connections.keys()) connection.end();
      await options.fallback.close();
    },
  };
};
