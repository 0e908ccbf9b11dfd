import type { WallClock } from '../../../src/lib/clock.ts';
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
/** As long as its update waits for a bot that is away (Client.cpp, `add_update`); who typed has gone on by then. */
export const INLINE_MS = 30_000;
/** Of an offset and of a result's id, in bytes (Bot API, answerInlineQuery and InlineQueryResult). */
const MAX_WORD_BYTES = 64;
const START_PARAMETER = /^[\w-]{1,64}$/;

type Result = InlineAnswer['results'][number];

const isWord = (value: unknown, least: number): boolean =>
  typeof value === 'string' && value.length >= least && Buffer.byteLength(value) <= MAX_WORD_BYTES;

/** @throws ApiError 400, in the words of Telegram's own API (core.telegram.org/method/messages.setInlineBotResults) */
const checkResult = ({ id, type, title, input_message_content: content }: Result): void => {
  if (!isWord(id, 1)) throw badRequest('RESULT_ID_INVALID');
  if (type !== 'article') return;
  if (typeof title !== 'string' || title === '') throw badRequest('ARTICLE_TITLE_EMPTY');
  const { message_text: text } = (content ?? {}) as { readonly message_text?: unknown };
  if (typeof text !== 'string' || text === '') throw badRequest('MESSAGE_EMPTY');
};

/** @throws as `checkResult` */
const checkButton = (button: object | undefined): void => {
  const { start_parameter: parameter } = (button ?? {}) as { readonly start_parameter?: unknown };
  if (parameter === undefined) return;
  const isValid = typeof parameter === 'string' && START_PARAMETER.test(parameter);
  if (!isValid) throw badRequest('START_PARAM_INVALID');
};

type Asked = Pick<InlineAnswer, 'userId' | 'query'>;

export interface InlineQueries {
  /** @returns the query's id */
  readonly ask: (asked: Asked) => string;
  /** @throws ApiError 400 for an unknown, answered or old query, or more results than Telegram takes */
  readonly answer: (id: string, answer: Omit<InlineAnswer, 'inlineQueryId' | 'userId' | 'query'>) => void;
  readonly answers: readonly InlineAnswer[];
}

export const createInlineQueries = (clock: WallClock, changed: () => void): InlineQueries => {
  const open = new Map<string, Asked & { readonly until: number }>();
  const answers: InlineAnswer[] = [];
  let count = 0;
  const forgetOld = (): void => {
    for (const [id, { until }] of open) {
      if (until > clock.now()) return;
      open.delete(id);
    }
  };
  return {
    answers,
    ask: (asked) => {
      forgetOld();
      count += 1;
      const id = `8847${String(count).padStart(14, '0')}`;
      open.set(id, { ...asked, until: clock.now() + INLINE_MS });
      return id;
    },
    answer: (id, answer) => {
      forgetOld();
      const asked = open.get(id);
      if (!asked) throw badRequest('query is too old and response timeout expired or query ID is invalid');
      if (answer.results.length > MAX_RESULTS) throw badRequest('RESULTS_TOO_MUCH');
      const ids = answer.results.map((result) => result.id);
      if (new Set(ids).size < ids.length) throw badRequest('RESULT_ID_DUPLICATE');
      for (const result of answer.results) checkResult(result);
      checkButton(answer.button);
      if (!isWord(answer.nextOffset, 0)) throw badRequest('NEXT_OFFSET_INVALID');
      open.delete(id);
      const { userId, query } = asked;
      answers.push({ inlineQueryId: id, userId, query, ...answer });
      changed();
    },
  };
};
