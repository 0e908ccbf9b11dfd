import { briefOf } from '../../src/library/files-in-brief.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/bot/board/load-commands.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Memory } from '../../src/domain/memory.ts';
import type { BranchPicker, Picker } from '../../src/domain/repo/add-choices.ts';
import { type Adding, createAdding } from '../../src/library/adding/add.ts';
import { type SampleHub, startSampleHub } from '../../playground/hub/sample-hub.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from './setup.ts';
import { noLimits } from '../helpers/quotas.ts';
import { queueSaying } from '../helpers/queue.ts';
import { NO_KEYS } from '../helpers/tokens.ts';
import { lookedUp } from '../helpers/look-ups.ts';

let hub: SampleHub;
let adding: Adding;
let store: Store;

afterEach(async () => {
  await adding.close();
  await hub.close();
});

const open = async (): Promise<void> => {
  hub = await startSampleHub();
  store = openLibrary();
  const memory = async (): Promise<Memory> => ({ totalBytes: 32e9, freeBytes: 20e9, gpus: [] });
  adding = createAdding({
    tokens: NO_KEYS,
    store,
    settings: createSettings(store, { given: {}, log: silentLog }),
    source: createHub({ endpoint: hub.url, userAgent: 'hubgram-test/1', clock: systemClock }),
    hubHosts: [],
    queue: { ...queueSaying(true), memory },
    spaceFor: () => Promise.resolve({ freeBytes: 1e9, missingBytes: 0 }),
    limits: noLimits(store),
    clock: systemClock,
    log: silentLog,
  });
};

let messages = 0;
const settled = (id: number): Promise<AddRequest> => lookedUp(store, id);

const lookUp = async (ref: string): Promise<AddRequest> => {
  messages += 1;
  const about = { chatId: 1, userId: 1001, threadId: null, messageId: messages };
  return settled(adding.request({ ...about, ref, options: {} }).id);
};

const modelOf = (request: AddRequest) => {
  const model = store.models.getModel(request.modelId ?? 0);
  if (!model) throw new Error(`No model, but ${request.state}: ${request.errorMessage}`);
  return { model, paths: store.models.modelFiles(model.id).map(({ path }) => path) };
};

const commandsOf = (request: AddRequest): string[] => {
  const { model } = modelOf(request);
  return loadCommands({ ...model, downloadPath: '/cache' }, briefOf(store, model).loads).map(({ text }) => text);
};

