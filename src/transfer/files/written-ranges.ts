import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ByteRange } from '../../domain/listing.ts';
import { BOOT } from '../../lib/boot-id.ts';
import { diskFailure } from '../../domain/disk-failure.ts';

/**
 * What of a partial file is written but not flushed. The kernel keeps that when a program is killed, and loses it with
 * the power: so it is believed only until the machine starts anew. The journal says what is flushed; flushing every
 * second takes as long as receiving.
 */
export interface Claim {
  readonly load: () => Promise<ByteRange[]>;
  readonly save: (ranges: readonly ByteRange[]) => Promise<void>;
  readonly clear: () => Promise<void>;
}

const schema = z.object({ boot: z.string(), ranges: z.array(z.object({ start: z.number(), end: z.number() })) });

/** Where the claim on a partial file is kept. */
export const claimPath = (partPath: string): string => `${partPath}.claim`;

export const createClaim = (partPath: string): Claim => {
  const path = claimPath(partPath);
  return {
    load: async () => {
      try {
        const { boot, ranges } = schema.parse(JSON.parse(await readFile(path, 'utf8')));
        return boot === BOOT ? ranges : [];
      } catch {
        return [];
      }
    },
    save: async (ranges) => {
      // Where nobody knows whether the machine started anew, nothing is claimed that is not flushed.
      if (BOOT === undefined) return;
      // In one step: a program that is killed in the middle leaves the one before.
      try {
        await writeFile(`${path}.tmp`, JSON.stringify({ boot: BOOT, ranges }));
        await rename(`${path}.tmp`, path);
      } catch (error) {
        throw diskFailure(error, path);
      }
    },
    clear: async () => {
      await rm(path, { force: true });
      await rm(`${path}.tmp`, { force: true });
    },
  };
};
