import type { ByteRange } from '../../domain/listing.ts';

/** Bytes in all of these; they must not overlap. */
export const lengthOf = (ranges: readonly ByteRange[]): number =>
  ranges.reduce((sum, range) => sum + range.end - range.start, 0);

/** Sorted, without overlaps and without empty ones; neighbours become one. */
export const merged = (ranges: readonly ByteRange[]): ByteRange[] => {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((left, right) => left.start - right.start)) {
    if (end <= start) continue;
    const last = result.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
};

/** What of `[0, size)` these do not cover. */
export const missingOf = (size: number, ranges: readonly ByteRange[]): ByteRange[] => {
  const gaps: ByteRange[] = [];
  let at = 0;
  for (const { start, end } of merged(ranges)) {
    if (start > at) gaps.push({ start: at, end: Math.min(start, size) });
    at = Math.max(at, end);
  }
  if (at < size) gaps.push({ start: at, end: size });
  return gaps;
};

/** Ranges that may be noted of a file of this size: whole numbers inside it. Anything else is dropped. */
export const sane = (size: number, ranges: readonly ByteRange[]): ByteRange[] =>
  merged(
    ranges.filter(
      ({ start, end }) => Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end <= size,
    ),
  );
