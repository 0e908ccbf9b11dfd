import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ByteRange } from '../../domain/listing.ts';
import { BOOT_ID, readStamped, writeStamped } from '../../lib/boot-id.ts';
import { diskFailure } from '../../domain/disk-failure.ts';

/**
 * What of a partial file is written but not flushed. The kernel keeps that when a program is killed, and loses it with
 * the power: so it is believed only until the machine starts anew. The journal says what is flushed; flushing every
 * second takes as long as receiving.
 */
export interface WrittenRanges {
  readonly load: () => Promise<ByteRange[]>;
  readonly save: (ranges: readonly ByteRange[]) => Promise<void>;
  readonly clear: () => Promise<void>;
}

const schema = z.object({ ranges: z.array(z.object({ start: z.number(), end: z.number() })) });

/** They are kept beside the partial file. */
export const createWrittenRanges = (partPath: string): WrittenRanges => {
  const path = `${partPath}.claim`;
  return {
    load: async () => {
      try {
        const { content, isOfThisBoot } = readStamped(await readFile(path, 'utf8'), schema);
        return isOfThisBoot ? content.ranges : [];
      } catch {
        return [];
      }
    },
    save: async (ranges) => {
      // Where nobody knows whether the machine started anew, nothing is claimed that is not flushed.
      if (BOOT_ID === undefined) return;
      // In one step: a program that is killed in the middle leaves the one before.
      try {
        await writeFile(`${path}.tmp`, writeStamped({ ranges }));
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
