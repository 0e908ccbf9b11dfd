import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { blobNameOf } from '../helpers/blob-name.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { ANN, openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* The bot, and machines that join it, each a process of its own, with a real Redis between them. */

const ID = 'sample/large';
const SIZE = 8_000_000;
const repo = defineRepo({
  id: ID,
  files: [
    { path: 'model.safetensors', size: SIZE },
    { path: 'config.json', content: '{}' },
  ],
});

describe.skipIf(redisServer === undefined)('machines that have joined', () => {
  let world: World;
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
    world = await openWorld({ hub: { repos: [repo] } });
  });
  afterEach(async () => {
    await world.close();
    await redis.close();
  });

  const say = (text: string): void => void world.telegram.say(ANN, ANN, text);
  const cacheOf = (host: string): string => join(world.folder, `${host}-hub`);
  const startBot = async (): Promise<RunningProcess> => {
    const bot = world.start({ ...ONE_CONNECTION, HUBGRAM_REDIS_URL: redis.path });
    await bot.printed('is running');
    return bot;
  };
  const startHost = async (
    name: string,
    flags: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<RunningProcess> => {
    const own = { HUBGRAM_DATA_DIR: join(world.folder, name), HF_HUB_CACHE: cacheOf(name) };
    const host = world.start({ ...ONE_CONNECTION, ...own, ...env }, ['host', ...flags]);
    await host.printed(`is the host ${name}.`);
    return host;
  };
  /** As the bot says it has to be done. */
  const joins = async (name: string): Promise<RunningProcess> => {
    say(`/hosts add ${name}`);
    const { text = '' } = await world.sees(ANN, new RegExp(`^${name} .*may join`));
    const [, code = ''] = /--join ([0-9a-f]{32})/.exec(text) ?? [];
    return startHost(name, ['--join', code], { HUBGRAM_REDIS_URL: redis.path, HUBGRAM_HOST_NAME: name });
  };
  const isRightIn = async (cacheDir: string): Promise<void> => {
    const { id: commit, files } = world.hub.commitOf(ID);
    const folder = join(cacheDir, 'models--sample--large', 'snapshots', commit);
    for (const file of files)
      expect(blobNameOf(await readFile(join(folder, file.path)), file.etag())).toBe(file.etag());
  };
  const hold = (bytes: number): (() => void) => world.hub.setFault({ kind: 'held', bytes, path: 'sample/large/model' });

  it('get models of their own; each is told once where it lies, whoever is killed meanwhile', async () => {
    let bot = await startBot();
    await joins('nas');
    await joins('gpu');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    await bot.kill('SIGKILL');
    bot = await startBot();
    letGo();
    await world.sees(ANN, /^sample\/large on nas · completed/);
    await world.sees(ANN, 'verified and ready');
    await isRightIn(cacheOf('nas'));
    expect(existsSync(join(cacheOf('gpu'), 'models--sample--large'))).toBe(false);
    expect(existsSync(join(world.cacheDir, 'models--sample--large'))).toBe(false);
    // What was not noted when it was killed, and answers beside the files.
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 ** 20);
    say(`/add ${ID} on=gpu`);
    await expect
      .poll(() => existsSync(join(cacheOf('gpu'), 'models--sample--large', 'refs', 'main')), { timeout: 60_000 })
      .toBe(true);
    await isRightIn(cacheOf('gpu'));
    const notices = world.shown(ANN).filter(({ text = '' }) => text.includes('verified and ready'));
    expect(notices.filter(({ text = '' }) => text.includes('on nas'))).toHaveLength(1);
  });

  it('are killed and come back by themselves: the code is not needed any more', async () => {
    await startBot();
    const first = await joins('nas');
    const letGo = hold(SIZE / 2);
    say(`/add ${ID} on=nas`);
    await world.sees(ANN, /[3-9]\d %/);
    await first.kill('SIGKILL');
    const more = hold(SIZE / 4);
    letGo();
    await startHost('nas');
    more();
    await world.sees(ANN, 'verified and ready');
    await isRightIn(cacheOf('nas'));
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 * 2 ** 20);
  });
});
