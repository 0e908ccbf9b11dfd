import { z } from 'zod';
import { HASH_ORIGINS } from './listing.ts';

/** What is kept with a model that nobody searches or sums: for its card, and for what is worked out of it. */
export const modelMetadataSchema = z.looseObject({
  /** What of it lay on the disk, and what would stay free there, when it was added. */
  presentBytes: z.number().optional(),
  freeAfterBytes: z.number().optional(),
  /** The quantization that was usual in the chat when it was added, if the repository had nothing of that kind. */
  lacks: z.string().optional(),
  /** Of a file from a web address: who has told its hash, and the one that its person gave. */
  webFile: z.object({ hash: z.enum(HASH_ORIGINS), sha256: z.string().optional() }).optional(),
  gated: z.boolean().optional(),
  private: z.boolean().optional(),
  /** What a `models.json` that it came with says of its size, as it stands there. */
  sizeEstimate: z.string().optional(),
  /** The commit it had before its branch was looked up anew. */
  movedFrom: z.string().nullish(),
  /** Which revision it had before it was changed, until that has come true; and how many bytes of that it will not have any more. */
  before: z.object({ revision: z.string(), bytes: z.number().optional() }).optional(),
  /**
   * What it was when it got the copy that it has, as long as it is to become something else: that is what it is again if
   * somebody takes back the change.
   */
  had: z
    .object({
      copyId: z.number(),
      revision: z.string(),
      tokenOf: z.number().nullable(),
      metadata: z.record(z.string(), z.unknown()).nullable(),
    })
    .optional(),
  /** The repository's own words. */
  pipelineTag: z.string().nullish(),
  libraryName: z.string().nullish(),
  tags: z.array(z.string()).readonly().optional(),
  autoModel: z.string().nullish(),
  baseModel: z.string().nullish(),
  branches: z.array(z.string()).readonly().optional(),
});
export type ModelMetadata = Readonly<z.infer<typeof modelMetadataSchema>>;
