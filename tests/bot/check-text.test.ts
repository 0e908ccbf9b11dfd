import { describe, expect, it } from 'vitest';
import { checkLines, mayBeRepaired } from '../../src/bot/board/checks/check-text.ts';
import { importsOf, wholeOf } from '../../src/domain/checks/check.ts';
import { fitsIn } from '../../src/domain/checks/fits.ts';
import type { Did, Loads } from '../../src/domain/checks/loads.ts';
import type { CopyCheck } from '../../src/store/verifying/copy-checks.ts';

const found = { weightFiles: 2, tensors: 291, faults: [], unread: [], imports: [] };
const check = (changes: Partial<CopyCheck>): CopyCheck => ({
  copyId: 1,
  state: 'done',
  contextTokens: null,
  result: null,
  errorMessage: null,
  ...changes,
});
const HERE = { hostName: null, isAway: false };
const said = (changes: Parameters<typeof check>[0]) =>
  checkLines({ check: check(changes), progress: undefined, ...HERE });
const saidOf = (changes: object) => said({ result: { whole: wholeOf({ ...found, ...changes }) } });

const GB = 1e9;
const MACHINE = { totalBytes: 23 * GB, freeBytes: 20 * GB, gpus: [] };
const CARD = { name: 'A', totalBytes: 8 * GB };
const NEED = { weightBytes: 4.5 * GB, bytesPerToken: 36_000, contextMost: 131_072 };
const fits = (...given: Parameters<typeof fitsIn>) =>
  said({ result: { whole: wholeOf(found), fits: fitsIn(...given) } }).at(-1);

const NO_MORE = 'Its files do not say what of them is loaded: whether it fits, or loads, was not found out.';

describe('what a card says of a check', () => {
  it('is of the machine that it lies on: away it waits, and what is to be installed is installed there', () => {
    const nas = { hostName: 'nas', isAway: true };
    const progress = { filesDone: 0, filesTotal: 2, currentFile: 'a.safetensors' };
    expect(checkLines({ check: check({ state: 'waiting' }), progress, ...nas })).toEqual([
      'Check: waits for nas, which is away',
    ]);
    const result = { whole: wholeOf(found), loads: { kind: 'no_runtime', runtime: 'gguf' } } as const;
    expect(checkLines({ check: check({ result }), progress: undefined, ...nas }).at(-1)).toBe(
      'Not loaded: npm run add-runtime gguf on nas installs what that takes (103 MB).',
    );
    expect(checkLines({ check: check({ result }), progress: undefined, ...HERE }).at(-1)).toContain('on the machine');
  });

  it('is what was proved, and no more', () => {
    expect(saidOf({})).toEqual(['Whole: 291 tensors in 2 files.', NO_MORE]);
    expect(saidOf({ tensors: 0, weightFiles: 1 })).toEqual(['Whole: 1 file of weights.', NO_MORE]);
    expect(saidOf({ tensors: 0, weightFiles: 0 })).toEqual([
      'Checked: no weights among its files that a check can read.',
    ]);
    const unread = [{ path: 'x.h5', reason: 'is of a form that a check does not read' }];
    expect(saidOf({ unread })).toEqual([
      'Whole, as far as it was read: 291 tensors in 2 files.',
      'Not looked into: x.h5 is of a form that a check does not read.',
      NO_MORE,
    ]);
    expect(saidOf({ unread, weightFiles: 0 })).toHaveLength(1);
  });

  it('names the first files that are not whole, and counts the others', () => {
    const faults = ['a', 'b', 'c', 'd'].map((path) => ({ path, reason: 'is no JSON' }));
    expect(saidOf({ faults })).toEqual(['Not whole: a is no JSON.', 'Not whole: b is no JSON.', 'And 2 other files.']);
  });

  it('says in a red line, before all else, what would be run', () => {
    const imports = [importsOf('a.bin', ['os.system'], true), importsOf('b.bin', ['x.a', '', 'x.c', 'x.d'], false)];
    expect(saidOf({ imports }).slice(0, 2)).toEqual([
      '🔴 a.bin would run os.system when loaded.',
      '🔴 b.bin would import x.a, something it does not name, x.c and 1 more when loaded.',
    ]);
  });

  it('names the repositories that it takes code from', () => {
    expect(saidOf({ codeFrom: ['org/code'] })).toEqual([
      'Whole: 291 tensors in 2 files.',
      'Its code lies in org/code: without a network it loads only where that is here, too.',
      NO_MORE,
    ]);
    expect(saidOf({ codeFrom: ['org/code', 'b/c', 'd/e'] }).at(-2)).toBe(
      'Its code lies in org/code, b/c and others: without a network it loads only where they are here, too.',
    );
  });

  it('says whether it waits, how far it is, that it is old, and why it could not be', () => {
    expect(said({ state: 'waiting' })).toEqual(['Check: waits for its turn']);
    const progress = { filesDone: 2, filesTotal: 20, currentFile: 'model-00003.safetensors' };
    expect(checkLines({ check: check({ state: 'waiting' }), progress, ...HERE })).toEqual([
      'Checking file 3 of 20: model-00003.safetensors',
    ]);
    expect(said({ state: 'stale' })).toEqual(['Its files have changed since they were checked.']);
    expect(said({ state: 'refused', errorMessage: 'The disk does not answer.' })).toEqual([
      'It could not be checked: The disk does not answer.',
    ]);
    expect(checkLines(undefined)).toEqual([]);
  });

  it('offers to repair what is not whole only', () => {
    const view = (faults: readonly { path: string; reason: string }[]) => ({
      check: check({ result: { whole: wholeOf({ ...found, faults }) } }),
      progress: undefined,
      ...HERE,
    });
    expect(mayBeRepaired(view([{ path: 'a', reason: 'is no JSON' }]))).toBe(true);
    expect(mayBeRepaired(view([]))).toBe(false);
    expect(mayBeRepaired(undefined)).toBe(false);
  });
});

