import type { SampleHub } from '../../playground/hub/sample-hub.ts';
import { type Figures, mb, openUpdate, type Parts } from './update.ts';

/** Slower than without. */
const SLOWER_MOST = 1.02;

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

interface Run extends Figures {
  readonly reconstructions: number;
  /** From the first token that was asked for to the last answer about terms: so long nothing was fetched. */
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

/** @param isChunked whether the Hub stores it by chunks */
const runOnce = async (bytes: number, isChunked: boolean): Promise<Run> => {
  const partsOf = (seed: string): Parts => [{ seed, size: bytes }];
  const update = await openUpdate('model.gguf', partsOf('before'), { xet: isChunked ? 'chunks' : false });
  try {
    await update.run();
    await update.move(partsOf('after'));
    // What it takes to know the hash is no part of the run.
    update.hub.commitOf('bench/model').files[0]?.etag();
    const since = update.hub.requests.length;
    const asked = timeAsking(update.hub);
    const figures = await update.run();
    return { ...figures, askedMs: asked(), reconstructions: update.hub.traffic(since).reconstruction.requests };
  } finally {
    await update.close();
  }
};

/** @param bytes of the file */
export const unrelated = async (bytes: number, rounds: number): Promise<boolean> => {
  console.log(`unrelated: ${mb(bytes)}, nothing of which is in the file before; ${rounds} pairs of runs`);
  const ratios: { wall: number; cpu: number; asked: number; share: number }[] = [];
  let isAskedOnce = true;
  for (let round = 0; round < rounds; round += 1) {
    // Neither is always the first.
    const order = round % 2 === 0 ? [true, false] : [false, true];
    const runs = new Map<boolean, Run>();
    for (const isChunked of order) runs.set(isChunked, await runOnce(bytes, isChunked));
    const [chunked, plain] = [runs.get(true), runs.get(false)];
    if (!chunked || !plain) continue;
    isAskedOnce &&= chunked.reconstructions === 2 && plain.reconstructions === 0;
    ratios.push({
      wall: chunked.transferMs / plain.transferMs,
      cpu: chunked.cpu / plain.cpu,
      asked: chunked.askedMs,
      share: chunked.askedMs / chunked.transferMs,
    });
  }
  const [wall, cpu, asked, share] = [
    median(ratios.map((ratio) => ratio.wall)),
    median(ratios.map((ratio) => ratio.cpu)),
    median(ratios.map((ratio) => ratio.asked)),
    median(ratios.map((ratio) => ratio.share)),
  ];
  console.log(`  one pair of reconstructions each: ${isAskedOnce}`);
  console.log(
    `  medians: ${wall.toFixed(3)} × the time, ${cpu.toFixed(3)} × the processor's time; asking took ${asked.toFixed(0)} ms, ${(100 * share).toFixed(1)} % of the time`,
  );
  console.log(`  times: ${ratios.map((ratio) => ratio.wall.toFixed(2)).join(' ')}`);
  return isAskedOnce && wall <= SLOWER_MOST;
};
