import { type Clock, startWait } from '../../lib/clock.ts';
import { type Header, rateWindows } from '../../lib/net/rate-headers.ts';

/** The Hub counts requests by kind (hub-docs, `rate-limits.md`): its API, and where files lie. */
export type Kind = 'api' | 'resolvers';

/** What the Hub still allows this process, as its `RateLimit` headers say. */
export interface Budget {
  /**
   * Before a request.
   * @param spared so many are left to others, none unless told
   * @returns how long to wait in milliseconds instead of making it; undefined = it may be made
   */
  readonly take: (url: Pick<URL, 'pathname'>, spared?: number) => number | undefined;
  /** After it; nothing if no answer came. */
  readonly answered: (url: Pick<URL, 'pathname'>, header?: Header) => void;
  /** How many requests are left in the windows that the Hub has told of and that are not over. */
  readonly left: () => Readonly<Partial<Record<Kind, number>>>;
  /** The file lies elsewhere: nobody will fetch it here. */
  readonly spare: (url: Pick<URL, 'pathname'>) => void;
}

interface Window {
  left: number;
  /** Until it ends, in milliseconds. */
  endsInMs: () => number;
  /** It may end so much earlier: what told of it was that long on its way. */
  readonly lateMs: number;
  /** When it was first told of, by the clock that only goes forward. */
  readonly since: number;
}

/** Requests under way with one path. */
interface Asked {
  readonly since: number;
  count: number;
}

/** Small files lie on the Hub itself: whoever asks where such a file is will fetch it there. */
const COST: Readonly<Record<Kind, number>> = { api: 1, resolvers: 2 };
/** Answers may overtake each other: only when the Hub allows so many more than were counted has it begun anew. */
const RENEWED = 256;
/** `t` is in whole seconds. */
const SAME_END_MS = 2500;

/** As what the Hub counts a request. */
export const kindOf = ({ pathname }: Pick<URL, 'pathname'>): Kind =>
  pathname.startsWith('/api/') && !pathname.startsWith('/api/resolve-cache/') ? 'api' : 'resolvers';

/** Nothing is known of the Hub's limits at first. */
export const createBudget = (clock: Clock): Budget => {
  const windows = new Map<Kind, Window>();
  const underWay: Record<Kind, number> = { api: 0, resolvers: 0 };
  const asked = new Map<string, Asked>();

  const began = (pathname: string): void => {
    const same = asked.get(pathname);
    if (same) same.count += 1;
    else asked.set(pathname, { since: clock.monotonic(), count: 1 });
  };

  /** @returns when it began, or one with the same path before it */
  const ended = (pathname: string): number => {
    const same = asked.get(pathname);
    if (same && same.count > 1) same.count -= 1;
    else asked.delete(pathname);
    return same?.since ?? clock.monotonic();
  };

  const learn = (kind: Kind, header: Header, askedAt: number): void => {
    const [said] = rateWindows(header).toSorted((one, other) => one.left - other.left);
    if (!said) return;
    const since = clock.monotonic();
    const lateMs = since - askedAt;
    const known = windows.get(kind);
    const left = said.left - underWay[kind] - (COST[kind] - 1);
    const laterMs = said.endsInMs - (known?.endsInMs() ?? 0);
    const isEarlier = known && laterMs <= -SAME_END_MS - known.lateMs;
    // What one window allowed says nothing of the next, whose first answers were faster.
    if (isEarlier && askedAt < known.since) return;
    const isSame = known && !isEarlier && laterMs < SAME_END_MS + lateMs && left < known.left + RENEWED;
    windows.set(
      kind,
      isSame
        ? { ...known, left: Math.min(left, known.left) }
        : { left, endsInMs: startWait(clock, said.endsInMs), lateMs, since },
    );
  };

  return {
    take: (url, spared = 0) => {
      const kind = kindOf(url);
      const window = windows.get(kind);
      const endsInMs = window?.endsInMs() ?? 0;
      if (window && endsInMs > 0) {
        if (window.left - spared < COST[kind]) return endsInMs;
        window.left -= COST[kind];
      }
      underWay[kind] += COST[kind];
      began(url.pathname);
      return undefined;
    },
    answered: (url, header) => {
      const kind = kindOf(url);
      underWay[kind] -= COST[kind];
      const askedAt = ended(url.pathname);
      if (header) learn(kind, header, askedAt);
    },
    left: () =>
      Object.fromEntries([...windows].flatMap(([kind, { left, endsInMs }]) => (endsInMs() > 0 ? [[kind, left]] : []))),
    spare: (url) => {
      const kind = kindOf(url);
      const window = windows.get(kind);
      if (window) window.left += COST[kind] - 1;
    },
  };
};

/** Of the 500 that the Hub allows those without a token in five minutes. */
const LEFT_TO_OTHERS = 200;

/** The same budget for what nobody waits for: people can still ask for much when it gets nothing any more. */
export const leavingSome = (budget: Budget): Budget => ({
  ...budget,
  take: (url) => budget.take(url, LEFT_TO_OTHERS),
});