describe('what a card says of loading', () => {
  const loads = (result: Loads) => said({ result: { whole: wholeOf(found), loads: result } }).at(-1);
  const loaded = (did: Did, loadMs = 2340) => loads({ kind: 'loaded', path: 'a.gguf', loadMs, did });

  it('is what it did, and when', () => {
    expect(loaded({ what: 'wrote', firstMs: 480, tokensPerSecond: 51.6 })).toBe(
      'Loads: a.gguf was there after 2.3 s, its first token 0.5 s later, then 52 tokens a second.',
    );
    expect(loaded({ what: 'wrote', firstMs: 480, tokensPerSecond: 0.52 }, 12_600)).toBe(
      'Loads: a.gguf was there after 13 s, its first token 0.5 s later, then 0.5 tokens a second.',
    );
    expect(loaded({ what: 'wrote', firstMs: 480 })).toMatch(/its first token 0\.5 s later\.$/);
    expect(loaded({ what: 'answered', answerMs: 90 })).toMatch(/^Loads: .*, its answer 0\.1 s later\.$/);
    const on = (cards: readonly string[]) =>
      loads({ kind: 'loaded', path: 'a.gguf', loadMs: 2340, did: { what: 'answered', answerMs: 90 }, cards });
    expect(on(['NVIDIA A', 'NVIDIA B'])).toBe(
      'Loads: a.gguf was there after 2.3 s on NVIDIA A and NVIDIA B, its answer 0.1 s later.',
    );
    expect(on([])).toBe(
      'Loads: a.gguf was there after 2.3 s on the processor, as no graphics card took it, its answer 0.1 s later.',
    );
    expect(loaded({ what: 'opened' })).toMatch(/^Loads: .* 2\.3 s; nothing was asked of it\.$/);
  });

  it('is why it was not, and that says nothing against the model where it says nothing of it', () => {
    expect(loads({ kind: 'failed', path: 'a.gguf', reason: 'is refused' })).toBe('Does not load: a.gguf is refused.');
    expect(loads({ kind: 'unknown', path: 'a.gguf', reason: 'is of a kind' })).toBe('Not loaded: a.gguf is of a kind.');
    expect(loads({ kind: 'no_memory', neededBytes: 5 * GB, freeBytes: 2 * GB })).toBe(
      'Not loaded: it takes about 5 GB, and 2 GB of memory were free.',
    );
  });

  it('is what installs it, where nothing is there that loads it', () => {
    expect(loads({ kind: 'no_runtime', runtime: 'gguf' })).toBe(
      'Not loaded: npm run add-runtime gguf on the machine installs what that takes (103 MB).',
    );
    expect(loads({ kind: 'no_runtime', runtime: 'onnx' })).toMatch(/npm run add-runtime onnx .* \(297 MB\)\.$/);
  });

  it('offers to repair what does not load, and nothing else of that', () => {
    const view = (result: Loads) => ({
      check: check({ result: { whole: wholeOf(found), loads: result } }),
      progress: undefined,
      ...HERE,
    });
    expect(mayBeRepaired(view({ kind: 'failed', path: 'a', reason: 'is refused' }))).toBe(true);
    expect(mayBeRepaired(view({ kind: 'unknown', path: 'a', reason: 'is of a kind' }))).toBe(false);
  });

  it('is that it is being loaded, while it is', () => {
    const progress = { filesDone: 2, filesTotal: 2, currentFile: 'a.gguf', isLoading: true };
    expect(checkLines({ check: check({ state: 'waiting' }), progress, ...HERE })).toEqual([
      'Loading a.gguf to see what it does',
    ]);
  });
});

