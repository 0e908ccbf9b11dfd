import { expect, it, onTestFinished } from 'vitest';
import { ANN, openBot } from './setup.ts';

it('a picker that was sent twice, since the answer to the first was lost, asks no more where it is tapped', async () => {
  const bench = await openBot();
  onTestFinished(() => bench.close());
  bench.queue.hold();
  // To the bot it is some message of its own, with the buttons of the one that it knows.
  const [lost] = await bench.say('/help');
  await bench.say('/add sample/Tiny-Llama-GGUF');
  const picker = await bench.sees(/which one\?/);
  await expect.poll(() => bench.store.addRequests.getAddRequest(1)?.cardMessageId).toBe(picker.message_id);
  const data = picker.reply_markup?.inline_keyboard[0]?.[0]?.callback_data ?? '';
  bench.telegram.pressForged(ANN, ANN, lost?.message_id ?? 0, data);
  await bench.sees(/^sample\/Tiny-Llama-GGUF · sent twice\n/);
  await bench.sees(/^sample\/Tiny-Llama-GGUF:IQ1_S · pending/);
  expect(bench.shown().map(({ message_id: id }) => id)).toEqual([lost?.message_id, picker.message_id]);
});
