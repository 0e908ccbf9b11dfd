/* domain/talks: what a model says, and what came of asking it. */

import { z } from 'zod';
import { answerSchema } from './answer.ts';

const reason = z.string();
/** The file that is loaded. */
const path = z.string();

/** What came of a turn of a talk, as it is told. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  /** The model is open, and waits for a text. */
  z.object({
    kind: z.literal('ready'),
    path,
    talk: z.enum(['chat', 'completion', 'vectors']),
    loadMs: z.number().nonnegative(),
  }),
  answerSchema.extend({
    kind: z.literal('answer'),
    path,
    talk: z.enum(['chat', 'completion']),
    /** It was opened anew since the talk began: what was said before it does not know. */
    isAnew: z.boolean().optional(),
  }),
  /** One of two texts that are compared. */
  z.object({ kind: z.literal('first_text') }),
  /** How alike two texts are, from -1 to 1. */
  z.object({ kind: z.literal('compared'), cosine: z.number().min(-1).max(1) }),
  /** The model could not do it; the reason is the end of a sentence that begins with “It”. */
  z.object({ kind: z.literal('refused'), reason }),
  /** The model is not open, or is open no more; the reason is the end of a sentence that begins with the path. */
  z.object({ kind: z.literal('gone'), path, reason }),
  z.object({ kind: z.literal('no_runtime') }),
  /** Nothing of it is what llama.cpp loads. */
  z.object({ kind: z.literal('other_form'), isOnnx: z.boolean() }),
  /** It has a GGUF file, and in that no weights that were read. */
  z.object({ kind: z.literal('no_weights') }),
  /** Something is wrong with its files. */
  z.object({ kind: z.literal('not_whole') }),
  z.object({ kind: z.literal('no_memory'), neededBytes: z.number(), freeBytes: z.number() }),
  /** It is not in the library any more, or not complete. */
  z.object({ kind: z.literal('not_here') }),
  /** The program was ended while it was worked on. */
  z.object({ kind: z.literal('interrupted') }),
  /** It waited for its turn, and is not wanted any more. */
  z.object({ kind: z.literal('left') }),
  /** The talk is over: nothing was said in it for a while, others waited for their turn, or the owner has switched talks off. */
  z.object({ kind: z.literal('over'), why: z.enum(['quiet', 'others_wait', 'off']) }),
]);
export type Outcome = Readonly<z.infer<typeof outcomeSchema>>;
