import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { openAppWorld } from '../helpers/app.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { redisServer, startRedis } from '../helpers/redis.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { createProcesses } from '../helpers/world.ts';

/* The bot, and another machine as a process, with a real Redis: from the code in the chat to a model that lies there. */

const repo = defineRepo({ id: 'sample/model', files: [{ path: 'config.json', content: '{}' }] });
const LINE =
  /HUBGRAM_REDIS_URL=(\S+) HF_ENDPOINT=(\S+) HUBGRAM_HOST_NAME=(\S+) npm start -- (host --join [0-9a-f]{32})/;

describe.skipIf(redisServer === undefined)('a second machine', () => {
  it('joins by the line that the bot has written, gets a model, and starts again without the code', async () => {
    const redis = await startRedis(
      ['default off', 'bot on >of-the-bot ~* &* +@all'].flatMap((line) => ['--user', ...line.split(' ')]),
    );
    onTestFinished(redis.close);
    const world = await openAppWorld({ hub: { repos: [repo] }, clock: createRunningClock() });
    onTestFinished(() => world.close());
    const processes = createProcesses(world);
    onTestFinished(processes.end);
    await world.start({ HUBGRAM_REDIS_URL: `unix://bot:of-the-bot@${redis.path}` });
    world.say('/hosts add nas');
    const said = await world.sees(ANN, 'nas · may join');
    const [, address, hub, name = '', words = ''] = LINE.exec(said.text ?? '') ?? [];
    // Where this Redis is reached from elsewhere only a person knows.
    expect([address, hub, name]).toEqual(['redis://REDIS:6379', world.hub.url, 'nas']);

    const folders = { HUBGRAM_DATA_DIR: join(redis.folder, 'nas'), HF_HUB_CACHE: join(redis.folder, 'nas-cache') };
    const env = { ...folders, HUBGRAM_REDIS_URL: redis.path, HUBGRAM_HOST_NAME: name };
    const host = processes.start(env, words.split(' '));
    await host.printed('is the host nas. Models go to');
    await world.sees(ANN, 'nas · has joined');
    world.say('/add sample/model on=nas');
    const card = await world.sees(ANN, 'sample/model on nas · completed');
    expect(card.text).toContain(join(redis.folder, 'nas-cache'));
    expect(existsSync(join(folders.HF_HUB_CACHE, 'models--sample--model', 'refs', 'main'))).toBe(true);
    world.say('/hosts nas');
    await world.sees(ANN, /^nas · there\n[^\n]+\n[^\n]+\n1 model\nhubgram \S+ · joined /);

    expect(await host.kill('SIGTERM')).toBe(0);
    const again = processes.start(env, ['host']);
    await again.printed('is the host nas. Models go to');
    expect(await again.kill('SIGTERM')).toBe(0);
    const misnamed = processes.start({ ...env, HUBGRAM_HOST_NAME: 'foo' }, ['host']);
    expect(await misnamed.exited).toBe(2);
    expect(misnamed.output()).toContain('This machine has joined as nas, and HUBGRAM_HOST_NAME says foo.');
    // Nobody else has the code, nor what it was turned into.
    const other = processes.start(
      { ...env, HUBGRAM_DATA_DIR: join(redis.folder, 'other'), HF_HUB_CACHE: join(redis.folder, 'other-cache') },
      words.split(' '),
    );
    expect(await other.exited).toBe(2);
    expect(other.output()).toContain('That code does not let in a machine by the name nas: it counts once');
  });
});
