import type { Headers } from './http/answer.ts';

/** Where and how often a fault strikes. Everything left out is no condition. */
interface FaultFilter {
  readonly host?: 'hub' | 'cdn' | 'cas';
  readonly method?: string;
  /**
   * Part of the request's path, or of `org/name/file` (of a CDN request too, whose URL holds only a hash); a regular
   * expression is tried on both. Query strings do not count.
   */
  readonly path?: string | RegExp;
  /** How many requests it hits; all until it is cleared, if left out. */
  readonly times?: number;
  /** How many requests it lets pass first. */
  readonly after?: number;
}

/** Instead of the answer; counted on every request that fits. */
type AnswerFault =
  /** The connection breaks before any answer. */
  | { readonly kind: 'reset' }
  /** No answer comes before this is taken back; the connection stays open. */
  | { readonly kind: 'silence' }
  /** A signed URL is refused as if it had expired. The Hub's own host is not hit. */
  | { readonly kind: 'expired' }
  /** 429. `headers` replace the usual `RateLimit` and `RateLimit-Policy`; `{}` is an answer of the CDN's edge. */
  | { readonly kind: 'rate_limited'; readonly seconds?: number; readonly headers?: Headers }
  | { readonly kind: 'status'; readonly status: number; readonly body?: string; readonly headers?: Headers }
  /** A text or JSON is another one than it would be; files are not hit. */
  | { readonly kind: 'rewritten'; readonly rewrite: (body: string) => string }
  /** An HTML page of a proxy in between; 502 unless said otherwise. */
  | { readonly kind: 'html'; readonly status?: number }
  /** Not instead of the answer, but that much later. */
  | { readonly kind: 'late'; readonly milliseconds: number };

/** While a file's bytes are sent; counted only where it makes a difference. */
type BodyFault =
  | { readonly kind: 'reset_after'; readonly bytes: number }
  /** Sends nothing more after so many bytes of the answer, and keeps the connection open. */
  | { readonly kind: 'stall_after'; readonly bytes: number }
  /** The last bytes are missing. `announced: 'short'` (default): Content-Length says the smaller number, all looks well. */
  | { readonly kind: 'short_body'; readonly missing: number; readonly announced?: 'short' | 'full' }
  /** 206 with another range than asked for, bytes and Content-Range alike; for ranged requests only. */
  | { readonly kind: 'wrong_range' }
  /** 200 with the whole file; for ranged requests only. */
  | { readonly kind: 'ignore_range' }
  /**
   * One byte at this place of the file, or of what is sent of it, is another one: `byte`, else its bits turned round. In
   * a chunk of a xorb the version comes first, then three bytes of packed length, the scheme, and three of length.
   */
  | { readonly kind: 'corrupt'; readonly offset: number; readonly of?: 'file' | 'answer'; readonly byte?: number }
  /** Other ETags than before, on redirects (`X-Linked-Etag`) and files. */
  | { readonly kind: 'changed_etag'; readonly etag?: string }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /**
   * Of all answers that fit it together only so many bytes are sent; the rest when it is taken back. `times` and `after` do
   * not count. hubgram writes pieces of 512 KiB: what comes of a further piece is seen when the connection ends.
   */
  | { readonly kind: 'held'; readonly bytes: number };

export type Fault = (AnswerFault | BodyFault) & FaultFilter;
type FaultKind = Fault['kind'];

/** A fault of one kind. */
export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;

/** What a fault's filter looks at. */
export interface Hit {
  readonly host: 'hub' | 'cdn' | 'cas';
  readonly method: string;
  readonly path: string;
  /** `org/name/file` for each file that the request may mean. */
  readonly places: readonly string[];
}

