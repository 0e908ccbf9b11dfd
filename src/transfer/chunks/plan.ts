/* transfer/chunks: where content is cut, and which bytes two files have in common. */

import type { Term } from '../../domain/chunks/term.ts';

/** Bytes of a file that are those of another one. */
export interface Span {
  /** Where they lie in the other one. */
  readonly from: number;
  /** Where they lie in this one. */
  readonly to: number;
  readonly bytes: number;
}

/** A term of a file, with where its bytes begin there. */
export interface TermAt extends Term {
  readonly offset: number;
}

/** How long the chunks `[start, end)` of that term are together; undefined: nobody knows. */
export type BytesOf = (term: TermAt, start: number, end: number) => number | undefined;

/** A request costs as much as so many bytes: what would lie between two of them and is shorter is fetched along with them. */
const REQUEST_BYTES = 2 ** 20;
/** So many requests at most, however scattered the changes are. */
const REQUESTS_MOST = 256;
/**
 * Parts that are looked for. A file has no more than both answers have terms, unless it repeats the same chunks over and over: those who
 * upload it could have it put together of any number of them, and whoever looked for all would be deaf meanwhile.
 */
const PARTS_MOST = 2 ** 17;

const withOffsets = (terms: readonly Term[]): TermAt[] => {
  let offset = 0;
  return terms.map((term) => {
    const one = { ...term, offset };
    offset += term.bytes;
    return one;
  });
};

const keyOf = ({ xorb, start, end }: Term): string => `${xorb} ${start} ${end}`;

