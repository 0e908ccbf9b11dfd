import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { silentLog } from '../../src/lib/log.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, setUp } from './setup.ts';

const ID = 'sample/model';
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: 1000 }] });

describe.skipIf(redisServer === undefined)('a Redis that throws away what it was given', () => {
  let top: HostsTop;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await top.close();
  });

  it('is said in the log, once, and nothing is printed beside it', async () => {
    const printed = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const warned: (readonly [unknown, string])[] = [];
    const redis = new Redis({ path: top.redis.path });
    top.scope.defer(() => redis.disconnect());
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await top.serve({ log: { ...silentLog, warn: (fields, text) => void warned.push([fields, text]) } });
    const remote = await top.remoteThere();
    // Both sides work, on all connections that BullMQ has made.
    await remote.executor.start(top.bench.job(ID), top.scope.signal).done;
    expect(printed).not.toHaveBeenCalled();
    expect(warned).toEqual([
      [
        { policy: 'allkeys-lru' },
        expect.stringMatching(/^Redis throws away what it was given when it is full: set maxmemory-policy noeviction/),
      ],
    ]);
  });
});
