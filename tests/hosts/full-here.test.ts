import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { AppError } from '../../src/domain/errors.ts';
import { connect } from '../../src/hosts/connection.ts';
import { openRemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

const ID = 'sample/model';
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: 1000 }] });

describe.skipIf(redisServer === undefined)('a full disk on the machine of the bot', () => {
  let top: HostsTop;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
    await top.serve();
  });
  afterEach(async () => {
    await top.close();
  });

  it('makes no other machine one that is away: it goes on there, and is noted when there is room', async () => {
    const [redis, patient] = [false, true].map((blocks) => {
      const connection = connect({ url: top.redis.path }, blocks, () => undefined);
      top.scope.defer(() => connection.disconnect());
      return connection;
    });
    let [isFull, refusals, seen] = [true, 0, 0];
    const remote = top.scope.use(
      openRemoteHost({
        name: 'nas',
        redis: redis!,
        patient: patient!,
        onSeen: () => {
          if (isFull) {
            refusals += 1;
            throw new AppError('no_space', 'The disk is full.');
          }
          seen += 1;
        },
        clock: systemClock,
        log: silentLog,
      }),
    );
    await expect.poll(() => refusals, PATIENT).toBeGreaterThan(0);
    expect(remote.standing().kind).toBe('there');
    await remote.executor.start(top.job(ID), new AbortController().signal).done;
    expect(remote.standing().kind).toBe('there');
    isFull = false;
    await expect.poll(() => seen, PATIENT).toBeGreaterThan(0);
  });
});
