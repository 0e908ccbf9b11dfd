import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RepoPaths, repoPaths } from '../../src/cache/layout.ts';
import { createRepoFolders } from '../../src/cache/repo-folders.ts';

let cacheDir: string;
let paths: RepoPaths;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-folders-'));
  paths = repoPaths(cacheDir, 'models--sample--model');
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

describe('the folder of a repository', () => {
  it('keeps what is empty in it as long as any run is there that may be about to use it', async () => {
    const folders = createRepoFolders();
    const leaves = [await folders.enter(paths), await folders.enter(paths)] as const;
    for (const folder of [paths.partials, paths.blobs, paths.refs]) mkdirSync(folder);
    await leaves[0]();
    await folders.tidy(paths);
    expect(readdirSync(paths.root).toSorted()).toEqual(['.hubgram', 'blobs', 'refs', 'snapshots']);
    await leaves[1]();
    expect(readdirSync(cacheDir)).toEqual([]);
  });
});
