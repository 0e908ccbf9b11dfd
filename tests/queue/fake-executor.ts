import { Readable } from 'node:stream';
import type { RepoFile } from '../../src/domain/listing.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { CopyJob, Executor, NamedLimit, RunningCopy } from '../../src/copies/executor.ts';

/** A job that the queue has started, in the hands of a test. */
export interface FakeJob {
  readonly job: CopyJob;
  /** What has held it back, in turn: first what the job itself says. */
  readonly limits: readonly (NamedLimit | undefined)[];
  /** So many bytes come, file after file. */
  readonly arrive: (bytes: number) => void;
  /** Everything comes. */
  readonly complete: () => void;
  /** It breaks; what has come stays. */
  readonly fail: (error: unknown) => void;
  /** What became of it. */
  readonly end: () => 'none' | 'complete' | 'failed' | 'stopped';
}

export interface FakeExecutor extends Executor {
  /** All that were ever started, in order. */
  readonly jobs: readonly FakeJob[];
  /** Those of one repository, that are not over. */
  readonly running: (id: string) => FakeJob[];
  /** Something else removes all that lies there of a repository. */
  readonly lose: (id: string) => void;
  /** Bytes of everything that lies on its disk. */
  readonly stored: () => number;
  /** May be changed. */
  readonly disk: { freeBytes: number };
}

/** A disk of which there is nothing but how much lies on it. */
const createDisk = () => {
  /** Bytes of blobs, by folder and name. */
  const blobs = new Map<string, number>();
  /** Of blobs that are whole. */
  const sizes = new Map<string, number>();
  /** What is published: blobs, by folder, commit and path. */
  const entries = new Map<string, string>();
  const blobKey = (folder: string, etag: string): string => `${folder} ${etag}`;
  const entryKey = (folder: string, commit: string, path: string): string => `${folder} ${commit} ${path}`;
  const have = (folder: string, etag: string): number => blobs.get(blobKey(folder, etag)) ?? 0;
  const missing = (folder: string, files: readonly RepoFile[]): number =>
    [...new Map(files.map((file) => [file.etag, file])).values()].reduce(
      (sum, { etag, size }) => sum + size - have(folder, etag),
      0,
    );
  return {
    missing,
    missingEntries: (folder: string, commit: string, files: readonly RepoFile[]): string[] =>
      files.flatMap(({ path }) => (entries.has(entryKey(folder, commit, path)) ? [] : [path])),
    take: (folder: string, files: readonly RepoFile[], bytes: number): void => {
      let left = bytes;
      for (const { etag, size } of files) {
        const more = Math.min(left, size - have(folder, etag));
        if (more > 0) blobs.set(blobKey(folder, etag), have(folder, etag) + more);
        sizes.set(etag, size);
        left -= more;
      }
    },
    publish: (folder: string, commit: string, files: readonly RepoFile[]): void => {
      for (const { path, etag } of files) entries.set(entryKey(folder, commit, path), blobKey(folder, etag));
    },
    hide: (folder: string, commit: string, paths: readonly string[]): void => {
      for (const path of paths) entries.delete(entryKey(folder, commit, path));
    },
    lose: (folder: string): void => {
      for (const known of [blobs, entries])
        for (const key of known.keys()) if (key.startsWith(`${folder} `)) known.delete(key);
    },
    /** Save what is published. @returns bytes freed */
    drop: (folder: string, etags: readonly string[]): number => {
      const shown = new Set(entries.values());
      const going = etags.map((etag) => blobKey(folder, etag)).filter((key) => !shown.has(key));
      const freed = going.reduce((sum, key) => sum + (blobs.get(key) ?? 0), 0);
      for (const key of going) blobs.delete(key);
      return freed;
    },
    partials: (): { repoFolder: string; etags: string[] }[] => {
      const keys = [...blobs].flatMap(([key, bytes]) => {
        const [repoFolder = '', etag = ''] = key.split(' ');
        return bytes < (sizes.get(etag) ?? 0) ? [{ repoFolder, etag }] : [];
      });
      return [...Map.groupBy(keys, ({ repoFolder }) => repoFolder)].map(([repoFolder, parts]) => ({
        repoFolder,
        etags: parts.map(({ etag }) => etag),
      }));
    },
    stored: (): number => blobs.values().reduce((sum, bytes) => sum + bytes, 0),
  };
};

type Disk = ReturnType<typeof createDisk>;

