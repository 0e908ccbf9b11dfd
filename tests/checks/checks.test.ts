import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createChecks } from '../../src/checks/checks.ts';
import { checked, copyOf, ggufOf, onnxOf, onnxTensor, safetensorsOf, smallGguf, twoTensors } from './made.ts';

const one = (name: string): Buffer =>
  safetensorsOf({ [name]: { dtype: 'F32', shape: [3], data_offsets: [0, 12] } }, Buffer.alloc(12));
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const index = (map: Readonly<Record<string, string>>): string => JSON.stringify({ weight_map: map });
const rightIndex = index({ a: SHARDS[0], b: SHARDS[1] });

/** What a check says is wrong, as sentences. */
const faults = async (...given: Parameters<typeof checked>): Promise<string[]> =>
  (await checked(...given)).whole.faults.map(({ path, reason }) => `${path} ${reason}`);

describe('a check of a copy', () => {
  it('counts what is whole, and says nothing of what it does not read', async () => {
    const { whole } = await checked({ 'model.safetensors': twoTensors(), 'README.md': '# Tiny', 'config.json': '{}' });
    expect(whole).toEqual({
      weightFiles: 1,
      tensors: 2,
      faults: [],
      faultCount: 0,
      unread: [],
      unreadCount: 0,
      imports: [],
      importCount: 0,
    });
  });

  it('says of weights in a form that it does not read that they were not read', async () => {
    const { whole, need } = await checked({ 'model.tflite': 'x', 'flax_model.msgpack': 'y' });
    expect(whole).toMatchObject({ weightFiles: 0, unreadCount: 2, faultCount: 0 });
    expect(whole.unread[0]).toEqual({ path: 'model.tflite', reason: 'is of a form that a check does not read' });
    expect(need).toBe(undefined);
  });

  it('keeps a few faults by name and counts the others', async () => {
    const bad = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`${number}.safetensors`, 'x']));
    const { whole } = await checked(bad);
    expect(whole.faults).toHaveLength(5);
    expect(whole.faultCount).toBe(9);
  });

  it('finds a file that is gone, and one that has another size than it should', async () => {
    const etag = 'a'.repeat(64);
    expect(
      await faults({ 'model.safetensors': twoTensors() }, [
        { path: 'gone.safetensors', size: 5, etag },
        { path: 'model.safetensors', size: 5, etag },
      ]),
    ).toEqual([
      'gone.safetensors is not there',
      `model.safetensors has ${twoTensors().length} bytes on the disk, and should have 5`,
    ]);
  });

  it('leaves what has more files than one may have, and what is not wanted any more', async () => {
    const files = Array.from({ length: 20_001 }, (_, number) => ({ path: `${number}.json`, size: 1, etag: 'a' }));
    const wanted = { repoFolder: 'models--a--b', commit: 'c'.repeat(40) };
    const { signal } = new AbortController();
    await expect(createChecks({ cacheDir: '/nowhere' }).start({ ...wanted, files }, signal).done).rejects.toThrow(
      'It has 20001 files; a check looks into 20000 at most.',
    );
    const left = AbortSignal.abort(new Error('left'));
    await expect(createChecks({ cacheDir: '/nowhere' }).start({ ...wanted, files: [] }, left).done).rejects.toThrow(
      'left',
    );
  });
});

