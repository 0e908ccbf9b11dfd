import { badRequest } from '../api-error.ts';

/** What the bot answered to an inline query; results as it sent them. */
export interface InlineAnswer {
  readonly inlineQueryId: string;
  readonly userId: number;
  readonly query: string;
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly cacheTime: number;
  readonly isPersonal: boolean;
  readonly nextOffset: string;
  readonly button: object | undefined;
}

const MAX_RESULTS = 50;

type Asked = Pick<InlineAnswer, 'userId' | 'query'>;

export interface InlineQueries {
  /** @returns the query's id */
  readonly ask: (asked: Asked) => string;
  /** @throws ApiError 400 for an unknown or answered query, or more results than Telegram takes */
  readonly answer: (id: string, answer: Omit<InlineAnswer, 'inlineQueryId' | 'userId' | 'query'>) => void;
  readonly answers: readonly InlineAnswer[];
}

export const createInlineQueries = (changed: () => void): InlineQueries => {
  const open = new Map<string, Asked>();
  const answers: InlineAnswer[] = [];
  let count = 0;
  return {
    answers,
    ask: (asked) => {
      count += 1;
      const id = `8847${String(count).padStart(14, '0')}`;
      open.set(id, asked);
      return id;
    },
    answer: (id, answer) => {
      const asked = open.get(id);
      if (!asked) throw badRequest('query is too old and response timeout expired or query ID is invalid');
      if (answer.results.length > MAX_RESULTS) throw badRequest('RESULTS_TOO_MUCH');
      const ids = answer.results.map((result) => result.id);
      if (new Set(ids).size < ids.length) throw badRequest('RESULT_ID_DUPLICATE');
      open.delete(id);
      answers.push({ inlineQueryId: id, ...asked, ...answer });
      changed();
    },
  };
};
