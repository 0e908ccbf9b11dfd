import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { restore } from '../../src/app/restore.ts';
import { loadConfig } from '../../src/config/config.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type AppWorld, ONE_CONNECTION, openAppWorld } from '../helpers/app.ts';
import { partialsIn } from '../helpers/partials.ts';
import { ANN, type StandIns } from '../helpers/stand-ins.ts';
import { createProcesses, openWorld } from '../helpers/world.ts';

const SIZE = 8_000_000;
const WAIT = { timeout: 60_000, interval: 20 };
const repos = [
  defineRepo({
    id: 'sample/large',
    files: [
      { path: 'model.safetensors', size: SIZE },
      { path: 'config.json', content: '{}' },
    ],
  }),
  defineRepo({ id: 'sample/second', files: [{ path: 'model.safetensors', size: 2000 }] }),
  defineRepo({ id: 'sample/small', files: [{ path: 'model.safetensors', size: 1000 }] }),
  defineRepo({ id: 'sample/whole', files: [{ path: 'model.safetensors', size: 3000 }] }),
];

const open = async (): Promise<AppWorld> => {
  const world = await openAppWorld({ hub: { repos } });
  onTestFinished(() => world.close());
  return world;
};

/** Has Ann ask for a backup. @returns its path once it was sent */
const backUp = async (world: StandIns): Promise<string> => {
  world.telegram.say(ANN, ANN, '/backup');
  const { document } = await world.telegram.waitFor(() => world.shown(ANN).find((message) => message.document));
  return join(world.dataDir, 'backups', document?.file_name ?? '');
};

/** As the program does it, which the first of these tests runs. */
const restoreIn = (world: AppWorld, file: string, env: Record<string, string> = {}): Promise<string> => {
  const config = loadConfig({ argv: [], env: { ...world.env, ...env }, cwd: world.folder });
  return restore(config, { file, cwd: world.folder, clock: world.clock, log: silentLog });
};

it('a backup made during a download, restored elsewhere after a kill: the bot goes on in the same card', async () => {
  const world = await openWorld({ hub: { repos } });
  onTestFinished(() => world.close());
  const letGo = world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });
  const bot = world.start(ONE_CONNECTION);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, '/add sample/large');
  const card = await world.sees(ANN, /sample\/large · downloading\n.*[3-9]\d %/);
  const backup = await backUp(world);
  // What comes after it, the backup does not know; the messages that tell of it stay.
  world.telegram.say(ANN, ANN, '/add sample/small');
  await world.sees(ANN, /^sample\/small · completed/);
  await vi.waitUntil(async () => ((await partialsIn(world.cacheDir))[0]?.bytes ?? 0) > SIZE / 4, WAIT);
  await bot.kill('SIGKILL');
  const elsewhere = { HUBGRAM_DATA_DIR: join(world.folder, 'elsewhere'), ...ONE_CONNECTION };
  const restoring = world.start(elsewhere, ['restore', backup]);
  expect([await restoring.exited, restoring.output()]).toEqual([
    0,
    expect.stringMatching(
      /There was none before\.\nWho may do what is as it was when the backup was made.*people’s tokens of the Hub/,
    ),
  ]);
  letGo();
  const again = world.start(elsewhere);
  await world.telegram.waitFor(() =>
    world.shown(ANN).find(({ message_id: id, text = '' }) => id === card.message_id && text.includes('completed')),
  );
  await world.sees(ANN, /^sample\/large.*\n.*verified and ready/);
  const about = world.shown(ANN).filter(({ text = '' }) => text.startsWith('sample/large'));
  expect(about.map(({ text = '' }) => text.split('\n')[0])).toEqual([
    'sample/large · completed',
    'sample/large · completed',
  ]);
  // What lay on the disk was not fetched again.
  expect(world.hub.bytesSent()).toBeLessThan(SIZE * 1.35);
  // What it does not know of is found on the disk, not fetched, when somebody wants it again.
  world.telegram.say(ANN, ANN, '/list');
  expect((await world.sees(ANN, /^Library/)).text).not.toContain('sample/small');
  // The backup was made before its own /backup was answered to the end.
  expect(world.shown(ANN).filter(({ text = '' }) => text.startsWith('I make a backup'))).toHaveLength(1);
  expect(await again.kill('SIGTERM')).toBe(0);
});

it('where neither the models nor what had come of them came along, each goes on in its own card, and by its buttons', async () => {
  const world = await open();
  world.hub.setFault({ kind: 'held', bytes: SIZE / 2, path: 'sample/large/model' });
  const bot = await world.start({ HUBGRAM_CONCURRENT_DOWNLOADS: '1', ...ONE_CONNECTION });
  world.say('/add sample/whole');
  const whole = await world.sees(ANN, /^sample\/whole · completed\n[^]*1 file verified/);
  await world.sees(ANN, /^sample\/whole · completed\n3 kB(?: in \d+ s)?, verified\./);
  world.say('/add sample/large');
  const running = await world.sees(ANN, /^sample\/large · downloading\n.*[3-9]\d %/);
  world.say('/add sample/second');
  const waiting = await world.sees(ANN, /^sample\/second · pending/);
  world.say('/add sample/small');
  const paused = await world.sees(ANN, /^sample\/small · pending/);
  world.telegram.press(ANN, ANN, paused.message_id, 'Pause');
  await world.sees(ANN, /^sample\/small · paused/);
  const backup = await backUp(world);
  await bot.stop();
  world.hub.clearFaults();
  const elsewhere = { HUBGRAM_DATA_DIR: join(world.folder, 'elsewhere'), HF_HUB_CACHE: join(world.folder, 'empty') };
  await restoreIn(world, backup, elsewhere);
  await world.start(elsewhere);
  const becomes = (card: { readonly message_id: number }, text: RegExp): Promise<unknown> =>
    world.waitFor(() =>
      world.shown(ANN).some(({ message_id: id, text: now = '' }) => id === card.message_id && text.test(now)),
    );
  await becomes(running, / · completed\n/);
  await becomes(waiting, / · completed\n/);
  // Of what was whole its card says that it is gone, and offers it again.
  await becomes(whole, /gone|missing/i);
  const now = world.shown(ANN).find(({ message_id: id }) => id === paused.message_id);
  expect(now?.text).toMatch(/^sample\/small · paused/);
  world.telegram.press(ANN, ANN, paused.message_id, 'Resume');
  await becomes(paused, / · completed\n/);
  expect((await partialsIn(join(world.folder, 'empty'))).length).toBe(0);
});

it('is refused while the bot runs, and for a file that is none, each by a sentence; what is there stays', async () => {
  const world = await open();
  const processes = createProcesses(world);
  onTestFinished(processes.end);
  const bot = await world.start();
  const backup = await backUp(world);
  const [name = ''] = readdirSync(join(world.dataDir, 'backups'));
  const early = processes.start({}, ['restore', name]);
  expect([await early.exited, early.output()]).toEqual([
    4,
    expect.stringContaining('Another hubgram uses the data folder'),
  ]);
  await bot.stop();
  const none = processes.start({}, ['restore', 'none.db.gz']);
  expect([await none.exited, none.output()]).toEqual([1, `There is no file ${join(world.folder, 'none.db.gz')}.\n`]);
  expect(readdirSync(world.dataDir).filter((file) => file.includes('restor'))).toEqual([]);
  // By its name alone it is found among the backups.
  expect(await restoreIn(world, name)).toContain(`${backup} is the database now`);
  expect(existsSync(join(world.dataDir, 'hubgram.db'))).toBe(true);
});
