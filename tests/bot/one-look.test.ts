import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let bench: BotBench | undefined;
afterEach(() => bench?.close());

/** The board looks where it is told to, and never by itself: no interval ever passes by its clock. */
const open = async (): Promise<BotBench> => {
  const nothing = (): void => undefined;
  bench = await openBot({
    clock: { ...systemClock, monotonic: () => 0 },
    budget: { allows: () => true, spend: nothing, hold: nothing },
  });
  return bench;
};

it('whatever an update has changed is looked at once it is handled, not only when it is time for a look', async () => {
  bench = await open();
  bench.queue.hold();
  const id = bench.put('gpt2');
  await bench.say(`/model #${id}`);
  await bench.press(await bench.sees('gpt2 · pending'), 'Pause');
  await bench.sees('gpt2 · paused');
  await bench.say(`/cancel #${id}`);
  await bench.press(await bench.sees('Cancel gpt2?'), 'Yes, cancel');
  const card = await bench.sees('gpt2 · cancelled');
  expect(bench.shown(ANN).map(({ message_id: messageId }) => messageId)).toContain(card.message_id);
});

it('what the Hub was asked for is shown once it has answered, or cannot be asked any more', async () => {
  bench = await open();
  bench.queue.hold();
  await bench.say('/add sample/tiny-llama');
  await bench.sees(/^sample\/tiny-llama · pending/);
  await bench.say('/add sample/none-of-that-name');
  await bench.sees(/^sample\/none-of-that-name/);
  await bench.say('/search tiny-llama');
  await bench.sees(/^Search: tiny-llama[\s\S]*\n1 sample\//);
});
