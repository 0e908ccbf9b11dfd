import { z } from 'zod';
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
});

export type Report = z.infer<typeof reportSchema>;
export type QueueFigures = z.infer<typeof queueSchema>;

/** What the queue does, of all chats. */
export const queueFigures = ({ models }: Store, queue: Pick<Queue, 'bytesPerSecond'>): QueueFigures => ({
  downloading: models.countByStatus('downloading'),
  waiting: models.countByStatus('pending'),
  paused: models.countByStatus('paused'),
  failed: models.countByStatus('failed'),
  bytesPerSecond: queue.bytesPerSecond(),
});
