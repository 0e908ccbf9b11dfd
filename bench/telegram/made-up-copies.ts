import type { Copies } from '../../src/copies/copies.ts';
import type { CopyState } from '../../src/copies/job.ts';

/** Copies of which no file is ever touched: what runs is up to the bench, and nothing else is ever there or missing. */
export const madeUpCopies = (start: Copies['start']): Copies => ({
  start,
  missingFiles: async () => 0,
  sweepPartials: async () => undefined,
  missingBytes: async () => 0,
  freeBytes: async () => 1e12,
  removeSnapshot: async () => 0,
  removeArrived: async () => 0,
  takeOver: async () => undefined,
  close: async () => undefined,
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
