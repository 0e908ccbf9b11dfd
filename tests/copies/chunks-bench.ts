import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineRepo, type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { type Copies, type CopiesOptions, createCopies } from '../../src/copies/copies.ts';
import type { CopyJob, CopyMade, RunningCopy } from '../../src/copies/executor.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { lendHasher } from '../helpers/lent-hasher.ts';

export const MIB = 2 ** 20;
const ID = 'org/chunked';
export const WEIGHTS = 'model.gguf';

export type Part = NonNullable<Parameters<typeof defineRepo>[0]['files'][number]['parts']>[number];
type Parts = readonly Part[];

/** Logged of a file of which a part lies here. */
export const TAKES = 'Of a file this much is fetched: the rest lies here';
/** Logged where that has led to another hash. */
export const WAS_WRONG = 'What was put together of chunks is not what it should be: it is fetched whole';

/** A Hub that stores a repository by chunks, and copies of it in a cache. */
export interface ChunksBench {
  readonly hub: SampleHub;
  readonly copies: Copies;
  readonly cacheDir: string;
  /** What was logged of updates. */
  readonly said: string[];
  /** The newest commit, with some of its files if they are named. */
  readonly job: (more?: Partial<CopyJob>) => CopyJob;
  readonly start: (job?: CopyJob, signal?: AbortSignal) => RunningCopy;
  readonly get: () => Promise<CopyMade>;
  /** The branch gets a commit with these files; stored by chunks, too. */
  readonly move: (files: Readonly<Record<string, Parts>>) => Promise<void>;
  /** Whether what lies here is what the newest commit has. */
  readonly isRight: (path?: string, repo?: string) => Promise<boolean>;
  /** Bytes of answers of the CDN and the storage since this was asked last. */
  readonly fetched: () => number;
  /** Requests to the storage since this was asked last. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
}

const never = new AbortController().signal;

export const openChunks = async (
  files: Readonly<Record<string, Parts>>,
  others: Readonly<Record<string, Readonly<Record<string, Parts>>>> = {},
  { chunkedFromBytes, ...options }: Pick<SampleHubOptions, 'cas'> & Pick<CopiesOptions, 'chunkedFromBytes'> = {},
): Promise<ChunksBench> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-chunks-'));
  const cacheDir = join(folder, 'hub');
  const repos = Object.entries({ [ID]: files, ...others }).map(([id, ofIt]) =>
    defineRepo({ id, xet: 'chunks', files: Object.entries(ofIt).map(([path, parts]) => ({ path, parts })) }),
  );
  const hub = await startSampleHub({ repos, ...options });
  for (const { id } of repos) await hub.stored(id);
  const clock = createRunningClock();
  const client = createHub({ endpoint: hub.url, userAgent: 'hubgram-test/1', clock });
  const said: string[] = [];
  const note = (_fields: object, message: string): void => void said.push(message);
  const copies = createCopies({
    sources: { hub: client },
    egress: createEgress({ endpoints: [hub.url], allowedHosts: [] }),
    cacheDir,
    connections: 8,
    userAgent: 'hubgram-test/1',
    stallTimeoutMs: () => 60_000,
    bandwidthLimit: () => undefined,
    minFreeBytes: () => 0,
    hasher: lendHasher(),
    ...(chunkedFromBytes === undefined ? {} : { chunkedFromBytes }),
    clock,
    log: { ...silentLog, info: note, warn: note },
  });
  const job: ChunksBench['job'] = (more = {}) => {
    const { id: commit, files: all } = hub.commitOf(more.id ?? ID);
    const listed = all.map((file) => ({
      path: file.path,
      size: file.size,
      etag: file.etag(),
      ...(file.isLfs ? { xetHash: file.xetHash() } : {}),
    }));
    return { source: 'hub', type: 'model', id: ID, commit, revision: 'main', files: listed, ...more };
  };
  const start: ChunksBench['start'] = (wanted = job(), signal = never) => copies.start(wanted, signal);
  let counted = 0;
  let requests = 0;
  return {
    hub,
    copies,
    cacheDir,
    said,
    job,
    start,
    get: () => start().done,
    move: async (moved) => {
      hub.updateRepo(ID, { files: Object.entries(moved).map(([path, parts]) => ({ path, parts })) });
      await hub.stored(ID);
    },
    isRight: async (path = WEIGHTS, repo = ID) => {
      const { id, files: all } = hub.commitOf(repo);
      const place = join(cacheDir, repoFolderName({ type: 'model', id: repo }), 'snapshots', id, path);
      const digest = createHash('sha256')
        .update(await readFile(place))
        .digest('hex');
      return digest === all.find((file) => file.path === path)?.etag();
    },
    fetched: () => {
      const all = hub.requests.filter(({ host }) => host !== 'hub').reduce((sum, { bytesSent }) => sum + bytesSent, 0);
      const since = all - counted;
      counted = all;
      return since;
    },
    asked: () => {
      const all = hub.requests.filter(({ host }) => host === 'cas').length;
      const since = all - requests;
      requests = all;
      return since;
    },
    close: async () => {
      await copies.close();
      await hub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** A stretch of bytes that no other has. */
export const noise = (seed: string, mib: number, from = 0): Part => ({ seed, size: mib * MIB, from: from * MIB });

/** Of files of a megabyte and more it is asked what of them lies here already: an eighth of what is usual… */
export const SMALL = { chunkedFromBytes: MIB } as const;
/** …and of as many eighths of a megabyte such a stretch is. */
export const some = (seed: string, eighths: number, from = 0): Part => noise(seed, eighths / 8, from / 8);
