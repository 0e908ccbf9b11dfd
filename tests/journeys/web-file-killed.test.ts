import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { partialsIn } from '../helpers/partials.ts';
import { startWebServer } from '../helpers/web-server.ts';
import { ANN, openWorld } from '../helpers/world.ts';

/** A key that guards nothing, and a certificate for 127.0.0.1 that only the bot's process trusts. */
const PEM = join(import.meta.dirname, '../transfer/loopback.pem');
const BODY = bytesOf(8_000_000);

it('a file from an https server of one’s own goes on after kill -9, from where the disk had it', async () => {
  const world = await openWorld();
  const web = await startWebServer(await readFile(PEM));
  onTestFinished(async () => {
    await world.close();
    await web.close();
  });
  const env = { ...ONE_CONNECTION, HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8', NODE_EXTRA_CA_CERTS: PEM };
  const never = new Promise<never>(() => undefined);
  web.files.set('/a.bin', { body: BODY, etag: '"one"', hold: { after: 1_500_000, until: never } });
  const bot = world.start(env);
  await bot.printed('is running');
  world.telegram.say(ANN, ANN, `/add ${web.origin}/a.bin`);
  const card = await world.sees(ANN, /a\.bin · downloading\n(?:.*\n)?.*[1-9]\d %/);
  const place = join(world.dataDir, 'files', '.hubgram');
  // At least: on a busy machine what is held counts as stalled, and is asked for anew from there.
  await expect.poll(async () => (await partialsIn(place))[0]?.bytes ?? 0).toBeGreaterThan(1_400_000);
  await bot.kill('SIGKILL');
  web.files.set('/a.bin', { body: BODY, etag: '"one"' });
  web.asked.length = 0;
  world.start(env);
  await world.sees(ANN, /a\.bin · completed\n8 MB/);
  expect(world.shown(ANN)[0]?.message_id).toBe(card.message_id);
  const starts = web.asked.map((line) => Number(/bytes=(\d+)-(?!0$)/.exec(line)?.[1] ?? Infinity));
  expect(Math.min(...starts)).toBeGreaterThan(1_000_000);
  expect(await readFile(join(world.dataDir, 'files', 'custom', 'a.bin'))).toStrictEqual(BODY);
});
