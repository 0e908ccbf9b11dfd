import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { partialsIn } from '../helpers/partials.ts';
import { startWebServer } from '../helpers/web-server.ts';
import { ANN, openWorld, type World } from '../helpers/world.ts';

/** A key that guards nothing, and a certificate for 127.0.0.1 that only the bot's process trusts. */
const PEM = join(import.meta.dirname, '../transfer/loopback.pem');
const BODY = bytesOf(8_000_000);
/** What is received is handed on in pieces of 256 KiB: six of them, and a part of a seventh. */
const HELD = 1_700_000;

const ids = (world: World, name: string): number[] =>
  world
    .shown(ANN)
    .filter(({ text = '' }) => text.includes(`custom/${name} ·`))
    .map(({ message_id: id }) => id);

it('a file of an https server of one’s own, and one of a message, go on after kill -9, each in its card', async () => {
  const world = await openWorld();
  const web = await startWebServer(await readFile(PEM));
  onTestFinished(async () => {
    await world.close();
    await web.close();
  });
  const { telegram } = world;
  const files = join(world.dataDir, 'files');
  const env = { ...ONE_CONNECTION, HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8', NODE_EXTRA_CA_CERTS: PEM };
  const never = new Promise<never>(() => undefined);
  web.files.set('/a.bin', { body: BODY, etag: '"one"', hold: { after: HELD, until: never } });
  const bot = world.start(env);
  await bot.printed('is running');
  telegram.say(ANN, ANN, `/add ${web.origin}/a.bin`);
  const ofServer = await world.sees(ANN, /a\.bin · downloading\n(?:.*\n)?.*[1-9]\d %/);
  // At least: on a busy machine what is held counts as stalled, and is asked for anew from there.
  const comes = async (): Promise<number> =>
    Math.max(0, ...(await partialsIn(join(files, '.hubgram'))).map(({ bytes }) => bytes));
  await expect.poll(comes).toBeGreaterThan(1_400_000);
  const data = randomBytes(5_000_000);
  const letGo = telegram.holdDownloads(2_000_000);
  telegram.sendDocument(ANN, ANN, { name: 'b.bin', data, caption: '/keep' });
  const ofMessage = await world.sees(ANN, /b\.bin · downloading\n(?:.*\n)?.*[34]\d %/);
  await bot.kill('SIGKILL');
  letGo();
  // What the path of before led to is not there any more.
  telegram.advance(3_600_000);
  const asked = telegram.calls.filter(({ method }) => method === 'getFile').length;
  web.files.set('/a.bin', { body: BODY, etag: '"one"' });
  web.asked.length = 0;
  world.start(env);
  await world.sees(ANN, /a\.bin · completed\n8 MB/);
  await world.sees(ANN, /b\.bin · completed\n5 MB/);
  expect(ids(world, 'a.bin')[0]).toBe(ofServer.message_id);
  expect(ids(world, 'b.bin')[0]).toBe(ofMessage.message_id);
  // From where the disk had it; and by an address that is asked for anew.
  const starts = web.asked.map((line) => Number(/bytes=(\d+)-(?!0$)/.exec(line)?.[1] ?? Infinity));
  expect(Math.min(...starts)).toBeGreaterThan(1_000_000);
  expect(telegram.calls.filter(({ method }) => method === 'getFile').length).toBeGreaterThan(asked);
  expect(await readFile(join(files, 'custom', 'a.bin'))).toStrictEqual(BODY);
  expect(await readFile(join(files, 'custom', 'b.bin'))).toStrictEqual(data);
  expect(await partialsIn(join(files, '.hubgram'))).toStrictEqual([]);
  expect((await readdir(join(files, 'custom'))).toSorted()).toStrictEqual(['a.bin', 'b.bin']);
});
