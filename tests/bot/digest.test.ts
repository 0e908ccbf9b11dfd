import { expect, it } from 'vitest';
import { renderEnds } from '../../src/bot/outbox/download-ended.ts';
import { messageParameters } from '../../src/bot/ui/text.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { silentLog } from '../../src/lib/log.ts';
import { ANN, BOB, openTalk, type Talk } from './talk.ts';

/** The bench's clock begins at noon. */
const HOUR_MS = 3_600_000;

const end = (talk: Talk, name: string, kind: 'completed' | 'failed' = 'completed'): void =>
  talk.end(talk.add(ANN, name), kind, 'The disk is full.');

/** What has been told besides the cards, which show an end at once. */
const told = (talk: Talk): string[] =>
  talk
    .shown(ANN)
    .filter(({ silent }) => !silent)
    .map(({ text = '' }) => text);

it('ends are told together once a day, where a chat wants that, while the cards show them at once', async () => {
  const talk = await openTalk();
  talk.store.chatSettings.setChatSetting(ANN, 'digest', '18:00');
  end(talk, 'org/one');
  end(talk, 'org/two', 'failed');
  await talk.sees(ANN, 'org/two · failed');
  await talk.within(60, () => talk.shown(ANN).some(({ text = '' }) => text.startsWith('org/one · completed')));
  talk.pass(5.9 * HOUR_MS);
  await talk.settled();
  expect(told(talk)).toEqual([]);
  await talk.restart();
  expect(told(talk)).toEqual([]);
  talk.pass(0.2 * HOUR_MS);
  await talk.settled();
  expect(told(talk)).toHaveLength(1);
  expect(told(talk)[0]).toMatch(/^org\/one · completed[^]*\norg\/two · failed/);
  // What ends after that waits for the next day.
  end(talk, 'org/three');
  talk.pass(23 * HOUR_MS);
  await talk.settled();
  expect(told(talk)).toHaveLength(1);
  talk.pass(HOUR_MS);
  await talk.settled();
  expect(told(talk)).toHaveLength(2);
});

it('what waits for it keeps nothing else waiting, and is told at once when nobody wants that any more', async () => {
  const talk = await openTalk();
  const { setChat, resetChat } = createSettings(talk.store, { given: {}, log: silentLog });
  setChat(ANN, 'digest', '18:00');
  for (let at = 0; at < 201; at += 1) end(talk, `org/model-${at}`);
  talk.store.outbox.addNotice({ chatId: ANN, kind: 'access_granted' });
  await talk.within(60, () => told(talk).length > 0);
  expect(told(talk)).toEqual([expect.stringMatching(/^The owner of this bot let you in/)]);
  resetChat(ANN, 'digest');
  await talk.within(60, () => told(talk).length > 1);
  expect(told(talk)[1]).toContain('org/model-0 · completed');
});

it('of many the first line counts them, and what failed stands before what went well', async () => {
  const talk = await openTalk();
  talk.store.chatSettings.setChatSetting(ANN, 'digest', '18:00');
  for (let at = 0; at < 25; at += 1) end(talk, `org/model-${at}`);
  end(talk, 'org/broken', 'failed');
  await talk.settled();
  talk.pass(6.1 * HOUR_MS);
  await talk.settled();
  const [digest = ''] = told(talk);
  expect(told(talk)).toEqual([digest]);
  const [counted, failed, first, ...others] = digest.split('\n');
  expect(counted).toMatch(/^26 downloads · 25 completed, \d[\d.]* \w+ · 1 failed$/);
  expect(failed).toMatch(/^org\/broken · failed · The disk is full/);
  expect(first).toMatch(/^org\/model-0 · completed · /);
  expect(others).toHaveLength(20);
  expect(others.at(-1)).toBe('… and 5 more: /history');
});

it('so few that they are seen at a glance are not counted, and one more is', async () => {
  const talk = await openTalk();
  talk.store.chatSettings.setChatSetting(ANN, 'digest', '18:00');
  for (let at = 0; at < 5; at += 1) end(talk, `org/model-${at}`);
  await talk.settled();
  talk.pass(6.1 * HOUR_MS);
  await talk.settled();
  for (let at = 0; at < 6; at += 1) end(talk, `org/other-${at}`);
  await talk.settled();
  talk.pass(24 * HOUR_MS);
  await talk.settled();
  expect(told(talk).map((text) => text.split('\n')[0])).toEqual([
    expect.stringMatching(/^org\/model-0 · completed/),
    expect.stringMatching(/^6 downloads · 6 completed, /),
  ]);
});

it('of so many that not all has room who is called stands where nothing is cut', async () => {
  const talk = await openTalk();
  const { store, telegram } = talk;
  const group = telegram.addGroup({ title: 'Lab', type: 'supergroup', members: [ANN, BOB] }).id;
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  store.chatSettings.setChatSetting(group, 'digest', '18:00');
  for (const [at, letter] of Array.from('abcdefghijklmnopqrst').entries()) {
    const long = letter.repeat(90);
    talk.end(talk.add(group, `org-${at}/${long}`, { requestedBy: ANN }), 'failed', `It did not work: ${long}.`);
    talk.end(talk.add(group, `org/${long}`, { requestedBy: ANN }), 'completed');
  }
  const ends = store.outbox.dueNotices('9999', 100);
  expect(ends).toHaveLength(40);
  const { text, look } = messageParameters(renderEnds(store, ends));
  expect(text).toMatch(/^40 downloads · [^\n]+\nFor Ann\n[^]*…$/);
  expect(look.entities).toContainEqual(expect.objectContaining({ url: `tg://user?id=${ANN}` }));
});
