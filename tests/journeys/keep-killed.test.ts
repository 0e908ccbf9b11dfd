import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { partialsIn } from '../helpers/partials.ts';
import { ANN, openWorld } from '../helpers/world.ts';

it('a file of a message comes whole after kill -9 in its middle, by an address that is asked for anew', async () => {
  const world = await openWorld();
  onTestFinished(() => world.close());
  const { telegram } = world;
  const data = randomBytes(5_000_000);
  const bot = world.start();
  await bot.printed('is running');
  const letGo = telegram.holdDownloads(2_000_000);
  telegram.sendDocument(ANN, ANN, { name: 'a.bin', data, caption: '/keep' });
  const card = await world.sees(ANN, /a\.bin · downloading\n(?:.*\n)?.*[34]\d %/);
  await bot.kill('SIGKILL');
  letGo();
  // What the path of before led to is not there any more.
  telegram.advance(3_600_000);
  const asked = telegram.calls.filter(({ method }) => method === 'getFile').length;
  world.start();
  await world.sees(ANN, /a\.bin · completed\n5 MB/);
  expect(world.shown(ANN)[0]?.message_id).toBe(card.message_id);
  expect(telegram.calls.filter(({ method }) => method === 'getFile').length).toBeGreaterThan(asked);
  const files = join(world.dataDir, 'files');
  expect(await readFile(join(files, 'custom', 'a.bin'))).toStrictEqual(data);
  expect(await partialsIn(join(files, '.hubgram'))).toStrictEqual([]);
  expect(await readdir(join(files, 'custom'))).toStrictEqual(['a.bin']);
});
