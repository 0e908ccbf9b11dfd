import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type AppWorld, openAppWorld } from '../helpers/app.ts';
import { ANN } from '../helpers/stand-ins.ts';

const ID = 'org/again';
const WEIGHTS = 'again-Q4_K_M.gguf';
const MIB = 2 ** 20;
const filesWith = (template: string) => [{ path: WEIGHTS, parts: [template, { seed: 'weights', size: 10 * MIB }] }];

let world: AppWorld;
afterEach(() => world.close());

it('says of a file that was uploaded again for another chat template how little is to be fetched, and fetches that', async () => {
  world = await openAppWorld({ hub: { repos: [defineRepo({ id: ID, xet: 'chunks', files: filesWith('old') })] } });
  const { hub } = world;
  await hub.stored(ID);
  await world.start();
  world.say(`/add ${ID} now`);
  await world.sees(ANN, /again.* · completed/);
  hub.updateRepo(ID, { files: filesWith(`new ${'x'.repeat(300)}`) });
  await hub.stored(ID);
  const before = hub.bytesSent();
  world.say('/update again');
  await world.sees(ANN, /about [\d.]+ kB of 10\.5 MB to fetch/);
  const { id, files } = hub.commitOf(ID);
  const place = join(world.cacheDir, 'models--org--again', 'snapshots', id, WEIGHTS);
  const digest = async (): Promise<string> =>
    createHash('sha256')
      .update(await readFile(place).catch(() => ''))
      .digest('hex');
  await expect.poll(digest, { timeout: 60_000 }).toBe(files[0]?.etag());
  expect(hub.bytesSent() - before).toBeLessThan(MIB);
});
