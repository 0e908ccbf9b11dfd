import { expect, it } from 'vitest';
import { ANN, BOB, openTalk } from './talk.ts';

/** A model that waits for another try: its card says when that is. */
const waiting = async (chatId: number, name: string, talk: Awaited<ReturnType<typeof openTalk>>) => {
  const { store, clock } = talk;
  const model = talk.add(chatId, name, { requestedBy: chatId });
  talk.run(model);
  const notBefore = new Date(clock.now() + 600_000).toISOString();
  store.models.moveModel(model.id, 'downloading', 'pending', { reason: 'backoff', notBefore });
  return model;
};

it('a card that cannot be drawn keeps no other chat from seeing its own', async () => {
  const talk = await openTalk();
  const odd = await waiting(ANN, 'org/odd', talk);
  Object.defineProperty(talk.troubles, 'get', {
    value: (id: number) => {
      if (id === odd.id) throw new Error('a row that nobody expected');
      return undefined;
    },
  });
  await waiting(BOB, 'org/even', talk);
  await talk.within(10, () => talk.shown(BOB).length > 0);
  expect(talk.shown(BOB)[0]?.text).toContain('org/even');
  await talk.within(30, () => talk.complaints.length > 0);
  for (let second = 0; second < 20; second += 1) talk.pass(1000);
  await talk.settled();
  // The whole board is not what fails: it would look seldom then, for everybody.
  expect(talk.complaints).toEqual(['A card cannot be drawn']);
});

it('a time zone that is not known here is as if the chat had chosen none', async () => {
  const talk = await openTalk();
  const { store } = talk;
  for (const chatId of [ANN, BOB]) store.chats.upsertChat({ chatId, kind: 'private', title: 'A chat' });
  store.schedules.setTimezone(ANN, 'Mars/Olympus_Mons');
  expect(store.schedules.timezoneOf(ANN)).toBeNull();
  await waiting(ANN, 'org/odd', talk);
  await talk.within(10, () => talk.shown(ANN).length > 0);
  expect(talk.shown(ANN)[0]?.text).toContain('org/odd');
  expect(talk.complaints).toEqual([]);
});
