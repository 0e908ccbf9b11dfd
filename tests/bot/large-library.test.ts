import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANN, type BotBench, openBot } from './setup.ts';

const MODELS = 5000;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
  bench.store.atomically(() => {
    for (let at = 0; at < MODELS; at += 1) {
      const name = `org/${at % 7 === 0 ? 'llama' : 'model'}-${'x'.repeat(80)}-${String(at).padStart(4, '0')}`;
      const { id } = bench.store.models.createModel({
        chatId: ANN,
        name,
        sizeBytes: 1000 + at,
        category: at % 2 ? 'text' : 'image',
      });
      if (at % 10 === 0) bench.store.models.setTags(id, ['tenth', `tag ${at % 50}`]);
    }
  });
});
afterEach(() => bench?.close());

it('five thousand models are filtered, searched, paged and sorted, each list within what Telegram takes', async () => {
  const [list] = await bench.say('/library');
  const now = () => bench.shown().find(({ message_id: id }) => id === list?.message_id);
  expect(list?.text).toContain('5,000 models · 17.5 MB, none of it complete · page 1 of 625');
  for (let page = 0; page < 3; page += 1) await bench.press(list, 'More ›');
  expect(now()?.text).toContain('page 4 of 625');
  await bench.press(list, 'Filter');
  await bench.press(list, '#tenth · 500');
  await bench.press(list, 'image 🎨 · 2500');
  expect(now()?.text).toContain('image · #tenth\n500 models');
  const buttons = now()?.reply_markup?.inline_keyboard.flat() ?? [];
  expect(buttons.length).toBeLessThanOrEqual(30);
  expect(await bench.ask('/library llama smallest')).toContain('“llama” · smallest first\n715 models');
  expect(await bench.ask('/library text 0007')).toContain('text · “0007”\n1 model');
  expect(await bench.ask('/edit #tenth priority=low')).toBe('500 models changed.');
  expect(await bench.ask('/history')).toBe('Nothing was downloaded in this chat yet.');
});
