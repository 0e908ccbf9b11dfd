import { z } from 'zod';

const sizeSchema = z.strictObject({
  kind: z.enum(['exact', 'about', 'most']),
  bytes: z.number(),
  /** The quantization that is the usual one, where there are several. */
  label: z.string().optional(),
});

/** What the usual choice of a repository takes: to the byte; about so much; or no more than that. */
export type UsualSize = Readonly<z.infer<typeof sizeSchema>>;

/** A repository that was found, as it is kept and shown. */
export const hitSchema = z.strictObject({
  id: z.string(),
  /** The newest commit, 40 hex: what is found out about it is so for ever. */
  commit: z.string().optional(),
  gated: z.union([z.literal(false), z.enum(['auto', 'manual'])]),
  license: z.string().optional(),
  task: z.string().optional(),
  /** Of the last month. */
  downloads: z.number().optional(),
  /** ISO 8601. */
  lastModified: z.string().optional(),
  size: sizeSchema.optional(),
});
export type Hit = Readonly<z.infer<typeof hitSchema>>;
