import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { behind, oneAtATime } from '../../src/lib/async/one-at-a-time.ts';

it.each(['well', 'badly'])(
  'what hangs is begun once for all; work behind it begins when that has ended %s',
  async (how) => {
    const first = Promise.withResolvers<void>();
    const begun: string[] = [];
    const ask = oneAtATime(() => {
      begun.push('asked');
      return first.promise;
    });
    const works = [1, 2, 3].map((number) =>
      behind(ask)(async () => {
        begun.push(`work ${number}`);
        return number;
      }),
    );
    await turnOfTheLoop();
    expect(begun).toEqual(['asked']);
    if (how === 'well') first.resolve();
    else first.reject(new Error('no disk'));
    expect(await Promise.all(works)).toEqual([1, 2, 3]);
    expect(begun).toEqual(['asked', 'work 1', 'work 2', 'work 3']);
  },
);
