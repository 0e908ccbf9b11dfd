import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { UNDO_MS } from '../../src/domain/removals/removed-model.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const NAME = 'sample/tiny-llama';
const REPO = defineRepo({
  id: NAME,
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: 100_000 },
  ],
});

let bench: BotBench;
let clock: TestClock;
beforeEach(async () => {
  clock = createRunningClock(Date.UTC(2026, 10, 21, 12));
  bench = await openBot({ hub: { repos: [REPO] }, clock });
  await bench.say(`/add ${NAME}`);
  // Its card and the notice, which would come between what is asked next and the answer.
  const ends = (): readonly SimMessage[] => bench.shown().filter(({ text }) => text?.startsWith(`${NAME} · completed`));
  await bench.telegram.waitFor(() => ends().length === 2);
});
afterEach(() => bench.close());

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

/** What a message shows by now. */
const now = ({ message_id: id }: SimMessage): SimMessage | undefined =>
  bench.shown().find((message) => message.message_id === id);

const removed = async (button: string): Promise<SimMessage> => {
  const [question] = await bench.say(`/remove ${NAME}`);
  expect(question?.text).toContain('It can be undone for an hour.');
  await bench.press(question, button);
  await bench.sees(/^sample\/tiny-llama · removed/);
  return question as SimMessage;
};

/** The notice of its first end is still there: that it is completed again is known by its row. */
const addedAgain = async (): Promise<void> => {
  await bench.say(`/add ${NAME}`);
  await expect.poll(() => bench.store.models.getModelByName(ANN, NAME)?.status).toBe('completed');
};

describe('the answer to a removal', () => {
  it('says until when it can be undone and what is free by then; the card says so too, and both change when it is', async () => {
    const card = await bench.sees(/^sample\/tiny-llama · completed/);
    const question = await removed('Files too · 100 kB');
    const kept =
      'sample/tiny-llama · removed\n100 kB are free within the hour, and at once when something needs the room.\nIt can be brought back as it was until today 13:00.';
    for (const message of [question, card]) {
      await expect.poll(() => now(message)?.text).toBe(kept);
      expect(labels(now(message))).toEqual(['Undo', 'Free it now']);
    }
    clock.turn(UNDO_MS);
    for (const message of [question, card]) {
      await expect.poll(() => now(message)?.text).toBe('sample/tiny-llama · removed\n100 kB are free now.');
      expect(labels(now(message))).toEqual([]);
    }
    expect(await bench.ask('/undo')).toMatch(/^There is nothing to undo/);
  });

  it('of an entry alone says that its files stay, before and after', async () => {
    const question = await removed('Entry only');
    await expect
      .poll(() => now(question)?.text)
      .toMatch(/· removed\nIts files stay on the disk\.\nIt can be brought back/);
    expect(labels(now(question))).toEqual(['Undo']);
    clock.turn(UNDO_MS);
    await expect.poll(() => now(question)?.text).toBe('sample/tiny-llama · removed\nIts files stay on the disk.');
  });

  it('has a button that brings the model back, with its card; a second tap changes nothing', async () => {
    const card = await bench.sees(/^sample\/tiny-llama · completed/);
    const before = card.text;
    const question = await removed('Files too · 100 kB');
    await expect.poll(() => labels(now(question))).toContain('Undo');
    const shown = now(question);
    await bench.press(shown, 'Undo');
    await expect
      .poll(() => now(question)?.text)
      .toBe('sample/tiny-llama · brought back\nIt is in this library as it was.');
    await expect.poll(() => now(card)?.text).toBe(before);
    const late = bench.telegram.pressForged(ANN, ANN, question.message_id, 'undo:1');
    await bench.say('/help');
    expect(bench.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === late)?.text).toBeUndefined();
    expect(bench.store.models.countModels(ANN)).toBe(1);
  });

  it('promises no room that does not come: its model was added again', async () => {
    const question = await removed('Files too · 100 kB');
    await expect.poll(() => labels(now(question))).toContain('Undo');
    expect(await bench.ask('/storage')).toContain('100 kB were removed');
    await bench.say(`/add ${NAME}`);
    await expect
      .poll(() => now(question)?.text)
      .toBe('sample/tiny-llama · removed\nIt was added again meanwhile: it is in this library.');
    expect(labels(now(question))).toEqual([]);
    await expect.poll(() => bench.store.models.countModels(ANN, { status: 'completed' })).toBe(1);
    expect(await bench.ask('/storage')).not.toContain('were removed');
    const [again] = await bench.say(`/remove ${NAME}`);
    await bench.press(again, 'Files too · 100 kB');
    await expect.poll(() => now(again ?? question)?.text).toMatch(/100 kB are free within the hour/);
    await expect.poll(() => now(question)?.text).toMatch(/100 kB are free within the hour/);
    expect(await bench.ask('/storage')).toContain('100 kB were removed');
  });

  it('has one that frees the room at once', async () => {
    const question = await removed('Files too · 100 kB');
    await expect.poll(() => labels(now(question))).toContain('Free it now');
    await bench.press(now(question), 'Free it now');
    await expect.poll(() => now(question)?.text).toBe('sample/tiny-llama · removed\n100 kB are free now.');
    expect(await bench.ask('/undo tiny')).toBe(
      `The room of ${NAME} was freed: it cannot be brought back. /add ${NAME} fetches it again.`,
    );
    const late = bench.telegram.pressForged(ANN, ANN, question.message_id, 'undo:1');
    await bench.say('/help');
    expect(bench.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === late)?.text).toBe(
      'It cannot be brought back any more.',
    );
  });
});

