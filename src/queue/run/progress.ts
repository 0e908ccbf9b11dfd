import type { DownloadSession } from '../../domain/session.ts';
import type { Store } from '../../store/store.ts';
import type { Live } from './live.ts';

/** How often a running session's progress goes to the database, in milliseconds. */
const SAVE_MS = 5000;

/** Writes a session's progress down. */
export interface Progress {
  /** Once in a while, and only if bytes have come. */
  readonly sample: (now: number) => void;
  readonly save: (now: number) => void;
}

/** @param session as it was when this run began: earlier runs of it are added to */
export const createProgress = (store: Store, session: DownloadSession, live: Live, startedAt: number): Progress => {
  const receivedBefore = session.receivedBytes;
  let savedAt = startedAt;
  let saved = { ready: session.bytesDownloaded, received: 0 };

  const save = (now: number): void => {
    savedAt = now;
    const { ready, total, received } = live.bytes(now);
    saved = { ready, received };
    const current = store.sessions.getDownloadSession(session.id);
    // Cancelled meanwhile: then it is history.
    if (current?.status !== 'in_progress') return;
    store.sessions.updateDownloadSession(session.id, 'in_progress', {
      bytesDownloaded: ready,
      totalBytes: total,
      activeMs: session.activeMs + live.activeMs(now),
      receivedBytes: receivedBefore + received,
    });
  };

  return {
    sample: (now) => {
      if (now - savedAt < SAVE_MS) return;
      const { ready, received } = live.bytes(now);
      if (ready !== saved.ready || received !== saved.received) save(now);
    },
    save,
  };
};
