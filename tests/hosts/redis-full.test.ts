import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import { connect } from '../../src/hosts/connection.ts';
import { createDoor } from '../../src/hosts/door.ts';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { accessOf, userOf } from '../../src/hosts/wire/access.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { STANDING } from '../copies/bench-top.ts';
import { leftIn } from '../helpers/partials.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, setUp } from './setup.ts';

/* The most that a machine which is no friend can do to others: it fills Redis with keys of its own. */

const ID = 'sample/model';
const SIZE = 4_000_000;
const STEP = 2 ** 20;
/** Longer than BullMQ waits before it hands out again what nobody holds any more. */
const PATIENT = { timeout: 120_000, interval: 50 } as const;
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: SIZE }] });
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('a Redis that is full', () => {
  let top: HostsTop;
  let remote: RemoteHost;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] }, STANDING);
    await top.serve();
    remote = await top.remoteThere();
  });
  afterEach(async () => {
    await top.close();
  });

  const asUser = (user?: string, password?: string) => {
    const redis = connect({ url: top.redis.path, user, password }, false, () => undefined);
    top.scope.defer(() => redis.disconnect());
    return redis;
  };
  const setMost = async (bytes: number): Promise<void> => {
    await asUser().config('SET', 'maxmemory', String(bytes));
  };
  const job = (): CopyJob => top.job(ID);
  const endsRight = async (): Promise<void> => {
    expect(await top.bench.published(ID, 'model.safetensors')).toBe('right');
    expect(await leftIn(top.bench.cacheDir)).toEqual([]);
    expect(top.bench.hub.bytesSent()).toBeLessThan(SIZE + 50_000);
  };

  it('says so, and what is wanted begins when there is room', async () => {
    await setMost(1);
    const running = remote.executor.start(job(), never);
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('redis_full');
    await expect(remote.executor.freeBytes()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('Redis, by which nas is reached, is full and takes nothing new.') as string,
    });
    await setMost(0);
    await running.done;
    expect(remote.standing().kind).toBe('there');
    await endsRight();
  });

  it('loses nothing of what ends meanwhile', async () => {
    const letGo = top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP });
    const running = remote.executor.start(job(), never);
    await expect.poll(() => running.state().bytesReady, PATIENT).toBe(STEP);
    await setMost(1);
    letGo();
    await expect.poll(() => top.bench.published(ID, 'model.safetensors'), PATIENT).toBe('right');
    // What the host says of itself is gone by then: it is not taken for one that is away.
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('redis_full');
    await setMost(0);
    await running.done;
    await endsRight();
  });

  it('is filled by a machine up to its limit and no further, and has room again when that is let go', async () => {
    const bot = asUser();
    await bot.acl('SETUSER', userOf('foe'), 'reset', 'on', '>foe', ...accessOf('foe'));
    const foe = asUser(userOf('foe'), 'foe');
    const used = Number(/used_memory:(\d+)/.exec(await bot.info('memory'))?.[1]);
    await setMost(used + 8 * STEP);
    let written = 0;
    const fill = async (bytes: number): Promise<void> => {
      for (; written < 10_000; written += 1) await foe.set(`hubgram:host-foe:${written}`, 'x'.repeat(bytes));
    };
    await expect(fill(STEP)).rejects.toThrow('OOM');
    // It can take nothing of others away.
    await expect(foe.unlink('hubgram:host-nas:presence')).rejects.toThrow('NOPERM');
    // What Redis had taken to read its lines becomes free after a while: it takes that too.
    await expect
      .poll(async () => {
        await expect(fill(1000)).rejects.toThrow('OOM');
        return remote.executor.freeBytes().catch(String);
      }, PATIENT)
      .toContain('is full and takes nothing new');
    const door = createDoor({
      redis: bot,
      endpoint: { url: top.redis.path },
      list: () => [],
      join: () => undefined,
      passwords: { all: () => ({}), ofGone: () => [], keep: () => undefined },
      onJoined: () => undefined,
      clock: systemClock,
      log: silentLog,
    });
    door.shut('foe', Promise.resolve());
    await expect.poll(() => bot.keys('hubgram:*foe*'), PATIENT).toEqual([]);
    await expect.poll(() => remote.standing().kind, PATIENT).toBe('there');
    await remote.executor.start(job(), never).done;
    await endsRight();
  });
});
