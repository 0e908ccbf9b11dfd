import { formatLocal } from '../../domain/schedule/timezone.ts';
import type { HostAway, Waiting } from '../../domain/waiting.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import type { Times } from '../../library/model-view.ts';
import { LOOKS_BY_ITSELF } from './gates/access.ts';
import { cutOffText, sinceText } from './hosts/words.ts';
import { foreign } from './text.ts';

type Of<Kind extends Waiting['kind']> = Extract<Waiting, { readonly kind: Kind }>;

const NAME_LIMIT = 40;

const ordinal = (position: number): string => {
  if (position === 1) return 'Next in the queue';
  const suffix = position % 100 > 10 && position % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th');
  return `${position}${suffix} in the queue`;
};

/** Rounded, so that nothing is drawn anew for each second of a guess. */
const about = (startsInMs: number): string => {
  const minutes = Math.round(startsInMs / 60_000);
  if (minutes < 1) return 'starts within a minute';
  return `starts in about ${formatDuration(minutes * 60_000).replace(/ 00 (?:s|min)$/, '')}`;
};

const turnText = ({ position, startsInMs, wasInterrupted }: Of<'turn'>): string => {
  if (wasInterrupted) return 'A restart interrupted it. It goes on by itself.';
  const where = position === undefined ? 'Waits in the queue' : ordinal(position);
  return startsInMs === undefined ? where : `${where} · ${about(startsInMs)}`;
};

const scheduleText = ({ name, opensAt, hasBegun }: Of<'schedule'>, { timezone, now }: Times): string => {
  const schedule = foreign(name, NAME_LIMIT);
  if (opensAt === undefined) return `Waits for the schedule ${schedule}.`;
  const when = `${formatLocal(opensAt, timezone, now)} (${schedule})`;
  return hasBegun ? `Its time is over for now. It goes on ${when}.` : `Starts ${when}.`;
};

const accessText = ({ why, code }: Of<'access'>): string =>
  `${why ?? 'It needs access.'} ${code === 'gated' ? LOOKS_BY_ITSELF : 'It goes on by itself then.'}`;

/** That a machine is not heard of, or what leads there: without what becomes of it, and without a dot. */
export const awayText = ({ host, since, by }: HostAway, times: Times): string => {
  if (by !== undefined) return `${cutOffText(by)}, and ${host} is reached by it alone`;
  return `${host} is away${since === undefined ? '' : ` since ${sinceText(since, times)}`}`;
};

/** What a model waits for, in a sentence or two; nothing for what its status says already. */
export const waitingText = (waiting: Waiting, times: Times): string | undefined => {
  switch (waiting.kind) {
    case 'paused':
      return undefined;
    case 'cancelled':
      return 'Nothing of it was kept.';
    case 'disabled':
      return 'It is switched off.';
    case 'held':
      return 'The owner of this bot holds all downloads.';
    case 'access':
      return accessText(waiting);
    case 'start':
      return 'Waits until somebody starts it.';
    case 'schedule':
      return scheduleText(waiting, times);
    case 'trouble':
      return `${waiting.why} It goes on by itself.`;
    case 'host_away':
      return `${awayText(waiting, times)}; it goes on by itself.`;
    case 'backoff': {
      const why = waiting.why ?? 'The last try did not work.';
      return `${why} Trying again in ${formatDuration(Math.max(0, waiting.until - times.now))}.`;
    }
    case 'space':
      return `${waiting.why ?? 'There is not enough room on the disk.'} It starts by itself when there is room.`;
    case 'quota':
      return waiting.why;
    case 'turn':
      return turnText(waiting);
  }
};

const turnWords = ({ startsInMs, wasInterrupted }: Of<'turn'>): string => {
  if (startsInMs !== undefined) return about(startsInMs);
  return wasInterrupted ? 'goes on by itself' : 'waits in the queue';
};

const OVER_QUOTA = { bytes: 'waits: over the quota', running: 'waits until another one ends' } as const;

const hostWords = ({ host, by }: HostAway): string =>
  by === undefined ? `waits for ${host}, which is away` : `waits for Redis, by which ${host} is reached`;

/** The same in few words, for a line of a list or a button. */
export const waitingWords = (waiting: Waiting, { timezone, now }: Times): string | undefined => {
  switch (waiting.kind) {
    case 'paused':
    case 'cancelled':
      return waiting.kind;
    case 'disabled':
      return 'switched off';
    case 'held':
      return 'held by the owner';
    case 'access':
      return 'waits for access';
    case 'start':
      return 'waits to be started';
    case 'schedule':
      if (waiting.opensAt === undefined) return `waits for ${foreign(waiting.name, NAME_LIMIT)}`;
      return `${waiting.hasBegun ? 'goes on' : 'starts'} ${formatLocal(waiting.opensAt, timezone, now)}`;
    case 'trouble':
      return 'waits until something can be written down';
    case 'host_away':
      return hostWords(waiting);
    case 'backoff':
      return `tries again in ${formatDuration(Math.max(0, waiting.until - now))}`;
    case 'space':
      return 'waits for room on the disk';
    case 'quota':
      return OVER_QUOTA[waiting.of];
    case 'turn':
      return turnWords(waiting);
  }
};
