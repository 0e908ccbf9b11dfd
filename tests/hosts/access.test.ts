import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { PROGRAM_ENDS } from '../../src/copies/executor.ts';
import { createDoor, type Door, type DoorDeps } from '../../src/hosts/door.ts';
import { joinBot, readJoined } from '../../src/hosts/serving/joined.ts';
import { accessOf, userOf } from '../../src/hosts/wire/access.ts';
import type { Host } from '../../src/domain/hosts/host.ts';
import { sha256Of } from '../../src/hosts/wire/join.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startTicker } from '../../src/lib/ticker.ts';
import { redisServer } from '../helpers/redis.ts';
import { type HostsTop, PATIENT, setUp } from './setup.ts';

/* Who may do what in Redis, and how a machine gets there. */

const ID = 'sample/model';
const repo = defineRepo({ id: ID, files: [{ path: 'model.safetensors', size: 1000 }] });
const never = new AbortController().signal;

describe.skipIf(redisServer === undefined)('the user of a host', () => {
  let top: HostsTop;
  let owner: Redis;
  beforeEach(async () => {
    top = await setUp({ repos: [repo] });
    owner = new Redis({ path: top.redis.path });
    top.scope.defer(() => owner.disconnect());
  });
  afterEach(async () => {
    await top.close();
  });

  const as = (username: string, password: string): Redis => {
    const redis = new Redis({ path: top.redis.path, username, password });
    redis.on('error', () => undefined);
    top.scope.defer(() => redis.disconnect());
    return redis;
  };

  it('can do all that a host does, and nothing with what is another’s', async () => {
    await owner.acl('SETUSER', userOf('nas'), 'reset', 'on', '>word', ...accessOf('nas'));
    await top.serve({ endpoint: { url: `unix://${userOf('nas')}:word@${top.redis.path}` } });
    const remote = await top.remoteThere();
    const commit = top.bench.hub.commitOf(ID).id;
    const files = top.bench.files(ID);
    await remote.executor.start({ source: 'hub', type: 'model', id: ID, commit, revision: 'main', files }, never).done;
    const published = { repoFolder: 'models--sample--model', commit, files };
    expect(await remote.executor.verify(published, never).done).toEqual({ missing: [], broken: [] });
    const nas = as(userOf('nas'), 'word');
    for (const key of ['hubgram:dl-nas-2:meta', 'hubgram:host-other:wishes', 'bull:x', 'anything'])
      await expect(nas.get(key)).rejects.toThrow('NOPERM');
    await expect(nas.hset('hubgram:host-other:presence', 'a', 'b')).rejects.toThrow('NOPERM');
    await expect(nas.eval("return redis.call('get', 'hubgram:host-other:presence')", 0)).rejects.toThrow(
      /NOPERM|can't access/i,
    );
    const forbidden = [
      'acl list',
      'config get *',
      'flushall',
      'keys *',
      'shutdown nosave',
      'subscribe x',
      'client kill 1',
    ];
    for (const [word = '', ...rest] of forbidden.map((line) => line.split(' ')))
      await expect(nas.call(word, ...rest)).rejects.toThrow('NOPERM');
  });

  it('of another host is refused when it comes under this name', async () => {
    await owner.acl('SETUSER', userOf('other'), 'reset', 'on', '>word', ...accessOf('other'));
    const endpoint = { url: `unix://${userOf('other')}:word@${top.redis.path}` };
    await expect(top.serve({ endpoint })).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('does not let this host in (NOPERM)') as string,
    });
  });

  describe('that joins', () => {
    const CODE = '0123456789abcdef0123456789abcdef';
    let kept: Record<string, string>;
    let host: Host;
    let dataDir: string;
    let door: Door;
    beforeEach(async () => {
      kept = {};
      dataDir = await mkdtemp(join(tmpdir(), 'hubgram-joins-'));
      top.scope.defer(() => rm(dataDir, { recursive: true, force: true }));
      host = { id: 2, name: 'nas', state: 'invited', codeEndsAt: '2999-01-01T00:00:00.000Z' } as Host;
      door = openDoor();
      const ticker = startTicker(50, door.look, () => undefined);
      top.scope.use(ticker);
    });
    const openDoor = (more: Partial<DoorDeps> = {}): Door =>
      createDoor({
        redis: owner,
        endpoint: { url: top.redis.path },
        list: () => [host].filter(({ state }) => state !== 'gone'),
        join: (codeHash) => {
          if (codeHash !== sha256Of(CODE) || host.state !== 'invited') return undefined;
          host = { ...host, state: 'joined' };
          return host;
        },
        passwords: {
          all: () => kept,
          ofGone: () => (host.state === 'gone' ? Object.keys(kept) : []),
          keep: (name, hash) => {
            if (hash === undefined) delete kept[name];
            else kept[name] = hash;
          },
        },
        onJoined: () => undefined,
        clock: systemClock,
        log: silentLog,
        ...more,
      });
    const comes = (code = CODE) =>
      joinBot({ dataDir, endpoint: { url: top.redis.path }, name: 'nas', code, signal: never });

    it('brings the code once, and is known by a password of its own from then on', async () => {
      expect(await door.invite('nas', CODE)).toBe(true);
      const joined = await comes();
      expect(host.state).toBe('joined');
      expect(readJoined(dataDir)).toEqual(joined);
      expect(await as(joined.user ?? '', joined.password ?? '').ping()).toBe('PONG');
      await expect(comes()).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('counts once') as string,
      });
      // Another try has changed nothing.
      expect(readJoined(dataDir)).toEqual(joined);
      expect(JSON.stringify(kept)).not.toContain(joined.password);
    });

    it('is known again where Redis has forgotten its users, and no more when it was let go', async () => {
      await door.invite('nas', CODE);
      const joined = await comes();
      await owner.acl('DELUSER', userOf('nas'));
      await door.restore();
      expect(await as(joined.user ?? '', joined.password ?? '').ping()).toBe('PONG');
      door.shut('nas', Promise.resolve());
      await expect.poll(async () => String(await owner.acl('LIST'))).not.toContain(userOf('nas'));
    });

    const isKnown = async (): Promise<boolean> => String(await owner.acl('LIST')).includes(userOf('nas'));

    it('is let out later where Redis was away when it was let go', async () => {
      await door.invite('nas', CODE);
      await comes();
      host = { ...host, state: 'gone' };
      const away = as('nobody', 'wrong');
      away.disconnect();
      const told = Promise.withResolvers<void>();
      openDoor({ redis: away, log: { ...silentLog, warn: () => told.resolve() } }).shut('nas', Promise.resolve());
      await told.promise;
      expect(await isKnown()).toBe(true);
      await door.restore();
      await expect.poll(isKnown).toBe(false);
      await expect.poll(() => kept).toEqual({});
    });

    it('is let out by the next process where the one that let it go ended too early', async () => {
      await door.invite('nas', CODE);
      await comes();
      host = { ...host, state: 'gone' };
      openDoor().shut('nas', new Promise(() => undefined));
      await expect.poll(async () => String(await owner.acl('LIST'))).toContain(`user ${userOf('nas')} off`);
      await door.restore();
      await expect.poll(isKnown).toBe(false);
      await expect.poll(() => kept).toEqual({});
    });

    it('ends what it does when it is let go, and the next one of its name comes after that', async () => {
      top.scope.defer(top.bench.hub.setFault({ kind: 'held', path: 'model.safetensors', bytes: 500 }));
      await door.invite('nas', CODE);
      const { user, password } = await comes();
      const serving = await top.serve({ endpoint: { url: top.redis.path, user, password } });
      const remote = await top.remote();
      await top.isThere(remote);
      const ends = new AbortController();
      const what = { key: 'c-1-g1', source: 'hub', type: 'model', id: ID, revision: 'main' } as const;
      const job = { ...what, commit: top.bench.hub.commitOf(ID).id, files: top.bench.files(ID) };
      const { done } = remote.executor.start(job, ends.signal);
      await expect.poll(() => serving.told().length, PATIENT).toBe(1);
      // Nobody who has asked for it is there any more to take it back.
      ends.abort(new Error('the program ends', { cause: PROGRAM_ENDS }));
      await expect(done).rejects.toThrow('the program ends');
      await remote.close();

      const left = Promise.withResolvers<void>();
      door.shut('nas', left.promise);
      host = { ...host, state: 'invited' };
      const again = door.invite('nas', CODE);
      left.resolve();
      await expect.poll(serving.told, PATIENT).toEqual([]);
      expect(await again).toBe(true);
      await serving.close();
      await comes();
      expect(host.state).toBe('joined');
    });

    it('comes too late', async () => {
      await door.invite('nas', CODE);
      host = { ...host, codeEndsAt: '2000-01-01T00:00:00.000Z' };
      await expect.poll(async () => String(await owner.acl('LIST'))).not.toContain(userOf('nas'));
      await expect(comes()).rejects.toMatchObject({ code: 'configuration' });
    });

    it('where the bot may make no users, an owner does, by the line that is told', async () => {
      await owner.acl('SETUSER', 'bot', 'reset', 'on', '>bot', '~*', '&*', '+@all', '-acl');
      const own = openDoor({ redis: as('bot', 'bot') });
      expect(await own.invite('nas', CODE)).toBe(false);
      const [, ...words] = own.byHand('nas').replace('PASSWORD', 'byhand').split(' ');
      await owner.call('ACL', ...words);
      const url = `unix://${userOf('nas')}:byhand@${top.redis.path}`;
      const joined = await joinBot({ dataDir, endpoint: { url }, name: 'nas', code: CODE, signal: never });
      expect(joined).toEqual({ url, name: 'nas' });
      expect(host.state).toBe('joined');
    });
  });

  it('finds a name that another machine has taken', async () => {
    await top.serve();
    const said: unknown[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
    await expect(top.serve({ machine: randomUUID(), nameMs: 500, log })).rejects.toMatchObject({
      code: 'held',
      message: expect.stringContaining('Another machine is the host nas') as string,
    });
    // At once, and not only in the end.
    expect(said).toEqual([
      'Another machine is the host nas at this Redis, or was a moment ago. It is waited for 1 s until its word is gone.',
    ]);
  });
});
