import { describe, expect, it } from 'vitest';
import { areTermsOf, CHUNK_MOST_BYTES, type Term } from '../../../src/domain/chunks/term.ts';
import {
  aboutToTake,
  type BytesOf,
  bytesIn,
  type Span,
  spansFrom,
  toBeCut,
  worthTaking,
} from '../../../src/transfer/chunks/plan.ts';
import { createDice } from '../../helpers/dice.ts';

const MIB = 2 ** 20;
const NOBODY: BytesOf = () => {
  throw new Error('nobody has to know');
};

/** A term of chunks that are all 10 bytes long. */
const tens = (xorb: string, start: number, end: number): Term => ({ xorb, start, end, bytes: (end - start) * 10 });
const TENS: BytesOf = (_term, start, end) => (end - start) * 10;

describe('what of a file lies in another one', () => {
  it('is a whole term that both have, wherever it lies', () => {
    const [olds, news] = [
      [tens('a', 0, 10), tens('b', 0, 5)],
      [tens('c', 0, 1), tens('b', 0, 5), tens('a', 0, 10)],
    ];
    expect(spansFrom(olds, news, NOBODY)).toEqual([
      { from: 100, to: 10, bytes: 50 },
      { from: 0, to: 60, bytes: 100 },
    ]);
    expect(toBeCut(olds, news)).toEqual([]);
  });

  it('is the beginning and the end of a term of which the middle is missing', () => {
    const olds = [tens('a', 0, 3), tens('x', 0, 1), tens('a', 7, 10)];
    expect(spansFrom(olds, [tens('a', 0, 10)], NOBODY)).toEqual([
      { from: 0, to: 0, bytes: 30 },
      { from: 40, to: 70, bytes: 30 },
    ]);
  });

  it('is a part of a term, once somebody has looked where it is cut', () => {
    const [olds, news] = [[tens('x', 0, 1), tens('a', 0, 10)], [tens('a', 2, 9)]];
    expect(toBeCut(olds, news)).toEqual([{ ...tens('a', 0, 10), offset: 10 }]);
    expect(spansFrom(olds, news, TENS)).toEqual([{ from: 30, to: 0, bytes: 70 }]);
    expect(spansFrom(olds, news, () => undefined)).toEqual([]);
  });

  it('is put together of several terms that overlap', () => {
    const olds = [tens('a', 4, 6), tens('a', 0, 4), tens('a', 2, 8), tens('a', 6, 12)];
    const spans = spansFrom(olds, [tens('a', 1, 12)], TENS);
    expect(bytesIn(spans)).toBe(110);
  });

  it('is looked for up to a number of parts only, where a file repeats the same chunks over and over', () => {
    const olds = Array.from({ length: 2 ** 13 }, (_, chunk) => tens('a', chunk, chunk + 1));
    const news = Array.from({ length: 40 }, () => tens('a', 0, 2 ** 13));
    expect(spansFrom(olds, news, NOBODY)).toHaveLength(2 ** 17);
    expect(aboutToTake(olds, news)).toBe(2 ** 17 * 10);
  });

  it('is nothing of what contradicts itself', () => {
    const old = tens('a', 0, 10);
    expect(spansFrom([old], [{ ...tens('a', 0, 10), bytes: 90 }], NOBODY)).toEqual([]);
    expect(spansFrom([old], [{ ...tens('a', 2, 9), bytes: 69 }], TENS)).toEqual([]);
    expect(spansFrom([tens('a', 0, 3), tens('a', 7, 10)], [{ ...tens('a', 0, 10), bytes: 50 }], NOBODY)).toEqual([]);
  });

  it('is nothing where they have nothing in common', () => {
    const [olds, news] = [[tens('a', 0, 10)], [tens('b', 0, 10), tens('a', 10, 20)]];
    expect([spansFrom(olds, news, NOBODY), toBeCut(olds, news), aboutToTake(olds, news)]).toEqual([[], [], 0]);
  });
});

/** Chunks of xorbs, each with a length of its own. */
const createWorld = (seed: number) => {
  const dice = createDice(seed + 1);
  const lengths = Array.from({ length: 6 }, () => Array.from({ length: 40 }, () => 1 + dice(CHUNK_MOST_BYTES)));
  const sum = (xorb: number, start: number, end: number): number =>
    (lengths[xorb] ?? []).slice(start, end).reduce((all, one) => all + one, 0);
  const file = (): Term[] =>
    Array.from({ length: 1 + dice(12) }, () => {
      const xorb = dice(6);
      const start = dice(40);
      const end = start + 1 + dice(40 - start);
      return { xorb: String(xorb), start, end, bytes: sum(xorb, start, end) };
    });
  const bytesOf: BytesOf = ({ xorb }, start, end) => sum(Number(xorb), start, end);
  /** Which byte of which chunk lies there. */
  const at = (terms: readonly Term[], offset: number): string => {
    let left = offset;
    for (const { xorb, start, end } of terms) {
      for (let chunk = start; chunk < end; chunk += 1) {
        const length = sum(Number(xorb), chunk, chunk + 1);
        if (left < length) return `${xorb} ${chunk} ${left}`;
        left -= length;
      }
    }
    throw new Error('it is shorter');
  };
  return { file, bytesOf, at };
};

