import { filesInBrief } from '../../src/domain/files/loads/files-in-brief.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelCard } from '../../src/bot/board/card/card.ts';
import { messageParameters, plain } from '../../src/bot/ui/text.ts';
import { type BotBench, openBot } from './setup.ts';
import { NOW, sampleModel } from './samples.ts';

let bench: BotBench;
beforeAll(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterAll(() => bench.close());

/** One unit before the end of what is quoted, so that a cut by units would halve it. */
const before = (units: number): string => 'x'.repeat(units - 1);

describe('an answer that quotes a long word with an emoji at the cut', () => {
  it.each([
    ['/add gpt2 ', 60],
    ['/help ', 40],
    ['/schedule add daily ', 20],
    ['/schedule add weekly ', 20],
    ['/schedule add custom 0 0 ', 32],
    ['/timezone ', 40],
    ['/pause ', 60],
  ])('%s: it comes, and is well-formed', async (command, units) => {
    for (const emoji of ['😀', '👨‍👩‍👧‍👦', '🇩🇪'])
      for (const length of [units, units - 1]) {
        const answer = await bench.ask(`${command}${before(length)}${emoji}${emoji} * *`);
        expect(answer).not.toBe('');
        expect(answer.isWellFormed()).toBe(true);
        expect(answer).not.toMatch(/\u200D…|\u200D”|👨…/u);
      }
  });
});

it('a message is cut between characters, and stays within Telegram’s units', () => {
  const family = '👨‍👩‍👧‍👦';
  const { text } = messageParameters({ text: plain(`${'x'.repeat(4090)}${family.repeat(9)}`) });
  expect(text).toBe(`${'x'.repeat(4090)}…`);
});

it('a card quotes a long licence without naming another country', () => {
  const model = sampleModel({ license: '🇩🇪'.repeat(100) });
  const { text } = messageParameters(
    modelCard({
      model,
      brief: filesInBrief(model, []),
      session: undefined,
      snapshot: undefined,
      apps: [],
      appsLeft: [],
      waiting: undefined,
      now: NOW,
      timezone: 'UTC',
    }),
  );
  expect(text).toMatch(/^Licence (?:🇩🇪){10,}…$/mu);
});
