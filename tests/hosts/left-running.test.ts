import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type CopyJob, PROGRAM_ENDS } from '../../src/copies/executor.ts';
import type { Serving } from '../../src/hosts/serving/serve.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { STANDING } from '../copies/bench-top.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

const ID = 'sample/model';
const STEP = 2 ** 20;
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: 4_000_000 }] });

describe.skipIf(redisServer === undefined)('what a bot that has ended has left running', () => {
  let top: HostsTop;
  let serving: Serving;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] }, STANDING);
    serving = await top.serve();
  });
  afterEach(async () => {
    await top.close();
  });

  it('goes on, and stops a minute after the next one has begun, which has not asked for it', async () => {
    const first = await top.remote();
    await top.isThere(first);
    top.scope.defer(top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: STEP }));
    const commit = top.bench.hub.commitOf(ID).id;
    const what = { key: 'c-1-g1', source: 'hub', type: 'model', id: ID, commit, revision: 'main' } as const;
    const job: CopyJob = { ...what, files: top.bench.files(ID) };
    const ends = new AbortController();
    const { done, state } = first.executor.start(job, ends.signal);
    await expect.poll(() => state().bytesReady, PATIENT).toBe(STEP);
    ends.abort(new Error('the program ends', { cause: PROGRAM_ENDS }));
    await expect(done).rejects.toThrow('the program ends');
    await first.close();

    let aheadMs = 0;
    const clock = { now: () => Date.now(), monotonic: () => systemClock.monotonic() + aheadMs };
    const next = await top.remote('nas', clock);
    await top.isThere(next);
    // Whoever is answered has been looked at since: it runs all the same.
    await next.executor.freeBytes();
    expect(serving.told()).toMatchObject([{ kind: 'copy', what: ID, bytesDone: STEP }]);
    aheadMs = 60_000;
    await expect.poll(serving.told, PATIENT).toEqual([]);
  });
});
