import { statSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { Config } from '../config/config.ts';
import { AppError } from '../domain/errors.ts';
import { useProxies } from '../lib/net/proxies.ts';

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
export const openAsCache = (cacheDir: string): void => {
  const found = statSync(cacheDir, { throwIfNoEntry: false });
  if (found) process.umask(umaskFor(process.umask(), found.mode));
};

/**
 * How long one address of a name is tried before the next one, in milliseconds. Node gives up after 250: from far away, none
 * of them is reached then (nodejs/node#52075). This outlasts a lost packet; a way by IPv6 that leads nowhere costs it once a
 * connection.
 */
const ADDRESS_MS = 2500;

/**
 * Sets for the whole process, whatever runs in it, how long an address is tried, and the proxies that `fetch` goes through.
 * @throws AppError operational: this Node knows no proxies
 */
export const prepareProcess = (config: Config): void => {
  setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_MS);
  if (config.proxies && !useProxies(config.proxies)) {
    throw new AppError('operational', 'Proxies need Node 24.14 or newer; `npm start` brings one.');
  }
};

/** By how much what lives longer may grow before it is collected, in percent; V8 lets it become four times as much. */
const GROWTH_PERCENT = 25;
/** Half of the young generation of a thread that begins from now on, in MB. */
const YOUNG_MB = 1;

/**
 * Has memory collected sooner, and given back, from now on: to be called once the sources are loaded. V8 takes nothing of what was kept of
 * sources, Node's own among them, under other flags than those of now: given on the command line, it cost a start 70 ms.
 *
 * The heap that there is keeps the young generation that it began with; V8 reads its size where a heap is made, and there these flags count
 * more than the limits that are given to a `Worker`. Pages that a heap needs no more V8 keeps for it until a collection is one that is to
 * reduce memory, which in a program that is never idle none is, unless it is told that it counts more than time.
 */
export const collectSooner = (): void => {
  for (const flag of [
    `--heap-growing-percent=${GROWTH_PERCENT}`,
    `--min-semi-space-size=${YOUNG_MB}`,
    `--max-semi-space-size=${YOUNG_MB}`,
    '--optimize-for-size',
  ])
    setFlagsFromString(flag);
};
