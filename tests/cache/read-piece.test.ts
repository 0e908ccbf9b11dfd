import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PIECE_MOST, type PieceWanted, readPiece } from '../../src/cache/read-piece.ts';
import { codeOf } from '../copies/bench-top.ts';

const FOLDER = 'models--org--name';
const COMMIT = 'c'.repeat(40);
const ETAG = 'e'.repeat(64);

let root = '';
let cacheDir = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hubgram-read-'));
  cacheDir = join(root, 'hub');
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  put(at('blobs', ETAG), 'abcdefgh');
  linkTo(`../../blobs/${ETAG}`, entry('model.safetensors'));
});

const at = (...parts: string[]): string => join(cacheDir, FOLDER, ...parts);
const entry = (path: string): string => at('snapshots', COMMIT, path);
const put = (path: string, content: string | Buffer): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const linkTo = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
};
const read = (wanted: Partial<PieceWanted> = {}) =>
  readPiece(cacheDir, {
    repoFolder: FOLDER,
    commit: COMMIT,
    path: 'model.safetensors',
    start: 0,
    bytes: 100,
    ...wanted,
  });
const textOf = async (wanted?: Partial<PieceWanted>): Promise<string> =>
  Buffer.from((await read(wanted)).content, 'base64').toString();

describe('a piece of a file of a copy', () => {
  it('has what was asked for, less at the end, nothing behind it, and the size of the whole', async () => {
    expect(await read()).toEqual({ size: 8, content: Buffer.from('abcdefgh').toString('base64') });
    expect([
      await textOf({ start: 2, bytes: 3 }),
      await textOf({ start: 6, bytes: 5 }),
      await textOf({ start: 8 }),
      await textOf({ start: 2 ** 40 }),
    ]).toEqual(['cde', 'gh', '', '']);
  });

  it('comes from a folder in the snapshot, where files lie themselves, and from a repository that lies on another disk', async () => {
    put(entry('onnx/config.json'), '{}');
    expect(await textOf({ path: 'onnx/config.json' })).toBe('{}');
    put(join(root, 'other-disk', 'snapshots', COMMIT, 'config.json'), '{"a":1}');
    linkTo(join(root, 'other-disk'), join(cacheDir, 'models--org--moved'));
    expect(await textOf({ repoFolder: 'models--org--moved', path: 'config.json' })).toBe('{"a":1}');
  });

  it('is as long as it may be, and no longer', async () => {
    put(at('blobs', ETAG), Buffer.alloc(PIECE_MOST + 1, 1));
    const { size, content } = await read({ bytes: PIECE_MOST });
    expect([size, Buffer.from(content, 'base64').length]).toEqual([PIECE_MOST + 1, PIECE_MOST]);
    expect(await codeOf(read({ bytes: PIECE_MOST + 1 }))).toBe('validation');
  });

  it.each([
    ['a beginning before the beginning', { start: -1 }],
    ['a beginning that is no number', { start: Number.NaN }],
    ['half a byte', { start: 0.5 }],
    ['no bytes', { bytes: 0 }],
    ['bytes without end', { bytes: Number.POSITIVE_INFINITY }],
  ])('is not read with %s', async (_, wanted) => {
    expect(await codeOf(read(wanted))).toBe('validation');
  });

  it.each([
    ['a path that climbs', { path: '../../../secret' }],
    ['a path from the root', { path: '/etc/passwd' }],
    ['a commit that climbs', { commit: '../../..' }],
    ['a folder that climbs', { repoFolder: 'models--x/../..' }],
  ])('is not read from %s', async (_, wanted) => {
    put(join(root, 'secret'), 'secret');
    expect(['integrity', 'validation']).toContain(await codeOf(read(wanted)));
  });

  it('is not read through a link that leads out of the repository’s folder', async () => {
    put(join(root, 'secret'), 'secret');
    linkTo(join(root, 'secret'), entry('file'));
    linkTo(root, entry('folder'));
    put(join(cacheDir, 'models--org--name-more', 'secret'), 'secret');
    linkTo('../../../models--org--name-more/secret', entry('neighbour'));
    rmSync(at('blobs', ETAG));
    linkTo(join(root, 'secret'), at('blobs', ETAG));
    for (const path of ['file', 'folder/secret', 'neighbour', 'model.safetensors'])
      expect(await codeOf(read({ path }))).toBe('integrity');
  });

  it('is not there where nothing lies, a link leads nowhere, or no file is', async () => {
    linkTo('../../blobs/nothing', entry('nothing'));
    mkdirSync(entry('folder'));
    execFileSync('mkfifo', [entry('pipe')]);
    for (const path of ['none.json', 'nothing', 'folder', 'pipe', 'model.safetensors/deeper'])
      expect(await codeOf(read({ path }))).toBe('not_found');
    expect(await codeOf(read({ repoFolder: 'models--org--none' }))).toBe('not_found');
  });
});
