import { z } from 'zod';
import { PRIORITIES } from '../model.ts';
import { entryDetailsSchema } from '../moving/entry.ts';

/** What may stand behind the reference of `/add`, read from `key=value`; it is kept in the request's row. */
export const addOptionsSchema = z.strictObject({
  quantize: z.string().optional(),
  include: z.array(z.string()).readonly().optional(),
  exclude: z.array(z.string()).readonly().optional(),
  revision: z.string().optional(),
  priority: z.enum(PRIORITIES).optional(),
  description: z.string().optional(),
  /** `later` waits for the schedule or /download, `now` passes the gate. */
  when: z.enum(['now', 'later']).optional(),
  /** Where a file from a web address is; what stands in the request for it may be shown, this not. */
  url: z.string().optional(),
  /** What such a file is called here; as its server calls it, if not given. */
  name: z.string().optional(),
  /** Of such a file, 64 lower-case hex. */
  sha256: z.string().optional(),
  /** The file of a torrent is wanted itself, and not what the torrent holds. */
  as: z.literal('file').optional(),
  /** It is checked after the download; as is usual in the chat if not given. */
  init: z.boolean().optional(),
  /** By the model's task if not given. */
  category: z.string().optional(),
  /** The person does without what cannot be stored here. */
  storableOnly: z.boolean().optional(),
  /** It is brought in from a file, which says this of it. */
  details: entryDetailsSchema.optional(),
  /** The model of the library that is to be this from now on. */
  replaces: z.number().optional(),
  /** The machine asks for it, by a file that lies there: no quota counts. */
  ofMachine: z.boolean().optional(),
  /** The host on which it is to lie; as is usual in the chat if not given. */
  hostId: z.number().optional(),
});
export type AddOptions = Readonly<z.infer<typeof addOptionsSchema>>;
