import { randomInt } from 'node:crypto';
import type { WallClock } from '../../../src/lib/clock.ts';
import { badRequest } from '../api-error.ts';
import type { CallbackAnswer, Changes } from './changes.ts';

/** Telegram's servers wait this long for an answer; the Bot API forgets the update at the same age. */
const LIFE_MS = 150_000;

type Press = Pick<CallbackAnswer, 'userId' | 'chatId' | 'messageId' | 'data'>;

export interface Callbacks {
  /** @returns the callback query's id */
  readonly open: (press: Press) => string;
  /** @throws ApiError 400 for an id that is unknown, used or too old */
  readonly answer: (id: string, answer: Pick<CallbackAnswer, 'text' | 'showAlert' | 'url'>) => void;
  readonly answers: readonly CallbackAnswer[];
}

export const createCallbacks = (clock: WallClock, changes: Changes): Callbacks => {
  const open = new Map<string, Press & { until: number }>();
  const answers: CallbackAnswer[] = [];
  const prefix = randomInt(10_000_000, 99_999_999);
  let count = 0;

  const forgetOld = (): void => {
    const now = clock.now();
    for (const [id, press] of open) {
      if (press.until > now) return;
      open.delete(id);
    }
  };

  return {
    answers,
    open: (press) => {
      forgetOld();
      count += 1;
      const id = `${prefix}${String(count).padStart(9, '0')}`;
      open.set(id, { ...press, until: clock.now() + LIFE_MS });
      return id;
    },
    answer: (id, { text, showAlert, url }) => {
      forgetOld();
      const press = open.get(id);
      if (!press) throw badRequest('query is too old and response timeout expired or query ID is invalid');
      open.delete(id);
      const { until: _until, ...where } = press;
      const answer: CallbackAnswer = { callbackQueryId: id, ...where, text, showAlert, url, at: clock.now() };
      answers.push(answer);
      changes.emit({ kind: 'answer', answer });
    },
  };
};
