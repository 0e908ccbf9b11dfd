import type { JobPace } from '../../copies/copies.ts';

/** A job, as far as others have to share with it. */
export interface Taker {
  /** What holds it back; none = nothing. */
  readonly pace?: JobPace;
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
export const paceOf = ({ takers }: Pick<Shared, 'takers'>): JobPace | undefined => {
  const paces = takers.map(({ pace }) => pace);
  if (paces.includes(undefined)) return undefined;
  const rates = paces.map((pace) => pace?.perSecond() ?? Number.POSITIVE_INFINITY);
  const fastest = Math.max(...rates);
  return Number.isFinite(fastest) ? paces[rates.indexOf(fastest)] : undefined;
};

/**
 * Connections that help what is held back; more would only be kept from others.
 * @param connections how many there are
 */
const helpful = (pace: JobPace, connections: number): number =>
  Math.min(Math.max(2, connections / 2), 1 + Math.ceil((pace.perSecond() ?? 0) / SLOW_CONNECTION));

/**
 * Paces whose blobs have all that helps them.
 * @param used how many connections, or places, a blob holds
 * @param spare how many more than the connections that help it a pace may hold
 */
export const sated = <E extends Shared>(
  entries: Iterable<E>,
  used: (entry: E) => number,
  connections: number,
  spare = 0,
): ReadonlySet<JobPace | undefined> => {
  const held = new Map<JobPace, number>();
  for (const entry of entries) {
    const pace = used(entry) > 0 ? paceOf(entry) : undefined;
    if (pace) held.set(pace, (held.get(pace) ?? 0) + used(entry));
  }
  return new Set([...held].flatMap(([pace, count]) => (count >= helpful(pace, connections) + spare ? [pace] : [])));
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
