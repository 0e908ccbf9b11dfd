import { describe, expect, it } from 'vitest';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';
import { sampleSnapshot } from './samples.ts';

const firstLines = (talk: Talk, chatId: number): (string | undefined)[] =>
  talk.shown(chatId).map(({ text }) => text?.split('\n')[0]);

/** A person writes, and is answered, this often. */
const type = async (talk: Talk, chatId: number, times: number, everyMs: number): Promise<void> => {
  for (let at = 0; at < times; at += 1) {
    talk.budget.spend(chatId, 'answer', talk.clock.monotonic());
    talk.pass(everyMs);
    await talk.settled();
  }
};

describe('a change of state is drawn at once, while a person types', () => {
  it('in a private chat: what was resumed shows that it runs', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    talk.store.models.moveModel(model.id, 'pending', 'paused');
    await talk.sees(ANN, 'gpt2 · paused');
    await type(talk, ANN, 7, 1430);
    talk.store.models.moveModel(model.id, 'paused', 'pending');
    talk.run(model);
    await talk.settled();
    expect(firstLines(talk, ANN)).toEqual(['gpt2 · downloading']);
  });

  it('in a private chat: what runs shows that it waits to try again', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    await talk.sees(ANN, 'gpt2 · pending');
    talk.run(model);
    await talk.settled();
    await type(talk, ANN, 3, 2000);
    talk.store.models.moveModel(model.id, 'downloading', 'pending', {
      reason: 'backoff',
      notBefore: talk.clock.iso(41_000),
    });
    await talk.settled();
    expect(talk.shown(ANN)[0]?.text).toContain('Trying again in 41 s');
  });

  it('in a group that has used up its edits for progress', async () => {
    const talk = await openTalk();
    const group = talk.telegram.addGroup({ title: 'Lab', type: 'supergroup', members: [ANN, BOB] }).id;
    const model = talk.add(group, 'gpt2');
    await talk.sees(group, 'gpt2 · pending');
    talk.run(model);
    talk.pass(1000);
    await talk.sees(group, 'gpt2 · downloading');
    for (let edit = 0; edit < 6; edit += 1) talk.budget.spend(group, 'progress', talk.clock.monotonic());
    talk.store.models.moveModel(model.id, 'downloading', 'pending', { reason: 'window_closed' });
    talk.pass(1000);
    await talk.settled();
    expect(firstLines(talk, group)).toEqual(['gpt2 · pending']);
  });

  it('also after a restart, which has drawn nothing yet', async () => {
    const talk = await openTalk();
    const model = talk.add(ANN, 'gpt2');
    await talk.sees(ANN, 'gpt2 · pending');
    await talk.restart();
    talk.budget.spend(ANN, 'answer', talk.clock.monotonic());
    talk.run(model);
    await talk.settled();
    expect(firstLines(talk, ANN)).toEqual(['gpt2 · downloading']);
  });
});

it('only progress waits while a person types', async () => {
  const talk = await openTalk();
  const model = talk.add(ANN, 'gpt2');
  talk.run(model);
  await talk.sees(ANN, 'gpt2 · downloading');
  await type(talk, ANN, 3, 2000);
  const before = talk.shown(ANN)[0]?.text;
  talk.snapshots.set(model.id, sampleSnapshot());
  await talk.settled();
  expect(talk.shown(ANN)[0]?.text).toBe(before);
  talk.pass(3000);
  await talk.sees(ANN, '61 %');
});