describe('what a card says of memory', () => {
  it('is the need for a text of the usual length, against what there is', () => {
    expect(fits(MACHINE, NEED)).toBe('Fits: needs about 5.1 GB of 23 GB memory at 4,096 tokens.');
    expect(fits(MACHINE, NEED, 131_072)).toBe('Fits: needs about 9.67 GB of 23 GB memory at 131,072 tokens.');
  });

  it('is counted for no longer text than the model was made for', () => {
    expect(fits(MACHINE, { ...NEED, contextMost: 2048 }, 100_000)).toMatch(/ at 2,048 tokens, the most it takes\.$/);
  });

  it('says where it fits, to the byte', () => {
    const all = { weightBytes: 0, bytesPerToken: 1, contextMost: Infinity };
    const machine = { totalBytes: 1000, freeBytes: 1000, gpus: [{ name: 'A', totalBytes: 500 }] };
    expect(fits(machine, all, 500)).toBe('Fits on the graphics card: needs about 500 B of 500 B at 500 tokens.');
    expect(fits(machine, all, 501)).toBe(
      'Fits with the graphics card’s memory and the machine’s: needs about 501 B of 1.5 kB memory at 501 tokens.',
    );
    expect(fits(machine, all, 1500)).toMatch(/^Fits with/);
    expect(fits(machine, all, 1501)).toMatch(/^Does not fit: needs about 1\.5 kB of 1\.5 kB memory at 1,501 tokens\.$/);
  });

  it('says how much was free where that is less', () => {
    expect(fits({ ...MACHINE, freeBytes: 2 * GB }, NEED)).toBe(
      'Fits: needs about 5.1 GB of 23 GB memory at 4,096 tokens; 2 GB were free when it was checked.',
    );
    expect(fits({ ...MACHINE, freeBytes: 2 * GB, gpus: [CARD] }, NEED)).toBe(
      'Fits on the graphics card: needs about 5.1 GB of 8 GB at 4,096 tokens.',
    );
  });

  it('stands on the size of the weights alone where nothing else is known', () => {
    expect(fits(MACHINE, { weightBytes: 10 * GB })).toBe('Fits: needs about 12 GB of 23 GB memory.');
    expect(fits(MACHINE, { weightBytes: 20 * GB })).toBe('Does not fit: needs about 24 GB of 23 GB memory.');
  });
});
