import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/lib/clock.ts';
import { createRunningClock, type TestClock } from '../helpers/clock.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const DAY_MS = 86_400_000;
const HOSTILE = '<b>_x_`y`';

let bench: BotBench;
let clock: TestClock;
beforeEach(async () => {
  clock = createRunningClock();
  bench = await openBot({ concurrency: 0, clock });
});
afterEach(() => bench?.close());

/** A clean-up of Ann's, as a night leaves it. */
const announce = (
  names: readonly string[],
  firstTitle?: string,
): { readonly cleanupId: number; readonly ids: number[] } => {
  const { store } = bench;
  const ids = names.map((name) => bench.put(name, 'completed'));
  if (firstTitle !== undefined) store.models.updateModelDetails(ids[0] ?? 0, { title: firstTitle });
  const usedAt = toIso(clock.now() - 41 * DAY_MS);
  const models = ids.map((modelId, at) => {
    const { repoType, name, revision, selection, title } = store.models.getModel(modelId) ?? { name: '', revision: '' };
    const what = { repoType: repoType ?? 'model', name, revision, selection: selection ?? '{}', title: title ?? null };
    return { modelId, ...what, sizeBytes: (100 - at) * 1e6, usedAt, usedBy: 'read' } as const;
  });
  const cleanupId = store.cleanups.createCleanup(ANN, models) ?? 0;
  store.outbox.addNotice({ chatId: ANN, kind: 'cleanup', payload: { cleanupId } });
  return { cleanupId, ids };
};
const shownNow = (id = 0) => bench.shown().find(({ message_id: one }) => one === id);
const labels = (id = 0): string[] =>
  shownNow(id)
    ?.reply_markup?.inline_keyboard.flat()
    .map(({ text }) => text) ?? [];

describe('a clean-up', () => {
  it('is announced with what goes, how large and why, and a button for each that keeps it', async () => {
    announce(['org/one', 'org/two'], HOSTILE);
    const message = await bench.sees(/^Clean-up · in 3 days/);
    expect(message.text).toBe(
      [
        'Clean-up · in 3 days',
        '2 models that nobody has used for long will be removed then, 199 MB, unless somebody keeps them.',
        `100 MB · #1 ${HOSTILE} · last read 41 days ago`,
        '99 MB · #2 org/two · last read 41 days ago',
        'Disks note a reading once a day.',
        'What is used or pinned until then stays as well.',
      ].join('\n'),
    );
    const id = message.message_id;
    expect(labels(id)).toEqual([`Keep ${HOSTILE}`, 'Keep org/two', 'Keep all']);
    expect(await bench.press(message, `Keep ${HOSTILE}`)).toBe('It stays.');
    expect(shownNow(id)?.text).toContain(`#1 ${HOSTILE} · last read 41 days ago · kept`);
    expect(labels(id)).toEqual(['Keep org/two']);
    bench.telegram.pressForged(ANN, ANN, id, 'keepModel:1:0');
    await bench.say('/help');
    expect(bench.telegram.answers.at(-1)?.text).toBe('It stays already.');
  });

  it('keeps all by one tap, also of pages that are not shown', async () => {
    const { ids, cleanupId } = announce(Array.from({ length: 8 }, (_, at) => `org/m${at}`));
    const message = await bench.sees(/^Clean-up/);
    const id = message.message_id;
    expect(labels(id).slice(-2)).toEqual(['Keep all', 'Smaller ›']);
    await bench.press(message, 'Smaller ›');
    expect(shownNow(id)?.text).toContain('Page 2 of 2');
    expect(await bench.press(shownNow(id), 'Keep all')).toBe('8 models stay.');
    expect(shownNow(id)?.text).toMatch(/^Clean-up · nothing goes\n8 models kept\./);
    expect(bench.store.cleanups.sumFate(cleanupId, ['kept']).models).toBe(ids.length);
  });

  it('is found again in /storage as long as something goes', async () => {
    const { cleanupId } = announce(['org/one', 'org/two']);
    await bench.sees(/^Clean-up · in 3 days/);
    const message = (await bench.say('/storage')).find(({ text }) => text?.startsWith('Storage'));
    const id = message?.message_id;
    expect(labels(id)).toContain('Goes soon · 2');
    await bench.press(message, 'Goes soon · 2');
    expect(shownNow(id)?.text).toMatch(/^Clean-up · in 3 days/);
    bench.store.cleanups.keepModels(cleanupId);
    const again = (await bench.say('/storage')).find(({ text }) => text?.startsWith('Storage'));
    expect(labels(again?.message_id).join()).not.toContain('Goes soon');
  });

  it('is nobody else’s', async () => {
    const { cleanupId } = announce(['org/one', 'org/two']);
    await bench.sees(/^Clean-up/);
    const { store, telegram } = bench;
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: 'bob' });
    store.users.setRole(BOB, 'member');
    const { message_id: message } = telegram.say(BOB, BOB, 'hello');
    for (const data of [`keepModel:1:0`, `keepAll:${cleanupId}:0`, `cleanup:${cleanupId}:0`])
      telegram.pressForged(BOB, BOB, message, data);
    await bench.say('/help', { userId: BOB });
    expect(telegram.answers.slice(-3).map(({ text }) => text)).toEqual(
      Array(3).fill('That belongs to another chat, or is gone.'),
    );
    expect(store.cleanups.sumFate(cleanupId, ['announced']).models).toBe(2);
  });

  it('tells what it has removed, and what stays', async () => {
    const { cleanupId, ids } = announce(['org/one', 'org/two', 'org/three']);
    await bench.sees(/^Clean-up · in 3 days/);
    const { cleanups, outbox, models } = bench.store;
    cleanups.setFate(1, 'removed', { sizeBytes: 90e6 });
    models.removeModel(ids[0] ?? 0);
    cleanups.keepModels(cleanupId, 2);
    cleanups.setFate(3, 'stays');
    cleanups.setCleanupState(cleanupId, 'done');
    outbox.addNotice({ chatId: ANN, kind: 'cleanup_done', payload: { cleanupId } });
    const message = await bench.sees(/^Clean-up · done/);
    expect(message.text).toBe(
      [
        'Clean-up · done',
        '1 model removed, 90 MB are free within the hour, or as soon as something needs the room.',
        '90 MB · org/one',
        '1 kept; 1 stays: used, pinned or kept elsewhere meanwhile.',
        'Until then /undo brings the last one back, and with a name that one.',
      ].join('\n'),
    );
  });

  it('moves with a group that becomes a supergroup', () => {
    const { cleanupId } = announce(['org/one']);
    bench.store.chats.migrateChat(ANN, -100_777);
    expect(bench.store.cleanups.getCleanup(cleanupId)?.chatId).toBe(-100_777);
  });
});
