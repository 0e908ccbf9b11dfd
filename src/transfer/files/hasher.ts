import type { Worker } from 'node:worker_threads';
import { startThread } from '../../domain/failures/threads.ts';
import { createIdleness } from '../../lib/async/idleness.ts';
import type { HashReply, HashRequest } from './hash-worker.ts';
import { isNamedByGit } from './blob-hash.ts';

/** A hash that is computed off the main thread while its file grows. */
export interface GrowingHash {
  /** Bytes from the beginning that are written by now. */
  readonly advance: (upTo: number) => void;
  /** Resolves when all that was told of until now has been read, or nothing more will be. One at a time. */
  readonly caughtUp: () => Promise<void>;
  /** Resolves once all bytes were told of. */
  readonly digest: Promise<string>;
  readonly drop: () => void;
}

export interface Hasher {
  /** @param etag says how the file is named @throws AppError unavailable: the system has no thread left */
  readonly begin: (path: string, size: number, etag: string) => GrowingHash;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (digest: string) => void;
  readonly reject: (error: Error) => void;
  /** Resolves when it has caught up. */
  report: (() => void) | undefined;
}

const end = (one: Waiting | undefined, { digest, error, code }: HashReply): void => {
  if (digest === undefined) one?.reject(Object.assign(new Error(error ?? 'hashing was given up'), { code }));
  else one?.resolve(digest);
};

const newThread = (): Worker => startThread(new URL('hash-worker.ts', import.meta.url), 'reads what has come');

/** The thread, which is there while somebody waits for it, and a while longer. */
const createThread = (
  { onReply, onError }: { readonly onReply: (reply: HashReply) => void; readonly onError: (error: Error) => void },
  idleMs: number | undefined,
) => {
  let worker: Worker | undefined;
  const end = async (): Promise<void> => {
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  };
  const idleness = createIdleness(() => void end(), idleMs);
  const start = (): Worker => {
    const started = newThread();
    started.on('message', onReply);
    started.on('error', (error: Error) => {
      if (worker === started) worker = undefined;
      onError(error);
    });
    return started;
  };
  return {
    tell: (request: HashRequest): void => worker?.postMessage(request),
    /** The program goes on while somebody waits for it. */
    isWanted: (): void => {
      idleness.ends();
      worker ??= start();
      worker.ref();
    },
    isWantedNoMore: (): void => {
      worker?.unref();
      idleness.begins();
    },
    close: (): Promise<void> => {
      idleness.ends();
      return end();
    },
  };
};

/**
 * One worker thread hashes everything; it is started when it is needed, and ends when there has been nothing to hash for a while.
 * @param idleMs how long, in milliseconds
 */
export const createHasher = (idleMs?: number): Hasher => {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;

  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const thread = createThread(
    {
      onReply: (reply) => {
        if (reply.caughtUp) waiting.get(reply.id)?.report?.();
        else end(settle(reply.id), reply);
      },
      onError: failAll,
    },
    idleMs,
  );
  const { tell } = thread;

  /** Who waits for this one waits no more; the program may end while nobody waits for any. */
  const settle = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    if (waiting.delete(id) && waiting.size === 0) thread.isWantedNoMore();
    return one;
  };

  return {
    begin: (path, size, etag) => {
      thread.isWanted();
      const id = nextId;
      nextId += 1;
      const digest = new Promise<string>((resolve, reject) => waiting.set(id, { resolve, reject, report: undefined }));
      // Whoever drops the hash does not wait for it.
      digest.catch(() => undefined);
      tell({ kind: 'begin', id, path, size, git: isNamedByGit(etag) });
      if (size === 0) tell({ kind: 'advance', id, upTo: 0 });
      return {
        advance: (upTo) => tell({ kind: 'advance', id, upTo }),
        caughtUp: async () => {
          const one = waiting.get(id);
          if (!one) return;
          const { promise, resolve } = Promise.withResolvers<void>();
          one.report = resolve;
          tell({ kind: 'report', id });
          await Promise.race([promise, digest.catch(() => undefined)]);
        },
        digest,
        drop: () => {
          const one = settle(id);
          one?.reject(new Error('dropped'));
          tell({ kind: 'drop', id });
        },
      };
    },
    close: async () => {
      await thread.close();
      failAll(new Error('closed'));
    },
  };
};