const startJob = (disk: Disk, clock: Clock, job: CopyJob, signal: AbortSignal): FakeJob & RunningCopy => {
  const folder = repoFolderName(job);
  const bytesTotal = disk.missing('nowhere', job.files);
  const ended = Promise.withResolvers<{ snapshotPath: string; bytesReceived: number }>();
  const limits: (NamedLimit | undefined)[] = [job.limit];
  let end: ReturnType<FakeJob['end']> = 'none';
  let bytesReceived = 0;
  let lastByteAt = 0;
  const arrive = (bytes: number): void => {
    disk.take(folder, job.files, bytes);
    bytesReceived += bytes;
    lastByteAt = clock.monotonic();
  };
  const complete = (): void => {
    if (end !== 'none') return;
    end = 'complete';
    const rest = disk.missing(folder, job.files);
    if (rest > 0) arrive(rest);
    disk.publish(folder, job.commit, job.files);
    ended.resolve({ snapshotPath: `/cache/${folder}/snapshots/${job.commit}`, bytesReceived });
  };
  const breakOff = (how: 'failed' | 'stopped', reason: unknown): void => {
    if (end !== 'none') return;
    end = how;
    ended.reject(reason);
  };
  signal.addEventListener('abort', () => breakOff('stopped', signal.reason));
  // As on a real disk: what is there already takes nothing but a look.
  if (disk.missing(folder, job.files) === 0) complete();
  return {
    job,
    limits,
    arrive,
    complete,
    fail: (error) => breakOff('failed', error),
    end: () => end,
    state: () => ({
      phase: end === 'complete' ? 'done' : 'receiving',
      bytesTotal,
      bytesReady: bytesTotal - disk.missing(folder, job.files),
      bytesReceived,
      filesTotal: job.files.length,
      filesDone: end === 'complete' ? job.files.length : 0,
      lastByteAt,
      connections: 1,
    }),
    setLimit: (limit) => limits.push(limit),
    done: ended.promise,
  };
};

/** An executor without a network or a disk: what comes, and how it ends, the test says. */
export const createFakeExecutor = (clock: Clock): FakeExecutor => {
  const onDisk = createDisk();
  const disk = { freeBytes: 1e12 };
  const jobs: (FakeJob & RunningCopy)[] = [];
  return {
    jobs,
    running: (id) => jobs.filter(({ job, end }) => job.id === id && end() === 'none'),
    lose: (id) => onDisk.lose(repoFolderName({ type: 'model', id })),
    stored: onDisk.stored,
    disk,
    start: (job, signal) => {
      const started = startJob(onDisk, clock, job, signal);
      jobs.push(started);
      return started;
    },
    bytesReceived: () => jobs.reduce((sum, job) => sum + job.state().bytesReceived, 0),
    missingBytes: async ({ repoFolder, files }) => onDisk.missing(repoFolder, files),
    missingFiles: async ({ repoFolder, commit, files }) => onDisk.missingEntries(repoFolder, commit, files).length,
    filesThere: async ({ repoFolder, commit, files }) => {
      const missing = new Set(onDisk.missingEntries(repoFolder, commit, files));
      return files.flatMap(({ path }) => (missing.has(path) ? [] : [path]));
    },
    verify: ({ repoFolder, commit, files }) => ({
      state: () => ({ bytesTotal: 0, bytesDone: 0, filesTotal: files.length, filesDone: files.length }),
      done: Promise.resolve({ missing: onDisk.missingEntries(repoFolder, commit, files), broken: [] }),
    }),
    freeBytes: async () => disk.freeBytes - onDisk.stored(),
    diskOf: async () => 'one',
    memory: async () => ({ totalBytes: 32e9, freeBytes: 20e9, gpus: [] }),
    lastUse: async () => undefined,
    room: async () => ({ totalBytes: disk.freeBytes, freeBytes: disk.freeBytes - onDisk.stored() }),
    read: async () => ({ size: 0, content: '' }),
    list: () => Readable.from([]),
    shown: () => Readable.from([]),
    partials: () => Readable.from(onDisk.partials()),
    sweep: async ({ repoFolder, etags }) => {
      const running = jobs.filter(({ job, end }) => repoFolderName(job) === repoFolder && end() === 'none');
      const busy = new Set(running.flatMap(({ job }) => job.files.map(({ etag }) => etag)));
      onDisk.drop(
        repoFolder,
        etags.filter((etag) => !busy.has(etag)),
      );
    },
    removeArrived: async ({ repoFolder, etags }) => onDisk.drop(repoFolder, etags),
    removeSnapshot: async ({ repoFolder, commit, paths, etags }) => {
      onDisk.hide(repoFolder, commit, paths);
      return onDisk.drop(repoFolder, etags);
    },
    link: async ({ links }) => links.map(({ path }) => ({ state: 'made', way: 'hard', proof: path })),
    missingInOllama: async () => [],
    unlink: async ({ links }) => links.map(() => 'there'),
    linksThere: async ({ links }) => links.map(() => 'there'),
    takeOver: async () => undefined,
  };
};
