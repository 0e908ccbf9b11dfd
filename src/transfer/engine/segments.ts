import type { ByteRange } from '../../domain/listing.ts';
import { lengthOf, merged, missingOf } from '../files/ranges.ts';

/** A range that one connection fetches. `end` may shrink while it runs: an idle connection takes the rest. */
export interface Work {
  readonly start: number;
  /** When it was taken, by the clock that only goes forward. */
  readonly since: number;
  /** The next byte to write; everything before it is written. */
  position: number;
  end: number;
  /** Its connection will do something else soon: nearly all has come, or it was cut short. */
  isLeaving: boolean;
}

/** Which ranges of a file are there, which are being fetched, and which are left. Arithmetic only. */
export interface WorkList {
  /** What is on disk from before. */
  readonly resume: (ranges: readonly ByteRange[]) => void;
  /**
   * A range nobody fetches; with `steal`, half of the rest that will take somebody longest.
   * @param now by the clock that only goes forward
   * @param partBytes how long it may be
   */
  readonly take: (steal: boolean, now: number, partBytes?: number) => Work | undefined;
  /** Cuts the range short that will take longest, if that is long. @returns it, if there is one */
  readonly giveUpOne: (now: number) => Work | undefined;
  /** Bytes that nobody fetches yet. */
  readonly leftBytes: () => number;
  /** Its connection has ended; what it did not fetch is left again. */
  readonly ended: (work: Work) => void;
  /** Everything written so far. */
  readonly written: () => ByteRange[];
  readonly writtenBytes: () => number;
  /** How much is written from the beginning without a gap. */
  readonly frontier: () => number;
  readonly running: () => number;
  readonly isComplete: () => boolean;
  /** The server sends whole files only: from now on one range, from the beginning, that nobody shares. */
  readonly makeWhole: () => void;
  /** Nothing is there any more. */
  readonly reset: () => void;
}

/** What a range is long if nobody says. */
const PART_BYTES = 2 * 1024 * 1024;
/** What is left of a range must be at least this to be shared, */
const STEAL_BYTES = 1024 * 1024;
/** and take at least so long: what its connection has on the way behind the cut is thrown away. */
const STEAL_MS = 500;

/** What a connection that is to end still brings: as much as may be on its way to the disk in one piece. */
const LAST_BYTES = 512 * 1024;

const restOf = (work: Work): number => work.end - work.position;

/** How long a connection will need for the rest at the speed it had so far, in milliseconds. */
const restMs = (work: Work, now: number): number => {
  const done = work.position - work.start;
  return done > 0 ? ((now - work.since) * restOf(work)) / done : now - work.since;
};

/** The range that will take longest, if that is worth cutting. */
const longest = (works: Iterable<Work>, now: number): Work | undefined => {
  const lasting = [...works].filter(({ isLeaving }) => !isLeaving);
  const victim = lasting.toSorted((left, right) => restMs(right, now) - restMs(left, now))[0];
  return !victim || restOf(victim) < STEAL_BYTES || restMs(victim, now) < STEAL_MS ? undefined : victim;
};

/** @returns its second half, for another connection */
const halve = (work: Work, now: number): Work => {
  const middle = work.position + Math.ceil(restOf(work) / 2);
  const half = { start: middle, position: middle, end: work.end, since: now, isLeaving: false };
  work.end = middle;
  return half;
};

const shorten = (work: Work): Work => {
  work.end = work.position + LAST_BYTES;
  return work;
};

export const createWorkList = (size: number): WorkList => {
  const works = new Set<Work>();
  let settled: ByteRange[] = [];
  let gaps: ByteRange[] = [{ start: 0, end: size }];
  let whole = false;

  const written = (): ByteRange[] =>
    merged([...settled, ...[...works].map(({ start, position }) => ({ start, end: position }))]);

  const findGaps = (): void => {
    gaps = missingOf(size, [...settled, ...[...works].map(({ start, end }) => ({ start, end }))]);
  };

  const fromGap = (now: number, partBytes: number): Work | undefined => {
    const gap = gaps.shift();
    if (!gap) return undefined;
    const end = whole ? gap.end : Math.min(gap.end, gap.start + partBytes);
    if (end < gap.end) gaps.unshift({ start: end, end: gap.end });
    return { start: gap.start, position: gap.start, end, since: now, isLeaving: false };
  };

  const cut = (now: number, how: (work: Work, now: number) => Work): Work | undefined => {
    const victim = whole ? undefined : longest(works, now);
    return victim && how(victim, now);
  };

  return {
    resume: (ranges) => {
      settled = merged(ranges);
      findGaps();
    },
    take: (steal, now, partBytes = PART_BYTES) => {
      const work = fromGap(now, partBytes) ?? (steal ? cut(now, halve) : undefined);
      if (work) works.add(work);
      return work;
    },
    giveUpOne: (now) => {
      const work = cut(now, shorten);
      findGaps();
      return work;
    },
    ended: (work) => {
      works.delete(work);
      settled = merged([...settled, { start: work.start, end: work.position }]);
      findGaps();
    },
    written,
    writtenBytes: () => lengthOf(written()),
    frontier: () => {
      const [first] = written();
      return first?.start === 0 ? first.end : 0;
    },
    leftBytes: () => lengthOf(gaps),
    running: () => works.size,
    isComplete: () => works.size === 0 && gaps.length === 0,
    makeWhole: () => {
      whole = true;
    },
    reset: () => {
      settled = [];
      findGaps();
    },
  };
};
