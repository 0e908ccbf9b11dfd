/**
 * What updates fetch where the Hub stores files by chunks, counted where the bytes leave:
 *
 *     node bench/chunks.ts [--only=header,tensors,unrelated,pairs,kills] [--mb=2000] [--rounds=9] [--pairs=500] [--kills=12] [--seed=1]
 *
 * `header`: a GGUF whose header grew by 300 bytes, 16 MB at most. `tensors`: a safetensors of which one tensor in twenty is another,
 * 12 % at most. `unrelated`: the file before has nothing of the new one; against the same without chunks, in pairs of runs.
 * `pairs`: random edits and something that goes wrong; none may end wrong. `kills`: `kill -9` again and again in the middle of one update.
 */
import { parseArgs } from 'node:util';
import { header, tensors } from './chunks/updates.ts';
import { kills } from './chunks/kills.ts';
import { pairs } from './chunks/pairs.ts';
import { unrelated } from './chunks/unrelated.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'header,tensors,unrelated,pairs,kills' },
    mb: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '9' },
    pairs: { type: 'string', default: '500' },
    kills: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
});

const bytes = Number(values.mb) * 1e6;
const seed = Number(values.seed);
const RUNS: Readonly<Record<string, () => Promise<boolean>>> = {
  header: () => header(bytes),
  tensors: () => tensors(bytes, seed),
  unrelated: () => unrelated(Math.min(bytes, 512e6), Number(values.rounds)),
  pairs: () => pairs(Number(values.pairs), seed),
  kills: () => kills(Math.min(bytes, 400e6), Number(values.kills), seed),
};

for (const name of values.only.split(',')) {
  const isGood = await RUNS[name]?.();
  if (isGood === undefined) throw new Error(`There is no "${name}" here: ${Object.keys(RUNS).join(', ')}`);
  console.log(`${name}: ${isGood ? 'as it should be' : 'NOT as it should be'}\n`);
  if (!isGood) process.exitCode = 1;
}
