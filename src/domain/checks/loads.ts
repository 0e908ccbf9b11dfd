import { z } from 'zod';
import { type Runtime, RUNTIMES } from './runtimes.ts';

const path = z.string();
const milliseconds = z.number().nonnegative();

/** What came of loading a model and having it do something, in a process of its own. */
export const loadsSchema = z.discriminatedUnion('kind', [
  /** It was opened, and did what it is for, as far as that could be tried. */
  z.object({
    kind: z.literal('loaded'),
    path,
    /** Until it was there. */
    loadMs: milliseconds,
    /** The graphics cards that it was on; none: the processor had it. Without it, the build that loaded it is for the processor. */
    cards: z.array(z.string()).readonly().optional(),
    did: z.discriminatedUnion('what', [
      /** It wrote: when its first token came, after it was there, and how many came a second from then on. */
      z.object({ what: z.literal('wrote'), firstMs: milliseconds, tokensPerSecond: z.number().positive().optional() }),
      /** It made numbers of a text, or of an input that the model asks for. */
      z.object({ what: z.literal('answered'), answerMs: milliseconds }),
      /** Nothing was asked of it. */
      z.object({ what: z.literal('opened') }),
    ]),
  }),
  /** It cannot be loaded; the reason is the end of a sentence that begins with its path. */
  z.object({
    kind: z.literal('failed'),
    path,
    reason: z.string(),
    /** What was said and where, of a failure that did not end the program that loads. */
    trace: z.string().optional(),
  }),
  /** It was not tried: the program that does it is no part of hubgram, and not there. */
  z.object({ kind: z.literal('no_runtime'), runtime: z.enum(RUNTIMES) }),
  /** It was not tried, since there was too little memory at that time, in bytes. */
  z.object({ kind: z.literal('no_memory'), neededBytes: z.number(), freeBytes: z.number() }),
  /** It says nothing about the model: the program does not know what it is made of. */
  z.object({ kind: z.literal('unknown'), path, reason: z.string() }),
]);
export type Loads = Readonly<z.infer<typeof loadsSchema>>;

/** What a loaded model did. */
export type Did = Extract<Loads, { kind: 'loaded' }>['did'];

/** What of a copy can be loaded, and with what. */
export interface Loadable {
  readonly runtime: Runtime;
  /** The file that a loader is pointed at. */
  readonly path: string;
}
