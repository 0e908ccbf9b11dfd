import type { SpeedLimit } from '../../lib/rate-limit.ts';

/** A job, as far as others have to share with it. */
export interface Taker {
  /** What holds it back; none = nothing. Asked again and again. */
  readonly speedLimit?: SpeedLimit | undefined;
}

/** A blob as far as its takers share the connections. */
export interface Shared {
  /** At least one. */
  takers: readonly Taker[];
  /** Connections that fetch it. */
  busy: number;
  /** Of these: those that will end soon. */
  leaving: number;
}

/** What a connection brings at least where it is worth limiting, in bytes per second. */
const SLOW_CONNECTION = 5e6;

/** What holds a blob back: nothing as long as one of its takers is held back by nothing; else the fastest of them. */
export const speedLimitOf = ({ takers }: Pick<Shared, 'takers'>): SpeedLimit | undefined => {
  const limits = takers.map(({ speedLimit }) => speedLimit);
  if (limits.includes(undefined)) return undefined;
  const rates = limits.map((limit) => limit?.perSecond() ?? Number.POSITIVE_INFINITY);
  const fastest = Math.max(...rates);
  return Number.isFinite(fastest) ? limits[rates.indexOf(fastest)] : undefined;
};

/**
 * Connections that help what is held back; more would only be kept from others.
 * @param connections how many there are
 */
const helpful = (limit: SpeedLimit, connections: number): number =>
  Math.min(Math.max(2, connections / 2), 1 + Math.ceil((limit.perSecond() ?? 0) / SLOW_CONNECTION));

/**
 * Speed limits whose blobs have all that helps them.
 * @param used how many connections, or open files, a blob holds
 * @param spare how many more than the connections that help it a limit may hold
 */
export const saturated = <E extends Shared>(
  entries: Iterable<E>,
  used: (entry: E) => number,
  connections: number,
  spare = 0,
): ReadonlySet<SpeedLimit | undefined> => {
  const held = new Map<SpeedLimit, number>();
  for (const entry of entries) {
    const limit = used(entry) > 0 ? speedLimitOf(entry) : undefined;
    if (limit) held.set(limit, (held.get(limit) ?? 0) + used(entry));
  }
  return new Set([...held].flatMap(([limit, count]) => (count >= helpful(limit, connections) + spare ? [limit] : [])));
};

/** How much each taker holds. What is fetched for two counts for both. */
export const holdings = <E extends Shared>(
  entries: Iterable<E>,
  used: (entry: E) => number,
): ReadonlyMap<Taker, number> => {
  const held = new Map<Taker, number>();
  for (const entry of entries) {
    for (const taker of entry.takers) held.set(taker, (held.get(taker) ?? 0) + used(entry));
  }
  return held;
};

/** What the taker of a blob holds that holds least. */
export const least = ({ takers }: Shared, held: ReadonlyMap<Taker, number>): number =>
  Math.min(...takers.map((taker) => held.get(taker) ?? 0));

/** Connections that will not end soon. */
export const lasting = ({ busy, leaving }: Shared): number => busy - leaving;

/** Blobs in the order in which they should get connections: first those of jobs that hold fewest, then as they came. */
export const inTurn = <E extends Shared>(entries: ReadonlySet<E>): Iterable<E> => {
  const held = holdings(entries, lasting);
  return [...entries].toSorted((left, right) => least(left, held) - least(right, held));
};

/**
 * A job that came later, or whose files come one after the other, would wait for the end of what others have begun:
 * hours, on a slow line.
 * @param wants could another connection fetch something of it now?
 * @returns the blobs that should give up a connection, the one to begin with first; none if all have their share
 */
export const tooRich = <E extends Shared>(
  entries: ReadonlySet<E>,
  connections: number,
  wants: (entry: E) => boolean,
): E[] => {
  const held = holdings(entries, lasting);
  const share = Math.max(1, Math.floor(connections / held.size));
  const waiting = [...entries].filter((entry) => least(entry, held) < share && wants(entry));
  const poorest = Math.min(...waiting.map((entry) => least(entry, held)));
  return [...entries]
    .filter((entry) => lasting(entry) > 0 && least(entry, held) > Math.max(share, poorest + 1))
    .toSorted((left, right) => least(right, held) - least(left, held));
};
