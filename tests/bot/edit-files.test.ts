import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GGUF = 'sample/Tiny-Llama-GGUF';

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const added = async (ref: string): Promise<number> => {
  await bench.say(`/add ${ref} later`);
  await bench.sees(new RegExp(`^${ref} · pending`));
  return bench.store.models.listModels(ANN)[0]?.id ?? 0;
};

const model = (id: number) => bench.store.models.getModel(id);

it('/edit quantize= has another one looked up, and the model is that from then on', async () => {
  const id = await added(`${GGUF}:Q4_K_M`);
  const before = model(id);
  expect(await bench.ask(`/edit #${id} quantize=Q8_0 pinned=yes`)).toContain(`${GGUF}:Q4_K_M · pinned`);
  await bench.sees(/^sample\/Tiny-Llama-GGUF · changed\nWhat it had stays until/);
  expect(bench.store.models.countModels(ANN)).toBe(1);
  expect(model(id)).toMatchObject({ pinned: true, selection: expect.stringContaining('Q8_0') });
  expect(model(id)?.sizeBytes).toBeGreaterThan(before?.sizeBytes ?? 0);
  const weights = bench.store.models.modelFiles(id).filter(({ path }) => /^Tiny.*gguf$/.test(path));
  expect(weights.map(({ path }) => path)).toEqual([expect.stringContaining('Q8_0')]);
  await bench.sees(new RegExp(`^${GGUF}:Q8_0 · pending`));
});

it('the menu asks which one it shall be', async () => {
  const id = await added(`${GGUF}:Q4_K_M`);
  const [menu] = await bench.say(`/edit #${id}`);
  await bench.press(menu, 'Quantization');
  await bench.sees(/^Which quantization shall/);
  expect(await bench.ask('Q8_0')).toContain('is looked up anew.');
  await bench.sees(/^sample\/Tiny-Llama-GGUF · changed\n/);
  expect(model(id)?.selection).toContain('Q8_0');
});

it('the button for other files asks which, says which it is now, and a choice is the model from then on', async () => {
  const id = await added(`${GGUF}:Q4_K_M`);
  const [details] = await bench.say(`/model #${id}`).then(async () => {
    const card = await bench.sees(new RegExp(`^${GGUF}:Q4_K_M · pending`));
    await bench.press(card, 'Details');
    return [await bench.sees(/^sample\/Tiny-Llama-GGUF:Q4_K_M\n|Commit/)];
  });
  await bench.press(details, 'Other files');
  const picker = await bench.sees(/^sample\/Tiny-Llama-GGUF · which files shall it have instead\?/);
  const labels = picker.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
  expect(labels.filter((label) => label.includes('· now'))).toEqual([expect.stringContaining('Q4_K_M')]);
  await bench.press(picker, labels.find((label) => label.startsWith('Q8_0')) ?? '');
  await bench.sees(/^sample\/Tiny-Llama-GGUF · changed\n/);
  expect(bench.store.models.countModels(ANN)).toBe(1);
  expect(model(id)?.selection).toContain('Q8_0');
});

it('in a group what a model becomes is chosen by nobody who may not edit it', async () => {
  const group = -1_001_000_000_078;
  bench.telegram.addGroup({ id: group, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
  bench.store.chats.upsertChat({ chatId: group, kind: 'supergroup', title: 'Lab' });
  bench.store.chats.setAccess(group, 'approved');
  const [ann, bob] = [ANN, BOB].map((userId) => ({ chatId: group, userId }));
  await bench.say(`/add ${GGUF}:Q4_K_M later`, ann);
  await bench.sees(/^sample\/Tiny-Llama-GGUF:Q4_K_M · pending/, group);
  const id = bench.store.models.listModels(group)[0]?.id ?? 0;
  await bench.say(`/edit #${id} quantize=ask`, ann);
  const picker = await bench.sees(/^sample\/Tiny-Llama-GGUF · which files shall it have instead\?/, group);
  const labels = picker.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
  const other = labels.find((label) => label.startsWith('Q8_0')) ?? '';
  for (const label of [other, labels.at(-1) ?? ''])
    expect(await bench.press(picker, label, bob)).toMatch(/^Only the person who asked for that model, an admin/);
  expect(model(id)?.selection).toContain('Q4_K_M');
  await bench.press(picker, other, ann);
  await bench.sees(/^sample\/Tiny-Llama-GGUF · changed\n/, group);
  await bench.say(`/add ${GGUF} quantize=ask`, ann);
  const fresh = await bench.sees(/^sample\/Tiny-Llama-GGUF · which one\?/, group);
  expect(await bench.press(fresh, labels.at(-1) ?? '', bob)).toBeUndefined();
});

it('of a model that comes in one form only the button for other files changes nothing', async () => {
  const id = await added('sample/tiny-llama');
  const before = model(id);
  await bench.press(await bench.sees(/^sample\/tiny-llama · pending/), 'Details');
  await bench.press(await bench.sees('Commit'), 'Other files');
  await bench.sees(/^sample\/tiny-llama · already in this library/);
  expect(model(id)?.selection).toBe(before?.selection);
});

it('what the library has already is not made twice', async () => {
  const [small, large] = [await added(`${GGUF}:Q4_K_M`), await added(`${GGUF}:Q8_0`)];
  await bench.say(`/edit #${small} quantize=Q8_0`);
  await bench.sees(/already in this library\nIt waits\./);
  expect(model(large)).toMatchObject({ onDemand: true, runNow: false });
  expect([small, large].map((id) => /"quantize":"([^"]+)"/.exec(model(id)?.selection ?? '')?.[1])).toEqual([
    'Q4_K_M',
    'Q8_0',
  ]);
});

