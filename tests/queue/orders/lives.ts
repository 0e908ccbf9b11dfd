import { onlyHere } from '../../../src/copies/hosts.ts';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RUN } from '../../../src/cache/temporary.ts';
import type { CopiesOptions } from '../../../src/copies/copies.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Queue } from '../../../src/queue/queue.ts';
import { createHub } from '../../../src/sources/huggingface/hub.ts';
import type { Store } from '../../../src/store/store.ts';
import { type SampleHub, startSampleHub } from '../../../playground/hub/sample-hub.ts';
import { createRunningClock, type TestClock } from '../../helpers/clock.ts';
import { openTestStore } from '../../helpers/database.ts';
import { copiesFor, DEFAULTS, queueOf, USER_AGENT } from '../setup.ts';
import { REPOS } from './sample.ts';

/** From one start of a queue to its end. */
export interface Life {
  readonly store: Store;
  readonly queue: Queue;
  /** As a signal ends it. */
  readonly close: () => Promise<void>;
  /** Nothing of it reaches the database, nor a name on the disk, from this moment on. Resolves when it is still. */
  readonly cutOff: () => Promise<void>;
}

/** A sample Hub, and a folder with a database and a cache on which one life follows the other. */
export interface Lives {
  readonly hub: SampleHub;
  readonly clock: TestClock;
  readonly database: string;
  readonly cacheDir: string;
  readonly begin: () => Life;
  readonly close: () => Promise<void>;
}

/** Nothing stands still here but what is held, and that until it is let go. */
const STALL_MS = 600_000;

/** Another process has another mark: to this one what the life before has left looks like its own. */
const disown = (cacheDir: string): void => {
  for (const folder of existsSync(cacheDir) ? readdirSync(cacheDir) : []) {
    const partials = join(cacheDir, folder, '.hubgram');
    for (const name of existsSync(partials) ? readdirSync(partials) : []) {
      if (name.startsWith(RUN)) renameSync(join(partials, name), join(partials, name.replace(RUN, '0'.repeat(8))));
    }
  }
};

/**
 * A kill within this process: with the folder gone to another name, whatever is still under way finds nothing to do any more
 * harm to. It comes back under its own name, with the same files, when nobody is left who would write there.
 */
const cutOff = async (folder: string, end: () => Promise<void>, store: Store): Promise<void> => {
  const parked = `${folder}.parked`;
  store.close();
  renameSync(folder, parked);
  await end();
  rmSync(folder, { recursive: true, force: true });
  renameSync(parked, folder);
  disown(join(folder, 'hub'));
};

export const openLives = async (more: Partial<CopiesOptions>): Promise<Lives> => {
  const folder = join(mkdtempSync(join(tmpdir(), 'hubgram-orders-')), 'world');
  mkdirSync(folder);
  const [database, cacheDir] = [join(folder, 'hubgram.db'), join(folder, 'hub')];
  const hub = await startSampleHub({ repos: REPOS });
  const clock = createRunningClock();
  return {
    hub,
    clock,
    database,
    cacheDir,
    begin: () => {
      const store = openTestStore(database, clock);
      const source = createHub({ endpoint: hub.url, userAgent: USER_AGENT, clock });
      const copies = copiesFor(cacheDir, source, clock, { stallTimeoutMs: () => STALL_MS, ...more });
      const queue = queueOf({ store, source, hosts: onlyHere(copies), clock, log: silentLog }, DEFAULTS);
      const end = async (): Promise<void> => {
        await queue.close();
        await copies.close();
      };
      queue.start();
      return {
        store,
        queue,
        close: async () => {
          await end();
          store.close();
        },
        cutOff: () => cutOff(folder, end, store),
      };
    },
    close: async () => {
      await hub.close();
      rmSync(dirname(folder), { recursive: true, force: true });
    },
  };
};
