import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isForNow } from '../domain/errors.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import { hold } from '../store/lock.ts';
import { openStore, type Store } from '../store/store.ts';
import { makeOwners } from '../people/configured-owners.ts';
import type { Folders, Surroundings } from './environment.ts';

/** How long the database is left alone that could not be opened. */
const WAIT_MS = 5000;

interface Frame {
  readonly scope: Scope;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Takes the data folder and the cache for this process: two that write one partial file, or send one notice twice, are
 * one too many. The cache's lock lies where Python keeps its own locks (docs/decisions/0006).
 * @throws AppError held: another process has one of them
 */
export const holdFolders = ({ dataDir, cacheDir }: Folders, { scope, log }: Frame): void => {
  const common = { now: systemClock.now(), log };
  scope.use(
    hold({
      ...common,
      path: join(dataDir, 'hubgram.lock'),
      what: `the data folder ${dataDir}`,
      remedy: 'Stop that one first, or give this one a HUBGRAM_DATA_DIR of its own.',
      isPrivate: true,
    }),
  );
  scope.use(
    hold({
      ...common,
      path: join(cacheDir, '.locks', 'hubgram.lock'),
      what: `the cache ${cacheDir}`,
      remedy: 'Stop that one first, or give this one a HF_HUB_CACHE of its own.',
      isPrivate: false,
    }),
  );
};

/** Bits of a folder that files in it take over: reading for everybody who may look there; writing only where a group shares it. */
const SHARED = 0o055;
const GROUP_WRITES = 0o020;
const SETGID = 0o2000;

/** The umask for files in a folder of this mode: what is open to others stays open to them, whatever a service's umask says. */
export const umaskFor = (umask: number, folderMode: number): number => {
  const isGroups = (folderMode & SETGID) !== 0;
  return umask & ~(folderMode & (isGroups ? SHARED | GROUP_WRITES : SHARED));
};

/**
 * Files in the cache are for other programs. They get the permissions that Python's umask would give them, and at least those
 * of the cache's own folder: a service may run with a narrower umask than people do. What is secret has modes of its own.
 */
export const openAsCache = ({ cacheDir }: Pick<Folders, 'cacheDir'>): void => {
  const found = statSync(cacheDir, { throwIfNoEntry: false });
  if (found) process.umask(umaskFor(process.umask(), found.mode));
};

const openOnce = ({ dataDir, owners }: Surroundings, log: Log): Store => {
  const store = openStore(join(dataDir, 'hubgram.db'), { clock: systemClock, log });
  try {
    makeOwners(store, owners);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
};

/**
 * Opens the database. On a full disk, or while another program has it, that may have to wait: to end and be started
 * again every few seconds would help nobody.
 * @throws the signal's reason
 */
export const openWhenPossible = async (around: Surroundings, { log, signal }: Frame): Promise<Store> => {
  for (let isTold = false; ; isTold = true) {
    signal.throwIfAborted();
    try {
      return openOnce(around, log);
    } catch (error) {
      if (!isForNow(error)) throw error;
      if (!isTold) log.error({ err: error }, 'The database cannot be opened yet; hubgram waits until it can be');
    }
    await sleep(WAIT_MS, undefined, { signal });
  }
};
