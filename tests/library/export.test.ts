import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { exportLibrary } from '../../src/library/moving/export.ts';
import { openLibrary } from './setup.ts';

it('a large library is written a piece at a time, and as large as was said', async () => {
  const store = openLibrary();
  const names = Array.from({ length: 401 }, (_, index) => `org/model-${index}`);
  for (const name of names) store.models.createModel({ chatId: 1001, name, description: '“ü”' });
  const file = await exportLibrary({ store, clock: systemClock }, { chatId: 1001, filter: {}, settings: {} });
  const turns: number[] = [];
  let turn = 0;
  let isWritten = false;
  const count = (): void => {
    turn += 1;
    if (!isWritten) setImmediate(count);
  };
  setImmediate(count);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces()) {
    pieces.push(piece);
    turns.push(turn);
  }
  isWritten = true;
  const text = Buffer.concat(pieces);
  expect(text.length).toBe(file.bytes);
  const { models } = JSON.parse(text.toString()) as { models: { name: string }[] };
  expect(models.map(({ name }) => name)).toEqual(names);
  // Others had their turn between any two pieces with models.
  expect(new Set(turns).size).toBeGreaterThanOrEqual(8);
});
