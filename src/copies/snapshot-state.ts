import type { Blob, BlobProgress } from '../transfer/engine/blob.ts';
import type { Share } from '../transfer/engine/engine.ts';
import type { Transfer } from '../transfer/transfer.ts';
import type { Note } from '../transfer/engine/backoff.ts';
import type { CopyState } from './executor.ts';

/** A blob on its way: fetched here, or elsewhere, or copied. */
export interface Running extends Pick<Share, 'leave'> {
  readonly blob: Pick<Blob, 'progress'>;
}

/** How far a snapshot is. What is done is counted once, so that a look costs the same however many files there are. */
export interface Tally {
  /** Of a very long list it grows for a moment, until all of it was looked at. */
  bytesTotal: number;
  readonly filesTotal: number;
  bytesDone: number;
  filesDone: number;
  /** Of blobs that are done. */
  bytesReceived: number;
  lastByteAt: number;
  /** Machines that a source of its own bytes is connected to; undefined: there is none such. */
  peers?: number | undefined;
  /** Blobs under way, with a path that each has in the snapshot. */
  readonly running: Map<Running, string>;
}

interface Viewed {
  readonly transfer: Pick<Transfer, 'connectionsInUse'>;
  readonly tally: Tally;
  readonly phase: CopyState['phase'];
}

const noteOf = (notes: readonly (Note | undefined)[]): Note | undefined =>
  notes.find((note) => note?.kind === 'rate_limited') ?? notes.find((note) => note !== undefined);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Of several files, as long as one of them is to come over the network, it is receiving. */
const phaseOf = (running: readonly Pick<BlobProgress, 'verifying' | 'gathering'>[]): CopyState['phase'] => {
  if (running.every(({ verifying }) => verifying)) return 'verifying';
  return running.every(({ verifying, gathering }) => verifying || gathering === true) ? 'checking' : 'receiving';
};

/** What a running snapshot looks like now. */
export const stateOf = ({ transfer, tally, phase }: Viewed): CopyState => {
  const running = [...tally.running].map(([share, path]) => ({ path, ...share.blob.progress() }));
  const current = running.find(({ received }) => received > 0) ?? running[0];
  const note = noteOf(running.map((view) => view.note));
  // Also before the first file has its turn; between two files, something has come.
  const isBefore = running.length > 0 || (tally.bytesReceived === 0 && tally.filesDone < tally.filesTotal);
  const isOpening = phase === 'receiving' && isBefore && running.every(({ opening }) => opening === true);
  const bytesReady = tally.bytesDone + sum(running.map(({ ready }) => ready));
  return {
    phase: phase === 'receiving' && running.length > 0 ? phaseOf(running) : phase,
    // Of a file of which nobody knows how long it is, as long as it is by now.
    bytesTotal: Math.max(tally.bytesTotal, bytesReady),
    bytesReady,
    bytesReceived: tally.bytesReceived + sum(running.map(({ received }) => received)),
    filesTotal: tally.filesTotal,
    filesDone: tally.filesDone,
    lastByteAt: Math.max(tally.lastByteAt, ...running.map(({ lastByteAt }) => lastByteAt)),
    connections: transfer.connectionsInUse(),
    ...(isOpening ? { isOpening } : {}),
    // What is about to bring many has no path yet.
    ...(current?.path ? { currentFile: current.path } : {}),
    ...(tally.peers === undefined ? {} : { peers: tally.peers }),
    ...(note ? { note } : {}),
  };
};
