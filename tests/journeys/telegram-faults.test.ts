import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Fault } from '../../playground/telegram/faults.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

const SIZE = 2_000_000;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: SIZE },
  ],
});

let world: AppWorld;
/** The weights come from now on. */
let letGo: () => void;
afterEach(async () => {
  await world?.close();
});

const start = async (): Promise<void> => {
  world = await openAppWorld({ hub: { repos: [repo] } });
  letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });
  await world.start(ONE_CONNECTION);
};

/** One card in its last state, one notice. `duplicates`: Telegram took a message and the answer was lost. */
const endsRight = async ({ duplicates = 0 } = {}): Promise<void> => {
  await world.sees(ANN, '2 files verified');
  await world.sees(ANN, 'verified and ready');
  const texts = world.shown(ANN).map(({ text }) => text ?? '');
  expect(texts.filter((text) => text.includes('verified and ready')).length).toBeGreaterThanOrEqual(1);
  expect(texts.length).toBeLessThanOrEqual(2 + duplicates);
};

/** Cards are silent, notices are not. */
const cardThenNotice = [{ silent: true }, { silent: false }];

/** What each of them does to a card, an edit and a notice: see tests/bot/telegram-faults.test.ts. */
const faults: readonly [string, Omit<Fault, 'method'>, number][] = [
  ['flood waits', { kind: '429', times: 2, retryAfter: 2 }, 0],
  ['broken connections', { kind: 'reset', times: 2 }, 0],
  ['lost answers', { kind: 'reset_after_accept', times: 1 }, 2],
];

it.each(faults)('%s at each of its steps keep no download from being told', async (_, fault, duplicates) => {
  await start();
  world.telegram.setFault({ ...fault, method: 'sendMessage' });
  world.say('/add sample/large');
  await world.sees(ANN, 'sample/large · downloading');
  world.telegram.setFault({ ...fault, method: 'editMessageText' });
  await world.sees(ANN, /sample\/large · downloading\n[^]* [1-9]\d? %/);
  world.telegram.setFault({ ...fault, method: 'sendMessage' });
  letGo();
  await endsRight({ duplicates });
});

describe('a message that is not found', () => {
  it('when the card is sent: the request is gone', async () => {
    await start();
    world.telegram.deleteMessage(ANN, world.say('/add sample/large'));
    letGo();
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });

  it('while the Hub is asked: the card is gone', async () => {
    await start();
    letGo();
    world.hub.setFault({ kind: 'late', milliseconds: 1000, path: '/api/models/sample/large', times: 1 });
    world.say('/add sample/large');
    const card = await world.sees(ANN, 'sample/large · looking up');
    world.telegram.deleteMessage(ANN, card.message_id);
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });

  it('in the middle and when the end is told: the card is gone', async () => {
    await start();
    world.say('/add sample/large');
    const first = await world.sees(ANN, 'sample/large · downloading');
    world.telegram.deleteMessage(ANN, first.message_id);
    world.telegram.setFault({ method: 'sendMessage', kind: '429', times: 1, retryAfter: 1 });
    letGo();
    await endsRight();
    expect(world.shown(ANN).map(({ message_id: id }) => id)).not.toContain(first.message_id);
  });
});

describe('a bot that is blocked', () => {
  it('when the card is sent', async () => {
    await start();
    world.hub.clearFaults();
    world.say('/add sample/large');
    world.telegram.blockBot(ANN);
    await world.hub.waitForRequest(() => world.hub.bytesSent() >= SIZE);
    expect(world.shown(ANN)).toEqual([]);
    world.telegram.unblockBot(ANN);
    await endsRight();
    expect(world.shown(ANN)).toHaveLength(2);
  });

  it('when the end is told goes on without words, and tells it when it is unblocked', async () => {
    await start();
    world.say('/add sample/large');
    await world.sees(ANN, 'sample/large · downloading');
    world.telegram.blockBot(ANN);
    letGo();
    await world.telegram.waitFor(({ calls }) =>
      calls.some(({ method, status }) => method === 'sendMessage' && status === 403),
    );
    world.telegram.unblockBot(ANN);
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });
});

it('a card of a group that becomes a supergroup goes on in the new one', async () => {
  await start();
  const group = world.telegram.addGroup({ title: 'GPU box', type: 'group', members: [ANN] });
  world.say('/start');
  await world.sees(ANN, '/help');
  world.say('/start@hubgram_bot', ANN, group.id);
  await world.sees(group.id, 'This group may use hubgram now');
  world.say('/add@hubgram_bot sample/large', ANN, group.id);
  await world.sees(group.id, 'sample/large · downloading');
  const supergroup = world.telegram.migrateGroup(group.id);
  letGo();
  await world.sees(supergroup, '2 files verified');
  const notice = await world.sees(supergroup, 'verified and ready');
  expect(notice.text).toMatch(/Ann$/);
});

it('ends that come together are told in one message', async () => {
  await start();
  letGo();
  world.say('/add sample/large later');
  world.say('/add sample/tiny-llama later');
  await world.sees(ANN, /sample\/large · pending/);
  await world.sees(ANN, /tiny-llama · pending/);
  world.telegram.setFault({ method: 'sendMessage', kind: 'reset', times: Number.POSITIVE_INFINITY });
  const [first, second] = world.shown(ANN);
  world.telegram.press(ANN, ANN, first?.message_id ?? 0, 'Start now');
  world.telegram.press(ANN, ANN, second?.message_id ?? 0, 'Start now');
  await world.sees(ANN, /sample\/large · completed/);
  await world.sees(ANN, /tiny-llama · completed/);
  world.telegram.clearFaults();
  await world.telegram.waitFor(() =>
    world
      .shown(ANN)
      .find(
        ({ text }) =>
          /tiny-llama · completed · 3.02 MB/.test(text ?? '') && /large · completed · 2 MB/.test(text ?? ''),
      ),
  );
  expect(world.shown(ANN)).toHaveLength(3);
});
