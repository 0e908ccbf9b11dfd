import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const NAME = 'sample/tiny-llama';
const PATIENT = { interval: 20 } as const;

let bench: BotBench;
let id: number;
beforeEach(async () => {
  bench = await openBot();
  await bench.say(`/add ${NAME}`);
  await bench.sees(/^sample\/tiny-llama · completed/);
  id = bench.store.models.getModelByName(ANN, NAME)?.id ?? 0;
});
afterEach(() => bench.close());

const isGone = (one: number): boolean => {
  const model = bench.store.models.getModel(one);
  return model !== undefined && model.filesGone > 0;
};

/** Another tool cleans up. */
const remove = (): void => {
  const path = bench.store.models.getModel(id)?.downloadPath ?? '';
  rmSync(dirname(dirname(path)), { recursive: true });
};

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

it('a list that shows a model finds out that its files are gone, and says so from then on, as its card does', async () => {
  remove();
  const [list] = await bench.say('/library');
  expect(labels(list)[0]).toContain(`#${id} ${NAME} · completed`);
  const card = await bench.sees(/^sample\/tiny-llama · files gone\nAll its/);
  expect(labels(card)).toEqual(['Fetch again', 'Remove', 'Details']);
  expect(labels((await bench.say('/library'))[0])[0]).toContain(`#${id} ${NAME} · files gone`);
  expect(await bench.ask(`https://huggingface.co/${NAME}`)).toBe(`This library has it already: ${NAME} · files gone.`);
  bench.put('org/other', 'completed');
  const [question] = await bench.say('/remove');
  expect(labels(question)).toContain(`#${id} ${NAME} · files gone`);
  await bench.press(card, 'Fetch again');
  await expect.poll(() => bench.store.models.getModel(id)?.status, PATIENT).toBe('completed');
  expect((await bench.say('/library')).flatMap(labels)).toContainEqual(expect.stringContaining(`${NAME} · completed`));
});

it('a card that somebody opens finds it out', async () => {
  remove();
  await bench.say(`/model #${id}`);
  await bench.sees(/^sample\/tiny-llama · files gone/);
});

it('only what is shown is looked at, a page at a time', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => {
    const files = [{ path: 'config.json', size: 2, etag: String(index).repeat(40) }];
    const model = bench.store.models.createModel({
      chatId: ANN,
      name: `org/m${index}`,
      commitSha: 'a'.repeat(40),
      files,
    });
    bench.store.models.moveModel(model.id, 'pending', 'downloading');
    bench.store.models.moveModel(model.id, 'downloading', 'completed');
    return model.id;
  });
  const [list] = await bench.say('/library');
  await expect.poll(() => ids.filter(isGone), PATIENT).toEqual(ids.slice(2));
  await bench.press(list, 'More ›');
  await expect.poll(() => ids.filter(isGone), PATIENT).toEqual(ids);
  expect(isGone(id)).toBe(false);
});
