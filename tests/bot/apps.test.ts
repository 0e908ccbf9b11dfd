import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/domain/apps/app.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { FileSpec } from '../../playground/hub/repos/sample-repo.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { EVER } from '../helpers/clock.ts';
import { type Ollama, startOllama } from '../helpers/ollama.ts';
import { removeNow } from '../queue/setup.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

/*
 * Folders laid out as those of the programs; what is downloaded is linked there, and found where each of them looks.
 */

const root = mkdtempSync(join(tmpdir(), 'hubgram-apps-'));
const folderOf = (name: string): string => join(root, name);
const APPS = [
  { name: 'lmstudio', kind: 'lmstudio', folder: folderOf('lmstudio') },
  { name: 'comfyui', kind: 'comfyui', folder: folderOf('comfyui') },
  { name: 'a1111', kind: 'automatic1111', folder: folderOf('a1111') },
  { name: 'textgen', kind: 'textgen', folder: folderOf('textgen') },
  { name: 'shelf', kind: 'folder', folder: folderOf('shelf') },
] as const satisfies readonly App[];

const files = (...paths: string[]): FileSpec[] => paths.map((path) => ({ path, size: 2000, seed: path }));
const repos = [
  defineRepo({
    id: 'org/llm-GGUF',
    pipelineTag: 'image-text-to-text',
    tags: ['gguf'],
    files: files('llm-Q4_K_M.gguf', 'mmproj-llm-F16.gguf'),
  }),
  defineRepo({
    id: 'org/split-GGUF',
    files: files('split-Q8_0-00001-of-00002.gguf', 'split-Q8_0-00002-of-00002.gguf'),
  }),
  defineRepo({
    id: 'org/style-lora',
    pipelineTag: 'text-to-image',
    libraryName: 'diffusers',
    tags: ['lora', 'text-to-image'],
    files: files('pytorch_lora_weights.safetensors'),
  }),
  defineRepo({ id: 'org/some-vae', pipelineTag: 'text-to-image', files: files('better.vae.safetensors') }),
  defineRepo({
    id: 'org/llm',
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
    files: [
      { path: 'config.json', content: '{"model_type":"gpt2"}' },
      { path: 'tokenizer.json', content: '{}' },
      ...files('model.safetensors'),
    ],
  }),
];

let bench: BotBench;
let ollama: Ollama;
beforeAll(async () => {
  ollama = await startOllama(folderOf('ollama'));
  bench = await openBot({ hub: { repos }, apps: [...APPS, { name: 'ollama', kind: 'ollama', url: ollama.url }] });
});
afterAll(async () => {
  await bench?.close();
  await ollama?.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  for (const { folder } of APPS) mkdirSync(folder, { recursive: true });
});

/** The card of a model, as it is shown now. */
const cardOf = (id: number, userId = ANN): SimMessage | undefined => {
  const card = bench.store.cards.cardOf(id);
  return bench.shown(userId).find((message) => message.message_id === card?.messageId);
};
/** Adds a model, and waits until its card says that it is here. @returns its number */
const added = async (name: string, userId = ANN): Promise<number> => {
  await bench.say(`/add ${name}`, { userId });
  const known = (): number | undefined =>
    bench.store.models.listModels(userId, { limit: 100 }).find((model) => name.startsWith(model.name))?.id;
  await bench.telegram.waitFor(() => / files? verified/.test(cardOf(known() ?? 0, userId)?.text ?? ''));
  // What tells of it comes in its own time, and would be the last message a moment later.
  await expect.poll(() => bench.store.outbox.dueNotices(EVER, 100)).toEqual([]);
  return known() ?? 0;
};
/** What is answered; that a download has ended may be told at the same moment. */
const answers = async (line: string, userId = ANN): Promise<readonly SimMessage[]> =>
  (await bench.say(line, { userId })).filter(({ text = '' }) => !/^\S+ · completed\n/.test(text));
const answer = async (line: string, userId = ANN): Promise<string> =>
  (await answers(line, userId)).map(({ text = '' }) => text).join('\n');
/** He has a library of his own. */
const letBobIn = (): void => {
  bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
  bench.store.users.setRole(BOB, 'member');
  bench.store.chats.upsertChat({ chatId: BOB, kind: 'private', title: 'Bob' });
};
const removed = async (id: number): Promise<void> => {
  await removeNow(bench.queue, id, 'ours');
};
/** All that lies in an app's folder, folders of their own included. */
const lying = (name: string): string[] =>
  readdirSync(folderOf(name), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folderOf(name).length + 1))
    .toSorted();
