import { createBuffers } from './buffers.ts';
import { writeRequest } from './http-head.ts';
import { type Line, OddAnswer, openLine } from './socket-line.ts';
import type { Answer, Wire } from './wire.ts';

export interface SocketOptions {
  /** How many connections may be kept for later. */
  readonly connections: number;
  readonly timeoutMs: number;
  /** The most that is handed over in one piece; asked while it runs. */
  readonly pieceBytes: () => number;
  /** Takes over what is not plain. */
  readonly fallback: Wire;
}

/** 512 KiB each: what all connections together may hold in memory. */
const BUFFERS_MOST = 80;
/** A place that answers oddly so often is left to the fallback. */
const ODD_MOST = 3;
const LOOK_MS = 200;

interface Core {
  readonly options: SocketOptions;
  readonly buffers: ReturnType<typeof createBuffers>;
  /** All that stand, by origin. */
  readonly lines: Map<Line, string>;
  /** Those without a request, the one used last at the end. */
  readonly idle: Set<Line>;
  readonly sessions: Map<string, Buffer>;
  readonly odd: Map<string, number>;
  isClosed: boolean;
}

const open = (core: Core, url: URL): Line => {
  const { options, buffers, lines, idle, sessions } = core;
  const line = openLine(url, {
    buffers,
    pieceBytes: options.pieceBytes,
    stallMs: options.timeoutMs,
    session: sessions.get(url.origin),
    onSession: (session) => sessions.set(url.origin, session),
    onIdle: (one) => {
      idle.add(one);
      const [oldest] = idle;
      if (oldest && (idle.size > options.connections || core.isClosed)) oldest.end();
    },
    onEnd: (one) => {
      lines.delete(one);
      idle.delete(one);
    },
  });
  lines.set(line, url.origin);
  return line;
};

const takeIdle = ({ idle, lines }: Core, origin: string): Line | undefined => {
  const line = [...idle].findLast((one) => lines.get(one) === origin);
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
    idle: new Set(),
    sessions: new Map(),
    odd: new Map(),
    isClosed: false,
  };
  const looking = setInterval(() => {
    const now = performance.now();
    for (const line of core.lines.keys()) line.look(now);
  }, LOOK_MS).unref();
  return {
    get: async (url, headers, signal) => {
      const odd = core.odd.get(url.origin) ?? 0;
      const request = odd < ODD_MOST ? writeRequest(url, headers) : undefined;
      if (request === undefined) return options.fallback.get(url, headers, signal);
      try {
        return await ask(core, url, request, signal);
      } catch (error) {
        if (!(error instanceof OddAnswer)) throw error;
        core.odd.set(url.origin, odd + 1);
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