describe('where files lie', () => {
  it('may be the folder of files from web addresses', async () => {
    const filesDir = mkdtempSync(join(tmpdir(), 'checks-web-'));
    onTestFinished(() => rmSync(filesDir, { recursive: true, force: true }));
    mkdirSync(join(filesDir, 'text'));
    writeFileSync(join(filesDir, 'text', 'tiny.gguf'), smallGguf());
    const files = [{ path: 'tiny.gguf', size: smallGguf().length, etag: 'a'.repeat(64) }];
    const wanted = { repoFolder: 'files--text--tiny.gguf', commit: 'c'.repeat(40), files };
    const { whole } = await createChecks({ cacheDir: '/nowhere', filesDir }).start(wanted, new AbortController().signal)
      .done;
    expect(whole).toMatchObject({ weightFiles: 1, tensors: 2, faultCount: 0 });
  });

  it('is not followed out of the folder of the repository', async () => {
    const copy = copyOf({ 'model.safetensors': twoTensors(), 'other.safetensors': twoTensors() });
    onTestFinished(copy.remove);
    const place = copy.placeOf('other.safetensors');
    rmSync(place);
    symlinkSync('/etc/hostname', place);
    const { whole } = await copy.read();
    expect(whole.unread).toEqual([{ path: 'other.safetensors', reason: 'is a link that leads elsewhere' }]);
    expect(whole.weightFiles).toBe(1);
  });
});

describe('files that belong together', () => {
  it('are right where the index names what is there', async () => {
    const shards = { [SHARDS[0]]: one('a'), [SHARDS[1]]: one('b') };
    expect(await faults({ ...shards, 'model.safetensors.index.json': rightIndex })).toEqual([]);
    expect(await faults({ 'pytorch_model.bin.index.json': index({ a: 'pytorch_model-1.bin' }), ...shards })).toEqual(
      [],
    );
  });

  it('are not where a shard is missing, or a tensor is not where the index says', async () => {
    const path = 'model.safetensors.index.json';
    expect(await faults({ [SHARDS[0]]: one('a'), [path]: rightIndex })).toEqual([
      `${path} names “${SHARDS[1]}”, which is not among its files`,
      `${SHARDS[0]} is one of 2 parts, of which only 1 are among its files`,
    ]);
    expect(await faults({ [SHARDS[0]]: one('a'), [SHARDS[1]]: one('c'), [path]: rightIndex })).toEqual([
      `${path} looks for the tensor “b” in “${SHARDS[1]}”, where it is not`,
    ]);
    expect(await faults({ [SHARDS[0]]: one('a'), [SHARDS[1]]: one('b'), [path]: '{}' })).toEqual([
      `${path} names no files of weights`,
    ]);
  });

  it('are looked at where JSON has something else in the place of a name, of which no text can be made either', async () => {
    const odd = { toString: 1, valueOf: 1 };
    const path = 'model.safetensors.index.json';
    const config = { architectures: [odd], model_type: odd, tokenizer_class: odd, auto_map: { AutoModel: [odd, 7] } };
    const writer = { architectures: ['LlamaForCausalLM'], model_type: odd, num_hidden_layers: 1, head_dim: 8 };
    expect(
      await faults({
        [SHARDS[0]]: one('a'),
        [SHARDS[1]]: one('b'),
        [path]: JSON.stringify({ weight_map: { a: SHARDS[0], b: odd } }),
        'config.json': JSON.stringify(config),
        'tokenizer_config.json': JSON.stringify(config),
        'model_index.json': JSON.stringify({ unet: [odd, odd], vae: odd }),
      }),
    ).toEqual([`${path} names no file for the tensor “b”`]);
    const { need } = await checked({ 'model.safetensors': one('a'), 'config.json': JSON.stringify(writer) });
    expect(need).toEqual({ weightBytes: 12 });
  });

  it('are not where numbers of an ONNX file lie in a file that is missing, too short, or somewhere else', async () => {
    const graph = (location: string) => onnxOf(onnxTensor({ location, offset: 8, length: 24 }));
    const data = { 'onnx/w.onnx_data': Buffer.alloc(32) };
    expect(await faults({ 'onnx/model.onnx': graph('w.onnx_data'), ...data })).toEqual([]);
    expect(await faults({ 'onnx/model.onnx': graph('w.onnx_data'), 'onnx/w.onnx_data': Buffer.alloc(31) })).toEqual([
      'onnx/model.onnx needs 32 bytes of “w.onnx_data”, which has 31',
    ]);
    for (const location of ['v.onnx_data', '../w.onnx_data', '/etc/passwd'])
      expect(await faults({ 'onnx/model.onnx': graph(location), ...data })).toEqual([
        `onnx/model.onnx needs “${location}”, which is not among its files`,
      ]);
  });

  // huggingface/sentence-transformers#3043: without a network it was not found, though all of the repository was there.
  it('may need code of other repositories, which are named', async () => {
    const config = JSON.stringify({
      auto_map: {
        AutoConfig: 'nomic-ai/nomic-bert-2048--configuration_hf_nomic_bert.NomicBertConfig',
        AutoModel: 'nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel',
        AutoTokenizer: ['org/words--words.Slow', null],
        AutoProcessor: '../../etc--passwd.X',
        AutoModelForMaskedLM: 'org/made--modeling.Own',
      },
    });
    const { whole } = await checked({ 'model.safetensors': twoTensors(), 'config.json': config });
    expect(whole).toMatchObject({ faultCount: 0, codeFrom: ['nomic-ai/nomic-bert-2048', 'org/words'] });
  });

  it('are not where code, a tokenizer or a part is missing that a configuration names', async () => {
    const config = JSON.stringify({
      auto_map: { AutoModel: 'modeling_x.X', AutoConfig: 'org/other--configuration.C' },
    });
    expect(await faults({ 'config.json': config })).toEqual([
      'config.json names code in “modeling_x.py”, which is not among its files',
    ]);
    const tokenizer = JSON.stringify({ tokenizer_class: 'GPT2Tokenizer' });
    expect(await faults({ 'tokenizer_config.json': tokenizer, 'vocab.json': '{}' })).toEqual([
      'tokenizer_config.json means a GPT2Tokenizer, which needs tokenizer.json, or vocab.json and merges.txt: none of that is among its files',
    ]);
    expect(await faults({ 'tokenizer_config.json': tokenizer, 'vocab.json': '{}', 'merges.txt': '' })).toEqual([]);
    expect(await faults({ 'tokenizer_config.json': '{"tokenizer_class":"ByT5Tokenizer"}' })).toEqual([]);
    const pipeline = JSON.stringify({ _class_name: 'P', unet: ['diffusers', 'U'], safety_checker: [null, null] });
    expect(await faults({ 'model_index.json': pipeline })).toEqual([
      'model_index.json names the part “unet”, of which nothing is among its files',
    ]);
    expect(await faults({ 'model_index.json': pipeline, 'unet/config.json': '{}' })).toEqual([]);
  });
});

