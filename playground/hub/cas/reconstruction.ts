import type { Span } from '../http/range.ts';
import type { StoredFile, Term } from './storage.ts';
import type { Xorb } from './xorb.ts';

interface ChunkSpan {
  readonly start: number;
  readonly end: number;
}

/** What is needed of a file: `QueryReconstructionResponseV2` without the addresses. */
export interface Plan {
  /** Bytes of the first term that come before the span. */
  readonly skip: number;
  readonly terms: readonly (Term & { readonly unpackedLength: number })[];
  /** Of each xorb the chunks that the terms name, in order, where they touch as one. */
  readonly needed: ReadonlyMap<Xorb, readonly ChunkSpan[]>;
}

/** Spans that overlap or touch become one. */
const union = (spans: readonly ChunkSpan[]): ChunkSpan[] => {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
};

/** Of a term, the chunks that have a byte of the span; `at` is the place of its first byte in the file. */
const cut = (term: Term, at: number, span: Span): (Plan['terms'][number] & { readonly first: number }) | undefined => {
  let [start, end, first, place, unpackedLength] = [term.end, term.start, at, at, 0];
  for (let index = term.start; index < term.end; index++) {
    const length = term.xorb.chunks[index]?.length ?? 0;
    if (place < span.end && place + length > span.start) {
      if (unpackedLength === 0) [start, first] = [index, place];
      end = index + 1;
      unpackedLength += length;
    }
    place += length;
  }
  return unpackedLength === 0 ? undefined : { xorb: term.xorb, start, end, unpackedLength, first };
};

const lengthOf = ({ xorb, start, end }: Term): number =>
  xorb.chunks.slice(start, end).reduce((sum, { length }) => sum + length, 0);

/** Which chunks make a span of a file; whole ones, so that the first may begin before it and the last end behind it. */
export const planOf = (file: StoredFile, span: Span): Plan => {
  const terms: (Plan['terms'][number] & { readonly first: number })[] = [];
  const needed = new Map<Xorb, ChunkSpan[]>();
  let at = 0;
  for (const term of file.terms) {
    const length = lengthOf(term);
    const found = at < span.end && at + length > span.start ? cut(term, at, span) : undefined;
    if (found) {
      terms.push(found);
      needed.set(found.xorb, [...(needed.get(found.xorb) ?? []), found]);
    }
    at += length;
  }
  return {
    skip: span.start - (terms[0]?.first ?? span.start),
    terms,
    needed: new Map([...needed].map(([xorb, spans]) => [xorb, union(spans)])),
  };
};
