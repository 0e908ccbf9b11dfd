import { GrammyError, HttpError } from 'grammy';
import { expect, it } from 'vitest';
import { AnswerLeftOut, createAnswers } from '../../src/bot/telegram/answers.ts';
import { apiFailure } from '../../src/bot/telegram/api-failure.ts';
import { createCallBudget } from '../../src/bot/telegram/call-budget.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';

type Call = Parameters<ReturnType<typeof createAnswers>['transformer']>[0];

const openAnswers = () =>
  createAnswers({
    budget: createCallBudget(),
    waiting: () => 0,
    clock: systemClock,
    signal: new AbortController().signal,
    log: silentLog,
    outagePausesMs: [1, 1],
  });

it.each([
  ['cannot be reached', () => Promise.reject(new HttpError('no way there', new Error('ECONNREFUSED')))],
  ['is in trouble', () => Promise.resolve({ ok: false, error_code: 502, description: 'Bad Gateway' })],
])(
  'an answer is left out where Telegram %s for too long: what was asked for is done, and is not done again',
  async (_, fail) => {
    const answers = openAnswers();
    let tries = 0;
    const call = (() => {
      tries += 1;
      return fail();
    }) as Call;
    await expect(answers.transformer(call, 'sendMessage', { chat_id: 1, text: 'Paused.' })).rejects.toThrow(
      AnswerLeftOut,
    );
    expect(tries).toBe(2);
    expect(answers.takeLeftOut(1)).toBe(1);
    expect(answers.takeLeftOut(1)).toBe(0);
  },
);

it('an answer is left out where Telegram does not say for too long who the admins of the group are', async () => {
  const answers = openAnswers();
  const call = (() => Promise.resolve({ ok: false, error_code: 502, description: 'Bad Gateway' })) as Call;
  const asked = answers.transformer(call, 'getChatAdministrators', { chat_id: -1 });
  await expect(asked).rejects.toThrow(AnswerLeftOut);
  expect(answers.takeLeftOut(-1)).toBe(1);
});

it('an answer that Telegram takes after some trouble is no matter', async () => {
  const answers = openAnswers();
  const replies = [
    { ok: false, error_code: 502, description: 'Bad Gateway' },
    { ok: true, result: true },
  ];
  const call = (() => Promise.resolve(replies.shift())) as Call;
  expect(await answers.transformer(call, 'sendMessage', { chat_id: 1, text: 'Paused.' })).toEqual({
    ok: true,
    result: true,
  });
  expect(answers.takeLeftOut(1)).toBe(0);
});

it.each([
  ['cannot be reached', () => Promise.reject(new HttpError('no way there', new Error('ECONNREFUSED')))],
  ['is in trouble', () => Promise.resolve({ ok: false, error_code: 502, description: 'Bad Gateway' })],
  ['asks for a pause', () => Promise.resolve({ ok: false, error_code: 429, description: 'Too Many Requests' })],
  ['refuses it', () => Promise.resolve({ ok: false, error_code: 400, description: 'Bad Request: MESSAGE_TOO_LONG' })],
])('what a tap asked for goes on where Telegram %s when it is to be answered in passing', async (_, fail) => {
  const answers = openAnswers();
  const answer = answers.transformer(fail as Call, 'answerCallbackQuery', { callback_query_id: '1' });
  expect(await answer).toEqual({ ok: true, result: true });
  expect(answers.takeLeftOut(1)).toBe(0);
});

it.each([
  [undefined, 5000],
  [35, 35_000],
  // Longer than any calendar: written into a row as a time, it would be none.
  [1e13, 24 * 3_600_000],
])('Telegram asks for a pause of %s s: it is %i ms, a day at most', (seconds, ms) => {
  const parameters = seconds === undefined ? {} : { retry_after: seconds };
  const answer = { ok: false, error_code: 429, description: 'Too Many Requests', parameters } as const;
  expect(apiFailure(new GrammyError('', answer, 'sendMessage', {}))).toEqual({ kind: 'wait', ms });
});
