/**
 * Hashes the big built-in files of the sample hub anew and writes playground/hub/repos/known-hashes.ts, so that a start
 * need not. Run it after a change to their list, their sizes or the way their bytes are made:
 *
 *     node bench/hash-sample-hub.ts
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../playground/hub/repos/content.ts';
import { sampleRepos } from '../playground/hub/samples/sample-repos.ts';

/** Smaller ones are hashed when they are first asked for. */
const FROM = 1_000_000;
const TARGET = join(import.meta.dirname, '../playground/hub/repos/known-hashes.ts');

const files = sampleRepos().flatMap((repo) => [...repo.branches.values()].flatMap((commit) => commit.files));
const contents = files.filter((file) => file.isLfs && file.size >= FROM).map((file) => file.content);
const byKey = new Map(contents.flatMap((content) => (content.key === undefined ? [] : [[content.key, content]])));
/** As the formatter would break it: at 120 columns. */
const lineOf = (key: string, hash: string): string => {
  const line = `  '${key}': '${hash}',\n`;
  return line.length <= 121 ? line : `  '${key}':\n    '${hash}',\n`;
};
const lines = [...byKey]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([key, content]) => lineOf(key, sha256Of(content)));

await writeFile(
  TARGET,
  `/** Made by bench/hash-sample-hub.ts; do not edit. SHA-256 of the big built-in files by the key of their content. */
export const KNOWN_HASHES: Readonly<Record<string, string>> = {
${lines.join('')}};
`,
);
console.log(`${lines.length} hashes written to ${TARGET}`);