describe('a JSON file', () => {
  it('is read as Python reads it, which has numbers that JSON has not', async () => {
    expect(await faults({ 'config.json': '{"a": NaN, "b": [-Infinity, "NaN"], "c": "\\"NaN"}' })).toEqual([]);
    const long = (letter: string): string => `{"a": NaN, "b": "${letter.repeat(16_000_000)}", "c": -Infinity}`;
    expect(await faults({ 'vocab.json': long('x'), 'merges.json': long('\\"') })).toEqual([]);
    expect(await faults({ 'tokenizer.json': '{"a": 1' })).toEqual(['tokenizer.json is no JSON']);
    expect(await faults({ 'config.json': '[]' })).toEqual(['config.json is no JSON object']);
    expect(await faults({ 'vocab.json': Buffer.from([0x22, 0xff, 0x22]) })).toEqual(['vocab.json is no UTF-8 text']);
  });

  it('may be a tokenizer of 25 million bytes', async () => {
    const words = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, number) => [`word ${number}`, number]));
    const tokenizer = JSON.stringify({ model: { vocab: words } });
    expect(tokenizer.length).toBeGreaterThan(20_000_000);
    expect(await faults({ 'tokenizer.json': tokenizer, 'config.json': '['.repeat(400) })).toEqual([
      'config.json is no JSON',
    ]);
  });
});

