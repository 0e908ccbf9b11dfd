import { z } from 'zod';
import { PRIORITIES } from '../model.ts';
import { CHECK_FREQUENCIES } from '../renewals/check-frequency.ts';

/** What people keep of a model, as far as a `models.json` says it; what it does not say stays as it is. */
export const entryDetailsSchema = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  priority: z.enum(PRIORITIES).optional(),
  /** As somebody wrote it. */
  category: z.string().optional(),
  tags: z.array(z.string()).readonly().optional(),
  enabled: z.boolean().optional(),
  pinned: z.boolean().optional(),
  maxRetries: z.number().optional(),
  checkFrequency: z.enum(CHECK_FREQUENCIES).optional(),
  /** As somebody wrote it, such as `1.6GB`. */
  sizeEstimate: z.string().optional(),
});
export type EntryDetails = Readonly<z.infer<typeof entryDetailsSchema>>;

/** One model of a `models.json`, as it is kept until it is brought in. */
export const modelEntrySchema = z.strictObject({
  type: z.enum(['model', 'dataset']),
  /** The repository's id as typed. */
  name: z.string(),
  /** Of a file from a web address, whose name is the place that it had: where it is, and its hash if somebody has given that. */
  sourceUrl: z.string().optional(),
  sha256: z.string().optional(),
  /** Branch, tag or commit; undefined: nothing is said of it. */
  revision: z.string().optional(),
  /** See `selectionKey`; undefined: nothing is said of its files. */
  selection: z.string().optional(),
  /** The machine that it is to lie on, as it was written; undefined: the usual one. */
  host: z.string().optional(),
  /** The same where no machine is called so: it comes onto the usual one, and people are told before. */
  lostHost: z.string().optional(),
  details: entryDetailsSchema,
});
export type ModelEntry = Readonly<z.infer<typeof modelEntrySchema>>;