it('of what the library has cancelled says so, and which model stays as it was', async () => {
  const [small, large] = [await added(`${GGUF}:Q4_K_M`), await added(`${GGUF}:Q8_0`)];
  await bench.say(`/cancel #${large}`);
  await bench.press(await bench.sees(/^Cancel sample\/Tiny-Llama-GGUF:Q8_0\?/), 'Yes, cancel');
  await bench.sees(/^sample\/Tiny-Llama-GGUF:Q8_0 · cancelled/);
  await bench.say(`/edit #${small} quantize=Q8_0`);
  const shown = await bench.sees(/already in this library/);
  expect(shown.text).toMatch(
    new RegExp(
      String.raw`^sample/Tiny-Llama-GGUF:Q8_0 · already in this library\nIt is cancelled\..*\n#${small} sample/Tiny-Llama-GGUF:Q4_K_M stays as it is\.\n`,
    ),
  );
});

it('a revision that is not there changes nothing, and says so', async () => {
  const id = await added('sample/tiny-llama');
  const before = model(id);
  await bench.say(`/edit #${id} revision=nowhere`);
  await bench.sees(/^sample\/tiny-llama · failed\n/);
  expect(model(id)).toEqual(before);
  expect(await bench.ask('/edit all revision=v2')).toBe(
    'A revision, a quantization, patterns and a machine are given to one model at a time.',
  );
});

it('what it had before is offered to be dropped, with what that frees, or kept', async () => {
  await bench.close();
  bench = await openBot();
  const repo = 'sample/tiny-whisper.cpp';
  await bench.say(`/add ${repo}:base.en-q5_1`);
  await bench.sees(/^sample\/tiny-whisper\.cpp:base\.en-q5_1 · completed/);
  const [{ id } = { id: 0 }] = bench.store.models.listModels(ANN);
  await bench.say(`/edit #${id} quantize=base.en`);
  const offer = await bench.sees(
    'is still here, as sample/tiny-whisper.cpp:base.en-q5_1.\nWithout that, 598 kB would be free.',
  );
  expect(await bench.press(offer, 'Keep')).toBeUndefined();
  await bench.sees('It stays.');
  expect(bench.store.models.countModels(ANN)).toBe(2);
  const kept = bench.store.models.listModels(ANN)[0]?.id ?? 0;
  await bench.say(`/model #${kept}`);
  // The notice of its end says the same, and has no buttons.
  const card = await bench.telegram.waitFor(() =>
    bench
      .shown()
      .findLast(
        ({ text, reply_markup: keyboard }) =>
          /base\.en-q5_1 · completed/.test(text ?? '') &&
          keyboard?.inline_keyboard.flat().some((button) => button.text === 'Details'),
      ),
  );
  await bench.press(card, 'Details');
  await bench.sees('Nothing of it had to be downloaded.');
  await bench.say(`/edit #${id} quantize=tiny.en`);
  const second = await bench.sees('as sample/tiny-whisper.cpp:base.en.\nWithout that, 1.48 MB would be free.');
  await bench.press(second, 'Drop 1.48 MB');
  await bench.sees(/base\.en · removed/);
  const left = bench.store.models
    .listModels(ANN)
    .map(({ selection }) => /"quantize":"([^"]+)"/.exec(selection)?.[1] ?? '');
  expect(new Set(left)).toEqual(new Set(['base.en-q5_1', 'tiny.en']));
});