export interface Faults {
  /** @returns takes it back */
  readonly set: (fault: Fault) => () => void;
  readonly clear: () => void;
  /** The first fault of this kind that strikes here, counted. `makesDifference` is asked before it is. */
  readonly take: <K extends FaultKind>(
    kind: K,
    hit: Hit,
    makesDifference?: (fault: FaultOf<K>) => boolean,
  ) => FaultOf<K> | undefined;
  /** Resolves when this one, which was taken, is taken back. @throws if `gone` is aborted */
  readonly lifted: (fault: Fault, gone: AbortSignal) => Promise<void>;
  /** How many of so many bytes may be sent now: at least one, as soon as nothing holds them. @throws if `gone` is aborted */
  readonly room: (hit: Hit, bytes: number, gone: AbortSignal) => Promise<number>;
}

const matchesPath = (wanted: string | RegExp, hit: Hit): boolean =>
  [hit.path, ...hit.places].some((text) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)));

const matches = (fault: Fault, hit: Hit): boolean =>
  (fault.host === undefined || fault.host === hit.host) &&
  (fault.method === undefined || fault.method === hit.method) &&
  (fault.path === undefined || matchesPath(fault.path, hit));

interface Hold {
  readonly fault: FaultOf<'held'>;
  left: number;
  readonly lifted: PromiseWithResolvers<void>;
}

/** @throws if `gone` is aborted before */
const lifted = async ({ promise }: PromiseWithResolvers<void>, gone: AbortSignal): Promise<void> => {
  gone.throwIfAborted();
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  gone.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([promise, aborted]);
  gone.throwIfAborted();
};

/** What holds bytes back. */
const createHolds = (): Pick<Faults, 'clear' | 'room'> & { readonly set: (fault: FaultOf<'held'>) => () => void } => {
  const holds = new Set<Hold>();
  const lift = (hold: Hold): void => {
    holds.delete(hold);
    hold.lifted.resolve();
  };
  return {
    set: (fault) => {
      const hold: Hold = { fault, left: fault.bytes, lifted: Promise.withResolvers() };
      holds.add(hold);
      return () => lift(hold);
    },
    clear: () => {
      for (const hold of holds) lift(hold);
    },
    room: async (hit, bytes, gone) => {
      const fitting = (): Hold[] => [...holds].filter(({ fault }) => matches(fault, hit));
      const isFull = ({ left }: Hold): boolean => left <= 0;
      for (let full = fitting().find(isFull); full; full = fitting().find(isFull)) await lifted(full.lifted, gone);
      gone.throwIfAborted();
      const room = Math.min(bytes, ...fitting().map(({ left }) => left));
      for (const hold of fitting()) hold.left -= room;
      return room;
    },
  };
};

export const createFaults = (): Faults => {
  const active = new Set<{ readonly fault: Fault; passing: number; left: number }>();
  const ends = new WeakMap<Fault, PromiseWithResolvers<void>>();
  const holds = createHolds();

  return {
    set: (fault) => {
      if (fault.kind === 'held') return holds.set(fault);
      const entry = { fault, passing: fault.after ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY };
      active.add(entry);
      const end = Promise.withResolvers<void>();
      ends.set(fault, end);
      return () => {
        active.delete(entry);
        end.resolve();
      };
    },
    clear: () => {
      for (const { fault } of active) ends.get(fault)?.resolve();
      active.clear();
      holds.clear();
    },
    lifted: async (fault, gone) => {
      const end = ends.get(fault);
      if (end) await lifted(end, gone);
    },
    room: holds.room,
    take: <K extends FaultKind>(kind: K, hit: Hit, makesDifference?: (fault: FaultOf<K>) => boolean) => {
      const isOf = (fault: Fault): fault is FaultOf<K> => fault.kind === kind;
      for (const entry of active) {
        const { fault } = entry;
        if (!isOf(fault) || !matches(fault, hit) || makesDifference?.(fault) === false) continue;
        if (entry.passing > 0) {
          entry.passing -= 1;
          continue;
        }
        entry.left -= 1;
        if (entry.left <= 0) active.delete(entry);
        return fault;
      }
      return undefined;
    },
  };
};
