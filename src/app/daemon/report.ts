import { z } from 'zod';
import { toIso } from '../../lib/clock.ts';
import type { HubReach } from '../../library/watching/hub-reach.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Store } from '../../store/store.ts';

const queueSchema = z.object({
  /** Models, of all chats. */
  downloading: z.number(),
  waiting: z.number(),
  paused: z.number(),
  failed: z.number(),
  /** What comes in now. */
  bytesPerSecond: z.number(),
  /** By an owner, with /hold. An older hubgram does not tell. */
  isHeld: z.boolean().optional(),
  /** Copies that are read again, on a host. */
  verifying: z.number().optional(),
});

const bytes = z.number();

const hostSchema = z.object({
  /** As the bot knows it. */
  name: z.string(),
  /** Whether Redis lets it in, and since when that is so: ISO 8601, UTC. */
  isRedisReached: z.boolean(),
  redisSince: z.string(),
  /** Why it is not reached, as a sentence, where that is known. */
  redisWhy: z.string().optional(),
  /** Missing too where it may have joined before: an older hubgram does not tell. */
  isJoined: z.boolean().optional(),
  /** What is fetched, and what is read again. */
  runs: z.array(z.object({ kind: z.enum(['copy', 'verify']), what: z.string(), bytesDone: bytes, bytesTotal: bytes })),
  /** The disk that models lie on; missing if it does not say. */
  disk: z.object({ folder: z.string(), freeBytes: bytes, totalBytes: bytes }).optional(),
});

/** What a running hubgram tells of itself to whoever has its data folder. */
export const reportSchema = z.object({
  version: z.string(),
  pid: z.number(),
  /** ISO 8601, UTC. */
  since: z.string(),
  /** The bot's; missing until Telegram has accepted the token. */
  username: z.string().optional(),
  /** The chat page, in the playground. */
  page: z.string().optional(),
  /** As `/healthz` tells it. */
  health: z.object({
    ok: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), message: z.string() })),
  }),
  /** Missing until everything is open. */
  queue: queueSchema.optional(),
  isOwned: z.boolean().optional(),
  /** Of a host; missing if it is a bot, or does not know its name yet. */
  host: hostSchema.optional(),
  /** ISO 8601, UTC; missing if the Hub answers. */
  hubSilentSince: z.string().optional(),
});

export type Report = z.infer<typeof reportSchema>;
export type HostFigures = z.infer<typeof hostSchema>;
export type QueueFigures = z.infer<typeof queueSchema>;

/** What is told once everything is open. */
export type Figures = Pick<Report, 'queue' | 'isOwned' | 'hubSilentSince'>;

interface FiguresDeps {
  readonly store: Store;
  readonly queue: Pick<Queue, 'bytesPerSecond' | 'isHeld'>;
  readonly hubReach: Pick<HubReach, 'silentSince'>;
}

/** Of all chats. */
export const figuresOf = ({ store, queue, hubReach }: FiguresDeps): Figures => {
  const silentSince = hubReach.silentSince();
  return {
    queue: {
      downloading: store.models.countByStatus('downloading'),
      waiting: store.models.countByStatus('pending'),
      paused: store.models.countByStatus('paused'),
      failed: store.models.countByStatus('failed'),
      bytesPerSecond: queue.bytesPerSecond(),
      isHeld: queue.isHeld(),
    },
    isOwned: store.users.owners().length > 0,
    ...(silentSince === undefined ? {} : { hubSilentSince: toIso(silentSince) }),
  };
};