describe('what /add of a layout that misleads leads to', () => {
  it('a video model comes with its text encoder and its VAE', async () => {
    await open();
    const { paths } = modelOf(await lookUp('sample/tiny-video'));
    expect(paths).toContain('Tiny_VAE.pth');
    expect(paths).toContain('models_t5_umt5-xxl-enc-bf16.pth');
    expect(paths).toHaveLength(8);
  });

  it('quants with a VAE beside them are offered, each with both experts and the VAE', async () => {
    await open();
    const { state, choices } = await lookUp('sample/Tiny-Video-GGUF');
    expect(state).toBe('choosing');
    const picker = choices as Picker;
    expect(picker.choices.map(({ label, totalBytes }) => [label, Math.round(totalBytes / 1e6)])).toEqual([
      ['Q4_K_M', 5],
      ['Q8_0', 8],
    ]);
  });

  it.each([
    ['sample/tiny-llama-ONNX', ['q4f16', 'uint8', 'int8', 'q8', 'bnb4', 'q4', 'fp16', 'fp32'], 'fp32'],
    [
      'sample/tiny-whisper.cpp',
      ['tiny.en-q5_1', 'base.en-q5_1', 'tiny.en', 'large-v3-turbo-q5_0', 'base', 'base.en', 'large-v3-turbo'],
      'base.en',
    ],
    [
      'sample/Tiny-Video-ComfyUI',
      ['tiny2.2_ti2v_5B_fp16', 'tiny2.2_t2v_14B_fp8_scaled', 'tiny2.2_t2v_14B_fp16'],
      undefined,
    ],
  ])('%s is asked about, and a choice is that model', async (ref, labels, suggested) => {
    await open();
    const request = await lookUp(ref);
    const picker = request.choices as Picker;
    expect(picker.choices.map(({ label }) => label)).toEqual(labels);
    expect(picker.suggested).toBe(suggested);
    expect(adding.choose(request.id, 0)).toBe(true);
    const chosen = modelOf(await settled(request.id));
    expect(chosen.paths).toEqual(picker.choices[0]?.files.map(({ path }) => path));
    expect(modelOf(await lookUp(`${ref}:${labels[0]}`)).model.id).toBe(chosen.model.id);
  });

  it('quants that are all called -mtp- are offered, and `:Q6_K` is one of them', async () => {
    await open();
    expect((await lookUp('sample/tiny-mtp-GGUF')).state).toBe('choosing');
    const { paths } = modelOf(await lookUp('sample/tiny-mtp-GGUF:Q6_K'));
    expect(paths).toEqual(['README.md', 'tiny-27b-mtp-q6_k.gguf']);
  });

  it('what the storage by chunks calls a file is kept, with and without a choice in between', async () => {
    await open();
    const xetHashes = (request: AddRequest) =>
      store.models.modelFiles(modelOf(request).model.id).flatMap(({ xetHash }) => xetHash ?? []);
    const { files } = hub.commitOf('openai-community/gpt2');
    const weights = files.find(({ path }) => path === 'model.safetensors');
    expect(xetHashes(await lookUp('openai-community/gpt2'))).toEqual([weights?.xetHash()]);
    const choosing = await lookUp('sample/Tiny-Llama-GGUF');
    adding.choose(choosing.id, 0);
    const chosen = xetHashes(await settled(choosing.id));
    expect(chosen).toHaveLength(2);
    expect(hub.commitOf('sample/Tiny-Llama-GGUF').files.map((file) => file.xetHash())).toEqual(
      expect.arrayContaining(chosen),
    );
  });

  it('a link to the second part of three brings all three, and the command names the first', async () => {
    await open();
    const link = 'https://huggingface.co/sample/Tiny-Llama-GGUF/blob/main/F32/Tiny-Llama-F32-00002-of-00003.gguf';
    const request = await lookUp(link);
    expect(modelOf(request).paths).toHaveLength(3);
    expect(commandsOf(request)[0]).toBe('llama-cli -m /cache/F32/Tiny-Llama-F32-00001-of-00003.gguf');
  });

  it('where the weights lie in branches, these are offered with their sizes, and a choice is that branch', async () => {
    await open();
    const request = await lookUp('sample/tiny-llama-exl2');
    expect(request).toMatchObject({ state: 'choosing', choices: { kind: 'branches', here: 2 } });
    const { choices } = request.choices as BranchPicker;
    expect(choices.map(({ label, totalBytes }) => [label, Math.round((totalBytes ?? 0) / 1e5)])).toEqual([
      ['3.5bpw', 21],
      ['4.0bpw', 24],
      ['6.0bpw', 36],
    ]);
    expect(adding.choose(request.id, 4)).toBe(false);
    expect(adding.choose(request.id, 1)).toBe(true);
    expect(adding.choose(request.id, 2)).toBe(false);
    const { model, paths } = modelOf(await settled(request.id));
    expect(model.revision).toBe('4.0bpw');
    expect(paths).toEqual(['config.json', 'output.safetensors']);
  });

  it('branches are offered too where the chat wants full precision of everything', async () => {
    await open();
    createSettings(store, { given: {}, log: silentLog }).setChat(1, 'default_quantize', 'no');
    expect((await lookUp('sample/tiny-llama-exl2')).choices).toMatchObject({ kind: 'branches' });
  });

  it('patterns say what is meant of a branch without weights', async () => {
    await open();
    expect((await lookUp('https://huggingface.co/sample/tiny-llama-exl2/blob/main/measurement.json')).state).toBe(
      'added',
    );
  });

  it('a branch without weights is kept with the names of the others, and nothing loads it', async () => {
    await open();
    const asked = await lookUp('sample/tiny-llama-exl2');
    expect(adding.choose(asked.id, 3)).toBe(true);
    const request = await settled(asked.id);
    expect(modelOf(request).model.metadata).toMatchObject({ branches: ['3.5bpw', '4.0bpw', '6.0bpw'] });
    expect(commandsOf(request)).toEqual([]);
    const branch = await lookUp('sample/tiny-llama-exl2@4.0bpw');
    expect(modelOf(branch).paths).toEqual(['config.json', 'output.safetensors']);
    expect(commandsOf(branch)).toEqual(['/cache/output.safetensors']);
  });

  it('a name that cannot be stored is asked about, and the others come', async () => {
    await open();
    const request = await lookUp('sample/odd-names');
    expect(request).toMatchObject({
      state: 'choosing',
      choices: { kind: 'unsafe', paths: ['notes\\from-windows.txt'], total: 1 },
    });
    expect(adding.choose(request.id, 0)).toBe(false);
    expect(adding.withoutUnsafe(request.id)).toBe(true);
    expect(adding.withoutUnsafe(request.id)).toBe(false);
    const { paths } = modelOf(await settled(request.id));
    expect(paths).toContain('model.safetensors');
    expect(paths.some((path) => path.includes('notes'))).toBe(false);
  });

  it('a label that fits another is kept under that one, so that asking for either is the same model', async () => {
    await open();
    const first = await lookUp('sample/Tiny-Llama-GGUF:Q8');
    const second = await lookUp('sample/Tiny-Llama-GGUF:Q8_0');
    expect(second.modelId).toBe(first.modelId);
  });

  it('an adapter is told with what it goes on, embeddings by their own library, a model by its task', async () => {
    await open();
    expect(commandsOf(await lookUp('sample/tiny-adapter'))).toEqual([
      'PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("sample/tiny-llama"), "sample/tiny-adapter")',
    ]);
    expect(commandsOf(await lookUp('sample/tiny-embeddings'))).toEqual([
      'SentenceTransformer("sample/tiny-embeddings")',
    ]);
    expect(commandsOf(await lookUp('gpt2'))).toEqual([
      'AutoModelForCausalLM.from_pretrained("gpt2")',
      'vllm serve gpt2',
    ]);
  });
});

describe('a request whose row holds something else', () => {
  const ask = (options: object): number => {
    messages += 1;
    const about = { chatId: 1, userId: 1001, threadId: null, messageId: messages, ref: 'gpt2' };
    return store.addRequests.createAddRequest({ ...about, options }).request.id;
  };

  it('fails with a sentence where nobody knows what was asked for, and fetches nothing instead', async () => {
    await open();
    const id = ask({ quantise: 'q4' });
    adding.start();
    expect(await settled(id)).toMatchObject({
      state: 'failed',
      errorMessage: 'What was asked for with gpt2 cannot be read any more. Add it again.',
      modelId: null,
    });
  });

  it('is looked up again where nobody knows what there was to choose from', async () => {
    await open();
    const id = ask({});
    store.addRequests.moveAddRequest(id, 'looking_up', 'choosing');
    expect(adding.choose(id, 0)).toBe(false);
    expect(adding.again(id)).toBe(true);
    expect((await settled(id)).state).toBe('added');
  });
});
