import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BotBench, openBot } from './setup.ts';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterAll(() => bench?.close());

it.each(['config', 'schedule', 'categories'])(
  '/%s says what it takes for a word that every object has',
  async (command) => {
    const usage = await bench.ask(`/${command} banana`);
    for (const word of ['constructor', 'toString', '__proto__']) {
      expect(await bench.ask(`/${command} ${word}`)).toBe(usage.replaceAll('banana', word));
    }
  },
);
