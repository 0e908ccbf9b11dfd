/** What decides when one that waits starts, besides its place in its chat's own order. */
export interface Standing {
  readonly chatId: number;
  /** Nothing else has to happen first. */
  readonly isReady: boolean;
  /** 0 goes first, 2 last. */
  readonly urgency: number;
  /** It ran when it was stopped, and has its place from then. */
  readonly hasBegun: boolean;
  /** What its chat has running. */
  readonly chatDownloads: number;
  /** When its chat had its last turn; '' if it never had one. */
  readonly chatServedAt: string;
}

/** Each urgency twice, and all of that twice. */
const CLASSES = 12;

const classOf = ({ isReady, urgency, hasBegun }: Standing): number =>
  (isReady ? 0 : CLASSES / 2) + 2 * urgency + (hasBegun ? 0 : 1);

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * The order in which what waits is claimed (`claimNext`), of many at once: what is ready, by its urgency, what has begun first.
 * Chats take turns, so a chat's second one counts as if its first one ran already; of equal turns that chat goes first whose
 * last one was longest ago, then the one that comes first here. In one pass: a database sorts twenty thousand rows twice for
 * it, and nobody is heard meanwhile.
 * @param inOwnOrder each chat's in its own order: the oldest first, or the smallest
 */
export const roundRobin = <T extends Standing>(inOwnOrder: readonly T[]): T[] => {
  const classes = Array.from({ length: CLASSES }, () => ({ turns: [] as T[][], taken: new Map<number, number>() }));
  for (const one of inOwnOrder) {
    const { turns, taken } = classes[classOf(one)] as (typeof classes)[number];
    const before = taken.get(one.chatId) ?? one.chatDownloads;
    taken.set(one.chatId, before + 1);
    const turn = turns[before];
    if (turn) turn.push(one);
    else turns[before] = [one];
  }
  return classes.flatMap(({ turns }) =>
    // Turns that all chats have had already are holes, which flatMap leaves out.
    turns.flatMap((turn) =>
      turn.length > 1 ? turn.toSorted((a, b) => compare(a.chatServedAt, b.chatServedAt)) : turn,
    ),
  );
};
