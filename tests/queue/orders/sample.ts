import { defineRepo } from '../../../playground/hub/sample-hub.ts';
import type { RepoFile } from '../../../src/domain/listing.ts';

/** Three pieces as they are written, of which a hold lets one come. */
const SIZE = 1_200_000;
export const HELD = 2 ** 19;

export const QUANTS = 'sample/quants';
export const TWIN = 'sample/twin';
const Q8 = 'm-Q8_0.gguf';
export const Q4 = 'm-Q4_K_M.gguf';
export const READ_ME = 'README.md';
/** Weights of which only a part comes until they are let go. */
export const WEIGHTS = [`${QUANTS}/${Q4}`, `${QUANTS}/${Q8}`, `${TWIN}/weights.gguf`];

/** Two quants with a tag on the first commit, and another repository that has one of them too. */
export const REPOS = [
  defineRepo({
    id: QUANTS,
    gitTags: ['v1'],
    files: [
      { path: READ_ME, content: '# Quants\n' },
      { path: Q4, size: SIZE, seed: 'q4' },
      { path: Q8, size: SIZE, seed: 'shared' },
    ],
  }),
  defineRepo({
    id: TWIN,
    files: [
      { path: 'config.json', content: '{}' },
      { path: 'weights.gguf', size: SIZE, seed: 'shared' },
      { path: 'copy/weights.gguf', size: SIZE, seed: 'shared' },
    ],
  }),
];

/** What the branch of the quants moves to: one of them is another file then. */
export const NEXT = [
  { path: READ_ME, content: '# Quants, second edition\n' },
  { path: Q8, size: SIZE, seed: 'second' },
];

/** What a chat may ask for. */
export interface Choice {
  readonly name: string;
  readonly revision: string;
  readonly paths: readonly string[];
}

export const CHOICES: readonly Choice[] = [
  ...['main', 'v1'].flatMap((revision) => [
    { name: QUANTS, revision, paths: [READ_ME, Q4] },
    { name: QUANTS, revision, paths: [READ_ME, Q8] },
  ]),
  { name: TWIN, revision: 'main', paths: ['config.json', 'weights.gguf', 'copy/weights.gguf'] },
];

export const sizeOf = (files: readonly RepoFile[]): number =>
  [...new Map(files.map(({ etag, size }) => [etag, size])).values()].reduce((sum, size) => sum + size, 0);
