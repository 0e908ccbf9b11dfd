import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

/** As long as Telegram lets a person write. */
const MOST = 4096;

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterAll(() => bench.close());

const asked = (): number => {
  let count = 0;
  while (bench.store.addRequests.getAddRequest(count + 1)) count += 1;
  return count;
};

const fill = (piece: (index: number) => string): string => {
  let text = '';
  for (let index = 0; text.length + piece(index).length <= MOST - 30; index += 1) text += piece(index);
  return text;
};

describe('a message as long as Telegram takes gets one answer, and adds nothing', () => {
  it.each([
    ['five hundred references', `/add ${fill((index) => `o/m${index} `)}`],
    ['hundreds of options', `/add gpt2 ${fill((index) => `include=a${index} `)}`],
    [
      'a list of models as a program keeps it',
      `/add ${JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: `org/model-${id}` })))}`,
    ],
    ['hundreds of quotes', `/add gpt2 description=${fill(() => '"\\" ')}`],
    ['one word', `/add ${'x'.repeat(MOST - 20)}`],
    ['one letter with thousands of accents', `/add gpt2 e${'\u0301'.repeat(MOST - 20)}`],
    ['a name of a model nobody has', `/model ${fill((index) => `m${index}/`)}`],
    ['a state that is none', `/library ${'ъ'.repeat(MOST - 20)}`],
    ['hundreds of commands', fill((index) => `/help${index}\n`)],
  ])('%s', async (_, text) => {
    const before = asked();
    const answers = await bench.say(text);
    expect(answers).toHaveLength(1);
    const answer = answers[0]?.text ?? '';
    expect(answer).not.toBe('');
    expect(answer.length).toBeLessThanOrEqual(MOST);
    expect(answer.isWellFormed()).toBe(true);
    expect(asked()).toBe(before);
    expect(bench.store.models.countModels(ANN)).toBe(0);
  });
});

describe('what one person is asked', () => {
  let number = 0;
  const state = () => {
    const request = bench.store.addRequests.getAddRequest(number);
    return { state: request?.state, at: request?.updatedAt };
  };
  beforeAll(async () => {
    bench.store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    bench.store.users.setRole(BOB, 'member');
    await bench.say('/add sample/Tiny-Llama-GGUF');
    await bench.sees('which one?');
    number = asked();
  });

  it('is not decided by another one, whatever number stands in a forged button', async () => {
    const hers = state();
    const [message] = await bench.say('/help', { userId: BOB });
    const known = bench.telegram.answers.length;
    const forged = ['pick', 'others', 'mean', 'drop', 'again', 'link', 'branch'].map((word) => `${word}:${number}:0`);
    for (const data of forged) bench.telegram.pressForged(BOB, BOB, message?.message_id ?? 0, data);
    await bench.telegram.waitFor(({ answers }) => answers.length === known + forged.length);
    expect(state()).toEqual(hers);
    expect([asked(), bench.store.models.countModels(ANN), bench.store.models.countModels(BOB)]).toEqual([number, 0, 0]);
  });

  it('is not shown to another one by a link with its number: that is the name of a repository, or nothing', async () => {
    for (const ref of [`#${number}`, String(number), `pick:${number}:0`, `../${number}`]) {
      const answer = await bench.ask(`/start add_${Buffer.from(ref).toString('base64url')}`, { userId: BOB });
      expect(answer).not.toBe('');
      expect(answer).not.toContain('Tiny-Llama');
    }
    expect(asked()).toBe(number);
  });
});
