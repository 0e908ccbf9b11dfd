import { expect, it, onTestFinished } from 'vitest';
import { ANN, type BotBench, openBot } from './setup.ts';

const open = async (): Promise<BotBench> => {
  const bench = await openBot();
  onTestFinished(() => bench.close());
  return bench;
};

it('who pins a message has said nothing, and is not answered', async () => {
  const bench = await open();
  const [help] = await bench.say('/help');
  bench.telegram.pinMessage(ANN, ANN, help?.message_id ?? 0);
  expect(await bench.ask('/quota')).toMatch(/^What you may have/);
  expect(bench.shown().map(({ text }) => text?.split('\n')[0])).toEqual(['What I understand:', 'What you may have']);
});

it('nor is it an answer to the question which file', async () => {
  const bench = await open();
  const [question] = await bench.say('/keep');
  bench.telegram.pinMessage(ANN, ANN, question?.message_id ?? 0);
  expect(await bench.ask('/cancel')).toBe('Left. Nothing was changed.');
  expect(bench.shown()).toHaveLength(2);
});
