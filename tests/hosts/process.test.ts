import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { namesOf } from '../../src/hosts/wire/names.ts';
import { openScope, type Scope } from '../../src/lib/scope.ts';
import { ONE_CONNECTION } from '../helpers/app.ts';
import { blobNameOf } from '../helpers/blob-name.ts';
import { leftIn, partialsIn } from '../helpers/partials.ts';
import { redisServer, startRedis, type TestRedis } from '../helpers/redis.ts';
import { openNas } from '../helpers/remote.ts';
import { openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/* A host as a process of its own, with a real Redis, and the bot's side of it. */

const ID = 'sample/model';
const SIZE = 8_000_000;
const STEP = 2 ** 20;
const PATIENT = { timeout: 60_000, interval: 20 } as const;
const NAMED = 'is the host nas. Models go to';
const OTHER = 'sample/other';
const repos = [ID, OTHER].map((id) => defineRepo({ id, files: [{ path: 'model.safetensors', size: SIZE, seed: id }] }));
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('a host as a process', () => {
  let world: World;
  let redis: TestRedis;
  let scope: Scope;
  beforeEach(async () => {
    scope = openScope();
    redis = await startRedis();
    scope.defer(redis.close);
    world = await openWorld({ hub: { repos }, isFirstStart: true });
    scope.defer(world.close);
  });
  afterEach(async () => {
    await scope.close();
  });

  const startHost = (env: Record<string, string> = {}): RunningProcess =>
    world.start({ ...ONE_CONNECTION, HUBGRAM_REDIS_URL: redis.path, HUBGRAM_HOST_NAME: 'nas', ...env }, ['host']);
  const openBot = (): Promise<RemoteHost> => openNas(scope, redis.path);
  const job = (id = ID, key = 'c-1-g1'): CopyJob => {
    const { id: commit, files } = world.hub.commitOf(id);
    return {
      key,
      source: 'hub',
      type: 'model',
      id,
      commit,
      revision: 'main',
      files: files.map((file) => ({ path: file.path, size: file.size, etag: file.etag() })),
    };
  };
  /** The whole model is there by its hash, and nothing beside it. */
  const endsRight = async (): Promise<void> => {
    const { id: commit, files } = world.hub.commitOf(ID);
    const folder = join(world.cacheDir, 'models--sample--model', 'snapshots', commit);
    for (const file of files)
      expect(blobNameOf(await readFile(join(folder, file.path)), file.etag())).toBe(file.etag());
    expect(await leftIn(world.cacheDir)).toEqual([]);
  };
  const claims = async (bytes: number): Promise<void> => {
    const claimed = async (): Promise<number> =>
      (await partialsIn(world.cacheDir).catch(() => [])).reduce((sum, part) => sum + part.bytes, 0);
    await expect.poll(claimed, PATIENT).toBeGreaterThanOrEqual(bytes);
  };

  it('has its folder alone, makes a copy, looks into it, tells how it is, and ends when it is told to', async () => {
    const host = startHost();
    await host.printed(NAMED);
    const second = startHost();
    expect(await second.exited).toBe(4);
    expect(second.output()).toContain(world.dataDir);
    const remote = await openBot();
    const made = await remote.executor.start(job(), never).done;
    expect(made.bytesReceived).toBe(SIZE);
    await endsRight();
    expect(remote.standing()).toMatchObject({
      kind: 'there',
      presence: { protocol: 1, running: expect.any(Number) as number },
    });
    const { commit, files } = job();
    const found = await remote.checker.start({ repoFolder: 'models--sample--model', commit, files }, never).done;
    expect(found.whole).toMatchObject({ weightFiles: 1, faultCount: 0, unreadCount: 0 });
    // It counts with its own memory.
    expect(found.fits?.memoryBytes).toBe((await remote.executor.memory()).totalBytes);
    const none = { repoFolder: 'models--sample--none', commit, files };
    expect((await remote.checker.start(none, never).done).whole.faults).toEqual([
      { path: 'model.safetensors', reason: 'is not there' },
    ]);
    // No database: the folder has what is to be kept of a host, and no more.
    expect(existsSync(join(world.dataDir, 'hubgram.db'))).toBe(false);
    expect(await host.kill('SIGTERM')).toBe(0);
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('away');
    // Nobody keeps a question until it is back.
    await expect(remote.executor.freeBytes()).rejects.toThrow('nas is away. Ask again when it is back.');
  });

  it('that is killed goes on where it was, without a word from the bot', async () => {
    const first = startHost();
    await first.printed(NAMED);
    const remote = await openBot();
    let letGo = world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
    const { done } = remote.executor.start(job(), never);
    for (let round = 1; round <= 2; round += 1) {
      // Of the first 64 MiB nothing is noted before all that came is on the disk: it is noted once a second.
      await claims(round * (STEP / 2));
      const running = round === 1 ? first : undefined;
      if (running) await running.kill('SIGKILL');
      const next = world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
      letGo();
      letGo = next;
      if (running) startHost();
    }
    letGo();
    await done;
    await endsRight();
    // What was not noted yet when it was killed, and the headers of some answers.
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 * STEP);
  });

  it('that stood still for longer than the lock of its job is given it again, as one run; it is waited for while it is away, and what was stopped meanwhile stops', async () => {
    const host = startHost();
    await host.printed(NAMED);
    const remote = await openBot();
    const letGo = world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
    const { done } = remote.executor.start(job(), never);
    await claims(STEP / 2);
    host.child.kill('SIGSTOP');
    // As after that time: the lock and the word that it is there go by themselves, and the job waits again.
    const client = new Redis(redis.path);
    scope.defer(() => client.disconnect());
    await client.unlink('hubgram:dl-nas:c-1-g1:lock', namesOf('nas').presence);
    const queue = new Queue(namesOf('nas').runs, { connection: { path: redis.path }, prefix: 'hubgram' });
    scope.defer(() => queue.close());
    for (const one of await queue.getActive()) await one.moveToWait();
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('away');
    host.child.kill('SIGCONT');
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('there');
    await expect.poll(() => queue.getActiveCount(), PATIENT).toBe(1);
    letGo();
    await done;
    await endsRight();
    expect(world.hub.bytesSent()).toBeLessThan(SIZE + 2 * STEP);

    const again = world.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
    const stop = new AbortController();
    const running = remote.executor.start(job(OTHER, 'c-2-g1'), stop.signal);
    await claims(STEP / 2);
    await host.kill('SIGTERM');
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('away');
    const reason = new Error('paused');
    stop.abort(reason);
    await expect(running.done).rejects.toBe(reason);
    again();
    const sent = world.hub.bytesSent();
    await startHost().printed(NAMED);
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('there');
    // It answers what comes after it has looked at what it had.
    expect(
      await remote.executor.removeArrived({
        repoFolder: 'models--sample--other',
        etags: job(OTHER).files.map(({ etag }) => etag),
      }),
    ).toBe(0);
    expect(world.hub.bytesSent()).toBe(sent);
  });
});

// That it needs a Redis at all: see tests/journeys/host-daemon.test.ts.
it.skipIf(redisServer === undefined)('a host says that Redis does not let it in', async () => {
  const scope = openScope();
  onTestFinished(() => scope.close());
  const users = ['default off', 'nas on >right ~* &* +@all'].flatMap((line) => ['--user', ...line.split(' ')]);
  const redis = await startRedis(users);
  scope.defer(redis.close);
  const world = await openWorld({ isFirstStart: true });
  scope.defer(world.close);
  const env = { HUBGRAM_HOST_NAME: 'nas', HUBGRAM_REDIS_URL: `unix://nas:wrong@${redis.path}` };
  const refused = world.start(env, ['host']);
  expect(await refused.exited).toBe(2);
  expect(refused.output()).toContain('does not let this host in (WRONGPASS)');
  expect(refused.output()).not.toContain('wrong@');
});
