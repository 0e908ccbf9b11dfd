import { closeSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openUnnoticedSync } from '../../lib/files/unnoticed.ts';
import { createCutter } from './cutter.ts';

/** A stretch of a file that begins and ends where a chunk does. In bytes. */
export interface CutWanted {
  readonly start: number;
  readonly bytes: number;
}

/** What the thread is started with. */
export interface CutTask {
  readonly path: string;
  readonly stretches: readonly CutWanted[];
}

/** Of each stretch the lengths of its chunks; undefined if the file could not be read to its end. */
export type CutReply = readonly Uint32Array[] | undefined;

const BLOCK = 1024 * 1024;

const cutAll = ({ path, stretches }: CutTask): CutReply => {
  const buffer = Buffer.allocUnsafe(BLOCK);
  const file = openUnnoticedSync(path);
  try {
    return stretches.map(({ start, bytes }) => {
      const cutter = createCutter();
      const lengths: number[] = [];
      for (let at = 0; at < bytes; ) {
        const read = readSync(file, buffer, 0, Math.min(BLOCK, bytes - at), start + at);
        if (read === 0) throw new Error('the file is shorter');
        cutter.push(buffer.subarray(0, read), (length) => lengths.push(length));
        at += read;
      }
      if (cutter.rest() > 0) lengths.push(cutter.rest());
      return Uint32Array.from(lengths);
    });
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
};

parentPort?.postMessage(cutAll(workerData as CutTask));
