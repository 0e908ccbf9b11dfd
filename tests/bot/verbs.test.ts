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

it.each(['verify', 'pause', 'model'])('/%s takes one of several models that are named in a row', async (command) => {
  const one = bench.put(`org/${command}-one`);
  const two = bench.put(`org/${command}-two`);
  expect(await bench.ask(`/${command} ${command}-one #${two}`)).toBe(
    `One model at a time, please: “${command}-one” alone first, then the next.`,
  );
  // Two parts of the same name are one model that is not called so.
  expect(await bench.ask(`/${command} #${one} ${command}-one`)).toMatch(/^There is no “/);
});

it('many names in a row are not looked for one after the other', async () => {
  const named = Array.from({ length: 21 }, (_, at) => `#${bench.put(`org/many-${at}`)}`);
  expect(await bench.ask(`/model ${named.slice(1).join(' ')}`)).toMatch(
    /^One model at a time, please: “#\d+” alone first/,
  );
  expect(await bench.ask(`/model ${named.join(' ')}`)).toMatch(/^There is no “#/);
});

it('/cancel that is taken back does not say of what is paused that it goes on', async () => {
  const id = bench.put('org/still', 'paused');
  const [question] = await bench.say(`/cancel #${id}`);
  await bench.press(question, 'No, leave it');
  expect(bench.shown().find(({ message_id: one }) => one === question?.message_id)?.text).toBe(
    'Nothing was cancelled.',
  );
  expect(bench.store.models.getModel(id)?.status).toBe('paused');
});

it('/hold and /unhold do nothing for a word that they do not know, and “off” is the other of “on”', async () => {
  expect(await bench.ask('/hold gpt2')).toMatch(/^Nothing is changed by “gpt2”: \/hold alone /);
  expect(await bench.ask('/hold off')).toBe('No downloads are held.');
  expect(bench.queue.isHeld()).toBe(false);
  expect(await bench.ask('/hold on')).toMatch(/^Every download of every chat is held\./);
  expect(await bench.ask('/unhold off')).toMatch(/^Nothing is changed by “off”: \/unhold alone /);
  expect(bench.queue.isHeld()).toBe(true);
  expect(await bench.ask('/hold OFF')).toBe('The downloads go on.');
  expect(bench.queue.isHeld()).toBe(false);
});
