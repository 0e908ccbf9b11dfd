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
  /** Why it could not be read, or not be taken over, as a sentence. */
  refusal: z.string().optional(),
  missingBytes: z.number().optional(),
  /** How the rest of it is asked for: a reference as `/add` takes it. */
  rest: z.string().optional(),
  /** Why the source could not be asked for its hashes, as a sentence: the names of blobs stood for them. */
  byNames: z.string().optional(),
});
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** What is kept of paths that are missing or broken. */
export const findingOf = (
  missing: readonly string[],
  broken: readonly string[],
  more: Pick<Finding, 'refusal' | 'missingBytes' | 'rest' | 'byNames'> = {},
): Finding => ({
  missing: missing.slice(0, PATHS_KEPT),
  broken: broken.slice(0, PATHS_KEPT),
  missingCount: missing.length,
  brokenCount: broken.length,
  ...more,
});

/** Of a machine; of all that are there, if none is named. */
const hostId = z.int().positive().optional();

/** What is to be taken over: all that no library has, what a list showed under these keys, or what a name means. */
export const adoptionWishSchema = z.union([
  /** `as`: what a list has shown (`library/adopting/shown.ts`), and nothing else. */
  z.strictObject({ all: z.literal(true), hostId, as: z.string().optional() }),
  z.strictObject({ key: z.string() }),
  z.strictObject({ type: z.enum(['model', 'dataset']), id: z.string(), revision: z.string().optional(), hostId }),
]);
export type AdoptionWish = Readonly<z.infer<typeof adoptionWishSchema>>;

/**
 * What became of one copy of a verification. `waiting`: not yet read. `mending`: files of it are missing or broken, and are
 *  fetched again. `left_out`: there was nothing to read, since its model is gone or is being downloaded, or a library has it already.
 * `refused`: it could not be read. `adopted`: it is a model of this chat now. `incomplete`: files of it are missing or broken, and
 * somebody has to say whether they are fetched.
 */
export type ItemState = 'waiting' | 'right' | 'mending' | 'left_out' | 'refused' | 'adopted' | 'incomplete';
