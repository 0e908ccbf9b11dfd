import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type AppWorld, type AppWorldOptions, openAppWorld } from '../helpers/app.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

let world: World;
afterEach(async () => {
  await world?.close();
});

// What it says of a token that Telegram refuses: see daemon.test.ts.
describe('the program', () => {
  it('ends with 2 and lists every wrong setting', async () => {
    world = await openWorld();
    const bot = world.start({ HUBGRAM_CONNECTIONS: '500', HUBGRAM_OWNERS: 'ann', BOT_TOKEN: 'no-token' });
    expect(await bot.exited).toBe(2);
    for (const key of ['HUBGRAM_CONNECTIONS', 'HUBGRAM_OWNERS', 'BOT_TOKEN']) expect(bot.output()).toContain(key);
    expect(bot.output()).not.toContain('no-token');
  });

  it('ends with 0 also if that comes before it listens', async () => {
    world = await openWorld();
    world.telegram.setFault({ method: 'setMyCommands', kind: '429', times: 1, retryAfter: 1 });
    const bot = world.start();
    await world.telegram.waitFor(({ calls }) => calls.some(({ method }) => method === 'setMyCommands'));
    expect(await bot.kill('SIGTERM')).toBe(0);
  });

  // Which folders these are, and who has them: see tests/app/app.test.ts and tests/store/lock.test.ts.
  it('prints the link for an owner, ends with 4 beside another one on the same folders, and with 0 after SIGTERM', async () => {
    world = await openWorld();
    const bot = world.start({ HUBGRAM_OWNERS: '' });
    await bot.printed(/Open this link to become owner of this bot\..*:\nhttps:.*start=claim_\S+\n/);
    const [same, look] = [world.start(), world.start({}, ['--check-config'])];
    expect(await same.exited).toBe(4);
    expect(same.output()).toContain(
      `Another hubgram uses the data folder ${world.dataDir}: process ${bot.child.pid} on ${hostname()}, since `,
    );
    expect(await look.exited).toBe(0);
    // The first one has not noticed.
    world.telegram.say(ANN, ANN, `/start ${/start=(claim_\S+)/.exec(bot.output())?.[1]}`);
    await world.sees(ANN, 'You are the owner');
    expect(await bot.kill('SIGTERM')).toBe(0);
    expect(readdirSync(world.cacheDir)).toEqual(['.locks']);
    expect(readdirSync(join(world.cacheDir, '.locks'))).toEqual(['hubgram.lock']);
  });
});

const open = async (options: AppWorldOptions = {}): Promise<AppWorld> => {
  const opened = await openAppWorld(options);
  onTestFinished(() => opened.close());
  return opened;
};

it('the bot waits for Telegram if it is not there yet', async () => {
  const world = await open();
  world.telegram.setFault({ method: '*', kind: '502html', times: 2 });
  await world.start();
  world.say('/help');
  await world.sees(ANN, 'What I understand');
});

describe('what cannot be added', () => {
  it('is answered with a sentence each, writes nothing and leaves the bot alive', async () => {
    const world = await open({ hub: { hostile: true } });
    await world.start();
    const cases: readonly [string, RegExp][] = [
      [`/add ${'a'.repeat(3000)}`, /too long/],
      ['/add gpt2 priorty=high', /no option “priorty”/],
      ['/add gpt2 "description=x', /quote is opened/],
      ['/add gpt2 soon', /do not understand “soon”/],
      ['/add sample/nothing-here', /nothing-here · failed\n.*knows no model/],
      ['/add sample/private-llama', /private-llama · failed\n.*private/],
      ['/add sample/gated-llama', /gated-llama · waits for access\n.*(licen[cs]e|access|gated)/i],
      ['/add sample/disabled-llama', /disabled-llama · failed\n.*disabled/],
      ['/add sample/hostile', /hostile · cannot be stored whole\n.*outside\.txt/],
      ['/add sample/tiny-llama@no-such-branch', /no-such-branch · failed\n.*no-such-branch.*\nDid you mean/],
      ['/add sample/tiny-llama include=*.nothing', /tiny-llama · failed\n/],
    ];
    for (const [text] of cases) world.say(text);
    for (const [, answer] of cases) await world.sees(ANN, answer);
    // By itself: of more than Telegram lets anybody answer at once, one answer is left out.
    world.telegram.say(ANN, ANN, '/add ../../etc/passwd');
    await world.sees(ANN, /^“\.\.\/\.\.\/etc\/passwd” is not/);
    const outside = existsSync(world.cacheDir) ? readdirSync(world.cacheDir) : [];
    expect(outside.filter((name) => name !== 'CACHEDIR.TAG' && name !== '.locks')).toEqual([]);
    expect(readdirSync(world.folder).toSorted()).toEqual(expect.arrayContaining(['data']));
    expect(existsSync(join(world.folder, '..', 'evil'))).toBe(false);
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, 'verified and ready');
  });

  it('is looked up again while the Hub is down, and found when it is back', async () => {
    const world = await open();
    await world.start();
    await world.hub.takeDown();
    world.telegram.say(ANN, ANN, '/add sample/tiny-llama');
    await world.sees(ANN, /looking up\n.*Trying again/);
    await world.hub.bringUp();
    await world.sees(ANN, 'verified and ready');
  });

  it('a gated file says where to accept, and a tap goes on once access was given', async () => {
    const world = await open();
    await world.start({ HF_TOKEN: 'hf_sample' });
    world.telegram.say(ANN, ANN, '/add sample/gated-llama');
    const failed = await world.sees(ANN, /gated-llama · waits for access\n/);
    expect(failed.text).toContain(`${world.hub.url}/sample/gated-llama`);
    world.hub.setGate('sample/gated-llama', 'hf_sample', 'granted');
    world.telegram.press(ANN, ANN, failed.message_id, 'Try again');
    await world.sees(ANN, 'verified and ready');
  });

  it('a gated repository that is opened later is downloaded by itself, in the message that said it was gated', async () => {
    const world = await open();
    await world.start({ HF_TOKEN: 'hf_sample' });
    world.say('/add sample/gated-llama');
    const failed = await world.sees(ANN, /gated-llama · waits for access\n[^]*For a day I look by myself/);
    world.hub.setGate('sample/gated-llama', 'hf_sample', 'granted');
    world.clock.pass(3 * 60_000);
    const card = await world.sees(ANN, /gated-llama · completed\n[^]*files verified/);
    expect(card.message_id).toBe(failed.message_id);
  });

  it('the machine’s token that was revoked: owners hear of it once, what is public goes on, and what needs it waits for another', async () => {
    const world = await open();
    const first = await world.start({ HF_TOKEN: 'hf_sample_gated' });
    world.hub.revokeToken('hf_sample_gated');
    world.say('/add sample/gated-llama');
    await world.sees(ANN, /gated-llama · waits for access\n[^]*does not accept the token in HF_TOKEN any more/);
    const told = await world.sees(
      ANN,
      /^The token in HF_TOKEN · not accepted\n[^]*Public repositories go on without it/,
    );
    expect(told.text).toContain(`They are made at ${world.hub.url}/settings/tokens; if that is a mirror, at https://`);
    world.say('/add sample/tiny-llama');
    await world.sees(ANN, /tiny-llama · completed\n.*verified and ready/);
    await first.stop();
    await world.start({ HF_TOKEN: 'hf_SampleTokenOfAnnWhoReadsGatedOnes0' });
    await world.sees(ANN, /gated-llama · completed\n.*verified and ready/);
    expect(world.shown(ANN).filter(({ text }) => text?.startsWith('The token in HF_TOKEN'))).toHaveLength(1);
  });
});
