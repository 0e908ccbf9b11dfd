import { Readable } from 'node:stream';
import type { CopyState, Executor } from '../../src/copies/executor.ts';

/** Copies of which no file is ever touched: what runs is up to the bench, and nothing else is ever there or missing. */
export const madeUpCopies = (start: Executor['start']): Executor => ({
  start,
  missingFiles: async () => 0,
  filesThere: async () => [],
  read: async () => ({ size: 0, content: '' }),
  list: () => Readable.from([]),
  shown: () => Readable.from([]),
  partials: () => Readable.from([]),
  sweep: async () => undefined,
  missingBytes: async () => 0,
  bytesReceived: () => 0,
  verify: ({ files }) => ({
    state: () => ({ bytesTotal: 0, bytesDone: 0, filesTotal: files.length, filesDone: files.length }),
    done: Promise.resolve({ missing: [], broken: [] }),
  }),
  freeBytes: async () => 1e12,
  diskOf: async () => 'one',
  memory: async () => ({ totalBytes: 32e9, freeBytes: 20e9, gpus: [] }),
  lastUse: async () => undefined,
  room: async () => ({ totalBytes: 1e12, freeBytes: 1e12 }),
  removeSnapshot: async () => 0,
  removeArrived: async () => 0,
  link: async () => [],
  missingInOllama: async () => [],
  unlink: async () => [],
  linksThere: async () => [],
  takeOver: async () => undefined,
});

/** One file that is on its way. */
export const receiving = (bytesTotal: number, bytesReady: number, lastByteAt: number): CopyState => ({
  phase: 'receiving',
  bytesTotal,
  bytesReady,
  bytesReceived: bytesReady,
  filesTotal: 1,
  filesDone: 0,
  lastByteAt,
  connections: 1,
});
