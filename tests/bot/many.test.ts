import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import { sampleSnapshot } from './samples.ts';
import { ANN as OWNER, openBot } from './setup.ts';
import { ANN, openTalk, type Talk } from './talk.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'] as const;

const firstLines = (talk: Talk): (string | undefined)[] => talk.shown(ANN).map(({ text }) => text?.split('\n')[0]);
const summaries = (talk: Talk) => talk.shown(ANN).filter(({ text }) => /^\d+ downloads · downloading/.test(text ?? ''));

/** They are added and claimed at once, as from a free queue. */
const run = (talk: Talk, names: readonly string[]): Model[] => {
  const models = names.map((name) => {
    const files = [{ path: 'model.safetensors', size: 1000, etag: 'a'.repeat(40) }];
    const model = talk.store.models.createModel({
      chatId: ANN,
      name,
      sizeBytes: 1000,
      commitSha: 'c'.repeat(40),
      files,
    });
    talk.store.cards.putCard({ modelId: model.id, chatId: ANN, threadId: null, messageId: null, replyTo: null });
    talk.store.models.moveModel(model.id, 'pending', 'downloading');
    const half = { bytesTotal: 1000, bytesReady: 500, bytesPerSecond: 10, etaMs: 50_000 };
    talk.snapshots.set(model.id, sampleSnapshot(half));
    return model;
  });
  talk.pass(0);
  return models;
};

describe('six downloads in one chat', () => {
  it('are one message, with the time they all take', async () => {
    const talk = await openTalk();
    run(talk, NAMES);
    await talk.within(20, () => summaries(talk).length > 0);
    await talk.within(20, () => summaries(talk)[0]?.text?.includes('six · 50 %') === true);
    expect(summaries(talk)[0]?.text).toContain('3 kB of 6 kB · 60 B/s · 50 s left in all');
    expect(talk.shown(ANN)).toHaveLength(1);
    for (let second = 0; second < 30; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.shown(ANN)).toHaveLength(1);
  });

  it('that had cards leave one short line on each', async () => {
    const talk = await openTalk();
    run(talk, NAMES.slice(0, 4));
    await talk.within(30, () => talk.shown(ANN).length === 4);
    run(talk, NAMES.slice(4));
    await talk.within(60, () => firstLines(talk).filter((line) => line?.endsWith('· in the summary')).length === 4);
    expect(talk.shown(ANN)).toHaveLength(5);
    for (const { text } of talk.shown(ANN).slice(0, 4)) expect(text?.split('\n')).toHaveLength(1);
  });

  it('and a seventh is answered by the one message, which comes to the end of the chat', async () => {
    const talk = await openTalk();
    run(talk, NAMES);
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six') === true);
    const before = summaries(talk)[0]?.message_id ?? 0;
    talk.telegram.say(ANN, ANN, '/add seven');
    run(talk, ['seven']);
    await talk.within(30, () => summaries(talk)[0]?.text?.startsWith('7 downloads') === true);
    await talk.within(5, () => summaries(talk).length === 1);
    expect(summaries(talk)[0]?.message_id).toBeGreaterThan(before);
    const after = summaries(talk)[0]?.message_id;
    for (let second = 0; second < 20; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(summaries(talk).map(({ message_id: id }) => id)).toEqual([after]);
  });

  it('get their cards when they end, and the last two while they run', async () => {
    const talk = await openTalk();
    const models = run(talk, NAMES);
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six') === true);
    for (const model of models.slice(0, 4)) talk.end(model, 'completed');
    await talk.within(60, () => summaries(talk).length === 0);
    await talk.within(
      60,
      () => firstLines(talk).filter((line) => /^(five|six) · downloading$/.test(line ?? '')).length === 2,
    );
    const complete = () => talk.shown(ANN).filter(({ text }) => text?.includes('1 file verified'));
    await talk.within(60, () => complete().length === 4);
    expect(summaries(talk)).toEqual([]);
  });

  it('show the card that somebody asks for in full, also while the one message stands', async () => {
    const talk = await openTalk();
    const models = run(talk, NAMES);
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six') === true);
    const id = models[5]?.id ?? 0;
    talk.store.cards.putCard({ modelId: id, chatId: ANN, threadId: null, messageId: null, replyTo: null, asked: true });
    await talk.within(20, () => talk.shown(ANN).some(({ text }) => /^six · downloading\n[█░]+ 50 %/.test(text ?? '')));
    expect(summaries(talk)).toHaveLength(1);
  });

  it('stay one message over a restart, in which they wait for a moment', async () => {
    const talk = await openTalk();
    const models = run(talk, NAMES);
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six') === true);
    const before = talk.shown(ANN).map(({ message_id: id }) => id);
    talk.store.models.recoverInterrupted(talk.clock.iso());
    await talk.restart();
    talk.pass(10_000);
    await talk.settled();
    for (const { id } of models) talk.store.models.moveModel(id, 'pending', 'downloading');
    talk.snapshots.clear();
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six · starting') === true);
    expect(talk.shown(ANN).map(({ message_id: id }) => id)).toEqual(before);
  });

  it('paused one by one send no card for each pause', async () => {
    const talk = await openTalk();
    const models = run(talk, NAMES);
    await talk.within(30, () => summaries(talk)[0]?.text?.includes('six') === true);
    const before = talk.shown(ANN).length;
    for (const { id } of models) talk.store.models.moveModel(id, 'downloading', 'paused');
    await talk.within(60, () => summaries(talk).length === 0);
    for (let second = 0; second < 20; second += 1) {
      talk.pass(1000);
      await talk.settled();
    }
    expect(talk.shown(ANN).length).toBeLessThan(before);
  });
});

it('“Pause all” under the one message pauses all and offers to go on', async () => {
  const bench = await openBot({ concurrency: 0 });
  try {
    bench.queue.hold();
    const ids = NAMES.map((name) => bench.put(name));
    bench.store.summaries.openSummary(OWNER, null);
    const { message_id: messageId } = (await bench.say('/queue'))[0] ?? { message_id: 0 };
    bench.store.summaries.replaceSummaryMessage(OWNER, messageId);
    bench.telegram.pressForged(OWNER, OWNER, messageId, `pauseAll:${OWNER}`);
    const paused = await bench.sees(/^6 downloads · paused\nWhat has arrived is kept\.$/);
    expect(ids.map((id) => bench.store.models.getModel(id)?.status)).toEqual(ids.map(() => 'paused'));
    expect(bench.store.summaries.listSummaries()).toEqual([]);
    await bench.press(paused, 'Resume all');
    await bench.sees('6 models resumed.');
    bench.telegram.pressForged(OWNER, OWNER, messageId, 'pauseAll:-1');
    await bench.telegram.waitFor(({ answers }) =>
      answers.some(({ text }) => text?.includes('belongs to another chat')),
    );
    expect(ids.map((id) => bench.store.models.getModel(id)?.status)).toEqual(ids.map(() => 'pending'));
  } finally {
    await bench.close();
  }
});
