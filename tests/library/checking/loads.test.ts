import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Loads } from '../../../src/domain/checks/loads.ts';
import { loadableGguf } from '../../checks/loadable.ts';
import { twoTensors } from '../../checks/made.ts';
import { openChecking } from './bench.ts';

const ANNS = 1;
const TINY = { 'tiny.gguf': loadableGguf() };
const LOCK = JSON.stringify({ packages: { 'node_modules/node-llama-cpp': { version: '3.0.0' } } });

/** A folder of runtimes; @param does what the one for GGUF files does when it is to load something; not there if not given */
const runtimes = (does?: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-runtimes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (does === undefined) return folder;
  mkdirSync(join(folder, 'gguf/node_modules'), { recursive: true });
  for (const list of ['package-lock.json', 'node_modules/.package-lock.json'])
    writeFileSync(join(folder, 'gguf', list), LOCK);
  writeFileSync(join(folder, 'gguf/index.js'), `export const getLlama = () => { ${does} };`);
  return folder;
};

/** What a check says of loading a model with these files. */
const loads = async (
  contents: Readonly<Record<string, Buffer>>,
  options: { readonly runtimesDir: string; readonly freeBytes?: number },
): Promise<Loads | undefined> => {
  const bench = openChecking((real) => real, options);
  const model = bench.put(ANNS, 'org/tiny', contents);
  expect(bench.checking().request(model)).toBe(undefined);
  await expect.poll(() => bench.state(model)).toBe('done');
  return bench.store.checks.checkOf(model.copyId ?? 0)?.result?.loads;
};

describe('whether a model loads', () => {
  it('is tried when its files are whole, and what came of it is kept', async () => {
    expect(await loads(TINY, { runtimesDir: runtimes('process.exit(3);') })).toEqual({
      kind: 'failed',
      path: 'tiny.gguf',
      reason: 'ends the program that loads it, with code 3',
    });
  });

  it('is not tried where nothing is there that loads it', async () => {
    expect(await loads(TINY, { runtimesDir: runtimes() })).toEqual({ kind: 'no_runtime', runtime: 'gguf' });
  });

  it('is not tried where there is too little memory right now, to the byte', async () => {
    const runtimesDir = runtimes('process.exit(3);');
    const neededBytes = (await loads(TINY, { runtimesDir, freeBytes: 0 })) as { readonly neededBytes: number };
    expect(neededBytes).toEqual({ kind: 'no_memory', neededBytes: expect.any(Number), freeBytes: 0 });
    const enough = neededBytes.neededBytes;
    expect(await loads(TINY, { runtimesDir, freeBytes: enough - 1 })).toMatchObject({ kind: 'no_memory' });
    expect(await loads(TINY, { runtimesDir, freeBytes: enough })).toMatchObject({ kind: 'failed' });
  });

  it('is no question where something is wrong already, or nothing loads such files', async () => {
    const runtimesDir = runtimes('process.exit(3);');
    expect(await loads({ 'tiny.gguf': loadableGguf().subarray(0, -1) }, { runtimesDir })).toBe(undefined);
    expect(await loads({ 'model.safetensors': twoTensors() }, { runtimesDir })).toBe(undefined);
  });

  it('ends when the program does, and is found out anew after the next start', async () => {
    const runtimesDir = runtimes('for (;;);');
    const bench = openChecking((real) => real, { runtimesDir });
    const model = bench.put(ANNS, 'org/tiny', TINY);
    bench.checking().request(model);
    const progress = () => bench.checking().progress(model.copyId ?? 0);
    await expect.poll(progress).toMatchObject({ currentFile: 'tiny.gguf', isLoading: true });
    writeFileSync(join(runtimesDir, 'gguf/index.js'), 'export const getLlama = () => process.exit(4);');
    await bench.restart();
    await expect.poll(() => bench.state(model)).toBe('done');
    expect(bench.store.checks.checkOf(model.copyId ?? 0)?.result?.loads).toMatchObject({
      reason: 'ends the program that loads it, with code 4',
    });
  });
});
