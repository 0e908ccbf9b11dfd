import type { Executor } from '../../copies/executor.ts';
import { createMeter } from '../../domain/meter.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Store } from '../../store/store.ts';
import type { CopyRun } from './copy-run.ts';

/** What comes over the network, counted while it comes. */
export interface TrafficMeter {
  /** To be called about once a second, with all that runs. */
  readonly sample: (runs: Iterable<CopyRun>) => void;
  /** A run has ended: what came of it since the last sample is counted. */
  readonly ended: (run: CopyRun) => void;
  /** Of everything, over the last 15 s or so; 0 if none of what runs receives: what came a moment ago is no speed of now. */
  readonly bytesPerSecond: (runs: Iterable<CopyRun>) => number;
  /** Writes down what was counted; nothing is lost if that fails now. */
  readonly save: () => void;
}

interface TrafficMeterDeps {
  readonly store: Pick<Store, 'watching' | 'atomically'>;
  readonly copies: Pick<Executor, 'bytesReceived'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often it goes to the database, in milliseconds; so much of it a crash may lose. */
const SAVE_MS = 5000;

type Run = Pick<CopyRun, 'models' | 'received'>;

/** Everything is counted where it arrives; what a chat waits for, by the runs of its models, a run once for each chat. */
const createCounts = (copies: TrafficMeterDeps['copies']) => {
  /** Of chats that are not written down yet. */
  const chats = new Map<number, number>();
  const seen = new WeakMap<Run, number>();
  let counted = copies.bytesReceived();
  return {
    chats,
    total: (): number => copies.bytesReceived() - counted,
    take: (run: Run): void => {
      const received = run.received();
      const bytes = received - (seen.get(run) ?? 0);
      if (bytes <= 0) return;
      seen.set(run, received);
      for (const chatId of new Set(run.models().map((model) => model.chatId)))
        chats.set(chatId, (chats.get(chatId) ?? 0) + bytes);
    },
    /** @param bytes of the total */
    written: (bytes: number): void => {
      counted += bytes;
      chats.clear();
    },
  };
};

/** Nothing of what came before is counted again. */
export const createTrafficMeter = ({ store, copies, clock, log }: TrafficMeterDeps): TrafficMeter => {
  const counts = createCounts(copies);
  const meter = createMeter();
  let savedAt = clock.monotonic();

  const save = (): void => {
    savedAt = clock.monotonic();
    const bytes = counts.total();
    if (bytes <= 0) return;
    try {
      store.atomically(() => {
        store.watching.dropFutureTraffic();
        store.watching.addTraffic(bytes);
        // Two runs that fetch the same file for one chat each see it come: more than came at all it cannot be.
        for (const [chatId, ofChat] of counts.chats) store.watching.addTraffic(Math.min(ofChat, bytes), chatId);
      });
    } catch (error) {
      log.debug({ err: error }, 'What came over the network could not be written down yet');
      return;
    }
    counts.written(bytes);
  };

  return {
    sample: (runs) => {
      for (const run of runs) counts.take(run);
      const now = clock.monotonic();
      const received = copies.bytesReceived();
      meter.sample({ ready: received, received }, now);
      if (now - savedAt >= SAVE_MS) save();
    },
    ended: counts.take,
    bytesPerSecond: (runs) => {
      const now = clock.monotonic();
      const isReceiving = [...runs].some((run) => run.live()?.snapshot(now).phase === 'receiving');
      return isReceiving ? (meter.bytesPerSecond(now) ?? 0) : 0;
    },
    save,
  };
};
