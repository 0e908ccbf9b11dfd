import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { safetensorsOf, smallGguf, TWO, twoTensors, zipOf } from '../checks/made.ts';
import { loadableGguf } from '../checks/loadable.ts';
import { hasRuntime } from '../helpers/checks.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const GPT = { architectures: ['GPT2LMHeadModel'], n_layer: 2, n_head: 4, n_embd: 64, n_positions: 1024 };
const config = { path: 'config.json', content: JSON.stringify(GPT) };
const moved = safetensorsOf({ ...TWO, 'b.weight': { ...TWO['b.weight'], data_offsets: [13, 17] } }, Buffer.alloc(17));
const evil = zipOf({ 'm/data.pkl': Buffer.from("cos\nsystem\n(S'touch was-run'\ntR.") });

const REPOS = [
  defineRepo({ id: 'org/good', files: [config, { path: 'model.safetensors', content: twoTensors() }] }),
  defineRepo({ id: 'org/moved', files: [config, { path: 'model.safetensors', content: moved }] }),
  defineRepo({ id: 'org/evil', files: [config, { path: 'pytorch_model.bin', content: evil }] }),
  defineRepo({ id: 'org/quant', files: [{ path: 'tiny.Q8_0.gguf', content: smallGguf() }] }),
  defineRepo({ id: 'org/half', files: [config, { path: 'model.safetensors', content: moved }] }),
  ...['org/later', 'org/not', 'org/usual'].map((id) =>
    defineRepo({
      id,
      files: [
        { path: 'README.md', content: id },
        { path: 'model.safetensors', content: twoTensors() },
      ],
    }),
  ),
  defineRepo({ id: 'org/writes', files: [{ path: 'tiny.F32.gguf', content: loadableGguf() }] }),
  defineRepo({
    id: 'org/lacks',
    files: [{ path: 'tiny.F32.gguf', content: loadableGguf({ without: 'llama.block_count' }) }],
  }),
  defineRepo({ id: 'org/rows', type: 'dataset', files: [{ path: 'rows.json', content: '[]' }] }),
];

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ hub: { repos: REPOS } });
});
afterAll(() => bench?.close());

const added = async (name: string): Promise<void> => {
  await bench.say(`/add ${name}`);
  await bench.sees(new RegExp(`^${name} · completed`));
};
const checked = async (name: string, said: RegExp, options = ''): Promise<SimMessage> => {
  await bench.say(`/check ${name}${options}`);
  return bench.sees(said);
};
const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
const fileOf = (name: string, path: string): string =>
  realpathSync(join(bench.store.models.getModelByName(ANN, name)?.downloadPath ?? '', path));

