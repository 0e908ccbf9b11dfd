import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { loadableGguf } from '../checks/loadable.ts';
import { twoTensors } from '../checks/made.ts';
import { torchFile } from '../checks/torch-files.ts';
import { hasRuntime } from '../helpers/checks.ts';
import { ANN, type BotBench, openBot } from './setup.ts';

const config = { path: 'config.json', content: '{}' };
const REPOS = [
  defineRepo({ id: 'org/writes', files: [{ path: 'tiny.F32.gguf', content: loadableGguf() }] }),
  defineRepo({
    id: 'org/pickled',
    files: [config, { path: 'pytorch_model.bin', content: torchFile(Buffer.alloc(12)) }],
  }),
  defineRepo({ id: 'org/asked', files: [config, { path: 'model.safetensors', content: twoTensors() }] }),
];

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ hub: { repos: REPOS } });
});
afterAll(() => bench?.close());

const REPAIR = 'Read again and repair';
const labels = ({ reply_markup: markup }: SimMessage): string[] =>
  markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

/** Downloads a model, and gives another text of the same length a place in one of its files. @returns what mends it again */
const damaged = async (name: string, path: string, [from, to]: readonly [string, string]) => {
  await bench.say(`/add ${name}`);
  await bench.sees(new RegExp(`^${name} · completed`));
  const place = realpathSync(join(bench.store.models.getModelByName(ANN, name)?.downloadPath ?? '', path));
  const right = readFileSync(place);
  const wrong = Buffer.from(right.toString('latin1').replace(from, to), 'latin1');
  expect([wrong.length, wrong.equals(right)]).toEqual([right.length, false]);
  writeFileSync(place, wrong);
  const before = bench.hub.bytesSent();
  return {
    /** Taps, and sees the card say that all is well, without another word. @returns whether the file is as it was */
    repairs: async (message: SimMessage, said: RegExp): Promise<boolean> => {
      await bench.press(message, REPAIR);
      const card = await bench.sees(said);
      expect(labels(card)).not.toContain(REPAIR);
      expect(bench.hub.bytesSent() - before).toBeGreaterThanOrEqual(right.length);
      return readFileSync(place).equals(right);
    },
  };
};

const checks = async (name: string, said: RegExp): Promise<SimMessage> => {
  await bench.say(`/check ${name}`);
  return bench.sees(said);
};

describe('a file in which something has changed', () => {
  it('is named where it is not whole any more, and repaired at a tap', async () => {
    const { repairs } = await damaged('org/pickled', 'pytorch_model.bin', ['cpuK\u0003', 'cpuK\u0063']);
    const card = await checks(
      'org/pickled',
      /^org\/pickled[^]*\nNot whole: pytorch_model\.bin has 12 bytes for a tensor that needs 396 /,
    );
    expect(await repairs(card, /^org\/pickled · completed[^]*\nWhole: 1 file of weights\./)).toBe(true);
  });

  it.skipIf(!hasRuntime('gguf'))('is named where it is whole and does not load, and repaired at a tap', async () => {
    const { repairs } = await damaged('org/writes', 'tiny.F32.gguf', ['llama.block_count', 'llama.block_c0unt']);
    const card = await checks(
      'org/writes',
      /\nWhole: 12 tensors in 1 file\.\n[^]*\nDoes not load: tiny\.F32\.gguf is refused/,
    );
    expect(await repairs(card, /^org\/writes · completed[^]*\nLoads: tiny\.F32\.gguf was there after /)).toBe(true);
  });

  it('is told once where a check was asked for with the download, and the notice repairs it', async () => {
    const { repairs } = await damaged('org/asked', 'model.safetensors', ['[12,16]', '[13,16]']);
    await bench.say('/add org/asked init=yes');
    const told = await bench.sees(
      /^org\/asked · here, but not whole\nNot whole: model\.safetensors has its tensor “b\.weight”/,
    );
    expect(await repairs(told, /^org\/asked · completed[^]*\nWhole: 2 tensors in 1 file\./)).toBe(true);
    await expect.poll(() => bench.store.checks.untoldChecks(10)).toEqual([]);
    const notices = bench.telegram.calls.filter(
      ({ method, payload }) => method === 'sendMessage' && JSON.stringify(payload).includes('org/asked · here, but'),
    );
    expect(notices).toHaveLength(1);
  });
});
