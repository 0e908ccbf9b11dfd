import { createMeter } from '../../domain/meter.ts';
import { LAPSE_MS } from '../../lib/lapse.ts';
import type { RunningCopy, CopyState } from '../../copies/executor.ts';

/** What a card shows while bytes arrive. Times are milliseconds, by the clock that only goes forward. */
export interface LiveSnapshot {
  readonly phase: CopyState['phase'];
  /** It is not known yet what is there from before. */
  readonly isOpening?: boolean | undefined;
  readonly bytesTotal: number;
  /** Goes back only if data was truly thrown away. */
  readonly bytesReady: number;
  readonly bytesPerSecond: number | undefined;
  readonly etaMs: number | undefined;
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly currentFile: string | undefined;
  /** Since the last byte; 0 while nothing is expected. */
  readonly idleMs: number;
  readonly connections: number;
  readonly peers?: number | undefined;
  readonly note: CopyState['note'];
}

/** One running copy, watched. */
export interface Live {
  readonly sample: (now: number) => void;
  readonly snapshot: (now: number) => LiveSnapshot;
  /** What may be said of it in bytes. */
  readonly bytes: (now: number) => { readonly ready: number; readonly total: number; readonly received: number };
  /** Time spent on it so far without looking at what is on disk or the program standing still, in milliseconds. */
  readonly activeMs: (now: number) => number;
}

export interface LiveOptions {
  readonly startedAt: number;
  /** What was there when the run before this one ended, in bytes. */
  readonly readyBefore: number;
  /** Another chat's transfer of the same files runs: what it has received until now is not this one's doing. */
  readonly joins: boolean;
}

/**
 * What a running copy looks like to one of its models.
 * @param options what had come before, and whether it joins what others have begun
 */
export const createLive = (running: Pick<RunningCopy, 'state'>, options: LiveOptions): Live => {
  const { startedAt } = options;
  const meter = createMeter(options.readyBefore);
  let receivedByOthers = options.joins ? undefined : 0;
  let hasLooked = false;
  let lookedAt = startedAt;
  let activeMs = 0;
  /** From when on silence is silence of the network. */
  let listeningSince = startedAt;

  const receivedOf = (state: CopyState): number => Math.max(0, state.bytesReceived - (receivedByOthers ?? 0));

  const look = (now: number): CopyState => {
    const state = running.state();
    const passedMs = now - lookedAt;
    lookedAt = now;
    if (state.phase === 'checking' || passedMs > LAPSE_MS) listeningSince = now;
    if (state.phase !== 'checking') {
      // What came while nobody here heard of it is what is there more than was noted; what came before that was counted then.
      if (!hasLooked && state.ranBefore === true && receivedByOthers === 0)
        receivedByOthers = Math.max(0, state.bytesReceived - Math.max(0, state.bytesReady - options.readyBefore));
      hasLooked = true;
      receivedByOthers ??= state.bytesReceived;
      if (passedMs <= LAPSE_MS) activeMs += passedMs;
    }
    meter.sample({ ready: state.bytesReady, received: receivedOf(state) }, now);
    return state;
  };

  return {
    sample: look,
    snapshot: (now) => {
      const state = look(now);
      const receiving = state.phase === 'receiving';
      return {
        phase: state.phase,
        isOpening: state.isOpening,
        bytesTotal: state.bytesTotal,
        bytesReady: Math.min(meter.ready(), state.bytesTotal),
        bytesPerSecond: receiving ? meter.bytesPerSecond(now) : undefined,
        etaMs: receiving ? meter.etaMs(state.bytesTotal, now) : undefined,
        filesTotal: state.filesTotal,
        filesDone: state.filesDone,
        currentFile: state.currentFile,
        idleMs: receiving ? Math.max(0, now - Math.max(state.lastByteAt, listeningSince)) : 0,
        connections: state.connections,
        peers: state.peers,
        note: state.note,
      };
    },
    bytes: (now) => {
      const state = look(now);
      const total = state.bytesTotal;
      return { ready: Math.min(meter.ready(), total), total, received: receivedOf(state) };
    },
    activeMs: (now) => {
      look(now);
      return activeMs;
    },
  };
};
