import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, COUNTING, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

const SIZE = 8_000_000;
const repo = defineRepo({
  id: 'gpt2',
  files: [
    { path: 'config.json', content: '{"model_type":"gpt2"}' },
    { path: 'onnx/config.json', content: '{"model_type":"gpt2","onnx":true}' },
    { path: 'model.safetensors', size: SIZE },
    { path: 'model.onnx', size: 1_000_000 },
  ],
});

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

/** Every path below a folder with what it is, as a listing shows it. */
const listing = async (folder: string): Promise<Record<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = await Promise.all(
    entries.map(async (entry): Promise<[string, string]> => {
      const path = join(entry.parentPath, entry.name);
      const { mode, size } = await lstat(path);
      const name = path.slice(folder.length + 1);
      if (entry.isSymbolicLink()) return [name, `-> ${await readlink(path)}`];
      const permissions = (mode & 0o777).toString(8);
      return [name, entry.isDirectory() ? `${permissions} folder` : `${permissions} ${size}`];
    }),
  );
  return Object.fromEntries(lines);
};

describe('/add gpt2', () => {
  it('shows looking up, at least three percentages, completed, and says so once and audibly', async () => {
    world = await openAppWorld({ hub: { repos: [repo], latencyMs: 20 } });
    await world.start(ONE_CONNECTION);
    world.hub.setFault({ kind: 'late', milliseconds: 1000, path: '/api/models/gpt2', times: 1 });
    const letGo = [2, 4, 6].map((eighths) =>
      world.hub.setFault({ kind: 'held', bytes: (SIZE / 8) * eighths, path: 'gpt2/model.safetensors' }),
    );
    const asked = world.telegram.say(ANN, ANN, '/add gpt2');
    await world.sees(ANN, 'gpt2 · looking up');
    const seen = new Set<string>();
    for (const goOn of letGo) {
      const share = await world.telegram.waitFor(() => {
        const now = / ([1-9]\d?) %/.exec(world.shown(ANN)[0]?.text ?? '')?.[1];
        return now !== undefined && !seen.has(now) && now;
      });
      seen.add(share);
      goOn();
    }
    await world.sees(ANN, 'verified and ready');
    await world.sees(ANN, 'files verified');

    const [card, notice, ...more] = world.shown(ANN);
    expect(more).toEqual([]);
    expect(card?.text).toMatch(/^gpt2 · completed\n8 MB in .*\n3 files verified\n/);
    expect(card?.silent).toBe(true);
    expect(card?.reply_to_message?.message_id).toBe(asked.message_id);
    expect(notice?.silent).toBe(false);
    expect(notice?.reply_to_message?.message_id).toBe(card?.message_id);
    const texts = card?.history.map(({ text }) => text) ?? [];
    const percentages = texts.map((text) => / (\d+) %/.exec(text)?.[1]).filter((share) => share !== undefined);
    expect(new Set(percentages).size).toBeGreaterThanOrEqual(3);
    expect(percentages.map(Number)).toEqual(percentages.map(Number).toSorted((left, right) => left - right));
    expect(texts[0]).toMatch(/^gpt2 · looking up/);
    expect(world.telegram.commands(ANN, ANN).map(({ command }) => command)).toContain('add');
  });

  it('leaves the cache as the Python client would', async () => {
    world = await openAppWorld({ hub: { repos: [repo] } });
    await world.start();
    world.telegram.say(ANN, ANN, '/add gpt2 include=config.json,onnx/config.json,model.safetensors');
    await world.sees(ANN, 'verified and ready');
    const { id: commit, files } = world.hub.commitOf('gpt2');
    const etag = (path: string): string => files.find((file) => file.path === path)?.etag() ?? '';
    const snapshot = `models--gpt2/snapshots/${commit}`;
    const all = Object.entries(await listing(world.cacheDir));
    // Where Python keeps its locks is ours (docs/decisions/0006), and a folder that Python's tools pass over (0010).
    expect(Object.fromEntries(all.filter(([path]) => !/^\.locks|\/\.hubgram/.test(path)))).toEqual({
      'CACHEDIR.TAG': '644 191',
      'models--gpt2': '755 folder',
      'models--gpt2/blobs': '755 folder',
      [`models--gpt2/blobs/${etag('config.json')}`]: '644 21',
      [`models--gpt2/blobs/${etag('onnx/config.json')}`]: '644 33',
      [`models--gpt2/blobs/${etag('model.safetensors')}`]: '644 8000000',
      'models--gpt2/refs': '755 folder',
      'models--gpt2/refs/main': '644 40',
      'models--gpt2/snapshots': '755 folder',
      [snapshot]: '755 folder',
      [`${snapshot}/config.json`]: `-> ../../blobs/${etag('config.json')}`,
      [`${snapshot}/model.safetensors`]: `-> ../../blobs/${etag('model.safetensors')}`,
      [`${snapshot}/onnx`]: '755 folder',
      [`${snapshot}/onnx/config.json`]: `-> ../../../blobs/${etag('onnx/config.json')}`,
    });
    expect(await readFile(join(world.cacheDir, 'models--gpt2/refs/main'), 'utf8')).toBe(commit);
    const content = await readFile(join(world.cacheDir, snapshot, 'model.safetensors'));
    expect(createHash('sha256').update(content).digest('hex')).toBe(etag('model.safetensors'));
  });

  it('is one transfer and one copy for two chats, with two cards and two notices', async () => {
    world = await openAppWorld({ hub: { repos: [repo] }, ...COUNTING });
    const group = world.telegram.addGroup({ title: 'GPU box', type: 'supergroup', members: [ANN] });
    await world.start(ONE_CONNECTION);
    world.telegram.say(ANN, ANN, '/start');
    await world.sees(ANN, '/help');
    world.telegram.say(ANN, group.id, '/start@hubgram_bot');
    await world.sees(group.id, 'This group may use hubgram now');
    world.telegram.say(ANN, ANN, '/add gpt2');
    world.telegram.say(ANN, group.id, '/add@hubgram_bot gpt2');
    await world.sees(ANN, 'verified and ready');
    await world.sees(group.id, 'verified and ready');
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2_000_000);
    const blobs = await readdir(join(world.cacheDir, 'models--gpt2/blobs'));
    expect(blobs).toHaveLength(3);
    await stat(join(world.cacheDir, 'models--gpt2/refs/main'));
  });
});

