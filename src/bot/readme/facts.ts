/** What a model card says of its model before it begins (Hub documentation, model cards: metadata). */
export interface CardFacts {
  readonly licence: string | undefined;
  /** What it is for, as the Hub calls it: `text-generation`. */
  readonly task: string | undefined;
  /** Repositories that it was made from. */
  readonly baseModels: readonly string[];
  readonly languages: readonly string[];
}

export const NO_FACTS: CardFacts = { licence: undefined, task: undefined, baseModels: [], languages: [] };
