import { z } from 'zod';
import { ERROR_CODES } from '../errors.ts';
import { CHOICES_OF } from '../files/quants.ts';
import { memorySchema } from '../memory.ts';

/** Text that may be missing, where the one who reads it says so by `undefined`. */
const textIfAny = z
  .string()
  .optional()
  .transform((text): string | undefined => text);

const fileSchema = z.object({ path: z.string(), size: z.number(), etag: z.string(), xetHash: z.string().optional() });

/** What is kept of a repository while a person chooses among its files. */
const listingSchema = z.object({
  type: z.enum(['model', 'dataset']),
  id: z.string(),
  canonicalId: z.string(),
  commit: z.string(),
  private: z.boolean(),
  gated: z.union([z.literal(false), z.literal('auto'), z.literal('manual')]),
  license: textIfAny,
  pipelineTag: textIfAny,
  libraryName: textIfAny,
  tags: z.array(z.string()).readonly(),
  lastModified: textIfAny,
  autoModel: z.string().optional(),
  baseModel: z.string().optional(),
  branches: z.array(z.string()).readonly().default([]),
  tokenOf: z.number().optional(),
});

/** The host that is asked about, if it is not the machine of the bot; and whether somebody has named it. */
const targetSchema = z.object({ hostId: z.number(), isSaid: z.boolean(), name: z.string() });

/** The quants that a person may choose from. */
const pickerSchema = z.object({
  kind: z.literal('quants').default('quants'),
  of: z.enum(CHOICES_OF).default('quants'),
  listing: listingSchema,
  choices: z
    .array(
      z.object({
        label: z.string(),
        files: z.array(fileSchema).readonly(),
        totalBytes: z.number(),
        /** Of these, what is loaded into memory. */
        weightBytes: z.number().optional(),
      }),
    )
    .readonly(),
  /** What is usual in the chat, and is not among them. */
  lacks: z.string().optional(),
  /** What was named, and is not among them. */
  absent: z.string().optional(),
  /** What a loader takes if nobody says which; undefined if there is no such. */
  suggested: z.string().optional(),
  /** Of a model that is to have other files: what it has now. */
  current: z.string().optional(),
  /** Free bytes on the cache's disk when it was asked, less what was queued before and `keptBytes`; below zero if that does not fit. */
  freeBytes: z.number(),
  /** What is to stay free there. */
  keptBytes: z.number().optional(),
  /** Of the machine that the disk is in, when it was asked. */
  memory: memorySchema.optional(),
  target: targetSchema.optional(),
});
export type Picker = Readonly<z.infer<typeof pickerSchema>>;

/** The branches that a person may choose from, where the one that was asked for holds no weights. */
const branchesSchema = z.object({
  kind: z.literal('branches'),
  /** A branch each; `totalBytes` where the Hub says it. */
  choices: z.array(z.object({ label: z.string(), totalBytes: z.number().optional() })).readonly(),
  /** How many files come of the branch that was asked for. */
  here: z.number(),
  license: textIfAny,
  gated: z.boolean(),
  freeBytes: z.number(),
  memory: memorySchema.optional(),
  target: targetSchema.optional(),
});
export type BranchPicker = Readonly<z.infer<typeof branchesSchema>>;

/** What a person is asked where some of the files cannot be stored. */
const unsafeFilesSchema = z.object({
  kind: z.literal('unsafe'),
  /** The first few of `total`. */
  paths: z.array(z.string()).readonly(),
  total: z.number(),
  /** How many files come if the person does without them. */
  others: z.number(),
});
export type UnsafeFiles = Readonly<z.infer<typeof unsafeFilesSchema>>;

/** What is known of a look-up that has failed. */
const lookUpFailureSchema = z.object({
  kind: z.literal('failure'),
  code: z.enum(ERROR_CODES).nullable(),
  /** Where something can be done about it: the page of a gated repository. */
  page: z.string().optional(),
  /** Of a gated repository: its authors decide who gets access. */
  isByHand: z.boolean().optional(),
  /** Where in the program it failed, for whoever mends it; without tokens, and no longer than a page. */
  stack: z.string().optional(),
  /** It is a Space: the suggestions are what that uses. */
  isSpace: z.boolean().optional(),
  /** What was most likely meant, as references. */
  suggestions: z.array(z.string()).readonly(),
});
export type LookUpFailure = Readonly<z.infer<typeof lookUpFailureSchema>>;

/** What a person can choose under the answer to `/add`, as it is kept in the request's row. */
export const addChoicesSchema = z.union([unsafeFilesSchema, lookUpFailureSchema, branchesSchema, pickerSchema]);
export type AddChoices = Picker | BranchPicker | UnsafeFiles | LookUpFailure;
