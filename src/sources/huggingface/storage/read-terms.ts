import { z } from 'zod';
import { areTermsOf, type Term } from '../../../domain/chunks/term.ts';
import { isSha256 } from '../../../domain/hashes.ts';

const chunk = z
  .int()
  .nonnegative()
  .max(2 ** 32);

const answerSchema = z.object({
  // All of the file was asked for.
  offset_into_first_range: z.literal(0),
  terms: z.array(z.unknown()),
});

const termSchema = z
  .object({
    hash: z.string().refine(isSha256),
    unpacked_length: z.int().positive(),
    range: z.object({ start: chunk, end: chunk }),
  })
  .transform(({ hash, unpacked_length: bytes, range }): Term => ({ xorb: hash, ...range, bytes }));

/**
 * What a file is put together from, of an answer to `/v2/reconstructions` (huggingface.co/docs/xet/api). Nothing is read after the first that is no
 * term: to tell of a million what is wrong with each takes seconds, and nobody is heard meanwhile.
 * @param size of the file, in bytes
 * @returns undefined if it is no such answer, or of another file
 */
export const termsIn = (value: unknown, size: number): readonly Term[] | undefined => {
  const { data: answer } = answerSchema.safeParse(value);
  const terms: Term[] = [];
  for (const one of answer?.terms ?? []) {
    const { data } = termSchema.safeParse(one);
    if (!data) return undefined;
    terms.push(data);
  }
  return answer && areTermsOf(terms, size) ? terms : undefined;
};
