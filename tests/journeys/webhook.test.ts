import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { openAppWorld } from '../helpers/app.ts';
import { freePort } from '../helpers/free-port.ts';
import { openReverseProxy, type ReverseProxy } from '../helpers/reverse-proxy.ts';
import { ANN, type StandIns } from '../helpers/stand-ins.ts';
import { openWorld } from '../helpers/world.ts';

interface Hooked<W extends StandIns> {
  readonly world: W;
  readonly proxy: ReverseProxy;
  /** What has updates brought to the bot, by way of the proxy. */
  readonly env: Record<string, string>;
  readonly say: (text: string) => void;
  /** How often the bot has called this. */
  readonly called: (method: string) => number;
}

const hooked = async <W extends StandIns>(opening: Promise<W>): Promise<Hooked<W>> => {
  const world = await opening;
  onTestFinished(() => world.close());
  const port = await freePort();
  const proxy = await openReverseProxy(port);
  return {
    world,
    proxy,
    env: { HUBGRAM_HTTP_PORT: String(port), HUBGRAM_WEBHOOK_URL: `${proxy.url}/telegram` },
    say: (text) => void world.telegram.say(ANN, ANN, text),
    called: (method) => world.telegram.calls.filter((call) => call.method === method).length,
  };
};

const allTaken = ({ telegram }: StandIns): Promise<unknown> =>
  telegram.waitFor((api) => api.pendingUpdates().length === 0);

const schedules = ({ dataDir }: StandIns): unknown[] => {
  const db = new Database(join(dataDir, 'hubgram.db'), { readonly: true });
  try {
    return db.prepare('SELECT time FROM schedule_configurations').pluck().all();
  } finally {
    db.close();
  }
};

it('kill -9 between an update’s row and the answer loses nothing and does nothing twice', async () => {
  const { world, proxy, env, say, called } = await hooked(openWorld());
  const first = world.start(env);
  await first.printed('is running');
  // It is a row; its handler hangs at its answer, which comes after what it did.
  world.telegram.setFault({ method: 'sendMessage', chatId: ANN, kind: 'timeout', times: Infinity });
  proxy.onNextAnswer(async () => {
    await world.telegram.waitFor(({ calls }) => calls.some(({ description }) => description === 'timeout'));
    await first.kill('SIGKILL');
    return false;
  });
  say('/schedule add daily 23:00');
  expect(await first.exited).toBe('SIGKILL');
  expect(proxy.statuses.every((status) => status === 200)).toBe(true);
  expect(world.telegram.pendingUpdates()).toHaveLength(1);
  world.telegram.clearFaults();
  say('/timezone Berlin');
  const second = world.start(env);
  await world.sees(ANN, /Europe\/Berlin/);
  await allTaken(world);
  expect(await second.kill('SIGTERM')).toBe(0);
  expect(schedules(world)).toEqual(['23:00']);
  const said = world.shown(ANN).map(({ text = '' }) => text);
  // In their order, and each once.
  expect(said).toEqual([expect.stringContaining('every day 23:00'), expect.stringContaining('Europe/Berlin')]);
  expect(called('getUpdates')).toBe(0);
});

it('an update whose answer is lost comes again and is handled once', async () => {
  const { world, proxy, env, say } = await hooked(openAppWorld());
  await world.start(env);
  proxy.onNextAnswer(() => false);
  say('/schedule add daily 22:00');
  await world.sees(ANN, /22:00/);
  await allTaken(world);
  expect(proxy.statuses).toEqual([200, 200]);
  expect(schedules(world)).toEqual(['22:00']);
  say('/timezone Berlin');
  await world.sees(ANN, /Europe\/Berlin/);
  expect(world.shown(ANN).filter(({ text }) => text?.includes('22:00'))).toHaveLength(1);
});

it('polls where there is no webhook any more, and is brought updates again, with all that came meanwhile', async () => {
  const { world, env, say, called } = await hooked(openAppWorld());
  const { telegram } = world;
  const first = await world.start(env);
  await first.stop();
  expect(called('deleteWebhook')).toBe(0);
  say('/timezone Berlin');
  await telegram.waitFor(({ pendingUpdates }) => pendingUpdates().length === 1);
  const second = await world.start();
  await world.sees(ANN, /Europe\/Berlin/);
  expect(called('deleteWebhook')).toBe(1);
  expect(called('getUpdates')).toBeGreaterThan(0);
  await allTaken(world);
  await second.stop();
  say('/timezone Lisbon');
  const polls = called('getUpdates');
  const third = await world.start({ ...env, HUBGRAM_WEBHOOK_SECRET: 'another-secret_1' });
  await world.sees(ANN, /Europe\/Lisbon/);
  await allTaken(world);
  expect(called('getUpdates')).toBe(polls);
  await third.stop();
});

it('an update that cannot be a row is to come again until it is one, and is handled once', async () => {
  const { world, proxy, env, say } = await hooked(openAppWorld());
  await world.start(env);
  say('/timezone Oslo');
  await world.sees(ANN, /Europe\/Oslo/);
  await allTaken(world);
  const other = new Database(join(world.dataDir, 'hubgram.db'));
  onTestFinished(() => void other.close());
  other.exec('BEGIN IMMEDIATE');
  const refused = Promise.withResolvers<void>();
  proxy.onNextAnswer(() => {
    refused.resolve();
    return true;
  });
  say('/timezone Berlin');
  await refused.promise;
  expect(proxy.statuses).toEqual([200, 503]);
  expect(world.telegram.pendingUpdates()).toHaveLength(1);
  other.exec('ROLLBACK');
  await world.sees(ANN, /Europe\/Berlin/);
  await allTaken(world);
  expect(proxy.statuses.at(-1)).toBe(200);
  say('/timezone Lisbon');
  await world.sees(ANN, /Europe\/Lisbon/);
  expect(world.shown(ANN).filter(({ text }) => text?.includes('Europe/Berlin'))).toHaveLength(1);
});
