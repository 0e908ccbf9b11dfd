import type { SampleHub } from '../../playground/hub/sample-hub.ts';
import { type Figures, mb, openUpdate, type Parts, type Update } from './update.ts';

/** Slower than without. */
const SLOWER_MOST = 1.02;

interface Run extends Figures {
  readonly reconstructions: number;
  /** From the first token that was asked for to the last answer about terms. */
  readonly askedMs: number;
}

/** Looks at the clock when something is asked about chunks. @returns ends it: how long it took */
const timeAsking = ({ onRequest }: SampleHub): (() => number) => {
  let [begun, ended] = [0, 0];
  const stop = onRequest(({ host, path }) => {
    const now = performance.now();
    if (begun === 0 && path.includes('/xet-read-token/')) begun = now;
    if (host === 'cas') ended = now;
  });
  return () => {
    stop();
    return Math.max(0, ended - begun);
  };
};

/** The file before lies here, and the Hub has another one. @param isChunked whether the Hub stores it by chunks */
const open = async (bytes: number, isChunked: boolean): Promise<Update> => {
  const partsOf = (seed: string): Parts => [{ seed, size: bytes }];
  const update = await openUpdate('model.gguf', partsOf('before'), { xet: isChunked ? 'chunks' : false });
  await update.run();
  await update.move(partsOf('after'));
  return update;
};

const runOnce = async ({ hub, run, forget }: Update): Promise<Run> => {
  const since = hub.requests.length;
  const asked = timeAsking(hub);
  const figures = await run();
  const [askedMs, reconstructions] = [asked(), hub.traffic(since).reconstruction.requests];
  await forget();
  return { ...figures, askedMs, reconstructions };
};

/** @returns the first quarter, the median, the third one */
const quarters = (numbers: readonly number[]): readonly [number, number, number] => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * sorted.length)] ?? 0;
  return [at(0.25), at(0.5), at(0.75)];
};

const spread = (numbers: readonly number[]): string => {
  const [first, median, third] = quarters(numbers);
  return `${median.toFixed(3)} × (half of them ${first.toFixed(2)} to ${third.toFixed(2)})`;
};

const measure = async (chunked: Update, plain: Update, rounds: number): Promise<boolean> => {
  const pairs: { readonly chunked: Run; readonly plain: Run }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Neither is always the first.
    if (round % 2 === 0) pairs.push({ chunked: await runOnce(chunked), plain: await runOnce(plain) });
    else {
      const first = await runOnce(plain);
      pairs.push({ chunked: await runOnce(chunked), plain: first });
    }
  }
  const times = pairs.map((pair) => pair.chunked.transferMs / pair.plain.transferMs);
  const isAskedOnce = pairs.every((pair) => pair.chunked.reconstructions === 2 && pair.plain.reconstructions === 0);
  const [, plainMs] = quarters(pairs.map((pair) => pair.plain.transferMs));
  const [, askedMs] = quarters(pairs.map((pair) => pair.chunked.askedMs));
  console.log(`  one pair of reconstructions each: ${isAskedOnce}`);
  console.log(`  time: ${spread(times)}; the plain way took ${plainMs.toFixed(0)} ms`);
  console.log(`  processor: ${spread(pairs.map((pair) => pair.chunked.cpu / pair.plain.cpu))}`);
  console.log(`  from the first question about chunks to the last answer: ${askedMs.toFixed(0)} ms`);
  return isAskedOnce && quarters(times)[1] <= SLOWER_MOST;
};

/** @param bytes of the file */
export const unrelated = async (bytes: number, rounds: number): Promise<boolean> => {
  console.log(`unrelated: ${mb(bytes)}, nothing of which is in the file before; ${rounds} pairs of runs`);
  const updates: Update[] = [];
  try {
    for (const isChunked of [true, false]) updates.push(await open(bytes, isChunked));
    const [chunked, plain] = updates;
    return chunked !== undefined && plain !== undefined && (await measure(chunked, plain, rounds));
  } finally {
    for (const update of updates) await update.close();
  }
};
