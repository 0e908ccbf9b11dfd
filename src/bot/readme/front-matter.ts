import { parse } from 'yaml';
import { z } from 'zod';
import { type CardFacts, NO_FACTS } from './facts.ts';

export interface Card {
  readonly facts: CardFacts;
  /** What people read. */
  readonly body: string;
}

/** What refers to itself or to others can keep a reader busy for hours, and no card needs it: `maxAliasCount: 0` refuses it. Evaluation results may be long; what is longer is no metadata. */
const LINES_MOST = 20_000;
const WORD_MOST = 100;
const WORDS_MOST = 50;

const word = z.string().trim().min(1).max(WORD_MOST);
/** One or several; what is no word is left out. */
const words = z
  .union([word.transform((one) => [one]), z.array(z.unknown())])
  .transform((all) => all.flatMap((one) => word.safeParse(one).data ?? []).slice(0, WORDS_MOST))
  .catch([]);

const cardSchema = z.object({
  license: word.optional().catch(undefined),
  license_name: word.optional().catch(undefined),
  pipeline_tag: word.optional().catch(undefined),
  base_model: words,
  language: words,
});

const factsIn = (yaml: string): CardFacts => {
  const parsed = cardSchema.safeParse(parse(yaml, { maxAliasCount: 0, schema: 'core', logLevel: 'silent' }));
  if (!parsed.success) return NO_FACTS;
  const { license, license_name: name, pipeline_tag: task, base_model: baseModels, language: languages } = parsed.data;
  return { licence: license === 'other' ? (name ?? license) : license, task, baseModels, languages };
};

/** Takes the metadata off a README: what stands between two lines of `---` at its beginning. What cannot be read says nothing. */
export const readCard = (text: string): Card => {
  const lines = text.replace(/^\ufeff/, '').split('\n', LINES_MOST);
  const isRule = (line: string | undefined): boolean => line?.trimEnd() === '---';
  const end = isRule(lines[0]) ? lines.findIndex((line, at) => at > 0 && isRule(line)) : -1;
  if (end < 0) return { facts: NO_FACTS, body: text };
  const yaml = lines.slice(1, end).join('\n');
  const body = text
    .split('\n')
    .slice(end + 1)
    .join('\n');
  try {
    return { facts: factsIn(yaml), body };
  } catch {
    // Not YAML: it is left out all the same, as the Hub does.
    return { facts: NO_FACTS, body };
  }
};