describe('/undo', () => {
  it('brings back what was removed last, then what was removed before', async () => {
    const other = bench.put('org/other', 'paused');
    await removed('Files too · 100 kB');
    const [question] = await bench.say('/remove org/other');
    await bench.press(question, 'Yes, remove');
    expect(await bench.ask('/undo')).toBe('org/other is back in this library. One more removal can be undone: /undo');
    expect(bench.store.models.getModel(other)?.status).toBe('paused');
    expect(await bench.ask('/undo')).toBe(`${NAME} is back in this library.`);
  });

  it('neither counts nor takes what was added again meanwhile', async () => {
    const other = bench.put('org/other', 'paused');
    const last = bench.put('org/last', 'paused');
    bench.queue.remove(other, { taking: 'ours', freedBytes: 0 });
    await removed('Entry only');
    bench.queue.remove(last, { taking: 'ours', freedBytes: 0 });
    await addedAgain();
    // The notice of its end may come in between.
    const lines = async (): Promise<string[]> => (await bench.ask('/undo')).split('\n');
    expect(await lines()).toContain('org/last is back in this library. One more removal can be undone: /undo');
    expect(await lines()).toContain('org/other is back in this library.');
    expect(await bench.ask('/undo')).toContain(`${NAME} was added again meanwhile: it is in this library.`);
  });

  it('takes a number, a part of a name, or all', async () => {
    const ids = ['a', 'b', 'c'].map((name) => bench.put(`org/${name}`, 'paused'));
    const removeAll = (): void => {
      for (const id of ids) bench.queue.remove(id, { taking: 'ours', freedBytes: 0 });
    };
    removeAll();
    expect(await bench.ask(`/undo #${ids[0]}`)).toContain(
      'org/a is back in this library. 2 more removals can be undone: /undo',
    );
    expect(await bench.ask('/undo ORG/B')).toBe('org/b is back in this library. One more removal can be undone: /undo');
    expect(await bench.ask('/undo nothing like it')).toBe(
      'Nothing like “nothing like it” was removed here in the last hour that can be brought back.',
    );
    removeAll();
    expect(await bench.ask('/undo all')).toBe('3 models are back in this library.');
  });

  it('says so where the library has the same again', async () => {
    await removed('Entry only');
    await addedAgain();
    expect(await bench.ask('/undo')).toContain(`${NAME} was added again meanwhile: it is in this library.`);
  });

  it('brings nothing back for a chat that did not have it', async () => {
    await removed('Files too · 100 kB');
    bench.telegram.addUser({ id: 1003, firstName: 'Cleo', started: true });
    bench.store.users.upsertUser({ userId: 1003, firstName: 'Cleo', username: null });
    bench.store.users.setRole(1003, 'member');
    expect(await bench.ask('/undo', { userId: 1003 })).toMatch(/^There is nothing to undo/);
    const message = bench.telegram.say(1003, 1003, 'hello');
    bench.telegram.pressForged(1003, 1003, message.message_id, 'undo:1');
    bench.telegram.pressForged(1003, 1003, message.message_id, 'freeNow:1');
    await bench.say('/help');
    expect(bench.store.removedModels.getRemoved(1)?.state).toBe('kept');
  });
});

it('whoever frees it now is heard while its files are still being deleted', async () => {
  const held = Promise.withResolvers<number>();
  await bench.close();
  bench = await openBot({
    hub: { repos: [REPO] },
    clock,
    hosts: (copies) => onlyHere({ ...copies, removeSnapshot: () => held.promise }),
  });
  await bench.say(`/add ${NAME}`);
  await bench.sees(/^sample\/tiny-llama · completed/);
  const question = await removed('Files too · 100 kB');
  await expect.poll(() => labels(now(question))).toContain('Free it now');
  await bench.press(now(question), 'Free it now');
  expect(await bench.ask('/undo')).toMatch(/^There is nothing to undo/);
  held.resolve(100_002);
});