describe('/check', () => {
  it('says on the card how many tensors are whole, and how much memory they take', async () => {
    await added('org/good');
    const card = await checked('org/good', /^org\/good · completed[^]*\nWhole: 2 tensors in 1 file\.\n/);
    // Two layers keep 64 numbers of 2 bytes each for keys and for values, for the 1024 tokens that it was made for.
    expect(card.text).toMatch(/\nFits: needs about 524 kB of [\d.]+ GB memory at 1,024 tokens, the most it takes\.\n/);
    expect(labels(card)).not.toContain('Read again and repair');
    expect(card.reply_to_message?.text).toBe('/check org/good');
  });

  it('counts for that length also where it is asked first which model is meant', async () => {
    const other = bench.put('org/good-too', 'completed');
    const [which] = await bench.say('/check good context=2k');
    await bench.press(which, labels(which).find((label) => / org\/good · /.test(label)) ?? '');
    const { copyId } = bench.store.models.getModelByName(ANN, 'org/good') ?? {};
    expect(bench.store.checks.checkOf(copyId ?? 0)?.contextTokens).toBe(2048);
    bench.store.models.removeModel(other);
  });

  it('counts for the length of text that it is told', async () => {
    await checked('org/good', /needs about 51\.2 kB of [\d.]+ GB memory at 100 tokens\./, ' context=100');
    await bench.say('/settings check_context=300');
    await checked('org/good', /at 300 tokens\./);
    await checked('org/good', /at 200 tokens\./, ' context=200');
    await checked('org/good', /at 1,024 tokens\./, ' context=1K');
    await bench.say('/settings check_context=usual');
    await checked('org/good', /at 1,024 tokens, the most it takes\./);
    expect(await bench.ask('/settings check_context=0')).toMatch(
      /^check_context takes a whole number from 1 to 10000000, not “0”\./,
    );
    expect(await bench.ask('/check org/good context=0')).toMatch(/^“0” is no length of a text/);
    expect(await bench.ask('/check org/good context=10000001')).toMatch(/^“10000001” is no length of a text/);
  });

  it('reads what a GGUF file says of itself', async () => {
    await added('org/quant');
    const card = await checked('org/quant', /^org\/quant[^]*\nWhole: 2 tensors in 1 file\.\n/);
    expect(card.text).toMatch(/\nFits: needs about 524 kB of [\d.]+ GB memory at 2,048 tokens, the most it takes\./);
  });

  it.skipIf(!hasRuntime('gguf'))('loads a GGUF file, and says when it wrote and how fast', async () => {
    await added('org/writes');
    const card = await checked(
      'org/writes',
      /\nLoads: tiny\.F32\.gguf was there after (less than )?[\d.]+ s, its first token (less than )?[\d.]+ s later/,
    );
    expect(card.text).toMatch(/\nWhole: 12 tensors in 1 file\.\nFits: /);
    expect(labels(card)).not.toContain('Read again and repair');
  });

  it.skipIf(!hasRuntime('gguf'))('names the file that does not load, and offers to read it again', async () => {
    await added('org/lacks');
    const card = await checked(
      'org/lacks',
      /\nDoes not load: tiny\.F32\.gguf is refused by llama\.cpp: .*llama\.block_count\./,
    );
    expect(labels(card)).toContain('Read again and repair');
  });

  it('names the file that is not whole, and offers to read it again', async () => {
    await added('org/moved');
    const card = await checked('org/moved', /\nNot whole: model\.safetensors has its tensor “b\.weight” at byte 13/);
    expect(card.text).not.toMatch(/Whole:|Fits/);
    expect(labels(card)).toContain('Read again and repair');
  });

  it('says in a red line what a pickle would run, and does not run it', async () => {
    await added('org/evil');
    const card = await checked('org/evil', /\n🔴 pytorch_model\.bin would run os\.system when loaded\.\n/);
    expect(card.text).toMatch(/\nWhole: 1 file of weights\.\n/);
  });

  it('shows nothing of what was found once the files have changed, and finds it out anew when they are mended', async () => {
    await checked('org/good', /at 1,024 tokens/);
    const path = fileOf('org/good', 'model.safetensors');
    writeFileSync(path, readFileSync(path, 'latin1').replace('[12,16]', '[13,16]'), 'latin1');
    const broken = await checked('org/good', /^org\/good[^]*\nNot whole: model\.safetensors has its tensor/);
    await bench.press(broken, 'Read again and repair');
    await bench.sees(/^org\/good · files damaged/);
    await bench.sees(/^org\/good · completed[^]*\nWhole: 2 tensors in 1 file\./);
    expect(readFileSync(path).equals(twoTensors())).toBe(true);
  });

  it('says that files have changed since they were checked', async () => {
    const copyId = bench.store.models.getModelByName(ANN, 'org/quant')?.copyId ?? 0;
    expect(bench.store.checks.checkOf(copyId)?.state).toBe('done');
    bench.store.copies.setFilesFaulty(copyId, 0, 1);
    expect(bench.store.checks.checkOf(copyId)).toMatchObject({ state: 'stale', result: null });
    bench.store.copies.setFilesFaulty(copyId, 0, 0);
    await bench.say('/model org/quant');
    await bench.sees(/^org\/quant · completed[^]*\nIts files have changed since they were checked\./);
  });

  it('has a button under the details of a finished model', async () => {
    const card = await bench.sees(/^org\/quant · completed[^]*\nIts files have changed/);
    await bench.press(card, 'Details');
    const details = await bench.sees(/\nRepository org\/quant/);
    expect(await bench.press(details, 'Check')).toBe('Its card shows what is found.');
    await bench.sees(/^org\/quant · completed[^]*\nWhole: 2 tensors/);
  });

  it('refuses what is not here yet, what is no model, and what belongs to another chat', async () => {
    const waits = bench.put('org/waits', 'paused');
    expect(await bench.ask(`/check #${waits}`)).toBe('org/waits is paused: it can be checked when it is complete.');
    expect(await bench.ask('/check all')).toMatch(/^\/check takes one model at a time, for example/);
    await bench.say('/add datasets/org/rows');
    await bench.sees(/org\/rows · completed/);
    await bench.say('/check rows');
    await bench.sees('datasets/org/rows is a dataset: only models are checked.');
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'member');
    bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
    expect(await bench.ask('/check', { userId: BOB })).toMatch(/^Nothing is here completely yet/);
    const { message_id: message } = bench.telegram.say(BOB, BOB, 'hello');
    const pressed = bench.telegram.pressForged(BOB, BOB, message, `check:${waits}`);
    await expect
      .poll(() => bench.telegram.answers.find(({ callbackQueryId: id }) => id === pressed)?.text)
      .toBe('That belongs to another chat, or is gone.');
  });

  it('follows a download by itself where that was asked for, or is usual in the chat', async () => {
    await bench.say('/add org/later init=yes');
    await bench.sees(/^org\/later · completed[^]*\nWhole: 2 tensors in 1 file\./);
    await bench.say('/add org/moved init=perhaps');
    await bench.sees('A model is checked after its download, or not: init=yes or init=no.');
    bench.settings.setChat(ANN, 'check_after_download', 'on');
    await bench.say('/add org/not init=no');
    await bench.say('/add org/usual');
    await bench.sees(/^org\/usual · completed[^]*\nWhole: 2 tensors in 1 file\./);
    await bench.sees(/^org\/not · completed/);
    const not = bench.store.models.getModelByName(ANN, 'org/not')?.copyId ?? 0;
    expect(bench.store.checks.checkOf(not)).toBe(undefined);
    bench.settings.resetChat(ANN, 'check_after_download');
  });

  it('is done of a model that is here already, when it is asked for anew with init=yes', async () => {
    await bench.say('/add org/not init=yes');
    await bench.sees(/^org\/not · already in this library/);
    await bench.sees(/^org\/not · completed[^]*\nWhole: 2 tensors in 1 file\./);
  });

  it('that goes badly behind a download is told, once, with what repairs it', async () => {
    await bench.say('/add org/half init=yes');
    const told = await bench.sees(/^org\/half · here, but not whole\n/);
    expect(told.text).toMatch(/\nNot whole: model\.safetensors has its tensor “b\.weight” at byte 13 [^\n]*$/);
    expect(labels(told)).toEqual(['Read again and repair']);
    expect(told.reply_to_message?.text).toMatch(/^org\/half · completed/);
    const { copyId } = bench.store.models.getModelByName(ANN, 'org/half') ?? {};
    expect(bench.store.checks.untoldChecks(10)).toEqual([]);
    // Who asks with /check looks at the card.
    await bench.say('/check org/half context=100');
    await expect
      .poll(() => bench.store.checks.checkOf(copyId ?? 0))
      .toMatchObject({ state: 'done', contextTokens: 100 });
    expect(bench.store.checks.untoldChecks(10)).toEqual([]);
  });

  it('keeps foreign names out of what it says', async () => {
    const path = fileOf('org/quant', 'tiny.Q8_0.gguf');
    const name = 'a\u202e\n<b>evil</b>';
    const file = smallGguf({ tensors: [{ name, sides: [32], type: 200, offset: 0 }], data: Buffer.alloc(64) });
    // As long as it was: what has another length is told before anybody looks into it.
    writeFileSync(path, Buffer.concat([file, Buffer.alloc(smallGguf().length - file.length)]));
    const card = await checked('org/quant', /Not looked into: tiny\.Q8_0\.gguf has a tensor/);
    expect(card.text).toMatch(/“a <b>evil<\/b>” of type 200, which this check does not know\./);
    expect(card.text).not.toMatch(/Whole/);
  });
});
