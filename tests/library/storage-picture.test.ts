import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { storageFigures } from '../../src/library/storage/picture.ts';
import { createTestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';

const CHAT = 1;

it.each([
  // The clocks of New York went back on the 1st of November.
  { timezone: 'America/New_York', now: '2026-11-10T12:00:00.000Z', shown: ['2026-10-20', '2026-11-04'] },
  { timezone: 'UTC', now: '2026-11-10T12:00:00.000Z', shown: ['2026-10-20', '2026-11-05'] },
])('in $timezone a day of the picture is one of the calendar, before and after the clocks were set', async (place) => {
  const clock = createTestClock(Date.parse('2026-10-20T04:30:00.000Z'));
  const folder = mkdtempDisposableSync(join(tmpdir(), 'hubgram-picture-'));
  const store = lendTestStore(join(folder.path, 'hubgram.db'), clock);
  const came = (name: string, receivedBytes: number): void => {
    store.chats.upsertChat({ chatId: CHAT, kind: 'private', title: 'Ann' });
    const { id } = store.models.createModel({ chatId: CHAT, name });
    const session = store.sessions.startOrContinue(id, receivedBytes);
    store.sessions.updateDownloadSession(session.id, 'completed', { receivedBytes });
  };
  came('org/before', 10);
  clock.pass(Date.parse('2026-11-05T04:30:00.000Z') - clock.now());
  came('org/after', 20);
  const { days } = await storageFigures(store, CHAT, { timezone: place.timezone, now: Date.parse(place.now) });
  expect(days.filter(({ bytes }) => bytes > 0)).toEqual([
    { date: place.shown[0], bytes: 10 },
    { date: place.shown[1], bytes: 20 },
  ]);
  store.close();
  folder.remove();
});
