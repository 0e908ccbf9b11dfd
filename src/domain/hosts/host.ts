/* domain/hosts: what a machine is, and what a job on it is called. */

import { AppError } from '../errors.ts';
import type { Memory } from '../memory.ts';

/** The machine that the bot runs on. */
export const THIS_HOST = 1;

/** In characters. */
export const HOST_NAME_MOST = 32;

const NAME = new RegExp(`^[a-z0-9][a-z0-9-]{0,${HOST_NAME_MOST - 1}}$`);

/** Whether another machine may be called so, in small letters as names are kept. */
export const isHostName = (text: string): boolean => NAME.test(text);

/** `invited`: there is a code for it to join with; `gone`: an owner has let it go, and what lay there is not asked for any more. */
export type HostState = 'invited' | 'joined' | 'gone';

/** A machine on which copies lie. Times are ISO 8601, UTC. */
export interface Host {
  readonly id: number;
  /** As people call it; the machine of the bot is “this machine”. */
  readonly name: string;
  readonly state: HostState;
  /** The owner who invited it; null for the machine of the bot. */
  readonly createdBy: number | null;
  readonly createdAt: string | null;
  /** Until when the code counts that it joins with; null if there is none. */
  readonly codeEndsAt: string | null;
  readonly joinedAt: string | null;
  /** When it was last heard of; null if it never was. */
  readonly seenAt: string | null;
  /** Of the hubgram that runs there, as it said last. */
  readonly version: string | null;
  /** Of the disk that its cache lies on, as it said last. */
  readonly freeBytes: number | null;
  readonly totalBytes: number | null;
  /** What it has to load models into, as it said last. */
  readonly memory: Memory | null;
}

/**
 * The name of another machine as it is kept: in small letters.
 * @throws AppError validation, with what would be right
 */
export const parseHostName = (typed: string): string => {
  const name = typed.trim().toLowerCase();
  if (isHostName(name)) return name;
  throw new AppError(
    'validation',
    `A machine's name begins with a letter or a digit and has up to ${HOST_NAME_MOST} characters, of a to z, 0 to 9 and the hyphen: nas would be one.`,
  );
};
