import fs, {
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookAtLinks, makeLinks, removeLinks } from '../../src/copies/apps/links.ts';
import type { LinkMade } from '../../src/copies/apps/wanted.ts';
import { refusing } from '../helpers/disks.ts';

const FOLDER = 'models--org--name';
const never = new AbortController().signal;
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const [FIRST, SECOND] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];

/** A disk on which files of another one cannot be linked hard, and one that takes no links at all. */
const OTHER_DISK = { ...fs, link: refusing('EXDEV') };
const NO_LINKS = { ...fs, link: refusing('EPERM'), symlink: refusing('EPERM') };

/** A cache with a snapshot of one file, and the folder of an app. */
const setUp = async () => {
  const root = await mkdtemp(join(tmpdir(), 'hubgram-links-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const cacheDir = join(root, 'hub');
  const app = join(root, 'app');
  await mkdir(app);
  const at = (...parts: string[]): string => join(cacheDir, FOLDER, ...parts);
  const publish = async (commit: string, etag: string, content: string, path = 'model.gguf'): Promise<void> => {
    await mkdir(at('blobs'), { recursive: true });
    await mkdir(dirname(at('snapshots', commit, path)), { recursive: true });
    await writeFile(at('blobs', etag), content);
    await symlink(at('blobs', etag), at('snapshots', commit, path));
  };
  await publish(OLD, FIRST, 'old bytes');
  const wanted = (changes: object = {}, commit = OLD, etag = FIRST) => ({
    repoFolder: FOLDER,
    commit,
    links: [
      {
        folder: app,
        path: 'org/name/model.gguf',
        file: { path: 'model.gguf', size: 9, etag },
        replaces: null,
        isRetried: false,
        ...changes,
      },
    ],
  });
  const made = (proof: string | null, changes: object = {}, etag = FIRST) => ({
    repoFolder: FOLDER,
    links: [{ folder: app, path: 'org/name/model.gguf', kept: '', etag, proof, ...changes }],
  });
  const place = join(app, 'org/name/model.gguf');
  return { cacheDir, app, at, publish, wanted, made, place };
};

const proofOf = ([one]: readonly LinkMade[]): string => {
  if (one?.state !== 'made') throw new Error(`not made: ${JSON.stringify(one)}`);
  return one.proof;
};
const refusalOf = ([one]: readonly LinkMade[]): string => (one?.state === 'refused' ? one.message : 'made');

describe('a link in the folder of an app', () => {
  it('is the same file on the same file system, and takes no room', async () => {
    const { cacheDir, wanted, place, at } = await setUp();
    expect(await makeLinks(cacheDir, wanted(), never)).toMatchObject([{ state: 'made', way: 'hard' }]);
    expect((await lstat(place)).ino).toBe((await lstat(at('blobs', FIRST))).ino);
  });

  it('leads to the blob on another one, which outlives the snapshot', async () => {
    const { cacheDir, wanted, place, at } = await setUp();
    expect(await makeLinks(cacheDir, wanted(), never, OTHER_DISK)).toMatchObject([{ state: 'made', way: 'symbolic' }]);
    expect(await readlink(place)).toBe(at('blobs', FIRST));
    await rm(at('snapshots'), { recursive: true });
    expect(await readFile(place, 'utf8')).toBe('old bytes');
  });

  it('leads to the file itself where snapshots hold the files', async () => {
    const { cacheDir, wanted, place, at } = await setUp();
    const entry = at('snapshots', OLD, 'model.gguf');
    await rm(entry);
    await rename(at('blobs', FIRST), entry);
    await makeLinks(cacheDir, wanted(), never, OTHER_DISK);
    expect(await readlink(place)).toBe(entry);
  });

  it('is refused, and no copy is made, where the disk takes neither kind', async () => {
    const { cacheDir, wanted, app } = await setUp();
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never, NO_LINKS))).toMatch(
      /takes no link to a file of another disk/,
    );
    expect(await readdir(join(app, 'org/name'))).toEqual([]);
  });

  it.each([
    ['ENOSPC', /The disk is full|inodes are used up/],
    ['EROFS', /read-only/],
  ])('is refused with what the disk says: %s', async (code, sentence) => {
    const { cacheDir, wanted } = await setUp();
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never, { ...NO_LINKS, link: refusing(code) }))).toMatch(
      sentence,
    );
  });

  it('is never made over a file that is not hubgram’s', async () => {
    const { cacheDir, wanted, place } = await setUp();
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, 'mine');
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never))).toContain(`lies at ${place}`);
    expect(refusalOf(await makeLinks(cacheDir, wanted({ replaces: 'hard 1 2 3', isRetried: true }), never))).toContain(
      place,
    );
    expect(await readFile(place, 'utf8')).toBe('mine');
  });

  it('does not become hubgram’s if somebody has made the same by hand', async () => {
    const { cacheDir, wanted, place, at } = await setUp();
    await mkdir(dirname(place), { recursive: true });
    await link(at('blobs', FIRST), place);
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never))).toContain(place);
  });

  it('is known again by who was killed after it was made', async () => {
    const { cacheDir, wanted } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted(), never));
    expect(proofOf(await makeLinks(cacheDir, wanted({ isRetried: true }), never))).toBe(proof);
  });

  it('is swapped for that of a newer file in one step, of either kind', async () => {
    const { cacheDir, wanted, publish, place } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted(), never));
    await publish(NEW, SECOND, 'new bytes');
    const seen: string[] = [];
    const watched = {
      ...OTHER_DISK,
      rename: async (from: string, to: string) => {
        seen.push(await readFile(to, 'utf8'));
        await rename(from, to);
      },
    };
    const swapped = proofOf(await makeLinks(cacheDir, wanted({ replaces: proof }, NEW, SECOND), never, watched));
    expect([...seen, await readFile(place, 'utf8')]).toEqual(['old bytes', 'new bytes']);
    expect(await readdir(dirname(place))).toEqual(['model.gguf']);
    await makeLinks(cacheDir, wanted({ replaces: swapped }), never);
    expect(await readFile(place, 'utf8')).toBe('old bytes');
  });

  it('is refused where the app’s folder is not there', async () => {
    const { cacheDir, wanted, app } = await setUp();
    await rm(app, { recursive: true });
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never))).toContain(`The folder ${app} is not there`);
  });

  it.each(['../outside.gguf', 'org/../../outside.gguf', '/etc/outside.gguf', 'org//name.gguf', 'C:/name.gguf'])(
    'does not leave the app’s folder by its name: %s',
    async (path) => {
      const { cacheDir, wanted, app } = await setUp();
      expect(refusalOf(await makeLinks(cacheDir, wanted({ path }), never))).toMatch(/leads out of/);
      expect(await readdir(app)).toEqual([]);
    },
  );

  it('does not leave the app’s folder through a folder that is a link', async () => {
    const { cacheDir, wanted, app } = await setUp();
    const elsewhere = join(dirname(app), 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, join(app, 'org'));
    expect(refusalOf(await makeLinks(cacheDir, wanted(), never))).toContain(`${join(app, 'org')} is itself a link`);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('is taken away with the folders that were made for it, and no other', async () => {
    const { cacheDir, wanted, made, app } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted(), never));
    expect(await removeLinks(cacheDir, made(proof, { kept: 'org' }))).toEqual(['there']);
    expect(await readdir(app)).toEqual(['org']);
    expect(await readdir(join(app, 'org'))).toEqual([]);
  });

  it('is left alone if something else lies there by now, or in another folder behind a link', async () => {
    const { cacheDir, wanted, made, place, app } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted(), never));
    await rm(place);
    await writeFile(place, 'mine');
    expect(await removeLinks(cacheDir, made(proof))).toEqual(['foreign']);
    await rename(join(app, 'org'), join(app, 'moved'));
    await symlink(join(app, 'moved'), join(app, 'org'));
    expect(await removeLinks(cacheDir, made(proof))).toEqual(['unknown']);
    expect(await readFile(join(app, 'moved/name/model.gguf'), 'utf8')).toBe('mine');
  });

  it('is taken away by who knows only that it was about to be made', async () => {
    const { cacheDir, wanted, made, app } = await setUp();
    await makeLinks(cacheDir, wanted(), never);
    expect(await removeLinks(cacheDir, made(null))).toEqual(['there']);
    expect(await readdir(app)).toEqual([]);
  });

  it('is told apart from what is missing, foreign, or not to be seen since the disk is away', async () => {
    const { cacheDir, wanted, made, place, app } = await setUp();
    const proof = proofOf(await makeLinks(cacheDir, wanted(), never));
    expect(await lookAtLinks(cacheDir, made(proof))).toEqual(['there']);
    await rm(place);
    expect(await lookAtLinks(cacheDir, made(proof))).toEqual(['missing']);
    await writeFile(place, 'mine');
    expect(await lookAtLinks(cacheDir, made(proof))).toEqual(['foreign']);
    await rm(app, { recursive: true });
    expect(await lookAtLinks(cacheDir, made(proof))).toEqual(['unknown']);
  });
});
