import { afterEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld, type RunningApp } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';

const SIZE = 8_000_000;
const repos = ['one', 'two', 'three', 'four'].map((name) =>
  defineRepo({ id: `sample/${name}`, files: [{ path: 'model.safetensors', size: SIZE, seed: name }] }),
);

let world: AppWorld;
afterEach(async () => {
  await world?.close();
});

const ONE_AT_A_TIME = { HUBGRAM_CONCURRENT_DOWNLOADS: '1' };

/** One runs, three wait. */
const start = async (): Promise<RunningApp> => {
  world = await openAppWorld({ hub: { repos } });
  world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/one/model' });
  const bot = await world.start(ONE_AT_A_TIME);
  for (const { id } of repos) {
    world.telegram.say(ANN, ANN, `/add ${id}`);
    await world.sees(ANN, new RegExp(`${id} · (downloading|pending)`));
  }
  return bot;
};

const queueNow = async (): Promise<string> => {
  const asked = world.telegram.say(ANN, ANN, '/queue');
  const answer = await world.telegram.waitFor(() =>
    world.shown(ANN).find(({ message_id: id, text }) => id > asked.message_id && text?.includes('Waiting')),
  );
  return answer.text ?? '';
};

describe('the order in which models start', () => {
  it('is told with places, and is changed by /first, /up, /down and /priority', async () => {
    await start();
    await world.sees(ANN, 'sample/one · downloading');
    // When that will be is not known of what does not move: see tests/queue/waiting-for.test.ts.
    await world.sees(ANN, /sample\/two · pending\nNext in the queue/);
    expect(await queueNow()).toMatch(/Downloading\n#1 sample\/one[^]*Waiting\n1\. #2 [^]*\n2\. #3 [^]*\n3\. #4 /);
    world.telegram.say(ANN, ANN, '/first #4');
    await world.sees(ANN, 'sample/four is number 1 in the queue now.');
    world.telegram.say(ANN, ANN, '/down #4');
    await world.sees(ANN, 'sample/four is number 2 in the queue now.');
    world.telegram.say(ANN, ANN, '/up #3');
    await world.sees(ANN, 'sample/three is number 2 in the queue now.');
    world.telegram.say(ANN, ANN, '/up #2');
    await world.sees(ANN, 'sample/two stays where it is: it cannot go further.');
    expect(await queueNow()).toMatch(/1\. #2 [^]*\n2\. #3 [^]*\n3\. #4 /);
    world.telegram.say(ANN, ANN, '/priority #4 high');
    await world.sees(ANN, 'sample/four has priority high now.');
    expect(await queueNow()).toMatch(/1\. #4 /);
    world.telegram.say(ANN, ANN, '/priority #4 urgent');
    await world.sees(ANN, 'Which priority shall sample/four have?');
  });

  it('is held by the owner, also over a restart, and by nobody else', async () => {
    const bot = await start();
    world.telegram.say(BOB, BOB, '/start');
    const request = await world.sees(ANN, /Bob.*asks/);
    world.telegram.press(ANN, ANN, request.message_id, 'Approve');
    await world.sees(BOB, 'owner of this bot let you in');
    world.telegram.say(BOB, BOB, '/hold');
    await world.sees(BOB, 'Only the owner');
    world.telegram.say(ANN, ANN, '/hold');
    await world.sees(ANN, 'Every download of every chat is held');
    await world.sees(ANN, /sample\/one · pending\nThe owner of this bot holds all downloads/);
    await bot.stop();
    await world.start(ONE_AT_A_TIME);
    const sent = world.hub.bytesSent();
    world.telegram.say(ANN, ANN, '/hold');
    await world.sees(ANN, 'They are held already.');
    expect(world.hub.bytesSent()).toBe(sent);
    world.telegram.say(ANN, ANN, '/unhold');
    await world.sees(ANN, 'The downloads go on.');
    await world.sees(ANN, 'sample/one · downloading');
  });
});
