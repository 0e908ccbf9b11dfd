import { expect, it } from 'vitest';
import { readEntry } from '../../src/domain/moving/read-entry.ts';
import { writtenEntry } from '../../src/domain/moving/written-entry.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { applyDetails, changesOf } from '../../src/library/moving/apply-details.ts';
import { exportLibrary } from '../../src/library/moving/export.ts';
import type { ModelEdit } from '../../src/library/read-edit.ts';
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

it('what people can set of a model stands in the file, and comes back from it: whatever is added to /edit as well', () => {
  const store = openLibrary();
  const { id } = store.models.createModel({ chatId: 1001, name: 'gpt2', category: 'text' });
  const plain = store.models.createModel({ chatId: 1002, name: 'gpt2', category: 'text' });
  const tags = ['nlp', 'small'];
  // Its status is known here, and no file says it.
  const edit = {
    title: 'Mine',
    description: 'For the tests',
    priority: 'high',
    category: 'audio',
    enabled: false,
    pinned: true,
    maxRetries: 9,
    checkFrequency: 'weekly',
  } satisfies Required<Omit<ModelEdit, 'status' | 'tags'>>;
  store.models.setTags(id, tags);
  store.models.updateModelDetails(id, edit);
  const edited = store.models.getModel(id);
  const file = edited && JSON.stringify(writtenEntry(edited, tags));
  const { details } = readEntry(JSON.parse(file ?? ''), []);
  const inWords = { maxRetries: 'max_retries', checkFrequency: 'check_frequency' } as const;
  const keys = Object.keys(edit).map((key) => (key in inWords ? inWords[key as keyof typeof inWords] : key));
  expect(changesOf(plain, [], details).toSorted()).toEqual([...keys, 'tags'].toSorted());
  applyDetails(store, plain, details);
  const brought = store.models.getModel(plain.id);
  expect(brought).toMatchObject({ ...edit, enabled: true });
  expect(store.models.tagsOf(plain.id)).toEqual(tags);
});
