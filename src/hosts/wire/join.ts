import { createHash } from 'node:crypto';
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a machine that joins says: that it knows the code, and by which password it will be known from then on. */
export const joinSchema = z.object({
  codeHash: sha256,
  /** Left out: it has a user of its own already. */
  passwordHash: sha256.optional(),
});
export type Join = z.infer<typeof joinSchema>;

export const JOIN_MOST_BYTES = 1000;

/** In hex, as Redis keeps passwords, and the bot its codes. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
