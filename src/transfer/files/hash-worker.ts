import type { Hash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { openUnnoticedSync } from '../../lib/files/unnoticed.ts';
import { createBlobHash } from './blob-hash.ts';

/** Main → worker. `upTo`: bytes from the file's beginning that are written; `last`: then the digest is wanted. */
export type HashRequest =
  | { readonly kind: 'begin'; readonly id: number; readonly path: string; readonly size: number; readonly git: boolean }
  | { readonly kind: 'advance'; readonly id: number; readonly upTo: number }
  /** To be answered when all that was told of until now has been read. */
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'drop'; readonly id: number };

/** Worker → main. */
export type HashReply = {
  readonly id: number;
  readonly digest?: string;
  /** It has been asked for a report. */
  readonly caughtUp?: true;
  readonly error?: string;
  /** Node's, such as ENOENT. */
  readonly code?: string | undefined;
};

interface Job {
  readonly hash: Hash;
  readonly path: string;
  readonly size: number;
  /** Its descriptor. */
  file: number | undefined;
  hashed: number;
  upTo: number;
  busy: boolean;
  dropped: boolean;
  /** Somebody waits for it to have caught up. */
  reports: boolean;
}

const BLOCK = 1024 * 1024;
/** What one file may read before the next one has its turn. */
const TURN = 16 * BLOCK;
const buffer = Buffer.allocUnsafe(BLOCK);
const jobs = new Map<number, Job>();
/** One reader at a time: they share the buffer. */
let turn: Promise<void> = Promise.resolve();

const reply = (message: HashReply): void => parentPort?.postMessage(message);

const finish = (id: number, job: Job, message: HashReply): void => {
  jobs.delete(id);
  if (job.file !== undefined) closeSync(job.file);
  if (!job.dropped) reply(message);
};

const readOn = async (id: number, job: Job): Promise<void> => {
  // Messages first: there may be more to read, or nothing to be read any more.
  await breathe();
  const until = job.dropped ? 0 : Math.min(job.upTo, job.hashed + TURN);
  job.file ??= openUnnoticedSync(job.path);
  while (job.hashed < until) {
    // Not asynchronous: that would wait in one line with everything that is being written.
    const bytesRead = readSync(job.file, buffer, 0, Math.min(BLOCK, until - job.hashed), job.hashed);
    if (bytesRead === 0) throw new Error('the file is shorter than what was written');
    job.hash.update(buffer.subarray(0, bytesRead));
    job.hashed += bytesRead;
  }
  if (job.dropped) finish(id, job, { id });
  else if (job.hashed === job.size) finish(id, job, { id, digest: job.hash.digest('hex') });
  else if (job.reports && job.hashed === job.upTo) {
    job.reports = false;
    reply({ id, caughtUp: true });
  }
};

const advance = (id: number, job: Job): void => {
  if (job.busy) return;
  job.busy = true;
  turn = turn
    .then(() => readOn(id, job))
    .catch((error: unknown) =>
      finish(id, job, { id, error: String(error), code: (error as NodeJS.ErrnoException).code }),
    )
    .finally(() => {
      job.busy = false;
      if (jobs.has(id) && (job.dropped || job.hashed < job.upTo)) advance(id, job);
    });
};

parentPort?.on('message', (request: HashRequest) => {
  if (request.kind === 'begin') {
    const hash = createBlobHash(request.git, request.size);
    const { path, size } = request;
    const begun = { hashed: 0, upTo: 0, busy: false, dropped: false, reports: false };
    jobs.set(request.id, { hash, path, size, file: undefined, ...begun });
    return;
  }
  const job = jobs.get(request.id);
  if (!job) return;
  if (request.kind === 'drop') job.dropped = true;
  else if (request.kind === 'report') job.reports = true;
  else job.upTo = Math.max(job.upTo, request.upTo);
  advance(request.id, job);
});
