import { z } from 'zod';
import type { Memory } from '../../domain/memory.ts';
import { amount, count, line } from './jobs.ts';

/** It is told anew every few seconds, and goes by itself when nobody does. */
export const PRESENCE_EVERY_MS = 5000;
export const PRESENCE_KEPT_MS = 15_000;
/** More than that nobody tells of a host. */
export const PRESENCE_MOST_BYTES = 16_384;

/** The last moment of a year of four digits: there is no date of a number without end. */
export const LAST_MS = 253_402_300_799_999;

/** `copies/memory.ts` tells no more cards, nor longer names. */
const [GPUS_MOST, GPU_NAME_MOST] = [64, 60];

/** The domain says what of memory is a row of the bot's own; this comes from elsewhere, and people are shown it. */
export const memoryForm = z.object({
  totalBytes: amount,
  freeBytes: amount,
  gpus: z
    .array(z.object({ name: line(GPU_NAME_MOST), totalBytes: amount }))
    .max(GPUS_MOST)
    .readonly(),
}) satisfies z.ZodType<Memory>;

/** What every version tells: enough to say that two do not understand each other. */
const anyPresence = z.object({ protocol: count, version: line(60) });

export const presenceSchema = anyPresence.extend({
  /** Of its data folder, where that is: another machine of the same name has another one, a copy of the folder too. */
  machine: z.string().regex(/^[0-9a-f-]{36}$/),
  /** Of the process: another one after a restart. */
  process: z.string().regex(/^[0-9a-f-]{36}$/),
  freeBytes: count,
  totalBytes: count,
  /** Undefined: not known yet. */
  memory: memoryForm.optional(),
  /** From the network, since the process began. */
  bytesReceived: count,
  /** Runs that are under way. */
  running: count,
  /** Since when the Hub does not answer it, in ms since 1970; undefined: it does, as far as is known. An older hubgram does not tell. */
  hubSilentSince: z.number().int().min(0).max(LAST_MS).optional(),
  /** The host and port of the Hub that it asks. An older hubgram does not tell. */
  hubAsked: line(300).optional(),
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
