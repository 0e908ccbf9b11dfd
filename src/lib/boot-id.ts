import { readFileSync } from 'node:fs';
import { z } from 'zod';

const readBootId = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux.
    return undefined;
  }
};

/**
 * Which start of the machine this is, if the system tells. What the kernel was given to write is safe from the end of a
 * program, and lost with the power: what is said of it holds until this changes.
 */
export const BOOT_ID = readBootId();

const stampSchema = z.object({ boot: z.string() });

/** JSON that says in which start of the machine it was written. */
export const writeStamped = (content: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ boot: BOOT_ID ?? '', ...content });

/** @returns the content, and whether the machine has run ever since @throws if it is anything else */
export const readStamped = <T>(
  text: string,
  schema: z.ZodType<T>,
): { readonly content: T; readonly isOfThisBoot: boolean } => {
  const value: unknown = JSON.parse(text);
  return { content: schema.parse(value), isOfThisBoot: stampSchema.parse(value).boot === BOOT_ID };
};
