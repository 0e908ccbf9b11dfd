import { z } from 'zod';

/**
 * What a model does with a text. `chat`: it answers, and knows what was said before. `completion`: it goes on with the text, since it does
 * not say how a talk is put to it. `vectors`: it makes numbers of it, by which two texts are compared.
 */
export type TalkKind = 'chat' | 'completion' | 'vectors';

/** A message of Telegram has 4096; the rest is for what is said of the answer. In UTF-16 units, as there. */
export const ANSWER_MOST = 3500;

/** What a model wrote. */
export const answerSchema = z.object({
  text: z.string(),
  /** Until its first token came, after it was asked; without it, it wrote nothing. */
  firstMs: z.number().nonnegative().optional(),
  /** From the first token on. */
  tokensPerSecond: z.number().positive().optional(),
  /**
   * Why it wrote no more. `end`: it had said what it had to say; `stopped`: somebody said so; `long`: that is as much as a message
   * holds, or as many tokens as an answer may have; `late`: its time was over.
   */
  end: z.enum(['end', 'stopped', 'long', 'late']),
});
export type Answer = Readonly<z.infer<typeof answerSchema>>;
