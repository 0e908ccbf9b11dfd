import { createDice } from '../../tests/helpers/dice.ts';

const MIB = 2 ** 20;

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly files: () => readonly { readonly path: string; readonly size: number; readonly isLfs: boolean }[];
  /** Bytes per second of one connection; 0 = as fast as it goes. */
  readonly throttle: number;
  readonly latencyMs: number;
  readonly tls: boolean;
  /** Connections that hubgram is given, one row of the table each. */
  readonly connections: readonly number[];
}

const shards = (count: number, size: number) =>
  Array.from({ length: count }, (_, at) => ({ path: `model-${at + 1}-of-${count}.safetensors`, size, isLfs: true }));

const manySmall = () => {
  const dice = createDice(3);
  return Array.from({ length: 2000 }, (_, at) => ({
    path: `data/${at % 20}/part-${at}.json`,
    size: 1024 + dice(63 * 1024),
    isLfs: false,
  }));
};

/** What a loader needs of openai-community/gpt2 and what else lies there below 1 GB, with the true sizes. */
const gpt2 = () => [
  { path: '64-8bits.tflite', size: 125_162_496, isLfs: true },
  { path: '64-fp16.tflite', size: 248_269_688, isLfs: true },
  { path: '64.tflite', size: 495_791_932, isLfs: true },
  { path: 'flax_model.msgpack', size: 497_764_120, isLfs: true },
  { path: 'model.safetensors', size: 548_105_171, isLfs: true },
  { path: 'pytorch_model.bin', size: 548_118_077, isLfs: true },
  ...Object.entries({
    '.gitattributes': 445,
    'README.md': 8092,
    'config.json': 665,
    'generation_config.json': 124,
    'merges.txt': 456_318,
    'tokenizer.json': 1_355_256,
    'tokenizer_config.json': 26,
    'vocab.json': 1_042_301,
  }).map(([path, size]) => ({ path, size, isLfs: false })),
];

const PLAIN = { throttle: 0, latencyMs: 0, tls: false };
const SLOW = { throttle: 30_000_000, latencyMs: 40, tls: false };

export const SCENARIOS: readonly Scenario[] = [
  { ...PLAIN, name: 'A', title: '4 × 512 MiB, no limit', files: () => shards(4, 512 * MIB), connections: [16] },
  {
    ...SLOW,
    name: 'B',
    title: '4 × 512 MiB, 30 MB/s per connection, 40 ms',
    files: () => shards(4, 512 * MIB),
    connections: [16, 32],
  },
  {
    ...SLOW,
    throttle: 0,
    name: 'C',
    title: '2,000 files of 1-64 KB, 40 ms',
    files: manySmall,
    connections: [16],
  },
  {
    ...SLOW,
    name: 'D',
    title: '1 × 2 GiB, 30 MB/s per connection, 40 ms',
    files: () => shards(1, 2048 * MIB),
    connections: [16, 32],
  },
  {
    ...PLAIN,
    name: 'TLS',
    title: '4 × 512 MiB over TLS, no limit',
    files: () => shards(4, 512 * MIB),
    connections: [16],
    tls: true,
  },
  {
    ...SLOW,
    name: 'gpt2',
    title: 'gpt2’s files, 30 MB/s per connection, 40 ms',
    files: gpt2,
    connections: [16],
  },
];
