import { AppError } from '../domain/errors.ts';
import { THIS_HOST } from '../domain/hosts/host.ts';
import type { CutOff } from '../domain/waiting.ts';
import type { Executor } from './executor.ts';

/** The machines on which copies lie, known by the numbers of their rows; this one is among them. */
export interface Hosts {
  /**
   * Who carries out what is wanted there.
   * @throws AppError unavailable: there is no such host any more
   */
  readonly of: (hostId: number) => Executor;
  /** Whether it is heard of. What is wanted of one that is not waits until it is; nothing goes elsewhere by itself. */
  readonly isThere: (hostId: number) => boolean;
  /**
   * Of one that is not heard of: that it is Redis which does not answer, or takes nothing new, and that nobody knows how the machine
   * is. undefined: it is the machine, or it is there.
   */
  readonly cutOffBy: (hostId: number) => CutOff | undefined;
  /**
   * Since when the Hub does not answer another machine that is there, in ms since 1970; undefined: it does, as far as that machine
   * has asked it.
   */
  readonly hubSilentSince: (hostId: number) => number | undefined;
  /** The host and port of the Hub that a host asks, if that is another machine which has told. */
  readonly hubAsked: (hostId: number) => string | undefined;
  /** Of all that may be heard of, this machine first. */
  readonly ids: () => readonly number[];
}

/** Where there is no other machine than this one. */
export const onlyHere = (executor: Executor): Hosts => ({
  of: (hostId) => {
    if (hostId === THIS_HOST) return executor;
    throw new AppError(
      'unavailable',
      'What lies on other machines can only be reached where hubgram knows their Redis.',
    );
  },
  isThere: (hostId) => hostId === THIS_HOST,
  cutOffBy: () => undefined,
  hubSilentSince: () => undefined,
  hubAsked: () => undefined,
  ids: () => [THIS_HOST],
});
