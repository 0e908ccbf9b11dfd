import type { z } from 'zod';

export interface Setting {
  /** The environment variable. */
  readonly name: string;
  /** What it is for, for docs/configuration.md. */
  readonly description: string;
  /** An older name of the variable that huggingface_hub still reads. */
  readonly legacyName?: string;
  /** What it may be called in the YAML file; the first is the one to use. */
  readonly keys: readonly string[];
  /** Never shown; may also be read from the file that `<NAME>_FILE` names. */
  readonly secret?: true;
  readonly expected: string;
  readonly example: string;
  /** The value if nobody sets one, in the form people write it. */
  readonly fallback?: string;
  /** Reads the form that people write. */
  readonly schema: z.ZodType<unknown, string>;
  /** The value is a number of bytes. */
  readonly bytes?: true;
}
