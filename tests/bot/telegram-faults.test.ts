import { describe, expect, it } from 'vitest';
import type { Fault } from '../../playground/telegram/faults.ts';
import { sampleSnapshot } from './samples.ts';
import { ANN, openTalk, type Talk } from './talk.ts';

const NAME = 'sample/large';

/** It is added, and its card is seen. */
const addAndSee = async (talk: Talk) => {
  const model = talk.add(ANN, NAME);
  await talk.within(10, () => talk.shown(ANN).length === 1);
  return model;
};

/** It runs, and its card says how far it is. */
const halfWay = async (talk: Talk) => {
  const model = await addAndSee(talk);
  talk.run(model);
  talk.snapshots.set(
    model.id,
    sampleSnapshot({ bytesTotal: 1000, bytesReady: 500, bytesPerSecond: 10, etaMs: 50_000 }),
  );
  await talk.within(20, () => talk.shown(ANN)[0]?.text?.includes('50 %') === true);
  return model;
};

/** One card in its last state, then one notice. `duplicates`: Telegram took a message and the answer was lost. */
const endsRight = async (talk: Talk, duplicates = 0): Promise<void> => {
  const cards = () => talk.shown(ANN).filter(({ silent, text }) => silent && text?.includes('1 file verified'));
  const notices = () => talk.shown(ANN).filter(({ silent }) => !silent);
  await talk.within(120, () => cards().length > 0 && notices().length > 0);
  for (let second = 0; second < 10; second += 1) {
    talk.pass(1000);
    await talk.settled();
  }
  // Each message says how it ended, the one whose answer was lost too: nothing is left in an earlier state.
  expect(notices().every(({ text }) => text?.startsWith(`${NAME} · completed`))).toBe(true);
  expect(talk.store.outbox.dueNotices('9999-01-01T00:00:00.000Z', 1000)).toEqual([]);
  expect(talk.shown(ANN).length).toBe(2 + duplicates);
};

/** Cards are silent, notices are not. */
const cardThenNotice = [{ silent: true }, { silent: false }];

const faults: readonly [string, Omit<Fault, 'method'>, number][] = [
  ['a flood wait', { kind: '429', times: 2, retryAfter: 2 }, 0],
  ['a 500', { kind: '500', times: 2 }, 0],
  ['an HTML 502', { kind: '502html', times: 2 }, 0],
  ['a broken connection', { kind: 'reset', times: 2 }, 0],
  ['a call that hangs and breaks', { kind: 'timeout', times: 1, breaksAfterSeconds: 0.05 }, 0],
  ['an answer that is lost', { kind: 'reset_after_accept', times: 1 }, 1],
];

describe.each(faults)('%s', (_, fault, duplicates) => {
  it('when the card is sent', async () => {
    const talk = await openTalk();
    talk.telegram.setFault({ ...fault, method: 'sendMessage' });
    const model = talk.add(ANN, NAME);
    await talk.within(60, () =>
      talk.telegram.calls.some(({ method, status }) => method === 'sendMessage' && status === 200),
    );
    talk.end(model, 'completed');
    await endsRight(talk, duplicates);
  });

  it('in the middle of a download', async () => {
    const talk = await openTalk();
    const model = await halfWay(talk);
    talk.telegram.setFault({ ...fault, method: 'editMessageText' });
    talk.snapshots.set(
      model.id,
      sampleSnapshot({ bytesTotal: 1000, bytesReady: 700, bytesPerSecond: 10, etaMs: 30_000 }),
    );
    await talk.within(60, () => talk.shown(ANN)[0]?.text?.includes('70 %') === true);
    talk.snapshots.delete(model.id);
    talk.store.models.moveModel(model.id, 'downloading', 'pending');
    talk.end(model, 'completed');
    await endsRight(talk);
  });

  it('when the end is told', async () => {
    const talk = await openTalk();
    const model = await addAndSee(talk);
    talk.telegram.setFault({ ...fault, method: 'sendMessage' });
    talk.end(model, 'completed');
    await endsRight(talk, duplicates);
  });
});

describe('a card that somebody deleted', () => {
  it('is sent anew while the download runs', async () => {
    const talk = await openTalk();
    const model = await halfWay(talk);
    talk.telegram.deleteMessage(ANN, talk.shown(ANN)[0]?.message_id ?? 0);
    talk.snapshots.set(
      model.id,
      sampleSnapshot({ bytesTotal: 1000, bytesReady: 700, bytesPerSecond: 10, etaMs: 30_000 }),
    );
    await talk.within(60, () => talk.shown(ANN)[0]?.text?.includes('70 %') === true);
    expect(talk.shown(ANN)).toHaveLength(1);
  });

  it('is sent anew when the end is told', async () => {
    const talk = await openTalk();
    const model = await addAndSee(talk);
    talk.telegram.deleteMessage(ANN, talk.shown(ANN)[0]?.message_id ?? 0);
    talk.end(model, 'completed');
    await endsRight(talk);
  });

  it('or a request that somebody deleted before its card was sent: the card stands alone', async () => {
    const talk = await openTalk();
    const { message_id: replyTo } = talk.telegram.say(ANN, ANN, `/add ${NAME}`);
    talk.telegram.deleteMessage(ANN, replyTo);
    const model = talk.add(ANN, NAME, { replyTo });
    await talk.within(10, () => talk.shown(ANN).length === 1);
    talk.end(model, 'completed');
    await endsRight(talk);
    expect(talk.shown(ANN)).toMatchObject(cardThenNotice);
  });
});