describe('the memory that a model takes', () => {
  it('is read from the header of a GGUF file: two layers, two heads of sixteen numbers each for keys and values', async () => {
    const { need, whole } = await checked({ 'tiny.Q8_0.gguf': smallGguf() });
    expect(whole).toMatchObject({ weightFiles: 1, tensors: 2 });
    expect(need).toEqual({ weightBytes: 192, bytesPerToken: 2 * 2 * (16 + 16) * 2, contextMost: 2048 });
  });

  it('is that of the largest of several quantizations', async () => {
    const large = ggufOf({ tensors: [{ name: 't', sides: [256], type: 0, offset: 0 }], data: Buffer.alloc(1024) });
    const { need } = await checked({ 'tiny.Q8_0.gguf': smallGguf(), 'tiny.F32.gguf': large });
    expect(need).toEqual({ weightBytes: 1024 });
  });

  it('is read from config.json where the weights are safetensors', async () => {
    const config = {
      architectures: ['LlamaForCausalLM'],
      num_hidden_layers: 4,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      hidden_size: 128,
      max_position_embeddings: 512,
    };
    const files = (about: object) => ({ 'model.safetensors': twoTensors(), 'config.json': JSON.stringify(about) });
    expect((await checked(files(config))).need).toEqual({
      weightBytes: 16,
      bytesPerToken: 4 * 2 * 2 * 16 * 2,
      contextMost: 512,
    });
    expect((await checked(files({ ...config, architectures: ['BertModel'] }))).need).toEqual({ weightBytes: 16 });
    expect((await checked(files({ ...config, num_hidden_layers: 1e9 }))).need).toEqual({
      weightBytes: 16,
      contextMost: 512,
    });
  });

  it('is not told where a file of the weights is broken', async () => {
    expect((await checked({ 'model.safetensors': twoTensors().subarray(1) })).need).toBe(undefined);
  });
});

describe('a copy that means harm', () => {
  const words = JSON.stringify(Array.from({ length: 1_000_000 }, (_, number) => [number]));

  it('is not made into more than memory holds', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const wide = `[${'[],'.repeat(12_000_000)}[]]`;
    const { whole } = await checked({ 'model.safetensors': safetensorsOf(deep, Buffer.alloc(0)), 'config.json': wide });
    expect(whole.unread).toEqual([
      { path: 'model.safetensors', reason: 'holds lists within lists, more than 500 deep' },
      { path: 'config.json', reason: 'holds more than 10000000 values' },
    ]);
    expect(await faults({ 'tokenizer.json': `["${'[{'.repeat(1000)}\\"["]` })).toEqual([]);
  });

  it('is left, and named, where it takes more memory than it may, and nothing else is harmed', async () => {
    const copy = copyOf({ 'tokenizer.json': words }, [], { memoryMostMb: 24 });
    await expect(copy.check()).rejects.toThrow(
      '“tokenizer.json” says so much of itself that it takes more memory than a check may have.',
    );
    copy.remove();
    const again = copyOf({ 'tokenizer.json': words });
    expect((await again.check()).whole).toMatchObject({ faultCount: 0, unreadCount: 0 });
    again.remove();
  });

  it('is left where it takes longer than it may, and its process is ended', async () => {
    const processes = (): number => process.getActiveResourcesInfo().filter((what) => what === 'ProcessWrap').length;
    // Those of other tests may still be ending.
    await expect.poll(processes).toBe(0);
    // Less than any process takes to begin.
    const copy = copyOf({ 'tokenizer.json': words }, [], { timeMostMs: 6 });
    const done = copy.check();
    expect(processes()).toBe(1);
    await expect(done).rejects.toThrow(
      'Reading what its files say of themselves took longer than 0.0001 minutes, and was left.',
    );
    await expect.poll(processes).toBe(0);
    copy.remove();
  });
});
