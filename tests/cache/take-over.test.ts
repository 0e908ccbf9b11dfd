import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { repoPaths, takeOver } from '../../src/cache/layout.ts';

it('a blob that a killed run has taken over already is taken over again, and leaves nothing behind', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-take-over-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
  const etag = 'a'.repeat(64);
  const from = repoPaths(cacheDir, 'models--org--first').blob(etag);
  mkdirSync(dirname(from), { recursive: true });
  writeFileSync(from, 'weights');
  const paths = repoPaths(cacheDir, 'models--org--second');
  await takeOver(paths, from, etag);
  await takeOver(paths, from, etag);
  expect(readFileSync(paths.blob(etag), 'utf8')).toBe('weights');
  expect(readdirSync(paths.partials)).toEqual([]);
});
