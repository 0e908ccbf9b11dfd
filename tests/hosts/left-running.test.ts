import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { type CopyJob, PROGRAM_ENDS } from '../../src/copies/executor.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import type { Serving } from '../../src/hosts/serving/serve.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { STANDING } from '../copies/bench-top.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

const ID = 'sample/model';
const STEP = 2 ** 20;
const OTHER = 'sample/other';
const repos = [ID, OTHER].map((id) =>
  defineRepo({ id, files: [{ path: 'model.safetensors', size: 4_000_000, seed: id }] }),
);

describe.skipIf(redisServer === undefined)('what a bot that has ended has left running', () => {
  let top: HostsTop;
  let serving: Serving;
  beforeEach(async () => {
    top = await setUp({ repos }, STANDING);
    serving = await top.serve();
  });
  afterEach(async () => {
    await top.close();
  });

  const job = (id: string, key: string): CopyJob => top.job(id, { key });
  /** Of both some has come. */
  const leaveRunning = async (jobs: readonly CopyJob[]): Promise<void> => {
    const first = await top.remoteThere();
    const ends = new AbortController();
    const runs = jobs.map((one) => first.executor.start(one, ends.signal));
    await expect.poll(() => runs.map(({ state }) => state().bytesReady), PATIENT).toEqual(jobs.map(() => STEP));
    ends.abort(new Error('the program ends', { cause: PROGRAM_ENDS }));
    for (const { done } of runs) await expect(done).rejects.toThrow('the program ends');
    await first.close();
  };
  const hold = (id: string): (() => void) =>
    top.bench.hub.setFault({ kind: 'held', path: `${id}/model.safetensors`, bytes: STEP });

  it('goes on, and stops a minute after the next one has begun, which has not asked for it', async () => {
    top.scope.defer(hold(ID));
    await leaveRunning([job(ID, 'c-1-g1')]);

    let aheadMs = 0;
    const clock = { now: () => Date.now(), monotonic: () => systemClock.monotonic() + aheadMs };
    const next = await top.remoteThere('nas', clock);
    // Whoever is answered has been looked at since: it runs all the same.
    await next.executor.freeBytes();
    expect(serving.told()).toMatchObject([{ kind: 'copy', what: ID, bytesDone: STEP }]);
    aheadMs = 60_000;
    await expect.poll(serving.told, PATIENT).toEqual([]);
  });

  it('ends before what has come of it is removed, and what is fetched besides goes on', async () => {
    const held = [ID, OTHER].map(hold);
    const [one, other] = [job(ID, 'c-1-g1'), job(OTHER, 'c-2-g1')];
    await leaveRunning([one, other]);

    const next = await top.remote();
    await top.isThere(next);
    const repoFolder = repoFolderName(one);
    const etags = one.files.map(({ etag }) => etag);
    await next.executor.removeArrived({ repoFolder, etags });
    const folders: string[] = [];
    for await (const parts of next.executor.partials(new AbortController().signal)) folders.push(parts.repoFolder);
    expect(folders).toEqual([repoFolderName(other)]);
    expect(serving.told()).toMatchObject([{ what: OTHER, bytesDone: STEP }]);

    // Who asks for it again has it done from its beginning.
    const [again, goesOn] = [one, other].map((what) => next.executor.start(what, new AbortController().signal));
    for (const letGo of held) letGo();
    expect((await again?.done)?.bytesReceived).toBe(4_000_000);
    await goesOn?.done;
    expect([again, goesOn].map((run) => run?.state().ranBefore)).toEqual([undefined, true]);
  });
});
