import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { createCopies, type Copies, type CopiesOptions } from '../../src/copies/copies.ts';
import type { CopyJob, RunningCopy } from '../../src/copies/executor.ts';
import { blobNameOf } from '../helpers/blob-name.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createTestClock } from '../helpers/clock.ts';
import { lendHasher } from '../helpers/lent-hasher.ts';

export interface BenchTop {
  readonly hub: SampleHub;
  readonly copies: Copies;
  readonly cacheDir: string;
  /** Starts all files of a repository's head. */
  readonly start: (id: string, signal?: AbortSignal) => RunningCopy;
  readonly files: (id: string) => RepoFile[];
  /** What asks for all files of a repository's head. */
  readonly job: (id: string, more?: Partial<CopyJob>) => CopyJob;
  /** The content of a published file hashed as the Hub names it, or why it cannot be read. */
  readonly published: (id: string, path: string) => Promise<string>;
  /** Everything in the repository's `snapshots`. */
  readonly snapshots: (id: string) => Promise<string[]>;
  readonly close: () => Promise<void>;
}

const USER_AGENT = 'hubgram/test';

/**
 * Where bytes are held at a place, or what is asked for is counted: by a clock that stands still no connection seems slow, so none takes over its
 * rest, and a machine that is busy for seconds does not seem to have slept.
 */
export const STANDING = { clock: createTestClock() } satisfies Partial<CopiesOptions>;

/** A transfer with the real Hub room and a sample Hub that can be made to fail. */
export const setUp = async (hubOptions: SampleHubOptions, options: Partial<CopiesOptions> = {}): Promise<BenchTop> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-transfer-'));
  const cacheDir = options.cacheDir ?? join(folder, 'hub');
  const hub = await startSampleHub(hubOptions);
  const { clock = systemClock } = options;
  const client = createHub({ endpoint: hub.url, userAgent: USER_AGENT, clock });
  const copies = createCopies({
    sources: { hub: client },
    egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
    connections: 8,
    userAgent: USER_AGENT,
    stallTimeoutMs: () => 5000,
    bandwidthLimit: () => undefined,
    minFreeBytes: () => 0,
    hasher: lendHasher(),
    clock,
    ...options,
    cacheDir,
  });
  const folderOf = (id: string): string => repoFolderName({ type: 'model', id });
  const files = (id: string): RepoFile[] =>
    hub.commitOf(id).files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() }));
  const job: BenchTop['job'] = (id, more = {}) => ({
    source: 'hub',
    type: 'model',
    id,
    commit: hub.commitOf(id).id,
    revision: 'main',
    files: files(id),
    ...more,
  });
  return {
    hub,
    copies,
    cacheDir,
    files,
    job,
    start: (id, signal = new AbortController().signal) => copies.start(job(id), signal),
    published: async (id, path) => {
      const { id: commit, files: all } = hub.commitOf(id);
      const content = await readFile(join(cacheDir, folderOf(id), 'snapshots', commit, path));
      const etag = all.find((file) => file.path === path)?.etag() ?? '';
      return blobNameOf(content, etag) === etag ? 'right' : 'wrong';
    },
    snapshots: (id) =>
      readdir(join(cacheDir, folderOf(id), 'snapshots'), { recursive: true }).catch(() => [] as string[]),
    close: async () => {
      await copies.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** The code of what a promise rejects with, or `none`. */
export const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
};
