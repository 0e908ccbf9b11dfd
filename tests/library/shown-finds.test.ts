import { describe, expect, it } from 'vitest';
import { createShown } from '../../src/library/adopting/shown.ts';

const find = (key: string): { readonly key: string } => ({ key });
const many = (amount: number, of: string): { readonly key: string }[] =>
  Array.from({ length: amount }, (_, at) => find(`${of}${at}`));

describe('what a list has shown', () => {
  it('is what of it lies there still, and nothing that has come since', () => {
    const { note, stillOf } = createShown();
    const word = note([find('a'), find('b')]);
    expect(word).toMatch(/^[0-9a-f]{16}$/);
    expect(stillOf(word, [find('b'), find('c')])).toEqual([find('b')]);
  });

  it('is known after a restart as long as nothing has changed, and then no more', () => {
    const word = createShown().note([find('a'), find('b')]);
    const { stillOf } = createShown();
    expect(stillOf(word, [find('a'), find('b')])).toEqual([find('a'), find('b')]);
    expect(stillOf(word, [find('a')])).toBeUndefined();
  });

  it('is forgotten from the oldest on where lists are long; the last one never is', () => {
    const { note, stillOf } = createShown();
    const [first, second] = [note(many(25_000, 'x')), note(many(25_000, 'y'))];
    // Shown once more, it is newer, and no longer.
    note(many(25_000, 'x'));
    expect(stillOf(second, [find('y1')])).toEqual([find('y1')]);
    const third = note(many(1, 'z'));
    expect(stillOf(second, [find('y1')])).toBeUndefined();
    expect(stillOf(first, [find('x1')])).toEqual([find('x1')]);
    const last = note(many(60_000, 'w'));
    expect([stillOf(third, []), stillOf(last, [find('w1')])]).toEqual([undefined, [find('w1')]]);
  });
});
