import { afterEach, expect, it } from 'vitest';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

let clock: TestClock;
let bench: BotBench;
afterEach(() => bench?.close());

const calls = (method: string): number => bench.telegram.calls.filter((call) => call.method === method).length;

const begin = async (): Promise<void> => {
  clock = createRunningClock();
  bench = await openBot({ clock });
};

/** Its connection is dead, and no word of that has come. */
const hang = async (method: 'getUpdates' | 'sendMessage', begun: () => void): Promise<void> => {
  bench.telegram.setFault({ method, kind: 'timeout', times: 1 });
  const before = calls(method);
  begun();
  await bench.telegram.waitFor(() => calls(method) > before);
};

it('hears people soon after the machine has slept, although the poll of before hangs', {
  timeout: 40_000,
}, async () => {
  await begin();
  // The poll that brings this is the last one that ends.
  await hang('getUpdates', () => bench.telegram.say(ANN, ANN, '/help'));
  clock.turn(8 * 3_600_000);
  expect(await bench.ask('/queue')).toContain('Nothing');
});

it('says soon after a minute of being stopped what hung before', { timeout: 40_000 }, async () => {
  await begin();
  bench.put('lab/model', 'completed');
  await hang('sendMessage', () => bench.store.outbox.addNotice({ modelId: 1, chatId: ANN, kind: 'access_granted' }));
  clock.pass(60_000);
  await bench.telegram.waitFor(() => bench.shown().length > 0);
  expect(bench.shown()).toHaveLength(1);
});
