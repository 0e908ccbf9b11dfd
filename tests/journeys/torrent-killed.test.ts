import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { HAS_ARIA2, makeTorrent, startSeeder, startTracker } from '../helpers/torrents.ts';
import { ANN, openWorld } from '../helpers/world.ts';

const BODY = bytesOf(6_000_000);

it.skipIf(!HAS_ARIA2)('a torrent goes on after kill -9, from what the disk had of it', async () => {
  const world = await openWorld();
  const tracker = await startTracker();
  const torrent = makeTorrent({ name: 'a.bin', files: { '': BODY }, tracker: tracker.url });
  const seeder = await startSeeder(torrent, '', { 'a.bin': BODY }, 500_000);
  onTestFinished(async () => {
    await world.close();
    await seeder.close();
    await tracker.close();
  });
  const env = { HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8', HUBGRAM_TORRENT_DHT: 'false' };
  const bot = world.start(env);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, `/add ${torrent.magnet}`);
  const card = await world.sees(ANN, /a\.bin · downloading\n(?:.*\n)?.*[2-9]\d %/);
  await bot.kill('SIGKILL');
  const before = tracker.asked.length;
  world.start(env);
  await world.sees(ANN, /a\.bin · completed\n6 MB/);
  expect(world.shown(ANN)[0]?.message_id).toBe(card.message_id);
  const left = tracker.asked.slice(before).flatMap((path) => /left=(\d+)&.*event=started/.exec(path)?.[1] ?? []);
  expect(Math.min(...left.map(Number))).toBeLessThan(5_500_000);
  expect(await readFile(join(world.dataDir, 'files', 'custom', 'a.bin'))).toStrictEqual(BODY);
});
