import { expect } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { AppError, type ErrorCode } from '../../src/domain/errors.ts';

/** What is told of a failure on the other side. */
interface Failure {
  /** Of an AppError; what has none is a fault of ours. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly page?: string;
  readonly stack?: string;
}

/** Sent as JSON. Whatever JSON cannot carry fails the test: a function, a date, a number that is none. */
const send = <T>(value: T): T => {
  const { arrived } = JSON.parse(JSON.stringify({ arrived: value })) as { arrived: T };
  expect(arrived).toEqual(value);
  return arrived;
};

const failureOf = (error: unknown): Failure => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const { code, retryAfterMs, page } = error instanceof AppError ? error : {};
  return {
    message,
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(page === undefined ? {} : { page }),
    ...(stack === undefined ? {} : { stack }),
  };
};

const errorOf = ({ code, message, retryAfterMs, page, stack }: Failure): Error => {
  const options = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(page === undefined ? {} : { page }),
  };
  const error = code === undefined ? new Error(message) : new AppError(code, message, options);
  if (stack !== undefined) error.stack = stack;
  return error;
};

/** Of a signal, only that it was aborted goes over; its reason stays here. */
const stopOf = (signal: AbortSignal): AbortSignal => {
  const stop = new AbortController();
  const abort = (): void => stop.abort(new Error('told to stop'));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return stop.signal;
};

/** @param signal after it was aborted, its reason is what it ended with */
const hear = async <T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> => {
  try {
    return send(await answer);
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : errorOf(send(failureOf(error)));
  }
};

/** An executor at the other end of a line on which nothing but JSON goes, as one on another machine would be. */
export const overTheWire = (far: Executor): Executor => ({
  start: (job, signal) => {
    const running = far.start(send(job), stopOf(signal));
    return {
      state: () => send(running.state()),
      setLimit: (limit) => running.setLimit(send(limit)),
      done: hear(running.done, signal),
    };
  },
  verify: (published, signal) => {
    const running = far.verify(send(published), stopOf(signal));
    return { state: () => send(running.state()), done: hear(running.done, signal) };
  },
  bytesReceived: () => send(far.bytesReceived()),
  missingBytes: (wanted) => hear(far.missingBytes(send(wanted))),
  missingFiles: (published) => hear(far.missingFiles(send(published))),
  filesThere: (published) => hear(far.filesThere(send(published))),
  freeBytes: (repoFolder) => hear(far.freeBytes(repoFolder)),
  diskOf: (repoFolder) => hear(far.diskOf(repoFolder)),
  memory: () => hear(far.memory()),
  room: () => hear(far.room()),
  lastUse: (published) => hear(far.lastUse(send(published))),
  read: (wanted) => hear(far.read(send(wanted))),
  async *list(signal) {
    for await (const repo of far.list(stopOf(signal))) yield send(repo);
  },
  async *shown(snapshot, signal) {
    for await (const slice of far.shown(send(snapshot), stopOf(signal))) yield send(slice);
  },
  async *partials(signal) {
    for await (const slice of far.partials(stopOf(signal))) yield send(slice);
  },
  sweep: (unwanted) => hear(far.sweep(send(unwanted))),
  removeSnapshot: (removal) => hear(far.removeSnapshot(send(removal))),
  removeArrived: (arrived) => hear(far.removeArrived(send(arrived))),
  link: (wanted, signal) => hear(far.link(send(wanted), stopOf(signal)), signal),
  missingInOllama: (store, signal) => hear(far.missingInOllama(send(store), stopOf(signal)), signal),
  unlink: (links) => hear(far.unlink(send(links))),
  linksThere: (links) => hear(far.linksThere(send(links))),
  takeOver: (records) => hear(far.takeOver(send(records))),
});
