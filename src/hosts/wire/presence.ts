import { z } from 'zod';
import { memorySchema } from '../../domain/memory.ts';
import { count } from './jobs.ts';

/** It is told anew every few seconds, and goes by itself when nobody does. */
export const PRESENCE_EVERY_MS = 5000;
export const PRESENCE_KEPT_MS = 15_000;
/** More than that nobody tells of a host. */
export const PRESENCE_MOST_BYTES = 16_384;

/** What every version tells: enough to say that two do not understand each other. */
const anyPresence = z.object({ protocol: count, version: z.string().max(60) });

export const presenceSchema = anyPresence.extend({
  /** Of its data folder, where that is: another machine of the same name has another one, a copy of the folder too. */
  machine: z.string().regex(/^[0-9a-f-]{36}$/),
  /** Of the process: another one after a restart. */
  process: z.string().regex(/^[0-9a-f-]{36}$/),
  freeBytes: count,
  totalBytes: count,
  /** Undefined: not known yet. */
  memory: memorySchema.optional(),
  /** From the network, since the process began. */
  bytesReceived: count,
  /** Runs that are under way. */
  running: count,
  /** For everything it fetches together; undefined: none. */
  bytesPerSecondMost: count.optional(),
});

/** How a host is, as it has said itself. */
export type Presence = Readonly<z.infer<typeof presenceSchema>>;

/** @returns undefined: it is not what a host says */
export const readPresence = (text: string): Presence | z.infer<typeof anyPresence> | undefined => {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  return presenceSchema.safeParse(given).data ?? anyPresence.safeParse(given).data;
};