describe('/add of what cannot be taken as it is', () => {
  it('a branch without weights names the others, and a tap adds one of them', async () => {
    world = await openAppWorld();
    await world.start();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama-exl2');
    const question = await world.sees(ANN, 'The main branch holds no weights; the others may.');
    world.telegram.press(ANN, ANN, question.message_id, 'Only the 2 files without weights');
    const card = await world.sees(ANN, 'no weights in this branch. Others: 3.5bpw, 4.0bpw, 6.0bpw');
    await world.sees(ANN, 'verified; no weights among them.');
    world.telegram.press(ANN, ANN, card.message_id, 'Add @4.0bpw');
    const other = await world.sees(ANN, /tiny-llama-exl2@4\.0bpw · completed\n2\.4 MB.*\n2 files verified/);
    expect(other.reply_to_message?.message_id).toBe(card.message_id);
    expect(world.shown(ANN).filter(({ text }) => /vllm|from_pretrained/.test(text ?? ''))).toEqual([]);
  });

  it('a file whose name cannot be stored is named, and the others come after a tap', async () => {
    world = await openAppWorld();
    await world.start();
    world.telegram.say(ANN, ANN, '/add sample/odd-names');
    const question = await world.sees(ANN, 'cannot be stored on this machine: “notes\\from-windows.txt”');
    const button = question.reply_markup?.inline_keyboard.flat()[0]?.text ?? '';
    expect(button).toMatch(/^Take the other \d files$/);
    world.telegram.press(ANN, ANN, question.message_id, button);
    await world.sees(ANN, 'verified and ready to load');
    world.telegram.say(ANN, ANN, '/add sample/odd-names include=*.json');
    await world.sees(ANN, 'odd-names · completed');
  });
});
