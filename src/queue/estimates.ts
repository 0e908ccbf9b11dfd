import type { SourceName } from '../domain/copy.ts';
import type { Clock } from '../lib/clock.ts';
import type { QueueEntry } from '../store/downloads/start-order.ts';
import type { Store } from '../store/store.ts';

/** A transfer that runs: what is still to come, how fast it does, and whose places it takes. */
export interface Flow {
  /** Where it is to lie: each host has places of its own. */
  readonly hostId: number;
  /** Where it comes from, by which it is known to which folder it is written; the Hub if not given. */
  readonly source?: SourceName | undefined;
  readonly remainingBytes: number;
  /** undefined: nothing moves, or nobody can say yet. */
  readonly bytesPerSecond: number | undefined;
  /** Chats in whose schedule it takes a place. */
  readonly scheduledFor: readonly number[];
}

/** What waits for its turn. */
export interface Waiter {
  readonly bytes: number;
  /** The chat in whose schedule it needs a place; undefined if it needs none. */
  readonly scheduledFor: number | undefined;
}

export interface Places {
  /** For all chats. */
  readonly total: number;
  /** In the open schedule of a chat. */
  readonly ofChat: (chatId: number) => number;
}

/** A place: when it is free, in milliseconds from now, and how fast it then is. */
interface FreePlace {
  readonly freeAtMs: number;
  readonly bytesPerSecond: number;
}

const NEVER_MS = Number.POSITIVE_INFINITY;

const timeFor = (bytes: number, bytesPerSecond: number): number =>
  bytesPerSecond > 0 ? (bytes / bytesPerSecond) * 1000 : NEVER_MS;

/** By when they are free; the ends before there are so few left as there may be free none. */
const placesOf = (taken: readonly FreePlace[], most: number, speed: number): FreePlace[] => [
  ...Array.from({ length: Math.max(0, most - taken.length) }, () => ({ freeAtMs: 0, bytesPerSecond: speed })),
  ...taken.toSorted((left, right) => left.freeAtMs - right.freeAtMs).slice(Math.max(0, taken.length - most)),
];

/**
 * Of the places that are free by then, the last one is taken: those that are free before are for others.
 * @returns how fast it is
 */
const take = (places: FreePlace[], atMs: number, endOf: (place: FreePlace) => number): number => {
  const index = places.findLastIndex(({ freeAtMs }) => freeAtMs <= atMs);
  const [place] = places.splice(index, 1) as [FreePlace];
  const freeAtMs = endOf(place);
  const next = places.findIndex((other) => other.freeAtMs > freeAtMs);
  places.splice(next < 0 ? places.length : next, 0, { ...place, freeAtMs });
  return place.bytesPerSecond;
};

/**
 * When what waits will start, roughly: whoever stands in front takes the place that is free first, and the speed of what
 * had it before. Never earlier than the first end that frees a place.
 * @param waiting in the order in which they start
 * @returns for each of them milliseconds from now; undefined while nothing can be said
 */
export const estimateStarts = (
  running: readonly Omit<Flow, 'hostId'>[],
  waiting: readonly Waiter[],
  { total, ofChat }: Places,
): (number | undefined)[] => {
  const known = running.filter(({ bytesPerSecond = 0 }) => bytesPerSecond > 0).length;
  // Who takes a free place shares the pipe with those that run: they become slower.
  const share = known / Math.max(1, known + Math.min(Math.max(0, total - running.length), waiting.length));
  const speed = running.reduce((sum, { bytesPerSecond = 0 }) => sum + bytesPerSecond, 0);
  const average = (speed * share) / Math.max(1, known);
  const taken = running.map(({ remainingBytes, bytesPerSecond = 0, scheduledFor }) => ({
    freeAtMs: timeFor(remainingBytes, bytesPerSecond * share),
    bytesPerSecond: bytesPerSecond * share,
    scheduledFor,
  }));
  const places = placesOf(taken, total, average);
  const chats = new Map<number, FreePlace[]>();
  const placesIn = (chatId: number): FreePlace[] => {
    const own = taken.filter(({ scheduledFor }) => scheduledFor.includes(chatId));
    const found = chats.get(chatId) ?? placesOf(own, ofChat(chatId), average);
    chats.set(chatId, found);
    return found;
  };
  return waiting.map(({ bytes, scheduledFor }) => {
    const own = scheduledFor === undefined ? undefined : placesIn(scheduledFor);
    const freeAt = [places, ...(own ? [own] : [])].map(([first]) => first?.freeAtMs ?? NEVER_MS);
    const startsInMs = Math.max(...freeAt);
    if (startsInMs === NEVER_MS) return undefined;
    const speed = take(places, startsInMs, ({ bytesPerSecond }) => startsInMs + timeFor(bytes, bytesPerSecond));
    if (own) take(own, startsInMs, () => startsInMs + timeFor(bytes, speed));
    return startsInMs;
  });
};

/** How long estimates are believed, in milliseconds: every card that waits asks for its own at each look. */
const TTL_MS = 1000;
/** Of so many, they are believed for longer: to work them out takes longer, too. */
const MANY = 2000;

export interface EstimatesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly flows: () => Flow[];
  /** Downloads that run at once on each host. */
  readonly places: () => number;
}

const waiterOf = ({ sizeBytes, chatId, isScheduled: takesPlace }: QueueEntry): Waiter => ({
  bytes: sizeBytes ?? 0,
  scheduledFor: takesPlace ? chatId : undefined,
});

/** When each model that waits for its turn will start, worked out once for all of them; undefined for any other. */
export const createEstimates = ({ store, clock, flows, places }: EstimatesDeps) => {
  let known: ReadonlyMap<number, number | undefined> = new Map();
  let until = Number.NEGATIVE_INFINITY;
  return (id: number): number | undefined => {
    const now = clock.monotonic();
    if (now < until && (known.has(id) || known.size >= MANY)) return known.get(id);
    const inTurn = store.models.order().filter(({ isReady }) => isReady);
    const ofChat = (chatId: number): number => store.schedules.openRunOf(chatId)?.maxConcurrentDownloads ?? 0;
    const running = flows();
    const starts = [...Map.groupBy(inTurn, ({ hostId }) => hostId)].flatMap(([host, waiting]) => {
      const there = running.filter(({ hostId }) => hostId === host);
      const estimated = estimateStarts(there, waiting.map(waiterOf), { total: places(), ofChat });
      return waiting.map(({ id }, index) => [id, estimated[index]] as const);
    });
    known = new Map(starts);
    until = now + (known.size < MANY ? TTL_MS : Math.max(TTL_MS, known.size / 2));
    return known.get(id);
  };
};
