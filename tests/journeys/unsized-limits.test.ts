import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bytesOf } from '../copies/odd-server.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN, BOB } from '../helpers/stand-ins.ts';
import { startWebServer, type WebServer } from '../helpers/web-server.ts';

const BODY = bytesOf(3_000_000);
const SETTINGS = { HUBGRAM_ALLOWED_HOSTS: '127.0.0.0/8', HUBGRAM_MAX_RETRIES: '0' };

let world: AppWorld;
let web: WebServer;

beforeEach(async () => {
  world = await openAppWorld();
  web = await startWebServer();
  web.files.set('/a.bin', { body: BODY, withoutRanges: true, withoutLength: true });
});

afterEach(async () => {
  await world.close();
  await web.close();
});

/** All that lies in the folder for files, below it too. */
const left = async (): Promise<string[]> => {
  const entries = await readdir(join(world.dataDir, 'files'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

it('a file of which nobody knows how long it is takes no more than all models may take together', async () => {
  await world.start({ ...SETTINGS, HUBGRAM_MAX_TOTAL_SIZE: '2MB' });
  world.say(`/add ${web.origin}/a.bin`);
  await world.sees(ANN, /a\.bin · failed\n.*longer than the 2 MB that it may take, and its server does not say/s);
  expect(await left()).not.toContain('a.bin');
  expect((await left()).filter((name) => /incomplete|part/.test(name))).toEqual([]);
});

it('such a file takes no more than its person may have, and all of that if it is no longer', async () => {
  await world.start({ ...SETTINGS, HUBGRAM_OWNERS: `${ANN},${BOB}` });
  world.say(`/quota ${BOB} bytes=${BODY.length - 1}`);
  await world.sees(ANN, /3 MB/);
  world.say(`/add ${web.origin}/a.bin`, BOB);
  await world.sees(BOB, /a\.bin · failed\n.*longer than the 3 MB that it may take/s);
  world.say(`/quota ${BOB} bytes=${BODY.length}`);
  world.say('/retry failed', BOB);
  await world.sees(BOB, /a\.bin · completed\n3 MB/);
  expect(await readFile(join(world.dataDir, 'files', 'custom', 'a.bin'))).toStrictEqual(BODY);
});
