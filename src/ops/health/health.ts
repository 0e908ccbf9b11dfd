/* ops/health: whether hubgram can do its work, by looking at each thing it needs. */

import type { Log } from '../../lib/log.ts';
import { within } from '../../lib/async/within.ts';

/** What a look found. */
export interface Finding {
  /** False: hubgram does not do its work, and will not without a restart or somebody's help. */
  readonly ok: boolean;
  /** A sentence: what is found, and what to do if it is not well. */
  readonly message: string;
}

/** Looks at one thing that hubgram stands on. */
export type Check = () => Finding | Promise<Finding>;

export interface HealthReport {
  /** True if all that was looked at is. */
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, Finding>>;
}

export interface HealthDeps {
  /** By the name that the report has for each. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly log: Log;
  /** How long each may take; two seconds if not given. */
  readonly timeoutMs?: number;
}

/** Shorter than what watches over hubgram waits for an answer: the image's HEALTHCHECK gives it five seconds. */
const TIMEOUT_MS = 2000;

const NO_ANSWER: Finding = {
  ok: false,
  message: 'There was no answer in time: the disk hangs. Look at the machine, and at what it mounts from elsewhere.',
};

/** @returns looks at everything at once; never rejects, and is done when the time of the slowest is over */
export const createHealth = ({ checks, log, timeoutMs = TIMEOUT_MS }: HealthDeps): (() => Promise<HealthReport>) => {
  const look = async ([name, check]: readonly [string, Check]): Promise<readonly [string, Finding]> => {
    try {
      return [name, (await within(timeoutMs, async () => check())) ?? NO_ANSWER];
    } catch (error) {
      log.error({ err: error, check: name }, 'A part of the health could not be looked at');
      return [name, { ok: false, message: 'Looking failed. The log says more.' }];
    }
  };
  return async () => {
    const found = await Promise.all(Object.entries(checks).map(look));
    return { ok: found.every(([, { ok }]) => ok), checks: Object.fromEntries(found) };
  };
};
