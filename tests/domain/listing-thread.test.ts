import { describe, expect, it } from 'vitest';
import type { RepoListing } from '../../src/domain/listing.ts';
import { selectFromList, studyList } from '../../src/domain/files/listing-thread.ts';
import { DEFAULT_SELECTION, type Selection, selectFiles } from '../../src/domain/files/selection.ts';
import { study } from '../../src/domain/files/study.ts';
import { sampleFile, sampleListing, type Spec } from './sample-listing.ts';

const never = new AbortController().signal;

/** Longer than what is chosen from at once. */
const MANY: readonly Spec[] = Array.from({ length: 1500 }, (_, at) => `data/part-${at}.json`);
const WEIGHTS: readonly Spec[] = [
  'config.json',
  'model.safetensors',
  'pytorch_model.bin',
  'weird.safetensors.index.json',
];
const QUANTS: readonly Spec[] = ['m-Q4_K_M.gguf', 'm-Q8_0.gguf', 'mmproj-f16.gguf'];

const wanted = (changes: Partial<Selection>): Selection => ({ ...DEFAULT_SELECTION, ...changes });

describe('a list that is long', () => {
  it.each<[string, RepoListing, Selection]>([
    ['a model with what its loader reads', sampleListing([...MANY, ...WEIGHTS]), wanted({})],
    ['patterns', sampleListing([...MANY, ...WEIGHTS]), wanted({ include: ['*-1?.json', 'model*'], exclude: ['*11*'] })],
    ['a choice among quants', sampleListing([...QUANTS, ...MANY]), wanted({})],
    [
      'a quant under another label',
      sampleListing([...QUANTS, ...MANY, 'm-UD-Q4_K_XL.gguf']),
      wanted({ quantize: 'Q4_K_XL' }),
    ],
    ['all of a dataset', sampleListing(MANY, { type: 'dataset' }), wanted({})],
    [
      'what cannot be stored',
      sampleListing([...MANY, ...WEIGHTS], { unsafe: [sampleFile('../escape.json')] }),
      wanted({ quantize: 'all' }),
    ],
    [
      'what cannot be stored, where the person does without it',
      sampleListing([...MANY, ...WEIGHTS], { unsafe: [sampleFile('../escape.json')] }),
      wanted({ quantize: 'all', storableOnly: true }),
    ],
  ])('leads to the same choice as one that is chosen from at once: %s', async (_, listing, selection) => {
    const expected = selectFiles(listing, selection);
    const got = await selectFromList(listing, selection, never);
    expect(got).toMatchObject(expected);
    const { loads } = { loads: undefined, ...got };
    expect(loads === undefined).toBe(expected.kind !== 'files');
  });

  it('is refused with the same sentence', async () => {
    const listing = sampleListing([...MANY, ...WEIGHTS]);
    const selection = wanted({ include: ['*.onnx'] });
    const refusal = await selectFromList(listing, selection, never).catch((error: unknown) => error);
    expect(() => selectFiles(listing, selection)).toThrow((refusal as Error).message);
    expect(refusal).toMatchObject({ name: 'AppError', code: 'validation' });
  });

  it('is studied as any other', async () => {
    for (const specs of [[...MANY, ...WEIGHTS], MANY, [...MANY, 'data/part-7.json'], [...MANY, 'data/part-7.json/x']]) {
      const files = specs.map(sampleFile);
      expect(await studyList(files, never)).toEqual(study(files));
    }
    expect((await studyList([...MANY, 'data/part-7.json/x'].map(sampleFile), never)).contradictsItself).toBe(true);
  });

  it('is left alone when it is not wanted any more', async () => {
    const left = new AbortController();
    const reason = new Error('shutdown');
    const chosen = selectFromList(sampleListing([...MANY, ...WEIGHTS]), DEFAULT_SELECTION, left.signal);
    left.abort(reason);
    await expect(chosen).rejects.toBe(reason);
    await expect(studyList(MANY.map(sampleFile), left.signal)).rejects.toBe(reason);
  });
});
