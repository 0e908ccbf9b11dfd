import { readFileSync } from 'node:fs';
import { bytesOfBuffer } from '../../src/checks/bytes/cursor.ts';
import { holdTogether } from '../../src/checks/hold-together.ts';
import { lookAtFile } from '../../src/checks/look-at-file.ts';
import { createLookedAt } from '../../src/checks/looked-at.ts';
import { needOf } from '../../src/checks/memory/need.ts';
import { createDice } from '../helpers/dice.ts';
import { ONNX_MODEL } from '../helpers/onnx-model.ts';
import { smallGguf, twoTensors } from './made.ts';
import { oldTorchFile, pickled, torchFile } from './torch-files.ts';

/* A process of its own that reads files with other bytes in their headers, and prints what it found and how much memory that took. */

const FLIPS = 200;
const SEED = 20_261_129;
const ONNX = readFileSync(ONNX_MODEL);

/** Files by their names, with the length of what they say of themselves. */
const FILES: readonly (readonly [path: string, file: Buffer, header: number])[] = [
  ['model.safetensors', twoTensors(), twoTensors().length - 16],
  ['model.gguf', smallGguf(), smallGguf().length - 192],
  ['model.onnx', ONNX, 4096],
  ['weights.pkl', pickled(3), pickled(3).length],
  ['model.pt', torchFile(Buffer.alloc(12)), torchFile(Buffer.alloc(12)).length],
  ['model.ckpt', torchFile(Buffer.alloc(12), true), torchFile(Buffer.alloc(12), true).length],
  ['pytorch_model.bin', oldTorchFile(), oldTorchFile().length - 12],
];

const dice = createDice(SEED);
/** One to three bytes are others: any, the largest, none at all, or one bit of them. */
const flipped = (file: Buffer, header: number): Buffer => {
  const other = Buffer.from(file);
  for (let left = 1 + dice(3); left > 0; left -= 1) {
    const at = dice(header);
    other[at] = [dice(256), 255, 0, (other[at] ?? 0) ^ (1 << dice(8))][dice(4)] ?? 0;
  }
  return other;
};

/** Whether a check has something to say against a file. */
const isTold = (path: string, file: Buffer): boolean => {
  const found = createLookedAt([{ path, size: file.length, etag: '' }]);
  lookAtFile(found, { path, size: file.length, etag: '' }, bytesOfBuffer(file));
  holdTogether(found);
  needOf(found);
  return found.faults.length + found.unread.length + found.imports.length > 0;
};

const told = FILES.map(([path, file, header]) => {
  if (isTold(path, file)) throw new Error(`${path} is not whole before anything was changed`);
  const others = Array.from({ length: FLIPS }, () => isTold(path, flipped(file, header)));
  return [path, others.filter(Boolean).length];
});
// Not `maxRSS`: Linux counts in it what the process took that forked this one, a worker full of other tests.
const [, peakKb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
const memoryMb = Math.round(Number(peakKb) / 1024);
process.stdout.write(JSON.stringify({ told: Object.fromEntries(told), memoryMb }));
