import type { DiskRoom } from '../../cache/layout.ts';
import { within } from '../../lib/async/within.ts';
import type { Log } from '../../lib/log.ts';
import type { Queue } from '../../queue/queue.ts';

interface RoomDeps {
  readonly queue: Pick<Queue, 'room'>;
  readonly log: Log;
}

/** A disk on a network may answer nobody for hours; whoever asks how everything is wants to hear the rest. */
const DISK_MS = 2000;

/** What is free on the disk of this machine. @returns undefined: it does not say, or not soon */
export const roomHere = async ({ queue, log }: RoomDeps): Promise<DiskRoom | undefined> => {
  try {
    return await within(DISK_MS, () => queue.room());
  } catch (error) {
    log.debug({ err: error }, 'The disk could not be asked how much is free');
    return undefined;
  }
};
