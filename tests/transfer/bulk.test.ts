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

it('a disk that does not say how much room it has is not asked again before it does', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = createTestClock();
  let looks = 0;
  const bulk = createBulk({
    clock,
    egress: createEgress({ endpoints: [endpoint], allowedHosts: [] }),
    stallTimeoutMs: () => {
      looks += 1;
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
  const answers: PromiseWithResolvers<void>[] = [];
  const run = bulk.fetch(
    {
      finding,
      files: ['config.json'].values(),
      wanted: (path) => ({ path, etag: NAME, size: 2, temporary: '/nowhere/it.tmp', finalPath: '/nowhere/it' }),
      taker: {},
      checkFloor: () => {
        const answer = Promise.withResolvers<void>();
        answers.push(answer);
        return answer.promise;
      },
      received: () => undefined,
      done: () => undefined,
      left: () => undefined,
    },
    new AbortController().signal,
  );
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
