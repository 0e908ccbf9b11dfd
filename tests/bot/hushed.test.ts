import { expect, it } from 'vitest';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

/** Noon, by the bench's clock. */
const HOUR_MS = 3_600_000;

let models = 0;
/** A model that comes to its end. @returns the notice of it */
const endOf = async (talk: Talk, chatId: number, kind: 'completed' | 'failed' = 'completed') => {
  models += 1;
  const name = `org/model-${models}`;
  const model = talk.add(chatId, name, { requestedBy: ANN });
  talk.end(model, kind, 'The disk is full.');
  const isTold = (): boolean =>
    talk.shown(chatId).filter(({ text = '' }) => text.startsWith(`${name} · ${kind}`)).length === 2;
  await talk.within(30, isTold);
  return talk.shown(chatId).findLast(({ text = '' }) => text.startsWith(`${name} · ${kind}`));
};

it('the end of a download is heard, unless its chat wants it to be silent: then it is told all the same', async () => {
  const talk = await openTalk();
  expect((await endOf(talk, ANN))?.silent).toBe(false);
  talk.store.preferences.setPreferences(ANN, { notificationEnabled: false });
  expect((await endOf(talk, ANN))?.silent).toBe(true);
  expect((await endOf(talk, ANN, 'failed'))?.silent).toBe(true);
  talk.store.preferences.setPreferences(ANN, { notificationEnabled: true });
  expect((await endOf(talk, ANN))?.silent).toBe(false);
});

it('the end of a download is silent in the quiet hours of its chat, by the chat’s own clock', async () => {
  const talk = await openTalk();
  talk.store.chatSettings.setChatSetting(ANN, 'quiet_hours', '22:00-07:00');
  expect((await endOf(talk, ANN))?.silent).toBe(false);
  talk.clock.move(11 * HOUR_MS);
  expect((await endOf(talk, ANN))?.silent).toBe(true);
  talk.clock.move(9 * HOUR_MS);
  expect((await endOf(talk, ANN))?.silent).toBe(false);
  // In Tokyo it is five in the afternoon, and an hour later than the quiet ones begin.
  talk.store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
  talk.store.schedules.setTimezone(ANN, 'Asia/Tokyo');
  expect((await endOf(talk, ANN))?.silent).toBe(false);
  talk.clock.move(6 * HOUR_MS);
  expect((await endOf(talk, ANN))?.silent).toBe(true);
});

it('in a group the group decides, and who wants to hear nothing is not mentioned', async () => {
  const talk = await openTalk();
  const { store, telegram } = talk;
  const group = telegram.addGroup({ title: 'Lab', type: 'supergroup', members: [ANN, BOB] }).id;
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  expect(await endOf(talk, group)).toMatchObject({ silent: false, text: expect.stringMatching(/\nFor Ann$/) });
  store.preferences.setPreferences(ANN, { notificationEnabled: false });
  const unnamed = await endOf(talk, group);
  expect(unnamed?.silent).toBe(false);
  expect(unnamed?.text).not.toMatch(/\nFor Ann$/);
  store.chatSettings.setChatSetting(group, 'notifications', 'off');
  expect((await endOf(talk, group))?.silent).toBe(true);
});
