import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { putAsPython, pythonWarnings } from '../helpers/python-cache.ts';
import { tempFolder } from '../store/setup.ts';

const [COMMIT, ETAG] = ['c'.repeat(40), 'a'.repeat(64)];
const REPO = 'models--org--name';

let cacheDir: string;
const at = (...parts: string[]): string => join(cacheDir, REPO, ...parts);
beforeEach(() => {
  cacheDir = tempFolder();
  const files = [{ path: 'onnx/model.bin', etag: ETAG, content: Buffer.from('weights') }];
  putAsPython(cacheDir, { repoFolder: REPO, commit: COMMIT, revision: 'refs/pr/1', files, hasLinks: true });
  writeFileSync(join(cacheDir, 'CACHEDIR.TAG'), '');
  mkdirSync(join(cacheDir, '.locks', REPO), { recursive: true });
});

describe('what the Python client would warn of is seen', () => {
  it('not in what it leaves itself, with a folder of ours in it, nor where there is nothing', () => {
    mkdirSync(at('.hubgram'));
    writeFileSync(at('.hubgram', `${ETAG}.part`), '');
    expect(pythonWarnings(cacheDir)).toEqual([]);
    expect(pythonWarnings(join(cacheDir, 'nothing'))).toEqual([]);
  });

  it.each<[string, () => void, string]>([
    ['a file beside the repositories', () => writeFileSync(join(cacheDir, 'notes.txt'), ''), 'notes.txt is not'],
    ['another folder there', () => mkdirSync(join(cacheDir, 'tmp')), 'tmp is no repository’s'],
    ['a folder of no known kind', () => mkdirSync(join(cacheDir, 'things--x')), 'things--x is no'],
    ['no snapshots', () => rmSync(at('snapshots'), { recursive: true }), `${REPO} has no snapshots dir`],
    ['a file among snapshots', () => writeFileSync(at('snapshots', 'x'), ''), `${REPO} has a file in`],
    ['a blob that is gone', () => rmSync(at('blobs', ETAG)), `${REPO} lacks the blob of ${COMMIT}/onnx/model.bin`],
    [
      'a ref to a snapshot that is gone',
      () => rmSync(at('snapshots', COMMIT), { recursive: true }),
      `${REPO} has refs to missing commits: ${COMMIT}`,
    ],
    ['a link to nothing in a snapshot', () => symlinkSync('x', at('snapshots', COMMIT, 'y')), `${REPO} lacks the blob`],
  ])('%s', (_, plant, warning) => {
    plant();
    expect(pythonWarnings(cacheDir)).toEqual([expect.stringContaining(warning)]);
  });
});
