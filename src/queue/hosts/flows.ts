import { isScheduled } from '../../domain/model.ts';
import type { Flow } from '../estimates.ts';
import type { CopyRun } from '../run/copy-run.ts';

/** Every transfer of these runs, once for all chats it is for. @param now of the clock that only goes forward */
export const flowsOf = (alive: Iterable<Pick<CopyRun, 'models' | 'live'>>, now: number): Flow[] =>
  [...alive].flatMap((run) => {
    const models = run.models();
    const [first] = models;
    if (!first) return [];
    const snapshot = run.live()?.snapshot(now);
    const scheduledFor = models.flatMap((model) => (isScheduled(model) ? [model.chatId] : []));
    const { hostId, source } = first;
    if (!snapshot)
      return { hostId, source, remainingBytes: first.sizeBytes ?? 0, bytesPerSecond: undefined, scheduledFor };
    const { bytesTotal, bytesReady, bytesPerSecond, etaMs } = snapshot;
    // Without an honest time left nobody knows when it will be through.
    return {
      hostId,
      source,
      remainingBytes: bytesTotal - bytesReady,
      bytesPerSecond: etaMs === undefined ? undefined : bytesPerSecond,
      scheduledFor,
    };
  });
