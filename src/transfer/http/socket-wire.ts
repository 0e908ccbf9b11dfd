import type { Clock } from '../../lib/clock.ts';
import { createLapses } from '../../lib/lapse.ts';
import type { LookupFunction } from 'node:net';
import { createBuffers } from './buffers.ts';
import { writeRequest } from './head.ts';
import { type Line, OddAnswer, openLine } from './connection.ts';
import type { Answer, Wire } from './wire.ts';

export interface SocketOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The most that is handed over in one piece; asked while it runs. */
  readonly pieceBytes: () => number;
  /** Finds the addresses of names; the system if not given. */
  readonly lookup?: LookupFunction | undefined;
  /** Takes over what is not plain. */
  readonly fallback: Wire;
}

/** 512 KiB each: what all connections together may hold in memory. */
const BUFFERS_MOST = 80;
/** An odd answer costs a second request: it counts as much as so many plain ones. */
const ODD_COST = 4;
/** A place whose odd answers outweigh the plain ones by so many is left to the fallback, */
const ODD_MOST = 3 * ODD_COST;
/** for so long: it may have been a bad hour, and the program runs for months. */
const ODD_REST_MS = 600_000;
const LOOK_MS = 200;
/** Connections kept for the next request, */
const IDLE_MOST = 128;
/** for so long. Servers keep them for five seconds or more. */
const IDLE_MS = 4000;

interface Core {
  readonly options: SocketOptions;
  readonly buffers: ReturnType<typeof createBuffers>;
  /** All that stand, by origin. */
  readonly lines: Map<Line, string>;
  /** Those without a request and since when, the one used last at the end. */
  readonly idle: Map<Line, number>;
  readonly sessions: Map<string, Buffer>;
  /** Places that answered oddly, by how much that outweighs, and since when. */
  readonly odd: Map<string, { readonly weight: number; readonly at: number }>;
  isClosed: boolean;
}

const open = (core: Core, url: URL): Line => {
  const { options, buffers, lines, idle, sessions } = core;
  const line = openLine(url, {
    clock: options.clock,
    buffers,
    pieceBytes: options.pieceBytes,
    stallMs: options.timeoutMs,
    lookup: options.lookup,
    session: sessions.get(url.origin),
    onSession: (session) => sessions.set(url.origin, session),
    onIdle: (one) => {
      idle.set(one, options.clock.monotonic());
      const [oldest] = idle.keys();
      if (oldest && (idle.size > IDLE_MOST || core.isClosed)) oldest.end();
    },
    onEnd: (one) => {
      lines.delete(one);
      idle.delete(one);
    },
  });
  lines.set(line, url.origin);
  return line;
};

const isOdd = ({ odd, options }: Core, origin: string): boolean => {
  const known = odd.get(origin);
  return known !== undefined && known.weight >= ODD_MOST && options.clock.monotonic() - known.at < ODD_REST_MS;
};

/** @param change more for an odd answer, less for a plain one */
const weigh = ({ odd, options }: Core, origin: string, change: number): void => {
  const weight = Math.min(ODD_MOST, (odd.get(origin)?.weight ?? 0) + change);
  if (weight > 0) odd.set(origin, { weight, at: options.clock.monotonic() });
  else odd.delete(origin);
};

const takeIdle = ({ idle, lines }: Core, origin: string): Line | undefined => {
  const line = [...idle.keys()].findLast((one) => lines.get(one) === origin);
  if (line) idle.delete(line);
  return line;
};

const ask = async (core: Core, url: URL, request: string, signal: AbortSignal): Promise<Answer> => {
  for (;;) {
    const kept = takeIdle(core, url.origin);
    const line = kept ?? open(core, url);
    try {
      return await line.ask(request, signal);
    } catch (error) {
      line.end();
      signal.throwIfAborted();
      // The server may close a kept connection at the moment a request is sent on it. That is nobody's fault.
      const isFault =
        !kept || !line.isSilent() || (error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT');
      if (isFault || core.isClosed) throw error;
    }
  }
};

/** Sockets read into memory that is used again and again: for plain answers, several times as fast as any HTTP client. */
export const createSocketWire = (options: SocketOptions): Wire => {
  const core: Core = {
    options,
    buffers: createBuffers(BUFFERS_MOST),
    lines: new Map(),
    idle: new Map(),
    sessions: new Map(),
    odd: new Map(),
    isClosed: false,
  };
  const lapses = createLapses(options.clock);
  const looking = setInterval(() => {
    const now = options.clock.monotonic();
    const stoodStill = lapses()?.stoodStill === true;
    for (const [line, since] of core.idle) if (stoodStill || now - since > IDLE_MS) line.end();
    for (const line of core.lines.keys()) {
      if (stoodStill) line.doubt(now);
      else line.look(now);
    }
  }, LOOK_MS).unref();
  return {
    get: async (url, headers, signal) => {
      const { origin } = url;
      const request = isOdd(core, origin) ? undefined : writeRequest(url, headers);
      if (request === undefined) return options.fallback.get(url, headers, signal);
      try {
        const answer = await ask(core, url, request, signal);
        weigh(core, origin, -1);
        return answer;
      } catch (error) {
        if (!(error instanceof OddAnswer)) throw error;
        weigh(core, origin, ODD_COST);
        return options.fallback.get(url, headers, signal);
      }
    },
    close: async () => {
      core.isClosed = true;
      clearInterval(looking);
      for (const line of core.lines.keys()) line.end();
      await options.fallback.close();
    },
  };
};
