import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/lib/async/turns.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
const createWork = () => {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    end: (name: string): void => ends.get(name)?.(),
    do: (name: string) => (): Promise<string> => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    },
  };
};

describe('turns', () => {
  it('come in the order in which they were asked for, so many at one time', async () => {
    const turns = createTurns(2);
    const work = createWork();
    const all = ['a', 'b', 'c', 'd'].map((name) => turns(never, work.do(name)));
    await Promise.resolve();
    expect(work.begun).toEqual(['a', 'b']);
    work.end('b');
    expect(await all[1]).toBe('b');
    await expect.poll(() => work.begun).toEqual(['a', 'b', 'c']);
    work.end('a');
    await expect.poll(() => work.begun).toEqual(['a', 'b', 'c', 'd']);
    for (const name of ['c', 'd']) work.end(name);
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('come after work that fails, too', async () => {
    const turns = createTurns(1);
    const failure = new Error('it failed');
    await expect(turns(never, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await turns(never, async () => 'next')).toBe('next');
  });

  it('are given up by who leaves, and go to the next', async () => {
    const turns = createTurns(1);
    const work = createWork();
    const leaving = new AbortController();
    const first = turns(never, work.do('a'));
    const second = turns(leaving.signal, work.do('b'));
    const third = turns(never, work.do('c'));
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await expect(turns(leaving.signal, work.do('d'))).rejects.toThrow('gone');
    work.end('a');
    await first;
    await expect.poll(() => work.begun).toEqual(['a', 'c']);
    work.end('c');
    expect(await third).toBe('c');
  });
});