const endsOf = ({ from, to, bytes }: Span): readonly (readonly [number, number])[] => [
  [from, to],
  [from + bytes - 1, to + bytes - 1],
];

describe('500 random pairs of files', () => {
  it('lie where they are said to lie, in order, and all that can be told of is told of', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const { file, bytesOf, at } = createWorld(seed);
      const [olds, news] = [file(), file()];
      const size = bytesIn(news.map(({ bytes }) => ({ from: 0, to: 0, bytes })));
      expect(areTermsOf(news, size)).toBe(true);
      const cut = new Set(toBeCut(olds, news).map(({ offset }) => offset));
      const spans = spansFrom(olds, news, (term, start, end) => {
        expect(cut).toContain(term.offset);
        return bytesOf(term, start, end);
      });
      let reached = 0;
      for (const each of [...spans, ...worthTaking(spans, size)])
        for (const [from, to] of endsOf(each)) expect(at(olds, from)).toBe(at(news, to));
      for (const { to, bytes } of spans) {
        expect(to).toBeGreaterThanOrEqual(reached);
        reached = to + bytes;
      }
      expect(reached).toBeLessThanOrEqual(size);
      // A term whose first chunk is there is begun with.
      let offset = 0;
      for (const term of news) {
        const first = olds.find(
          ({ xorb, start, end }) => xorb === term.xorb && start <= term.start && term.start < end,
        );
        const at0 = offset;
        expect(first === undefined || spans.some(({ to }) => to === at0)).toBe(true);
        offset += term.bytes;
      }
    }
  });
});

const span = (to: number, bytes: number, from = to): Span => ({ from, to, bytes });

describe('what is worth taking', () => {
  it('is joined where it lies beside each other in both', () => {
    expect(worthTaking([span(0, MIB), span(MIB, MIB), span(2 * MIB, MIB, 9 * MIB)], 3 * MIB)).toEqual([
      span(0, 2 * MIB),
      span(2 * MIB, MIB, 9 * MIB),
    ]);
  });

  it.each([
    [MIB - 1, 0],
    [MIB, 1],
  ])('is a stretch of %i bytes between two that are fetched: %i', (bytes, kept) => {
    expect(worthTaking([span(3 * MIB, bytes)], 10 * MIB)).toHaveLength(kept);
  });

  it('is a short stretch at the beginning or at the end: it makes no request more', () => {
    expect(worthTaking([span(0, 10), span(MIB - 10, 10)], MIB)).toHaveLength(2);
  });

  it('is so much that few requests are left, however scattered the changes are', () => {
    const spans = Array.from({ length: 1000 }, (_, index) => span(index * 4 * MIB + MIB, index % 2 ? MIB : 3 * MIB));
    expect(worthTaking(spans, 4000 * MIB)).toEqual([]);
    expect(worthTaking(spans.slice(0, 256), 1024 * MIB).length).toBeLessThan(256);
    expect(worthTaking(spans.slice(0, 255), 1020 * MIB)).toHaveLength(255);
  });
});

describe('what would be taken, told beforehand', () => {
  it('is near what is taken then', () => {
    const long = (xorb: string, start: number, end: number): Term => ({
      xorb,
      start,
      end,
      bytes: (end - start) * 65_536,
    });
    const olds = [long('a', 0, 1000), long('b', 0, 1000)];
    const news = [long('n', 0, 3), long('a', 1, 1000), long('b', 0, 400), long('n', 3, 60), long('b', 450, 1000)];
    const exact = worthTaking(
      spansFrom(olds, news, (_, start, end) => (end - start) * 65_536),
      bytesIn(news.map(({ bytes }) => ({ from: 0, to: 0, bytes }))),
    );
    expect(aboutToTake(olds, news)).toBe(bytesIn(exact));
    expect(bytesIn(exact)).toBe(1949 * 65_536);
  });
});

describe('terms', () => {
  it.each([
    ['are those of a file of that size', [tens('a', 0, 10)], 100, true],
    ['are not, if they are longer or shorter', [tens('a', 0, 10)], 99, false],
    ['have chunks', [{ ...tens('a', 3, 3), bytes: 1 }], 1, false],
    ['have no chunk before the first', [tens('a', -1, 1)], 20, false],
    ['have a byte in each chunk at least', [{ ...tens('a', 0, 10), bytes: 9 }], 9, false],
    ['have chunks as long as one may be', [{ ...tens('a', 0, 2), bytes: 2 * CHUNK_MOST_BYTES }], 2 ** 18, true],
    ['have no longer one', [{ ...tens('a', 0, 2), bytes: 2 * CHUNK_MOST_BYTES + 1 }], 2 ** 18 + 1, false],
  ])('%s', (_, terms, size, expected) => {
    expect(areTermsOf(terms, size)).toBe(expected);
  });
});
