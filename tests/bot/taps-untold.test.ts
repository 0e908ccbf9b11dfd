import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { ANN, openBot } from './setup.ts';

const MUTED = 'Bad Request: not enough rights to send text messages to the chat';

it.each([
  [MUTED, /^Telegram does not let me write here/],
  ['Bad Request: message is odd', /^Telegram did not take what came of that/],
])('who taps where Telegram says “%s” is told so, and the button does not turn for ever', async (description, told) => {
  const bench = await openBot({ log: silentLog });
  onTestFinished(() => bench.close());
  bench.telegram.say(ANN, ANN, '/search gpt2');
  const list = await bench.sees(/^Search: gpt2 · trending first/);
  bench.telegram.setFault({ method: 'sendMessage', kind: '400', times: Infinity, description });
  expect(await bench.press(list, 'Add 1')).toMatch(told);
});

it('of more taps than a chat is answered none leaves its button turning', async () => {
  const bench = await openBot({ concurrency: 0 });
  onTestFinished(() => bench.close());
  bench.telegram.say(ANN, ANN, '/search gpt2');
  const list = await bench.sees(/^Search: gpt2 · trending first/);
  const taps = Array.from({ length: 13 }, () => bench.telegram.press(ANN, ANN, list.message_id, 'Add 1'));
  await bench.say('/quota');
  const answered = new Set(bench.telegram.answers.map(({ callbackQueryId }) => callbackQueryId));
  expect(taps.filter((id) => !answered.has(id))).toEqual([]);
});
