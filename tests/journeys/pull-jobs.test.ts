import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { API, type Client, createClient, urlIn } from '../api/setup.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { openWorld, type RunningProcess } from '../helpers/world.ts';

const SIZE = 8_000_000;
const repo = defineRepo({
  id: 'sample/large',
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});
const small = defineRepo({ id: 'sample/small', files: [{ path: 'model.safetensors', size: 1000 }] });
const SAID = 'An inference server may ask for models';

it('a job that is killed goes on under its id, from close to where it was, and one that was not begun is', async () => {
  const world = await openWorld({ hub: { repos: [repo, small] } });
  onTestFinished(() => world.close());
  const hold = (bytes: number) => world.hub.setFault({ kind: 'held', bytes, path: 'sample/large/model' });
  const letGo = hold(SIZE / 2);
  const start = async (): Promise<{ readonly bot: RunningProcess; readonly client: Client }> => {
    const bot = world.start({ ...API, ...ONE_CONNECTION, HUBGRAM_CONCURRENT_DOWNLOADS: '1' });
    await bot.printed(SAID);
    return { bot, client: createClient(() => urlIn(bot.output())) };
  };
  const { bot, client: before } = await start();
  const { id } = await before.pull({ model: 'sample/large' });
  const waits = await before.pull({ model: 'sample/small' });
  await before.reaches(id, ({ status, progress }) => status === 'running' && Number(progress) > 0.3);
  const kept = await before.job(id);
  const folder = join(world.cacheDir, 'models--sample--large', '.hubgram');
  // The end of the range of which the disk is known to have it.
  const noted = async (): Promise<number> => {
    const control = (await readdir(folder)).find((name) => name.endsWith('.control'));
    const text = control === undefined ? '' : await readFile(join(folder, control), 'utf8');
    return Math.max(0, ...[...text.matchAll(/,(\d+)\]/g)].map(([, end]) => Number(end)));
  };
  await vi.waitUntil(async () => (await noted()) > SIZE * 0.4, { timeout: 60_000 });
  await bot.kill('SIGKILL');
  letGo();
  const more = hold(SIZE / 4);
  const { client: after } = await start();
  const running = await after.reaches(id, ({ status }) => status === 'running');
  expect(running['created_at']).toBe(kept['created_at']);
  expect(running['started_at']).toBe(kept['started_at']);
  more();
  const done = await after.reaches(id, ({ status }) => status === 'succeeded');
  expect(done).toMatchObject({ id, downloaded_bytes: SIZE + 2, total_bytes: SIZE + 2, progress: 1 });
  await after.reaches(waits.id, ({ status }) => status === 'succeeded');
  expect(world.hub.bytesSent()).toBeLessThan(SIZE * 1.2);
});
