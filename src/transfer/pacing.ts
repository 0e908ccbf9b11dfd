import type { JobPace } from './transfer.ts';

/** A blob as far as its takers hold it back. */
export interface Paced {
  /** One for each taker. */
  paces: readonly (JobPace | undefined)[];
}

/** What a connection brings at least where it is worth limiting, in bytes per second. */
const SLOW_CONNECTION = 5e6;

/** What holds a blob back: nothing as long as one of its takers is held back by nothing; else the fastest of them. */
export const paceOf = ({ paces }: Paced): JobPace | undefined => {
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
export const sated = <E extends Paced>(
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
