import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fitsIn } from '../../src/domain/checks/fits.ts';
import { hasRuntime } from '../helpers/checks.ts';
import { loadableGguf } from './loadable.ts';
import { copyOf } from './made.ts';

const CHILD = fileURLToPath(new URL('./measured-child.ts', import.meta.url));
const MACHINE = { totalBytes: 1e12, freeBytes: 1e12, gpus: [] };
/** So long that what is kept of a text is more than all else that llama.cpp takes. */
const LENGTHS = [131_072, 1_048_576] as const;

/** In bytes: a place, a shift, two coordinates, a bit for each of 256 texts, and what is rounded up. */
const NOTED = 80;

describe.skipIf(!hasRuntime('gguf'))('the memory that a GGUF model takes', () => {
  it('grows with the length of a text as its header says, and hardly more', async () => {
    const copy = copyOf({ 'tiny.gguf': loadableGguf() });
    onTestFinished(copy.remove);
    const { need } = await copy.read();
    // One layer keeps two heads of 16 numbers of two bytes, for keys and for values.
    expect(need?.bytesPerToken).toBe(2 * 2 * 16 * 2);
    const said = LENGTHS.map((tokens) => fitsIn(MACHINE, { ...need!, contextMost: Infinity }, tokens).neededBytes);
    const taken: number[] = [];
    for (const tokens of LENGTHS) {
      const { stdout } = await promisify(execFile)(process.execPath, [
        CHILD,
        copy.placeOf('tiny.gguf'),
        String(tokens),
      ]);
      taken.push(Number(stdout));
    }
    const grown = ([short = 0, long = 0]: readonly number[]): number => long - short;
    const tokens = grown(LENGTHS);
    expect(grown(said) / tokens).toBe(need?.bytesPerToken);
    // Of each token llama.cpp notes besides where it stands (llama-kv-cells.h), which is nothing beside what models of any use keep.
    expect(grown(taken) / tokens).toBeGreaterThan(128 * 0.95);
    expect(grown(taken) / tokens).toBeLessThan(128 + NOTED);
  });
});