/** Where the chunks of a file lie. Chunks that it has several times are found once. */
const indexOf = (terms: readonly TermAt[]) => {
  const whole = new Map(terms.map((term) => [keyOf(term), term]));
  const byXorb = new Map<string, TermAt[]>();
  for (const term of terms) {
    const known = byXorb.get(term.xorb);
    if (known) known.push(term);
    else byXorb.set(term.xorb, [term]);
  }
  for (const [xorb, ofIt] of byXorb) {
    // Those that say nothing beyond what others say go: then beginnings and ends are both in order.
    let reached = -1;
    const kept = ofIt
      .toSorted((left, right) => left.start - right.start || right.end - left.end)
      .filter(({ end }) => {
        const isMore = end > reached;
        reached = Math.max(reached, end);
        return isMore;
      });
    byXorb.set(xorb, kept);
  }

  /** The first of a xorb's terms for which this holds, as it does for all after it. */
  const first = (xorb: string, holds: (term: TermAt) => boolean): number => {
    const ofIt = byXorb.get(xorb) ?? [];
    let [low, high] = [0, ofIt.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const term = ofIt[middle];
      if (term && holds(term)) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    /** The term that is just these chunks. */
    same: (term: Term): TermAt | undefined => whole.get(keyOf(term)),
    /** The term that has this chunk and goes on for longest after it. */
    from: (xorb: string, chunk: number): TermAt | undefined => {
      const found = byXorb.get(xorb)?.[first(xorb, ({ start }) => start > chunk) - 1];
      return found && found.end > chunk ? found : undefined;
    },
    /** The term that has the chunk before this one, and most before that. */
    upTo: (xorb: string, chunk: number): TermAt | undefined => {
      const found = byXorb.get(xorb)?.[first(xorb, ({ end }) => end >= chunk)];
      return found && found.start < chunk ? found : undefined;
    },
  };
};

type Index = ReturnType<typeof indexOf>;

interface Found {
  readonly from: number;
  readonly bytes: number;
}

/** Where the chunks `[start, end)` of a term lie, if it is known how long those are. */
const found = (term: TermAt, start: number, end: number, bytesOf: BytesOf): Found | undefined => {
  const isWhole = start === term.start && end === term.end;
  const before = start === term.start ? 0 : bytesOf(term, term.start, start);
  const bytes = isWhole ? term.bytes : bytesOf(term, start, end);
  return before === undefined || bytes === undefined ? undefined : { from: term.offset + before, bytes };
};

/** From its beginning, as long as all of it is there. @returns up to which chunk */
const fromStart = (term: TermAt, index: Index, bytesOf: BytesOf, spans: Span[]): number => {
  let chunk = term.start;
  let to = term.offset;
  for (let old = index.from(term.xorb, chunk); old && chunk < term.end; old = index.from(term.xorb, chunk)) {
    const end = Math.min(old.end, term.end);
    const there = found(old, chunk, end, bytesOf);
    if (!there) break;
    spans.push({ ...there, to });
    chunk = end;
    to += there.bytes;
  }
  return chunk;
};

/** The same from its end, down to a chunk. How long what lies between is, nobody says: where it lies is known from here only. */
const fromEnd = (term: TermAt, least: number, index: Index, bytesOf: BytesOf): readonly Span[] => {
  const spans: Span[] = [];
  let chunk = term.end;
  let to = term.offset + term.bytes;
  for (let old = index.upTo(term.xorb, chunk); old && chunk > least; old = index.upTo(term.xorb, chunk)) {
    const start = Math.max(old.start, least);
    const there = found(old, start, chunk, bytesOf);
    if (!there) break;
    to -= there.bytes;
    spans.push({ ...there, to });
    chunk = start;
  }
  return spans.toReversed();
};

/** Whether they lie in this term, beside each other; all of it, if it is whole. */
const fits = ({ offset, bytes }: TermAt, spans: readonly Span[], isWhole: boolean): boolean => {
  let at = offset;
  let sum = 0;
  for (const span of spans) {
    if (span.to < at) return false;
    at = span.to + span.bytes;
    sum += span.bytes;
  }
  return at <= offset + bytes && (!isWhole || sum === bytes);
};

/** What is there of one term. */
interface There {
  readonly spans: readonly Span[];
  /** Of each of its chunks it is known where it lies. */
  readonly isWhole: boolean;
}

const thereOf = (term: TermAt, index: Index, bytesOf: BytesOf): There => {
  const same = index.same(term);
  if (same) return { spans: [{ from: same.offset, to: term.offset, bytes: same.bytes }], isWhole: true };
  const spans: Span[] = [];
  const reached = fromStart(term, index, bytesOf, spans);
  if (reached === term.end) return { spans, isWhole: true };
  return { spans: [...spans, ...fromEnd(term, reached, index, bytesOf)], isWhole: false };
};

/** What is there of each term, in order; of what comes after too many parts nothing. */
function* thereOfEach(
  olds: readonly Term[],
  news: readonly Term[],
  bytesOf: BytesOf,
): Generator<There & { readonly term: TermAt }, void> {
  const index = indexOf(withOffsets(olds));
  let parts = 0;
  for (const term of withOffsets(news)) {
    if (parts >= PARTS_MOST) return;
    const there = thereOf(term, index, bytesOf);
    parts += there.spans.length;
    yield { term, ...there };
  }
}

/**
 * What of a file lies in another one, as far as both are kept in the same chunks; in order.
 * @param bytesOf asked of terms of the other one, where only a part of their chunks is wanted
 */
export const spansFrom = (olds: readonly Term[], news: readonly Term[], bytesOf: BytesOf): readonly Span[] =>
  [...thereOfEach(olds, news, bytesOf)].flatMap(({ term, spans, isWhole }) =>
    // Otherwise what was told contradicts itself, or the file is not the one that was told of.
    fits(term, spans, isWhole) ? spans : [],
  );

/** As if all chunks of a term were of one length. */
const aboutBytes = ({ start, end, bytes }: Term, from: number, to: number): number =>
  Math.floor((bytes * (to - from)) / (end - start));

/** The terms of the other file of which it has to be known where their chunks are cut. */
export const toBeCut = (olds: readonly Term[], news: readonly Term[]): readonly TermAt[] => {
  const asked = new Map<number, TermAt>();
  spansFrom(olds, news, (term, start, end) => {
    asked.set(term.offset, term);
    return aboutBytes(term, start, end);
  });
  return [...asked.values()];
};

/** Spans that follow each other without a gap. */
interface Stretch {
  readonly start: number;
  end: number;
  readonly spans: Span[];
}

const stretchesOf = (spans: readonly Span[]): Stretch[] => {
  const stretches: Stretch[] = [];
  for (const span of spans) {
    const last = stretches.at(-1);
    const before = last?.spans.at(-1);
    if (!last || !before || last.end !== span.to) {
      stretches.push({ start: span.to, end: span.to + span.bytes, spans: [span] });
      continue;
    }
    last.end += span.bytes;
    if (before.from + before.bytes === span.from)
      last.spans[last.spans.length - 1] = { ...before, bytes: before.bytes + span.bytes };
    else last.spans.push(span);
  }
  return stretches;
};

/**
 * Those that are worth taking from the other file: what is missing between them is fetched in few requests.
 * @param spans in order
 * @param size of the file that they are of
 */
export const worthTaking = (spans: readonly Span[], size: number): readonly Span[] => {
  let kept = stretchesOf(spans);
  for (let least = REQUEST_BYTES; ; least *= 2) {
    kept = kept.filter(({ start, end }) => end - start >= least || start === 0 || end === size);
    if (kept.length < REQUESTS_MOST) return kept.flatMap((stretch) => stretch.spans);
  }
};

/** Bytes in all of these. */
export const bytesIn = (spans: readonly Span[]): number => spans.reduce((sum, { bytes }) => sum + bytes, 0);

/** How much of a file would be taken from the other one, before anybody has looked where its chunks are cut. In bytes. */
export const aboutToTake = (olds: readonly Term[], news: readonly Term[]): number => {
  const spans = [...thereOfEach(olds, news, aboutBytes)].flatMap((there) => {
    const { term, isWhole } = there;
    if (isWhole) return [{ from: 0, to: term.offset, bytes: term.bytes }];
    return fits(term, there.spans, false) ? there.spans : [];
  });
  return bytesIn(worthTaking(spans, bytesIn(news.map(({ bytes }) => ({ from: 0, to: 0, bytes })))));
};
