import { formatDuration } from '../../lib/text/duration.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Check } from './health.ts';

/** Longer than anything takes that moves: a stalled connection is given up within minutes. */
const STILL_MOST_MS = 15 * 60_000;

/** Whether what could go on does; what that is says `queue/movement.ts`. */
export const createQueueCheck =
  ({ queue }: { readonly queue: Pick<Queue, 'stillMs'> }): Check =>
  () => {
    const stillMs = queue.stillMs();
    if (stillMs === undefined || stillMs < STILL_MOST_MS) return { ok: true, message: 'Nothing is stuck.' };
    const message = `Nothing has moved for ${formatDuration(stillMs)} though it could. Restart hubgram: it goes on where it was.`;
    return { ok: false, message };
  };
