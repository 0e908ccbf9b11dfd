import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { Fault } from '../../playground/telegram/faults.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

const SIZE = 8_000_000;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'config.json', content: '{}' },
    { path: 'model.safetensors', size: SIZE },
  ],
});

let world: World;
afterEach(async () => {
  await world?.close();
});

const start = async (throttleBytesPerSecond = 500_000): Promise<void> => {
  world = await openWorld({ hub: { repos: [repo], throttleBytesPerSecond } });
  await world.start().printed('is running');
};

/** One card in its last state, one notice. `duplicates`: Telegram took a message and the answer was lost. */
const endsRight = async ({ duplicates = 0 } = {}): Promise<void> => {
  await world.sees(ANN, '2 files verified');
  await world.sees(ANN, 'verified and ready');
  const texts = world.shown(ANN).map(({ text }) => text ?? '');
  const notices = texts.filter((text) => text.includes('verified and ready'));
  expect(notices.length).toBeGreaterThanOrEqual(1);
  expect(texts.length).toBeLessThanOrEqual(2 + duplicates);
};

const faults: readonly [string, Omit<Fault, 'method'>, number][] = [
  ['a flood wait', { kind: '429', times: 2, retryAfter: 2 }, 0],
  ['a 500', { kind: '500', times: 2 }, 0],
  ['an HTML 502', { kind: '502html', times: 2 }, 0],
  ['a broken connection', { kind: 'reset', times: 2 }, 0],
  ['a call that hangs and breaks', { kind: 'timeout', times: 1, breaksAfterSeconds: 3 }, 0],
  ['an answer that is lost', { kind: 'reset_after_accept', times: 1 }, 1],
];

describe.each(faults)('%s', (_, fault, duplicates) => {
  it('when the card is sent', async () => {
    await start();
    world.telegram.setFault({ ...fault, method: 'sendMessage' });
    world.telegram.say(ANN, ANN, '/add sample/large');
    await endsRight({ duplicates });
  });

  it('in the middle of a download', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    await world.sees(ANN, 'sample/large · downloading');
    world.telegram.setFault({ ...fault, method: 'editMessageText' });
    await endsRight();
  });

  it('when the end is told', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    await world.sees(ANN, 'sample/large · downloading');
    world.telegram.setFault({ ...fault, method: 'sendMessage' });
    await endsRight({ duplicates });
  });
});

/** The Hub has sent everything: the bot has only to verify it, and to tell. */
const fetched = (): Promise<unknown> => world.hub.waitForRequest(() => world.hub.bytesSent() >= SIZE, 40_000);

/** Cards are silent, notices are not. */
const cardThenNotice = [{ silent: true }, { silent: false }];

describe('a message that is not found', () => {
  it('when the card is sent: the request is gone', async () => {
    await start();
    const request = world.telegram.say(ANN, ANN, '/add sample/large');
    world.telegram.deleteMessage(ANN, request.message_id);
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });

  it('while the Hub is asked: the card is gone', async () => {
    await start();
    world.hub.setFault({ kind: 'late', milliseconds: 2000, path: '/api/models/sample/large', times: 1 });
    world.telegram.say(ANN, ANN, '/add sample/large');
    const card = await world.sees(ANN, 'sample/large · looking up');
    world.telegram.deleteMessage(ANN, card.message_id);
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });

  it('when the end is told: the card is gone', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    const card = await world.sees(ANN, 'sample/large · downloading');
    await fetched();
    world.telegram.deleteMessage(ANN, card.message_id);
    await endsRight();
    expect(world.shown(ANN)).toHaveLength(2);
  });
});

describe('a bot that is blocked', () => {
  it('when the card is sent', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    world.telegram.blockBot(ANN);
    await fetched();
    expect(world.shown(ANN)).toEqual([]);
    world.telegram.unblockBot(ANN);
    await endsRight();
    expect(world.shown(ANN)).toHaveLength(2);
  });

  it('when the end is told', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    await world.sees(ANN, 'sample/large · downloading');
    await fetched();
    world.telegram.blockBot(ANN);
    await world.telegram.waitFor(({ calls }) =>
      calls.some(({ method, status }) => method === 'sendMessage' && status === 403),
    );
    world.telegram.unblockBot(ANN);
    await endsRight();
    expect(world.shown(ANN)).toMatchObject(cardThenNotice);
  });
});

describe('a card', () => {
  it('that the person deleted is sent anew', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    const card = await world.sees(ANN, 'sample/large · downloading');
    world.telegram.deleteMessage(ANN, card.message_id);
    await endsRight();
  });

  it('of somebody who blocks the bot goes on without words, and is told when they unblock it', async () => {
    await start();
    world.telegram.say(ANN, ANN, '/add sample/large');
    await world.sees(ANN, 'sample/large · downloading');
    world.telegram.blockBot(ANN);
    await world.hub.waitForRequest(() => world.hub.bytesSent() >= SIZE, 40_000);
    world.telegram.unblockBot(ANN);
    await endsRight();
  });

  it('of a group that becomes a supergroup goes on in the new one', async () => {
    await start(120_000);
    const group = world.telegram.addGroup({ title: 'GPU box', type: 'group', members: [ANN] });
    world.telegram.say(ANN, ANN, '/start');
    await world.sees(ANN, '/help');
    world.telegram.say(ANN, group.id, '/start@hubgram_bot');
    await world.sees(group.id, 'This group may use hubgram now');
    world.telegram.say(ANN, group.id, '/add@hubgram_bot sample/large');
    await world.sees(group.id, 'sample/large · downloading');
    const supergroup = world.telegram.migrateGroup(group.id);
    await world.sees(supergroup, '2 files verified');
    const notice = await world.sees(supergroup, 'verified and ready');
    expect(notice.text).toMatch(/Ann$/);
  });
});

it('ends that come together are told in one message', async () => {
  await start();
  world.telegram.say(ANN, ANN, '/add sample/large later');
  world.telegram.say(ANN, ANN, '/add sample/tiny-llama later');
  await world.sees(ANN, /sample\/large · pending/);
  await world.sees(ANN, /tiny-llama · pending/);
  world.telegram.setFault({ method: 'sendMessage', kind: 'reset', times: Number.POSITIVE_INFINITY });
  const [first, second] = world.shown(ANN);
  world.telegram.press(ANN, ANN, first?.message_id ?? 0, 'Start now');
  world.telegram.press(ANN, ANN, second?.message_id ?? 0, 'Start now');
  await world.sees(ANN, /sample\/large · completed/);
  await world.sees(ANN, /tiny-llama · completed/);
  world.telegram.clearFaults();
  await world.telegram.waitFor(
    () =>
      world
        .shown(ANN)
        .find(
          ({ text }) =>
            /tiny-llama · completed · 3.02 MB/.test(text ?? '') && /large · completed · 8 MB/.test(text ?? ''),
        ),
    40_000,
  );
  expect(world.shown(ANN)).toHaveLength(3);
});
