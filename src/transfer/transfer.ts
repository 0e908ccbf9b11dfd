/* transfer: URLs to verified bytes; it knows sizes, hashes and files, and not where they come from. */

import { AppError } from '../domain/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { createEgress, type Egress } from '../lib/net/egress.ts';
import type { Proxies } from '../lib/net/proxies.ts';
import { createRateLimit } from '../lib/rate-limit.ts';
import { type Bulk, createBulk } from './bulk/bulk.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { Taker } from './engine/fair-share.ts';
import { fetchUnsized, type Unsized, type UnsizedWanted } from './engine/unsized.ts';
import { createHasher, type Hasher } from './files/hasher.ts';
import { createUnsaved } from './files/unsaved.ts';
import { createSocketWire } from './http/socket-wire.ts';
import { createUndiciWire } from './http/undici-wire.ts';
import type { Wire } from './http/wire.ts';

export interface TransferOptions {
  readonly connections: number;
  readonly userAgent: string;
  /** A connection without a byte for so long is given up, in milliseconds; asked while it runs. */
  readonly stallTimeoutMs: () => number;
  /** Bytes per second for everything; asked while it runs; undefined = no limit. */
  readonly bandwidthLimit: () => number | undefined;
  /** Throws AppError no_space when the disk's floor is reached. */
  readonly checkFloor: () => Promise<void>;
  readonly proxies?: Proxies | undefined;
  /** Where something may be sent. */
  readonly egress: Egress;
  /** The same for servers that people have named: public ones, unless told. */
  readonly foreignEgress?: Egress | undefined;
  /** Told of each request that has gone out; of those that go through a proxy nobody is told. Must not throw. */
  readonly onSent?: (() => void) | undefined;
  /** What hashes, closed with it; one of its own if not given. */
  readonly hasher?: Hasher | undefined;
  readonly clock: Clock;
}

/** Brings what lies at URLs to files: in parallel, resumable, verified. */
export interface Transfer extends Pick<Engine, 'fetch' | 'isBusyWith' | 'connectionsInUse'> {
  /** The same for a file of a server that people have named, and that does not say how long it is. */
  readonly fetchUnsized: (wanted: UnsizedWanted, taker: Taker) => Unsized;
  /** Small files by the thousand; none, where a proxy is in between. */
  readonly fetchBulk: Bulk['fetch'] | undefined;
  /** A request over the connections that the bytes come over. */
  readonly ask: Wire['get'];
  /** The same for servers that people have named. */
  readonly askForeign: Wire['get'];
  /** Hashes a file beside everything else. */
  readonly hash: Hasher['begin'];
  /** Bytes have come past it, which count as if they had come by it: they use up its limit, and are told. */
  readonly charge: (bytes: number, signal: AbortSignal) => void;
  /** Bytes that came over the network since it was made, for whatever; each once. */
  readonly bytesReceived: () => number;
  readonly close: () => Promise<void>;
}

/** A connection holds a piece or two that wait for the bandwidth limit. One of each connection is this part of a second. */
const PIECES_PER_SECOND = 64;

const unguarded = (options: TransferOptions): Wire => {
  const { clock, connections, stallTimeoutMs: timeoutMs, bandwidthLimit, proxies, onSent } = options;
  const { lookup } = options.egress;
  const fallback = createUndiciWire({ lookup, connections, timeoutMs, proxies });
  if (proxies) return fallback;
  const pieceBytes = (): number => (bandwidthLimit() ?? Infinity) / PIECES_PER_SECOND / connections;
  return createSocketWire({ lookup, clock, timeoutMs, pieceBytes, onSent, fallback });
};

/** Nothing is sent to an address before it was looked at. Through a proxy, names are the proxy's to look up. */
const wireOf = (options: TransferOptions): Wire => {
  const wire = unguarded(options);
  const { egress } = options;
  return {
    get: async (url, headers, signal) => {
      const refusal = await egress.refusal(url);
      if (refusal !== undefined) throw new AppError('integrity', refusal);
      return wire.get(url, headers, signal);
    },
    close: wire.close,
  };
};

/** One budget of connections and one thread that hashes, for everything that is fetched. */
export const createTransfer = (options: TransferOptions): Transfer => {
  const { clock, checkFloor, hasher = createHasher() } = options;
  const wire = wireOf(options);
  const { foreignEgress: egress = createEgress({ endpoints: [], allowedHosts: [] }) } = options;
  const foreignWire = wireOf({ ...options, egress });
  let bytesReceived = 0;
  const onReceived = (bytes: number): void => {
    bytesReceived += bytes;
  };
  const { userAgent } = options;
  const allow = createRateLimit(options.bandwidthLimit, clock);
  const engine = createEngine({
    connections: options.connections,
    wire,
    foreignWire,
    userAgent,
    clock,
    allow,
    blobParts: { hasher, unsaved: createUnsaved(), clock, checkFloor, onReceived },
  });
  const { small } = engine;
  const bulk = options.proxies ? undefined : createBulk({ ...options, small, onReceived });
  return {
    fetch: engine.fetch,
    fetchBulk: bulk?.fetch,
    fetchUnsized: (wanted, taker) =>
      fetchUnsized({ foreignWire, userAgent, clock, allow, hasher, checkFloor, onReceived }, wanted, taker),
    isBusyWith: engine.isBusyWith,
    connectionsInUse: engine.connectionsInUse,
    ask: wire.get,
    askForeign: foreignWire.get,
    hash: hasher.begin,
    charge: (bytes, signal) => {
      onReceived(bytes);
      // What waits behind it waits for it; nobody waits here.
      allow(bytes, signal).catch(() => undefined);
    },
    bytesReceived: () => bytesReceived,
    close: async () => {
      await bulk?.close();
      await engine.close();
      await hasher.close();
    },
  };
};
