import { Queue, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { CopyJob } from '../../src/copies/executor.ts';
import type { RemoteHost } from '../../src/hosts/remote/remote-host.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { redisServer } from '../helpers/redis.ts';
import { done, pretendHost } from './pretending.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* What comes by Redis may be of anybody's making, on either side. */

const ID = 'sample/model';
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: 1000 }] });
const never = new AbortController().signal;
const PRESENCE = 'hubgram:host-nas:presence';

describe.skipIf(redisServer === undefined)('not believed', () => {
  let top: HostsTop;
  let redis: Redis;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
    redis = new Redis({ path: top.redis.path, maxRetriesPerRequest: null });
    top.scope.defer(() => redis.disconnect());
  });
  afterEach(async () => {
    await top.close();
  });

  const sayPresence = (what: unknown): Promise<unknown> =>
    redis.set(PRESENCE, typeof what === 'string' ? what : JSON.stringify(what), 'PX', 15_000);
  const job = (key = 'c-1-g1'): CopyJob => top.job(ID, { key });
  const pretend = async (answer: (job: Job) => unknown, clock?: Clock): Promise<RemoteHost> =>
    pretendHost(top, redis, { answer, clock });
  const rightPlace = (): string => `/cache/models--sample--model/snapshots/${job().commit}`;

  describe('of a host', () => {
    const endings: readonly (readonly [string, () => unknown])[] = [
      ['no ending', () => 'done'],
      ['an ending of another version', () => ({ kind: 'done', answer: { v: 2, head: {}, slices: {} } })],
      ['a copy in another folder', () => done({ snapshotPath: '/etc', bytesReceived: 1 }, { learned: 0 })],
      [
        'a folder that leads elsewhere',
        () => done({ snapshotPath: `/../..${rightPlace()}`, bytesReceived: 1 }, { learned: 0 }),
      ],
      ['bytes below nothing', () => done({ snapshotPath: rightPlace(), bytesReceived: -1 }, { learned: 0 })],
      [
        'what is longer than any ending',
        () => done({ snapshotPath: rightPlace().padStart(200_000, '/'), bytesReceived: 1 }),
      ],
      ['a failure of a kind that there is not', () => ({ kind: 'failed', failure: { code: 'rm -rf', message: 'x' } })],
    ];

    it('what is no ending, or cannot be one, ends the copy as a failure that says so', async () => {
      let answer = (): unknown => undefined;
      const remote = await pretend(() => answer());
      for (const [at, [what, ending]] of endings.entries()) {
        answer = ending;
        const reason: unknown = await remote.executor
          .start(job(`c-${at + 1}-g1`), never)
          .done.catch((error: unknown) => error);
        expect({ what, reason }).toMatchObject({
          what,
          reason: {
            code: 'integrity',
            message: expect.stringContaining('nas has answered what cannot be') as string,
          },
        });
      }
    });

    it('paths that nobody has asked about', async () => {
      const remote = await pretend(async (one) => {
        await redis.set(`hubgram:host-nas:list:${one.id ?? ''}-answer:missing:0`, '["other.bin"]');
        return done({}, { missing: 1, broken: 0 });
      });
      const { commit, files } = job();
      const published = { repoFolder: 'models--sample--model', commit, files };
      await expect(remote.executor.verify(published, never).done).rejects.toMatchObject({ code: 'integrity' });
    });

    it('a list that is longer than any', async () => {
      const slice = JSON.stringify(Array.from({ length: 500 }, () => ({ repoFolder: 'models--a--b', etags: [] })));
      const remote = await pretend(async (one) => {
        const keys = Array.from(
          { length: 201 },
          (_, nth) => `hubgram:host-nas:list:${one.id ?? ''}-answer:items:${nth}`,
        );
        for (const key of keys) await redis.set(key, slice);
        return done({}, { items: keys.length });
      });
      const all = async (): Promise<void> => {
        for await (const _ of remote.executor.partials(never)) expect.unreachable('it is not believed');
      };
      await expect(all()).rejects.toMatchObject({
        code: 'integrity',
        message: 'nas lists more than any disk holds, and is not believed.',
      });
    });

    const all = async (parts: AsyncIterable<unknown>): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const one of parts) found.push(one);
      return found;
    };
    const repoWith = (revision: object, revisions = 1): object => {
      const counts = { files: 1, bytes: 1 };
      const one = { ...counts, commit: 'c'.repeat(40), refs: ['main'], gone: 0, changedAt: 0, ...revision };
      const rest = { bytes: 1, sharedBytes: 0, toldBytes: 0, unshown: counts, partials: counts };
      return { repoFolder: 'models--a--b', ...rest, revisions: Array.from({ length: revisions }, () => one) };
    };
    const answered = async ({ id = '' }: Job, items: readonly object[], cursor?: string): Promise<object> => {
      await redis.set(`hubgram:host-nas:list:${id}-answer:items:0`, JSON.stringify(items));
      return done(cursor === undefined ? {} : { cursor }, { items: 1 });
    };

    it('a time of which there is no date', async () => {
      const last = { changedAt: 253_402_300_799_999 };
      const after = { changedAt: 253_402_300_800_000 };
      const told: object[] = [last, after];
      const remote = await pretend((one) => answered(one, [repoWith(told.shift() ?? {})]));
      expect(await all(remote.executor.list(never))).toMatchObject([{ revisions: [last] }]);
      await expect(all(remote.executor.list(never))).rejects.toMatchObject({ code: 'integrity' });
    });

    it('a disk with more commits than any', async () => {
      const page = [repoWith({ refs: Array.from({ length: 99 }, (_, nth) => `b${nth}`) }, 1000)];
      const remote = await pretend((one) => answered(one, page, 'f'));
      await expect(all(remote.executor.list(never))).rejects.toMatchObject({
        code: 'integrity',
        message: 'nas lists more than any disk holds, and is not believed.',
      });
    });

    it('files of a snapshot in another folder', async () => {
      const paths = [rightPlace(), '/etc'];
      const remote = await pretend((one) => answered(one, [{ snapshotPath: paths.shift(), files: [] }]));
      const shown = () =>
        all(remote.executor.shown({ repoFolder: 'models--sample--model', commit: job().commit }, never));
      expect(await shown()).toEqual([{ snapshotPath: rightPlace(), files: [] }]);
      await expect(shown()).rejects.toMatchObject({ code: 'integrity' });
    });

    it('a question that it never answers is given up after half an hour', async () => {
      let ahead = 0;
      const clock = { now: () => Date.now(), monotonic: () => systemClock.monotonic() + ahead };
      const asked = Promise.withResolvers<void>();
      const remote = await pretend((one) => {
        if (one.name === 'room') asked.resolve();
        return new Promise(() => undefined);
      }, clock);
      const room = remote.executor.room();
      room.catch(() => undefined);
      await asked.promise;
      ahead = 1_800_000;
      await expect(room).rejects.toMatchObject({
        code: 'unavailable',
        message: 'nas is there and does not answer. Look at its log.',
      });
    });

    it('progress that cannot be is passed over', async () => {
      const ended = Promise.withResolvers<object>();
      const remote = await pretend(async (one) => {
        await one.updateProgress({ phase: 'done', bytesReady: 10, bytesTotal: 1 });
        return ended.promise;
      });
      const running = remote.executor.start(job(), never);
      const queue = new Queue('dl-nas', { connection: redis, prefix: 'hubgram' });
      await expect
        .poll(async () => (await queue.getJob('c-1-g1'))?.progress, PATIENT)
        .toMatchObject({ bytesReady: 10 });
      await queue.close();
      expect(running.state()).toMatchObject({ phase: 'checking', bytesReady: 0 });
      ended.resolve(done({ snapshotPath: rightPlace(), bytesReceived: 5 }, { learned: 0 }));
      await running.done;
    });

    it('another version, or what is none: it is not there, and that is said', async () => {
      const remote = await top.remote();
      await sayPresence({ protocol: 2, version: '9.9.9', shape: 'unknown' });
      await expect.poll(() => remote.standing().kind, PATIENT).toBe('other_version');
      await expect(remote.executor.freeBytes()).rejects.toMatchObject({
        code: 'unavailable',
        message: 'nas runs hubgram 9.9.9, which does not understand this one. Install the same version on both.',
      });
      await sayPresence('{"protocol":1,"version":"1"}');
      await expect.poll(() => remote.standing().kind, PATIENT).toBe('not_believed');
      await sayPresence('no JSON');
      await expect.poll(() => remote.standing().kind, PATIENT).toBe('not_believed');
    });
  });

  describe('of a bot', () => {
    const serve = (): Promise<unknown> =>
      top.serve({ checker: { start: () => expect.unreachable('it was not understood') } });
    const ends = async (name: string, queueName: string, data: unknown, jobId = 'x-1'): Promise<unknown> => {
      const queue = new Queue(queueName, { connection: redis, prefix: 'hubgram' });
      await queue.add(name, data, { jobId });
      await expect.poll(async () => (await queue.getJob(jobId))?.finishedOn, PATIENT).toBeGreaterThan(0);
      const value: unknown = (await queue.getJob(jobId))?.returnvalue;
      await queue.close();
      return value;
    };
    const head = (more: object = {}) => ({
      source: 'hub',
      type: 'model',
      id: ID,
      commit: job().commit,
      revision: 'main',
      ...more,
    });

    const wishes: readonly (readonly [what: string, name: string, queue: string, data: () => unknown])[] = [
      ['a kind of run that there is not', 'shell', 'dl-nas', () => ({ v: 1, head: {}, slices: {} })],
      [
        'a text longer than any',
        'check',
        'dl-nas',
        () => ({
          v: 1,
          head: { repoFolder: 'models--sample--model', commit: job().commit, contextTokens: 10_000_001 },
          slices: { files: 0 },
        }),
      ],
      ['a question that there is not', 'constructor', 'ask-nas', () => ({ v: 1, head: {}, slices: {} })],
      ['another version', 'copy', 'dl-nas', () => ({ v: 2, head: head(), slices: { files: 0 } })],
      [
        'a name that leads elsewhere',
        'copy',
        'dl-nas',
        () => ({ v: 1, head: head({ id: '../../etc' }), slices: { files: 0 } }),
      ],
      [
        'a commit that is none',
        'copy',
        'dl-nas',
        () => ({ v: 1, head: head({ commit: '../x' }), slices: { files: 0 } }),
      ],
      [
        'a path that leads elsewhere',
        'read',
        'ask-nas',
        () => ({
          v: 1,
          head: { repoFolder: 'models--sample--model', commit: job().commit, path: '../../x', start: 0, bytes: 1 },
          slices: {},
        }),
      ],
      [
        'a piece without end',
        'read',
        'ask-nas',
        () => ({
          v: 1,
          head: { repoFolder: 'models--sample--model', commit: job().commit, path: 'x', start: 0, bytes: 2 ** 40 },
          slices: {},
        }),
      ],
      ['nothing', 'copy', 'dl-nas', () => null],
    ];

    it('what cannot be is refused, and the host goes on', async () => {
      await serve();
      for (const [at, [what, name, queue, data]] of wishes.entries())
        expect({ what, ending: await ends(name, queue, data(), `x-${at}`) }).toMatchObject({
          what,
          ending: { kind: 'refused', protocol: 1 },
        });
      const remote = await top.remoteThere();
      await remote.executor.start(job(), never).done;
      expect(await top.bench.published(ID, 'model.safetensors')).toBe('right');
    });

    it('a list that is not there any more is asked for again', async () => {
      await serve();
      expect(await ends('copy', 'dl-nas', { v: 1, head: head(), slices: { files: 1 } })).toMatchObject({
        kind: 'lost',
      });
    });
  });
});
