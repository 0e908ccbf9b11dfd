import { describe, expect, it } from 'vitest';
import { inTurn, type Shared, type Taker, tooRich } from '../../src/transfer/engine/fair-share.ts';

interface Named extends Shared {
  readonly name: string;
}

const entry = (name: string, taker: Taker | readonly Taker[], busy: number, leaving = 0): Named => ({
  name,
  takers: [taker].flat(),
  busy,
  leaving,
});
const names = (entries: Iterable<Named>): string[] => [...entries].map(({ name }) => name);

describe('connections', () => {
  const [first, second, third]: Taker[] = [{}, {}, {}];
  if (!first || !second || !third) throw new Error('three takers');

  it('go to the oldest files of one job', () => {
    expect(names(inTurn(new Set([entry('a', first, 3), entry('b', first, 0)])))).toEqual(['a', 'b']);
  });

  it('go to the job that has fewest, however many files it has', () => {
    const entries = new Set([
      entry('a1', first, 2),
      entry('a2', first, 2),
      entry('b1', second, 3),
      entry('c', third, 4),
    ]);
    expect(names(inTurn(entries))).toEqual(['b1', 'a1', 'a2', 'c']);
  });

  it('that were told to end count no more', () => {
    const entries = new Set([entry('a', first, 4, 2), entry('b', second, 3)]);
    expect(names(inTurn(entries))).toEqual(['a', 'b']);
  });

  it('that fetch for two jobs count for both, and help the one that has fewest', () => {
    const shared = entry('both', [first, second], 4);
    expect(names(inTurn(new Set([shared, entry('b', second, 2), entry('c', third, 5)])))).toEqual(['both', 'c', 'b']);
  });
});

describe('who has to give up a connection', () => {
  const [first, second]: Taker[] = [{}, {}];
  if (!first || !second) throw new Error('two takers');
  const all = (): boolean => true;

  it('is nobody who is alone', () => {
    expect(tooRich(new Set([entry('a', first, 16)]), 16, all)).toEqual([]);
  });

  it('is whoever has more than an equal share, as long as another has less', () => {
    const rich = entry('a', first, 16);
    expect(names(tooRich(new Set([rich, entry('b', second, 0)]), 16, all))).toEqual(['a']);
    rich.leaving = 7;
    expect(names(tooRich(new Set([rich, entry('b', second, 0)]), 16, all))).toEqual(['a']);
    rich.leaving = 8;
    expect(tooRich(new Set([rich, entry('b', second, 0)]), 16, all)).toEqual([]);
  });

  it('is nobody for one that could do nothing with it', () => {
    expect(tooRich(new Set([entry('a', first, 16), entry('b', second, 0)]), 16, ({ name }) => name === 'a')).toEqual(
      [],
    );
  });

  it('is nobody if there are more jobs than connections', () => {
    const jobs = Array.from({ length: 5 }, (_, number) => entry(`${number}`, {}, number < 3 ? 1 : 0));
    expect(tooRich(new Set(jobs), 3, all)).toEqual([]);
  });
});
