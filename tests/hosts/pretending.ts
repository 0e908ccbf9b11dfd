import { randomUUID } from 'node:crypto';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { HostsTop } from './setup.ts';

/** What a host says of itself, in all its parts. */
export const presenceOf = (more: object = {}): object => ({
  protocol: 1,
  version: '0.1.0',
  machine: randomUUID(),
  process: randomUUID(),
  freeBytes: 1,
  totalBytes: 2,
  memory: { totalBytes: 1, freeBytes: 1, gpus: [] },
  bytesReceived: 0,
  running: 0,
  ...more,
});

/** Says that nas is there, until it says something else. */
export const sayPresence = (redis: Redis, said: object): Promise<unknown> =>
  redis.set('hubgram:host-nas:presence', JSON.stringify(said), 'PX', 60_000);

/** An ending with this answer. */
export const done = (head: object, slices: object = {}): object => ({
  kind: 'done',
  answer: { v: 1, head, slices },
});

/** Somebody who has a host's place in Redis, and answers what he likes. @returns the bot's side of it */
export const pretendHost = async (
  top: HostsTop,
  redis: Redis,
  {
    answer,
    said = {},
    clock = systemClock,
  }: {
    readonly answer: (job: Job) => unknown;
    readonly said?: object | undefined;
    readonly clock?: Clock | undefined;
  },
): Promise<RemoteHost> => {
  for (const queue of ['dl-nas', 'ask-nas']) {
    const worker = new Worker(queue, (one) => Promise.resolve(answer(one)), { connection: redis, prefix: 'hubgram' });
    worker.on('error', () => undefined);
    top.scope.defer(() => worker.close(true));
  }
  await sayPresence(redis, presenceOf(said));
  const remote = await top.remoteThere('nas', clock);
  return remote;
};