const isLink = (name: string, path: string): boolean => {
  const { nlink } = lstatSync(join(folderOf(name), path));
  return nlink > 1 || lstatSync(join(folderOf(name), path)).isSymbolicLink();
};

describe('/link', () => {
  it('shows a GGUF model to LM Studio, its projector beside it', async () => {
    const id = await added('org/llm-GGUF:Q4_K_M');
    expect(await answer(`/link #${id} LM Studio`)).toBe('org/llm-GGUF:Q4_K_M is linked to LM Studio: org/llm-GGUF');
    expect(lying('lmstudio')).toEqual(['org/llm-GGUF/llm-Q4_K_M.gguf', 'org/llm-GGUF/mmproj-llm-F16.gguf']);
    expect(isLink('lmstudio', 'org/llm-GGUF/llm-Q4_K_M.gguf')).toBe(true);
    const card = await bench.sees('In LM Studio: org/llm-GGUF');
    expect(JSON.stringify(card.reply_markup)).toContain('lms load org/llm-GGUF');
    await removed(id);
    expect(readdirSync(folderOf('lmstudio'))).toEqual([]);
  });

  it('is told by the details of a model: where it is linked, and where it will be', async () => {
    const id = await added('org/llm-GGUF:Q4_K_M');
    await answer(`/link #${id} lmstudio`);
    await bench.press(await bench.sees('In LM Studio: org/llm-GGUF'), 'Details');
    // That its download has ended may be said below it meanwhile.
    expect(bench.shown().map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/\nPath .*\nIn LM Studio: org\/llm-GGUF\n/),
    );
    await removed(id);
    const { id: coming } = bench.store.models.createModel({ chatId: ANN, name: 'org/none' });
    bench.store.apps.wantApp(coming, 'lmstudio', null);
    await bench.say(`/model #${coming}`);
    await bench.press(await bench.sees(/^org\/none · /), 'Details');
    expect(bench.shown().at(-1)?.text).toContain('\nLM Studio: will be linked when it is here\n');
    await removed(coming);
  });

  it('shows shards to LM Studio side by side, and to text-generation-webui in a folder', async () => {
    const id = await added('org/split-GGUF:Q8_0');
    await answer(`/link #${id} lmstudio`);
    await answer(`/link #${id} textgen`);
    const names = ['split-Q8_0-00001-of-00002.gguf', 'split-Q8_0-00002-of-00002.gguf'];
    expect(lying('lmstudio')).toEqual(names.map((name) => `org/split-GGUF/${name}`));
    expect(lying('textgen')).toEqual(names.map((name) => `org_split-GGUF/${name}`));
    await removed(id);
    expect([lying('lmstudio'), lying('textgen')]).toEqual([[], []]);
  });

  it('shows a model of transformers to text-generation-webui as a folder', async () => {
    const id = await added('org/llm');
    expect(await answer(`/link #${id} textgen`)).toBe('org/llm is linked to text-generation-webui: org_llm');
    expect(lying('textgen')).toEqual(['org_llm/config.json', 'org_llm/model.safetensors', 'org_llm/tokenizer.json']);
    expect(await answer(`/link #${id} lmstudio`)).toMatch(/^org\/llm is not linked\. LM Studio loads GGUF files/);
    await removed(id);
  });

  it('knows a LoRA by its repository’s own word, and gives a nameless file the model’s name', async () => {
    const id = await added('org/style-lora');
    await answer(`/link #${id} comfyui`);
    await answer(`/link #${id} a1111`);
    expect(lying('comfyui')).toEqual(['loras/style-lora.safetensors']);
    expect(lying('a1111')).toEqual(['models/Lora/style-lora.safetensors']);
    await removed(id);
    // ComfyUI's own folder stays.
    expect(readdirSync(folderOf('comfyui'))).toEqual(['loras']);
  });

  it('asks before Ollama makes a copy of its own, and offers what runs it then', async () => {
    const id = await added('org/llm-GGUF:Q4_K_M');
    const [question] = await answers(`/link #${id} ollama`);
    expect(question?.text).toMatch(/^Ollama keeps models in a store of its own: 4 kB of org\/llm-GGUF:Q4_K_M would/);
    expect(ollama.models.size).toBe(0);
    await bench.press(question, 'Copy 4 kB');
    await bench.sees('org/llm-GGUF:Q4_K_M is linked to Ollama: org/llm-GGUF:Q4_K_M');
    expect([...ollama.models.keys()]).toEqual(['org/llm-GGUF:Q4_K_M']);
    await bench.telegram.waitFor(() => JSON.stringify(cardOf(id)).includes('ollama run org/llm-GGUF:Q4_K_M'));
    await removed(id);
    expect(ollama.models.size).toBe(0);
  });

  it('asks what a file is where the repository does not say', async () => {
    const id = await added('org/some-vae');
    const [question] = await answers(`/link #${id} comfyui`);
    expect(question?.text).toMatch(/^What is “better\.vae\.safetensors”\? Its repository does not say/);
    expect(question?.reply_markup?.inline_keyboard[0]?.[0]?.text).toBe('VAE');
    expect(lying('comfyui')).toEqual([]);
    await bench.press(question, 'VAE');
    expect(lying('comfyui')).toEqual(['vae/better.vae.safetensors']);
    await removed(id);
  });

  it('refuses to lie over a file that is not hubgram’s, and says where that lies', async () => {
    const id = await added('org/style-lora');
    const path = join(folderOf('comfyui'), 'loras', 'style-lora.safetensors');
    mkdirSync(join(folderOf('comfyui'), 'loras'), { recursive: true });
    writeFileSync(path, 'mine');
    expect(await answer(`/link #${id} comfyui`)).toContain(`not hubgram’s lies at ${path}`);
    await removed(id);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    rmSync(path);
  });

  it('follows an update to the new file, in one step', async () => {
    const id = await added('org/llm-GGUF:Q4_K_M');
    await answer(`/link #${id} lmstudio`);
    const path = join(folderOf('lmstudio'), 'org/llm-GGUF/llm-Q4_K_M.gguf');
    const before = readFileSync(path);
    bench.hub.updateRepo('org/llm-GGUF', { files: [{ path: 'llm-Q4_K_M.gguf', size: 2500, seed: 'newer' }] });
    await bench.say('/add org/llm-GGUF:Q4_K_M');
    await bench.telegram.waitFor(() => existsSync(path) && readFileSync(path).length === 2500);
    expect(readFileSync(path).equals(before)).toBe(false);
    expect(lying('lmstudio')).toEqual(['org/llm-GGUF/llm-Q4_K_M.gguf', 'org/llm-GGUF/mmproj-llm-F16.gguf']);
    await removed(id);
    expect(lying('lmstudio')).toEqual([]);
  });

  it('is one link for two chats, and goes with the last one that wants it', async () => {
    letBobIn();
    const [hers, his] = [await added('org/llm', ANN), await added('org/llm', BOB)];
    await answer(`/link #${hers} textgen`);
    await answer(`/link #${his} textgen`, BOB);
    expect(lying('textgen')).toHaveLength(3);
    await removed(hers);
    await bench.queue.link();
    expect(lying('textgen')).toHaveLength(3);
    expect(await answer(`/unlink #${his}`, BOB)).toBe('org/llm is no longer linked to text-generation-webui.');
    expect(await answer(`/unlink #${his}`, BOB)).toBe('org/llm is linked nowhere.');
    expect(await answer(`/unlink #${his} textgen`, BOB)).toBe('org/llm is not linked to text-generation-webui.');
    expect(lying('textgen')).toEqual([]);
    await removed(his);
  });

  it('offers the apps that take it where several do, by the button under a card as well', async () => {
    const id = await added('org/llm');
    await bench.press(cardOf(id), 'Link to an app');
    const question = await bench.sees('Link org/llm to which app?');
    expect(question.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual([
      'text-generation-webui',
      'shelf',
    ]);
    await bench.press(question, 'shelf');
    expect(lying('shelf')).toEqual(['org--llm/config.json', 'org--llm/model.safetensors', 'org--llm/tokenizer.json']);
    const said = await bench.sees('org/llm is linked to shelf: org--llm');
    await bench.press(said, 'Unlink');
    expect(lying('shelf')).toEqual([]);
    await answer(`/link #${id} textgen`);
    await bench.telegram.waitFor(() => JSON.stringify(cardOf(id)).includes('"Apps"'));
    await bench.press(cardOf(id), 'Apps');
    const both = await bench.sees('org/llm is linked to text-generation-webui.');
    expect(both.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toEqual([
      'Link to shelf',
      'Unlink text-generation-webui',
    ]);
    await bench.press(both, 'Unlink text-generation-webui');
    expect(lying('textgen')).toEqual([]);
    await removed(id);
  });

  it('tells once, at night, of a link that something else has removed or replaced', async () => {
    const id = await added('org/llm');
    await answer(`/link #${id} textgen`);
    const path = join(folderOf('textgen'), 'org_llm', 'config.json');
    rmSync(path);
    rmSync(join(folderOf('textgen'), 'org_llm', 'model.safetensors'));
    await bench.queue.lookAfter();
    await bench.queue.lookAfter();
    const told = (): number => bench.shown().filter(({ text = '' }) => text.startsWith('org/llm · link gone')).length;
    await bench.sees(/^org\/llm · link gone\nSomething has removed the link/);
    expect(told()).toBe(1);
    writeFileSync(path, 'mine');
    await bench.queue.lookAfter();
    await removed(id);
    expect(lying('textgen')).toEqual(['org_llm/config.json']);
    rmSync(path);
  });

  it('means the app that was named, also where it is asked which model', async () => {
    const [one, other] = [await added('org/llm'), await added('org/llm-GGUF:Q4_K_M')];
    await answer(`/link #${one} textgen`);
    await answer(`/link #${one} shelf`);
    const [which] = await answers('/unlink org/ shelf');
    const label = which?.reply_markup?.inline_keyboard.flat().find(({ text }) => text.startsWith(`#${one} `))?.text;
    await bench.press(which, label ?? '');
    await bench.sees('org/llm is no longer linked to shelf.');
    expect([lying('shelf'), lying('textgen').length]).toEqual([[], 3]);
    await removed(one);
    await removed(other);
  });

  it('takes no link away by the button of an app that is not in the configuration any more', async () => {
    const id = await added('org/llm');
    await answer(`/link #${id} textgen`);
    const [said] = await answers(`/link #${id} shelf`);
    const forged = bench.telegram.pressForged(ANN, ANN, said?.message_id ?? 0, `unlink:${id}:9876`);
    await bench.telegram.waitFor(() =>
      bench.telegram.answers.find(({ callbackQueryId }) => callbackQueryId === forged),
    );
    expect(bench.telegram.answers.at(-1)?.text).toMatch(/^I do not know that program any more/);
    expect([lying('shelf').length, lying('textgen').length]).toEqual([3, 3]);
    await removed(id);
  });

  // Last: an Ollama that was silent is left alone for a while.
  it('keeps nobody of the chat waiting while Ollama says nothing, and tells in the same message what came of it; nothing of a folder, which nobody asks', async () => {
    letBobIn();
    const [id, his] = [await added('org/llm-GGUF:Q4_K_M'), await added('org/llm', BOB)];
    const { promise: said, resolve: say } = Promise.withResolvers<void>();
    const { promise: linked, resolve: link } = Promise.withResolvers<void>();
    ollama.holds = said;
    const slow = vi.spyOn(bench.queue, 'link').mockReturnValueOnce(linked);
    const before = bench.shown(BOB).length;
    bench.telegram.say(BOB, BOB, `/link #${his} textgen`);
    await vi.waitFor(() => expect(slow).toHaveBeenCalled());
    bench.telegram.say(ANN, ANN, `/link #${id} ollama`);
    const asking = await bench.sees('Ollama has not answered yet');
    expect(asking.text).toBe('org/llm-GGUF:Q4_K_M: Ollama has not answered yet. This message says what comes of it.');
    // He has been waiting for longer.
    expect(bench.shown(BOB).slice(before)).toEqual([]);
    link();
    expect(await answer('/timezone')).toMatch(/^Times here are those of /);
    expect(bench.shown().find(({ message_id: one }) => one === asking.message_id)?.text).toBe(asking.text);
    await bench.sees(/^org\/llm is (being )?linked to text-generation-webui/, BOB);
    slow.mockRestore();
    ollama.holds = undefined;
    say();
    // On a machine that is very busy it may have been too late for that.
    const told = await bench.sees(
      /^(Ollama keeps models in a store of its own|org\/llm-GGUF:Q4_K_M is not linked to Ollama\. Ollama does not answer)/,
    );
    expect(told.message_id).toBe(asking.message_id);
    for (const one of [id, his]) await removed(one);
  });
});
