import { expect, it } from 'vitest';
import { readTerms } from '../../src/domain/search/terms.ts';
import { ANN, openTalk } from './talk.ts';

/** A chat that has heard so much that cards and notices leave what is free to answers. */
const openBusyChat = async () => {
  const talk = await openTalk();
  const { budget, clock } = talk;
  const model = talk.add(ANN, 'org/name');
  talk.run(model);
  await talk.sees(ANN, 'org/name');
  for (let calls = 1; calls < 6; calls += 1) budget.spend(ANN, 'final', clock.monotonic());
  talk.add(ANN, 'org/other');
  talk.pass(500);
  await talk.settled();
  expect(talk.shown(ANN)).toHaveLength(1);
  return { ...talk, model };
};

it('a card that somebody has asked to see goes as an answer does, before what nobody waits for', async () => {
  const { store, settled, pass, shown, model } = await openBusyChat();
  store.cards.putCard({ modelId: model.id, chatId: ANN, threadId: null, messageId: null, replyTo: 7, asked: true });
  pass(1);
  await settled();
  expect(shown(ANN).map(({ text }) => text?.split('\n')[0])).toEqual([
    expect.stringContaining('org/name'),
    expect.stringContaining('org/name'),
  ]);
});

it('what somebody searches for is told as an answer, too', async () => {
  const { store, settled, pass, shown } = await openBusyChat();
  const terms = readTerms(['llama'], {});
  store.searches.createSearch({ chatId: ANN, userId: ANN, threadId: null, messageId: 7, terms });
  pass(500);
  await settled();
  expect(shown(ANN).at(-1)?.text).toContain('llama');
});
