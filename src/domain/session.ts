import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import type { SessionStatus } from './states/session.ts';

/** What a session waits for that its repository does not give yet. */
const accessSchema = z.object({
  code: z.enum(['gated', 'unauthorized']),
  /** How often it was looked by itself since. */
  looks: z.int().nonnegative(),
  /** Where a person can ask for it. */
  page: z.string().optional(),
});
export type AccessNeeded = Readonly<z.infer<typeof accessSchema>>;

/** What is kept with a session that nobody searches or sums. */
export const sessionMetadataSchema = z.looseObject({
  /** What the other machine was called onto which it came; none: the machine of the bot. */
  host: z.string().optional(),
  /** What the model was called that was downloaded, with its quantization and the like; none: as its name says. */
  label: z.string().optional(),
  /** Of a move that came true: where it lay before, and whether its files stay there: another chat has them, or another program has put them there. */
  movedFrom: z.object({ hostId: z.number(), stays: z.boolean() }).optional(),
  /** Of what it failed, and of what waits for room that it does; what people can do about it depends on that. */
  errorCode: z.enum(ERROR_CODES).optional(),
  /** Set while it waits for access, and of one that has waited in vain. */
  access: accessSchema.optional(),
});
export type SessionMetadata = Readonly<z.infer<typeof sessionMetadataSchema>>;

/** Times are ISO 8601, UTC; sizes are bytes. */
export interface DownloadSession {
  readonly id: number;
  readonly uuid: string;
  /** null once the model was removed. */
  readonly modelId: number | null;
  readonly chatId: number;
  readonly modelName: string;
  readonly scheduleId: number | null;
  readonly status: SessionStatus;
  readonly startedAt: string;
  /** When it ended, however it ended. */
  readonly completedAt: string | null;
  readonly bytesDownloaded: number;
  readonly totalBytes: number | null;
  readonly errorMessage: string | null;
  readonly errorStack: string | null;
  readonly retryCount: number;
  /** What has come over the network for it; more than what lies on the disk, where something was fetched twice. */
  readonly receivedBytes: number;
  /** Time spent transferring, in milliseconds. */
  readonly activeMs: number;
  readonly metadata: SessionMetadata | null;
}
