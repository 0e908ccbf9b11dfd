import type { AccessNeeded } from './session.ts';

/** What is wrong with Redis, by which alone other machines are reached. */
export type CutOff = 'no_redis' | 'redis_full';

/**
 * What a model waits for before it runs, or runs on. Times are milliseconds: `At` since the epoch, `Ms` from now. The
 * reasons are asked in this order: who waits for two things is told of the one that has to happen first.
 */
export type Waiting =
  /** A person stopped it and what had come is kept. */
  | { readonly kind: 'paused' }
  /** A person cancelled it, and nothing of it was kept. */
  | { readonly kind: 'cancelled' }
  /** It stays in the library and the queue passes it over. */
  | { readonly kind: 'disabled' }
  /** The owner holds every download. */
  | { readonly kind: 'held' }
  /** For a person: it was added for later, or waits for a schedule where none is on. */
  | { readonly kind: 'start' }
  /** For access to its repository; it is looked by itself whether it was given. */
  | {
      readonly kind: 'access';
      /** `gated`: a person has to ask for it. `unauthorized`: the source needs another token. */
      readonly code: AccessNeeded['code'];
      readonly why: string | undefined;
      readonly page: string | undefined;
    }
  | {
      readonly kind: 'schedule';
      readonly name: string;
      /** undefined: it never opens, or that is being worked out. */
      readonly opensAt: number | undefined;
      /** Some of it has come already. */
      readonly hasBegun: boolean;
    }
  /** The machine itself, until it can go on: a full disk on which nothing can be written down, a busy database. */
  | { readonly kind: 'trouble'; readonly why: string }
  /** For another machine, on which it is to lie and which is not heard of; then it goes on by itself. */
  | {
      readonly kind: 'host_away';
      readonly host: string;
      /** When it was last heard of, milliseconds since the epoch; undefined: it never was. */
      readonly since: number | undefined;
      /** It is Redis that is not heard of, or takes nothing: nobody knows how the machine is. undefined: it is the machine. */
      readonly by: CutOff | undefined;
    }
  /** After a fault that may pass. */
  | { readonly kind: 'backoff'; readonly until: number; readonly why: string | undefined }
  | { readonly kind: 'space'; readonly why: string | undefined }
  /** Whoever wants it may not have more: of bytes, or of downloads at once. */
  | { readonly kind: 'quota'; readonly of: 'bytes' | 'running'; readonly why: string }
  | {
      readonly kind: 'turn';
      /** 1 = next, counted over all chats. */
      readonly position: number | undefined;
      /** Roughly; undefined while that cannot be said. */
      readonly startsInMs: number | undefined;
      /** A restart took it out of the middle of its work. */
      readonly wasInterrupted: boolean;
    };

export type HostAway = Extract<Waiting, { readonly kind: 'host_away' }>;

/** Whether a person may let it start before what it waits for has happened. */
export const canSkip = ({ kind }: Waiting): boolean =>
  kind === 'access' || kind === 'start' || kind === 'schedule' || kind === 'backoff' || kind === 'space';
