import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createInbox, type Inbox, type InboxDeps } from '../../src/bot/updates/inbox/inbox.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Store } from '../../src/store/store.ts';
import { lendTestStore } from '../helpers/database.ts';

/** One database, and an inbox in each life of the program. */
export interface Lives {
  readonly path: string;
  readonly store: () => Store;
  /** A life after a crash, ten seconds after the last one began unless told: what was in memory is gone. */
  readonly begin: (deps?: Partial<InboxDeps>, afterMs?: number) => Inbox;
}

/** When the first life begins, if nothing else is said. */
export const FIRST_LIFE = '2026-09-21T14:13:30.000Z';

export const openLives = (): Lives => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-lives-'));
  const path = join(folder, 'hubgram.db');
  let now = Date.parse(FIRST_LIFE) - 10_000;
  const open = (): Store => {
    const opened = lendTestStore(path, { ...systemClock, now: () => now });
    opened.waitBriefly();
    return opened;
  };
  let store = open();
  const inboxes: Inbox[] = [];
  onTestFinished(() => {
    // In another process they would be gone; here they would try to write for ever.
    for (const inbox of inboxes) inbox.stop();
    store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    path,
    store: () => store,
    begin: (deps = {}, afterMs = 10_000) => {
      store.close();
      now += afterMs;
      store = open();
      const inbox = createInbox({
        store,
        handle: () => Promise.resolve(),
        onBusy: () => Promise.resolve(),
        takeLeftOut: () => 0,
        pace: { judge: () => ({ as: 'heard' }), answerTap: () => Promise.resolve() },
        clock: { now: () => now, monotonic: () => now },
        log: silentLog,
        ...deps,
      });
      inboxes.push(inbox);
      return inbox;
    },
  };
};
