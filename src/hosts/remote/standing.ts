import type { Redis } from 'ioredis';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { type HostNames, PROTOCOL } from '../wire/names.ts';
import { type Presence, PRESENCE_MOST_BYTES, readPresence } from '../wire/presence.ts';

/** How it is with a host, as the bot knows it. */
export type Standing =
  | { readonly kind: 'there'; readonly presence: Presence }
  /** It does not say that it is there, or was not looked for yet. */
  | { readonly kind: 'away' }
  /** Redis is: nobody knows how the host is. What runs there goes on. */
  | { readonly kind: 'no_redis' }
  /** It answers, and takes nothing new: a host that is there cannot say so. */
  | { readonly kind: 'redis_full' }
  /** It is there, and does not understand the bot, or the bot it. */
  | { readonly kind: 'other_version'; readonly version: string; readonly protocol: number }
  /** What it says of itself cannot be. */
  | { readonly kind: 'not_believed' };

export interface StandingDesk {
  readonly now: () => Standing;
  /** Milliseconds since the epoch, by this machine's clock; undefined: not yet. */
  readonly seenAt: () => number | undefined;
  /** From its network, since the bot knows it. */
  readonly bytesReceived: () => number;
  /** What the disk of its cache holds, as it has said last; endless while it has said nothing. */
  readonly diskBytes: () => number;
  /** Looks at what the host says. @throws when Redis is away */
  readonly look: () => Promise<void>;
  /** Redis is away, or full. */
  readonly lost: (kind: 'no_redis' | 'redis_full') => void;
}

interface StandingDeps {
  readonly redis: Redis;
  readonly names: Pick<HostNames, 'presence'>;
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Is told each time that the host was heard of. */
  readonly onSeen: (presence: Presence) => void;
}

/** No machine receives more than by a network of 800 Gbit/s. */
const RECEIVED_MOST_PER_MS = 1e8;

/** A host of which nothing changes is told of so often. */
const TELL_MS = 30_000;

const standingOf = (text: string): Standing => {
  if (text === '') return { kind: 'away' };
  const said = readPresence(text);
  if (said === undefined) return { kind: 'not_believed' };
  const { protocol, version } = said;
  if (protocol !== PROTOCOL) return { kind: 'other_version', version, protocol };
  return 'machine' in said ? { kind: 'there', presence: said } : { kind: 'not_believed' };
};

/** As the log tells that it is otherwise than before. */
const NOW: Readonly<Record<Standing['kind'], string>> = {
  there: 'A host is there',
  away: 'A host is away',
  other_version: 'A host speaks another version: it is asked for nothing',
  not_believed: 'A host says of itself what cannot be so: it is asked for nothing',
  no_redis: 'A host is not heard of, since Redis does not answer',
  redis_full: 'A host is not heard of, since Redis is full',
};

/** It is away until it was looked for. */
export const createStanding = ({ redis, names, host, clock, log, onSeen }: StandingDeps): StandingDesk => {
  let standing: Standing = { kind: 'away' };
  let seenAt: number | undefined;
  let received = 0;
  let last: { readonly process: string; readonly bytes: number; readonly at: number } | undefined;
  let diskBytes = Number.MAX_SAFE_INTEGER;
  let text = '';
  let toldAt = 0;
  let isUntold = false;

  const change = (next: Standing): void => {
    if (next.kind !== standing.kind) log.info({ host, before: standing.kind }, NOW[next.kind]);
    standing = next;
  };
  const hear = ({ process, bytesReceived: bytes, totalBytes }: Presence): void => {
    const at = clock.monotonic();
    diskBytes = totalBytes;
    if (last?.process === process)
      received += Math.min(Math.max(0, bytes - last.bytes), Math.ceil((at - last.at) * RECEIVED_MOST_PER_MS));
    // A process that was not known yet: what it got before it was may have been counted.
    last = { process, bytes, at };
  };

  /** A full disk here says nothing of the host: it is there all the same, and tried again with the next look. */
  const tell = (presence: Presence): void => {
    try {
      onSeen(presence);
      toldAt = clock.monotonic();
      isUntold = false;
    } catch (err) {
      log.debug({ err, host }, 'That a host was heard of could not be written down yet');
    }
  };

  return {
    now: () => standing,
    seenAt: () => seenAt,
    bytesReceived: () => received,
    diskBytes: () => diskBytes,
    look: async () => {
      const found = await redis.getrange(names.presence, 0, PRESENCE_MOST_BYTES);
      // It says the same for a few seconds.
      const isNew = found !== text || standing.kind === 'no_redis' || standing.kind === 'redis_full';
      text = found;
      const next = isNew ? standingOf(found) : standing;
      change(next);
      if (next.kind !== 'there') return;
      seenAt = clock.now();
      if (isNew) hear(next.presence);
      isUntold ||= isNew || clock.monotonic() - toldAt >= TELL_MS;
      if (isUntold) tell(next.presence);
    },
    lost: (kind) => change({ kind }),
  };
};
