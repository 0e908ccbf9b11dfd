import { expect, it, onTestFinished } from 'vitest';
import { ANN, openBot } from './setup.ts';

it('a tap on a row of a list that has become shorter shows the list as it is now', async () => {
  const bench = await openBot();
  onTestFinished(() => bench.close());
  const ids = ['one', 'two', 'three'].map((name) => bench.put(`org/${name}`, 'completed'));
  const [list] = await bench.say('/library');
  const last = list?.reply_markup?.inline_keyboard.at(-1)?.[0]?.text ?? '';
  for (const id of ids) bench.store.models.removeModel(id);
  expect(await bench.press(list, last)).toBe('The library has changed; this is how it is now.');
  expect(bench.shown(ANN).some(({ text }) => text?.includes('went wrong'))).toBe(false);
});
