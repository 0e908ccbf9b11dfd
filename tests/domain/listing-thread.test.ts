import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RepoListing } from '../../src/domain/listing.ts';
import { factsOfList, selectFromList } from '../../src/domain/files/listing-thread.ts';
import { DEFAULT_SELECTION, type Selection, selectFiles } from '../../src/domain/files/selection.ts';
import { listingFacts } from '../../src/domain/files/listing-facts.ts';
import { sampleFile, sampleListing, type Spec } from './sample-listing.ts';

const never = new AbortController().signal;

/** Longer than what is chosen from at once. */
const MANY: readonly Spec[] = Array.from({ length: 1500 }, (_, at) => `data/part-${at}.json`);
/** Longer than what is studied at once. */
const VERY_MANY: readonly Spec[] = Array.from({ length: 4500 }, (_, at) => `data/part-${at}.json`);
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
    const lists = [WEIGHTS, [], ['data/part-7.json'], ['data/part-7.json/x']].map((more) =>
      [...VERY_MANY, ...more].map(sampleFile),
    );
    const facts = await Promise.all(lists.map((files) => factsOfList(files, never)));
    expect(facts).toEqual(lists.map(listingFacts));
    expect(facts.map(({ contradictsItself }) => contradictsItself)).toEqual([false, false, true, true]);
  });

  it('goes to its thread a thousand files at a time, the first when it listens, and the next when these are taken', async () => {
    const lengths: number[] = [];
    let taken = 0;
    const watch = (message: unknown): void => {
      const { worker } = message as { worker: Worker };
      const send = worker.postMessage.bind(worker);
      worker.on('message', () => (taken += 1));
      worker.postMessage = (sent: { readonly json?: string }) => {
        // One for that it listens, and one for each that went before.
        expect(taken).toBe(lengths.length + 1);
        lengths.push(sent.json === undefined ? 0 : (JSON.parse(sent.json) as unknown[]).length);
        send(sent);
      };
    };
    subscribe('worker_threads', watch);
    onTestFinished(() => void unsubscribe('worker_threads', watch));
    const { files } = sampleListing(VERY_MANY);
    await selectFromList({ ...sampleListing(MANY), files, unsafe: [sampleFile('../escape.json')] }, wanted({}), never);
    expect(lengths).toEqual([1000, 1000, 1000, 1000, 500, 1, 0]);
  });

  it('is left alone when it is not wanted any more', async () => {
    const left = new AbortController();
    const reason = new Error('shutdown');
    const chosen = selectFromList(sampleListing([...MANY, ...WEIGHTS]), DEFAULT_SELECTION, left.signal);
    left.abort(reason);
    await expect(chosen).rejects.toBe(reason);
    await expect(factsOfList(VERY_MANY.map(sampleFile), left.signal)).rejects.toBe(reason);
  });

  it.each([
    { does: 'looked through', files: 4000, characters: 200_000, ask: factsOfList },
    {
      does: 'chosen from',
      files: 1000,
      characters: 100_000,
      ask: (files: RepoListing['files'], signal: AbortSignal) =>
        selectFromList({ ...sampleListing([]), files }, wanted({ quantize: 'all' }), signal),
    },
  ])('is $does in a thread from its first file or character too many', async ({ files, characters, ask }) => {
    const gone = AbortSignal.abort(new Error('nobody waits'));
    const some = Array.from({ length: 10 }, (_, at) => sampleFile(`${at}`.padEnd(characters / 10, 'x')));
    const many = Array.from({ length: files }, (_, at) => sampleFile(`${at}.json`));
    const atOnce = [some, many].map(async (list) => ask(list, gone));
    const inThread = [
      [...some, sampleFile('y')],
      [...many, sampleFile('y')],
    ].map(async (list) => ask(list, gone));
    // Only a thread can be left: what is done at once is done before anybody could leave it.
    expect((await Promise.allSettled(atOnce)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect((await Promise.allSettled(inThread)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
