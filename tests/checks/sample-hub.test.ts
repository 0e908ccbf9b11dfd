import { mkdirSync, mkdtempSync, openSync, closeSync, ftruncateSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SampleFile } from '../../playground/hub/repos/sample-file.ts';
import type { SampleRepo } from '../../playground/hub/repos/sample-repo.ts';
import { sampleRepos } from '../../playground/hub/samples/sample-repos.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';
import { type Headers, readHeaders } from '../../src/checks/read-headers.ts';
import { hasRuntime, RUNTIMES_DIR } from '../helpers/checks.ts';

const PLACE = { repoFolder: 'models--sample--made', commit: 'c'.repeat(40) };

/** A check reads the beginning of a file, and of some its end: what lies between is a hole, which takes no room on the disk. */
const SEEN = 4_000_000;

const write = (place: string, { size, content }: SampleFile): void => {
  mkdirSync(dirname(place), { recursive: true });
  const file = openSync(place, 'w');
  ftruncateSync(file, size);
  writeSync(file, content.read(0, Math.min(size, SEEN)), 0, undefined, 0);
  const tail = Math.max(0, size - SEEN);
  writeSync(file, content.read(tail, size), 0, undefined, tail);
  closeSync(file);
};

/** Puts what a repository has into a cache. */
const cacheOf = (files: readonly SampleFile[]): string => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'sample-hub-'));
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
  for (const file of files) write(join(cacheDir, PLACE.repoFolder, 'snapshots', PLACE.commit, file.path), file);
  return cacheDir;
};

const listed = (files: readonly SampleFile[]) => files.map(({ path, size, etag }) => ({ path, size, etag: etag() }));

/** On a disk that takes its names. */
const filesOf = ({ branches }: SampleRepo, branch: string): readonly SampleFile[] =>
  (branches.get(branch)?.files ?? []).filter(({ path }) => !path.includes('\\'));

const check = (files: readonly SampleFile[]): Promise<Headers> =>
  readHeaders({ cacheDir: cacheOf(files), ...PLACE, files: listed(files) }, () => undefined);

const ALL = sampleRepos()
  .filter(({ type }) => type === 'model')
  .flatMap((repo) => [...repo.branches.keys()].map((branch) => [repo.id, branch, repo] as const));

describe('the sample Hub', () => {
  it.each(ALL)('has %s (%s) whole', async (_, branch, repo) => {
    expect((await check(filesOf(repo, branch))).whole.faults).toEqual([]);
  });

  it.skipIf(!hasRuntime('gguf'))('has a model to talk to', async () => {
    const repo = sampleRepos().find(({ id }) => id === 'sample/tiny-talker-GGUF');
    const files = repo ? filesOf(repo, 'main') : [];
    const cacheDir = cacheOf(files);
    const { loadable, need } = await readHeaders({ cacheDir, ...PLACE, files: listed(files) }, () => undefined);
    const talking = createTalking({ cacheDir, runtimesDir: RUNTIMES_DIR, threads: 1 });
    const never = new AbortController().signal;
    const opened = { path: loadable?.path ?? '', neededBytes: need?.weightBytes ?? 0, contextTokens: 512 };
    const model = await talking.open({ ...PLACE, ...opened }, never);
    onTestFinished(model.close);
    expect(await model.ask('Who are you?', () => undefined, never)).toMatchObject({
      text: expect.stringMatching(/^ ?Hello! I am a sample of the playground and say this to everybody\.$/),
    });
  });
});
