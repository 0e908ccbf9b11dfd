import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { createBulk } from '../../src/transfer/bulk/bulk.ts';
import type { SmallConnections } from '../../src/transfer/engine/lane.ts';
import { createTestClock } from '../helpers/clock.ts';

const NAME = 'a'.repeat(40);

/** One connection for one job. */
const createSmall = (): SmallConnections => {
  let used = 0;
  return {
    free: () => 1 - used,
    began: () => void (used += 1),
    ended: () => void (used -= 1),
    sharedBy: () => undefined,
    whenFree: () => undefined,
  };
};

/** With a server that takes connections and never answers. @param onLook called at each look at them */
const open = async (onLook: () => void = () => undefined) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = createTestClock();
  const bulk = createBulk({
    clock,
    egress: createEgress({ endpoints: [endpoint], allowedHosts: [] }),
    stallTimeoutMs: () => {
      onLook();
      return 60_000;
    },
    small: createSmall(),
    bandwidthLimit: () => undefined,
    onReceived: () => undefined,
  });
  onTestFinished(async () => {
    await bulk.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const hub = createHub({ endpoint, userAgent: 'hubgram-test/1', clock });
  const finding = hub.findingIn?.({ type: 'model', id: 'org/name', commit: NAME });
  if (!finding) throw new Error('there is no finding');
  const job = {
    finding,
    wanted: (path: string) => ({ path, etag: NAME, size: 2, temporary: '/nowhere/it.tmp', finalPath: '/nowhere/it' }),
    taker: {},
    checkFloor: () => Promise.resolve(),
    received: () => undefined,
    done: () => undefined,
    left: () => undefined,
  };
  return { bulk, clock, job };
};

const never = new AbortController().signal;

it('a job that cannot say what it wants ends alone', async () => {
  const { bulk, job } = await open();
  const odd = new Error('odd');
  const wanted = (): never => {
    throw odd;
  };
  await expect(bulk.fetch({ ...job, wanted, files: ['config.json'].values() }, never)).rejects.toBe(odd);
  const asked: string[] = [];
  const other = bulk.fetch(
    { ...job, wanted: (path: string) => (asked.push(path), job.wanted(path)), files: ['config.json'].values() },
    never,
  );
  expect(asked).toEqual(['config.json']);
  await bulk.close();
  await expect(other).rejects.toThrow('shutting down');
});

it('a disk that does not say how much room it has is not asked again before it does', async () => {
  let looks = 0;
  const { bulk, clock, job } = await open(() => (looks += 1));
  const answers: PromiseWithResolvers<void>[] = [];
  const checkFloor = (): Promise<void> => {
    const answer = Promise.withResolvers<void>();
    answers.push(answer);
    return answer.promise;
  };
  const run = bulk.fetch({ ...job, checkFloor, files: ['config.json'].values() }, never);
  const end = run.catch((error: unknown) => error);
  /** Looks are by the machine's own clock: two that begin from here. */
  const lookTwice = async (): Promise<void> => {
    const before = looks;
    await expect.poll(() => looks, { interval: 20 }).toBeGreaterThan(before + 1);
  };
  for (let second = 0; second < 3; second += 1) {
    clock.pass(1001);
    await lookTwice();
  }
  expect(answers).toHaveLength(1);
  answers[0]?.resolve();
  await lookTwice();
  clock.pass(1001);
  await lookTwice();
  expect(answers).toHaveLength(2);
  const full = new Error('the disk is full');
  answers[1]?.reject(full);
  expect(await end).toBe(full);
});
