import type { ByteRange } from '../../domain/listing.ts';
import { lengthOf, merged, missingOf } from '../files/ranges.ts';

/** A range that one connection fetches. `end` may shrink while it runs: an idle connection takes the rest. */
export interface Segment {
  readonly start: number;
  /** When it was taken, by the clock that only goes forward. */
  readonly since: number;
  /** The next byte to write; everything before it is written. */
  position: number;
  end: number;
  /** Up to here it is on its way to the disk, or written: it does not end before. */
  handedOver: number;
}

/** Which ranges of a file are there, which are being fetched, and which are left. Arithmetic only. */
export interface Segments {
  /** Besides what is there already, this is: from before, or from elsewhere. Nobody fetches it. */
  readonly resume: (ranges: readonly ByteRange[]) => void;
  /**
   * A range nobody fetches; with `steal`, half of the rest that will take somebody longest.
   * @param now by the clock that only goes forward
   * @param segmentBytes how long it may be
   */
  readonly take: (steal: boolean, now: number, segmentBytes?: number) => Segment | undefined;
  /** Cuts the range short that will take longest, if that is long, so that it leaves. @returns it, if there is one */
  readonly giveUpOne: (now: number) => Segment | undefined;
  /** All that is being fetched ends with what has come of it: the rest is left. */
  readonly stop: () => void;
  /** Its connection will do something else soon: nothing of it is given to another. @returns false if that was known */
  readonly leave: (segment: Segment) => boolean;
  /** What nobody fetches yet. */
  readonly missing: () => readonly ByteRange[];
  /** Bytes that nobody fetches yet. */
  readonly leftBytes: () => number;
  /** Its connection has ended; what it did not fetch is left again. @returns true if it was known to leave */
  readonly ended: (segment: Segment) => boolean;
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

/** How long a segment is if nobody says. */
const SEGMENT_BYTES = 2 * 1024 * 1024;
/** Of a segment with less than this left, nothing is given to another connection. */
const STEAL_BYTES = 1024 * 1024;
/** Nor of one that will be there sooner than this: what is on its way behind a cut is thrown away. */
const STEAL_MS = 500;

/** What a connection that is to end still brings: as much as may be on its way to the disk in one piece. */
const LAST_BYTES = 512 * 1024;

const restOf = (segment: Segment): number => segment.end - segment.position;

/** How long a connection will need for the rest at the speed it had so far, in milliseconds. */
const restMs = (segment: Segment, now: number): number => {
  const done = segment.position - segment.start;
  return done > 0 ? ((now - segment.since) * restOf(segment)) / done : now - segment.since;
};

/** Of those that will not end soon: the range that will take longest, if that is worth cutting. */
const longest = (running: Iterable<Segment>, leaving: readonly Segment[], now: number): Segment | undefined => {
  const lasting = [...running].filter((segment) => !leaving.includes(segment));
  const victim = lasting.toSorted((left, right) => restMs(right, now) - restMs(left, now))[0];
  return !victim || restOf(victim) < STEAL_BYTES || restMs(victim, now) < STEAL_MS ? undefined : victim;
};

/** @returns its second half, for another connection */
const halve = (segment: Segment, now: number): Segment => {
  const middle = segment.position + Math.ceil(restOf(segment) / 2);
  const half = { start: middle, position: middle, end: segment.end, handedOver: middle, since: now };
  segment.end = middle;
  return half;
};

const shorten = (segment: Segment): Segment => {
  segment.end = segment.position + LAST_BYTES;
  return segment;
};

/** How a file is divided among connections: what of a gap one is given at once, and from which segment another takes a part. */
interface Division {
  readonly endIn: (gap: ByteRange, segmentBytes: number) => number;
  readonly victim: typeof longest;
}

const IN_RANGES: Division = { endIn: ({ start, end }, bytes) => Math.min(end, start + bytes), victim: longest };
const WHOLE: Division = { endIn: ({ end }) => end, victim: () => undefined };

/** Takes the first gap, or the beginning of it. */
const fromGap = (
  gaps: ByteRange[],
  endIn: Division['endIn'],
  now: number,
  segmentBytes: number,
): Segment | undefined => {
  const gap = gaps.shift();
  if (!gap) return undefined;
  const end = endIn(gap, segmentBytes);
  if (end < gap.end) gaps.unshift({ start: end, end: gap.end });
  return { start: gap.start, position: gap.start, end, handedOver: gap.start, since: now };
};

const frontierOf = ([first]: readonly ByteRange[]): number => (first?.start === 0 ? first.end : 0);

/** @returns was it there? */
const removeFrom = (segments: Segment[], segment: Segment): boolean => {
  const at = segments.indexOf(segment);
  if (at !== -1) segments.splice(at, 1);
  return at !== -1;
};

/** A file of which nothing has come. @param size in bytes */
export const createSegments = (size: number): Segments => {
  const running = new Set<Segment>();
  /** Of these: those that nothing is taken from, as they end soon. */
  const leaving: Segment[] = [];
  let settled: ByteRange[] = [];
  let gaps: ByteRange[] = [{ start: 0, end: size }];
  let division = IN_RANGES;

  const written = (): ByteRange[] =>
    merged([...settled, ...[...running].map(({ start, position }) => ({ start, end: position }))]);

  const findGaps = (): void => {
    gaps = missingOf(size, [...settled, ...[...running].map(({ start, end }) => ({ start, end }))]);
  };

  const leave = (segment: Segment): boolean => {
    if (leaving.includes(segment)) return false;
    leaving.push(segment);
    return true;
  };

  const cut = (now: number, how: (segment: Segment, now: number) => Segment): Segment | undefined => {
    const victim = division.victim(running, leaving, now);
    return victim && how(victim, now);
  };

  return {
    resume: (ranges) => {
      settled = merged([...settled, ...ranges]);
      findGaps();
    },
    take: (steal, now, segmentBytes = SEGMENT_BYTES) => {
      const segment = fromGap(gaps, division.endIn, now, segmentBytes) ?? (steal ? cut(now, halve) : undefined);
      if (segment) running.add(segment);
      return segment;
    },
    giveUpOne: (now) => {
      const segment = cut(now, shorten);
      if (segment) leave(segment);
      findGaps();
      return segment;
    },
    stop: () => {
      for (const segment of running) segment.end = Math.max(segment.position, segment.handedOver);
      findGaps();
    },
    leave,
    ended: (segment) => {
      running.delete(segment);
      settled = merged([...settled, { start: segment.start, end: segment.position }]);
      findGaps();
      return removeFrom(leaving, segment);
    },
    written,
    writtenBytes: () => lengthOf(written()),
    frontier: () => frontierOf(written()),
    missing: () => [...gaps],
    leftBytes: () => lengthOf(gaps),
    running: () => running.size,
    isComplete: () => running.size === 0 && gaps.length === 0,
    makeWhole: () => {
      division = WHOLE;
    },
    reset: () => {
      settled = [];
      findGaps();
    },
  };
};
