import type { Clock } from '../../../lib/clock.ts';

/** Ends uploads over which nothing moves any more, so that they hold no place for as long as a slow one may take. */
export interface Stalls {
  /** An upload of so many bytes begins. @returns aborts when it has stalled */
  readonly begin: (id: number, bytes: number) => AbortSignal;
  /** So many bytes of it have gone into the call, since it began. */
  readonly moved: (id: number, bytes: number) => void;
  /** Some of it has gone, not all, and it has not stalled. */
  readonly isHalfWay: (id: number) => boolean;
  readonly ended: (id: number) => void;
  /** Looks at all of them; to be called every second or so. */
  readonly look: () => void;
}

/** The system takes megabytes before they go: over a way of 20 kB a second it asks for more about once a minute. */
const STILL_MOST_MS = 120_000;
/** How fast a way is at least over which files get through, in bytes a millisecond. */
const SLOWEST = 20;
/** What the system may hold back of a call whose last byte it has taken (Linux, tcp_wmem: 4 MB at most unless set otherwise). */
const HELD_BACK_BYTES = 4_000_000;
/** Telegram puts a document away before it answers. */
const ANSWER_MS = 300_000;

interface Upload {
  readonly bytes: number;
  readonly end: AbortController;
  moved: number;
  movedAt: number;
}

/** @param isOwnServer a Bot API server of one's own takes the whole file, and answers when Telegram has it too */
export const createStalls = (clock: Pick<Clock, 'monotonic'>, isOwnServer: boolean): Stalls => {
  const uploads = new Map<number, Upload>();

  const stillMostMs = ({ bytes, moved }: Upload): number => {
    if (moved < bytes) return STILL_MOST_MS;
    return ANSWER_MS + (isOwnServer ? bytes : Math.min(bytes, HELD_BACK_BYTES)) / SLOWEST;
  };

  return {
    begin: (id, bytes) => {
      const end = new AbortController();
      uploads.set(id, { bytes, end, moved: 0, movedAt: clock.monotonic() });
      return end.signal;
    },
    moved: (id, bytes) => {
      const upload = uploads.get(id);
      if (!upload || upload.moved === bytes) return;
      upload.moved = bytes;
      upload.movedAt = clock.monotonic();
    },
    isHalfWay: (id) => {
      const upload = uploads.get(id);
      return upload !== undefined && !upload.end.signal.aborted && upload.moved > 0 && upload.moved < upload.bytes;
    },
    ended: (id) => void uploads.delete(id),
    look: () => {
      const now = clock.monotonic();
      for (const upload of uploads.values()) if (now - upload.movedAt >= stillMostMs(upload)) upload.end.abort();
    },
  };
};
