import type { Log } from '../lib/log.ts';
import type { RedisEndpoint } from './connection.ts';
import { redisTrouble } from './trouble.ts';

/** What the log says of a Redis that cannot be reached: once, and once more when there is more to say. */
export interface Outage {
  readonly onError: (error: Error) => void;
  readonly onReady: () => void;
  /** Redis throws away what it was given when it is full: said once. */
  readonly onEviction: (policy: string) => void;
  /** What the settings have to do with it, as a sentence; undefined: nothing, or it can be reached. */
  readonly why: () => string | undefined;
}

/** @param meanwhile what becomes of everything, behind a semicolon */
export const createOutage = (endpoint: RedisEndpoint, log: Log, meanwhile: string): Outage => {
  let isTold = false;
  let why: string | undefined;
  let isEvictionTold = false;
  return {
    onError: (err) => {
      const says = redisTrouble(err, endpoint)?.says;
      // It is tried again every second or two.
      if (isTold && (says === undefined || says === why)) log.debug({ err }, 'Redis still cannot be reached');
      else log.warn({ err, ...(says === undefined ? {} : { why: says }) }, `Redis cannot be reached; ${meanwhile}`);
      isTold = true;
      why = says ?? why;
    },
    onReady: () => {
      if (isTold) log.info({}, 'Redis can be reached again');
      isTold = false;
      why = undefined;
    },
    onEviction: (policy) => {
      if (isEvictionTold) return;
      isEvictionTold = true;
      log.warn(
        { policy },
        'Redis throws away what it was given when it is full: set maxmemory-policy noeviction in redis.conf. What it has lost is put there again',
      );
    },
    why: () => why,
  };
};
