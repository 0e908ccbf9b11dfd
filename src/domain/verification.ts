import { z } from 'zod';

/** So many paths of each kind are kept by name; the others are counted. */
const PATHS_KEPT = 5;

/** What was found of one copy. */
export const findingSchema = z.object({
  /** Paths of files that are not there, and of those that are not what they should be: the first few of each. */
  missing: z.array(z.string()).readonly(),
  broken: z.array(z.string()).readonly(),
  missingCount: z.int().nonnegative(),
  brokenCount: z.int().nonnegative(),
  /** Why it could not be read, as a sentence. */
  refusal: z.string().optional(),
});
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** What is kept of paths that are missing or broken. */
export const findingOf = (missing: readonly string[], broken: readonly string[], refusal?: string): Finding => ({
  missing: missing.slice(0, PATHS_KEPT),
  broken: broken.slice(0, PATHS_KEPT),
  missingCount: missing.length,
  brokenCount: broken.length,
  ...(refusal === undefined ? {} : { refusal }),
});

/**
 * What became of one copy of a verification. `waiting`: not yet read. `mending`: files of it are missing or broken, and are
 * fetched again. `left_out`: there was nothing to read, since its model is gone or is being downloaded. `refused`: it could not be read.
 */
export type ItemState = 'waiting' | 'right' | 'mending' | 'left_out' | 'refused' | 'adopted' | 'incomplete';
