import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deedOf } from '../../src/bot/activity/text.ts';
import { renderNotice } from '../../src/bot/outbox/notice.ts';
import { invitedText } from '../../src/bot/hosts/joining-text.ts';
import type { CutOff } from '../../src/domain/waiting.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { endLettingGo, type HostDoor, inviteHost, letHostGo } from '../../src/library/hosts/joining.ts';
import { createWatch, type Watch } from '../../src/library/watching/watch.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../helpers/clock.ts';
import { lendTestStore } from '../helpers/database.ts';
import { joinHost } from '../helpers/hosts.ts';
import { recentActivity } from '../helpers/rows.ts';

const OWNER = 1001;
const MINUTE = 60_000;

let folder: string;
let clock: TestClock;
let store: Store;
beforeEach(() => {
  clock = createTestClock();
  folder = mkdtempSync(join(tmpdir(), 'hubgram-hosts-'));
  store = lendTestStore(join(folder, 'hubgram.db'), clock);
  store.users.upsertUser({ userId: OWNER, firstName: 'Ann', username: 'ann' });
  store.users.setRole(OWNER, 'owner');
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const notices = () => store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 100);

describe('a machine that stays away', () => {
  let there: boolean;
  let by: CutOff | undefined;
  /** Without the address of a Redis nobody is asked. */
  let isAsked: boolean;
  let watch: Watch;
  const minutes = async (amount: number): Promise<void> => {
    for (let minute = 0; minute < amount; minute += 1) {
      clock.pass(MINUTE);
      await watch.look();
    }
  };
  beforeEach(() => {
    [there, by, isAsked] = [false, undefined, true];
    const free = { freeBytes: 1e12, totalBytes: 2e12 };
    watch = createWatch({
      store,
      queue: {
        bytesReceived: () => 0,
        isReading: () => false,
        isHeld: () => true,
        room: () => Promise.resolve(free),
        hostAway: (hostId) => (there ? undefined : { kind: 'host_away', host: `host ${hostId}`, since: undefined, by }),
      },
      hosts: { ids: () => (isAsked ? store.hosts.listHosts().map(({ id }) => id) : [1]) },
      places: () => 0,
      minFreeBytes: () => 0,
      arrivals: () => ({ look: 'well', why: '' }),
      maxTotalBytes: () => undefined,
      clock,
      log,
    });
  });

  it('is told after ten minutes, once, and that it is back', async () => {
    const nas = joinHost(store);
    store.models.createModel({ chatId: OWNER, name: 'org/model', hostId: nas });
    await minutes(10);
    expect(notices()).toEqual([]);
    await minutes(30);
    expect(notices().map(({ kind, payload }) => [kind, payload])).toEqual([['host_away', { hostId: nas }]]);
    const [away] = notices();
    expect(away && renderNotice(store, away)?.text.text).toBe(
      'nas · away\n' +
        'It does not answer: it is switched off, or has no way to Redis.\n' +
        '1 download for it waits.\n' +
        'What it is to do goes on by itself when it is back; nothing is moved elsewhere.',
    );
    there = true;
    await minutes(1);
    expect(notices().map(({ kind }) => kind)).toEqual(['host_away', 'host_back']);
    const back = notices().find(({ kind }) => kind === 'host_back');
    expect(back && renderNotice(store, back)?.text.text).toBe('nas · back\nWhat it had to do goes on.');
    // What is over by then is not said.
    expect(away && renderNotice(store, away)).toBeUndefined();
  });

  it('is not told of each while it is Redis that is away: of that it is, once', async () => {
    joinHost(store);
    joinHost(store, 'gpu');
    by = 'no_redis';
    await minutes(30);
    expect(notices().map(({ kind }) => kind)).toEqual(['redis_lost']);
    const [lost] = notices();
    expect(lost && renderNotice(store, lost)?.text.text).toBe(
      'Redis · lost\n' +
        'It does not answer: look whether it runs, and at the network. “npm run doctor” says more.\n' +
        'Other machines are reached by it alone, and nobody knows how they are. What runs there goes on; what is new waits.',
    );
    by = undefined;
    await minutes(1);
    expect(notices().map(({ kind }) => kind)).toEqual(['redis_lost', 'redis_back']);
    expect(lost && renderNotice(store, lost)).toBeUndefined();
    // Redis is back, and a machine is not: from then on it counts.
    await minutes(9);
    expect(notices()).toHaveLength(2);
    await minutes(2);
    expect(notices().map(({ kind }) => kind)).toEqual(['redis_lost', 'redis_back', 'host_away', 'host_away']);
  });

  it('is away as any other where the address of a Redis that was away is taken out: of that nobody knows that it is back', async () => {
    joinHost(store);
    by = 'no_redis';
    await minutes(30);
    [isAsked, by] = [false, undefined];
    await minutes(12);
    expect(notices().map(({ kind }) => kind)).toEqual(['redis_lost', 'host_away']);
    // With an address again it counts from then on.
    [isAsked, by] = [true, 'no_redis'];
    await minutes(10);
    expect(notices()).toHaveLength(2);
    await minutes(1);
    expect(notices().map(({ kind }) => kind)).toEqual(['redis_lost', 'host_away', 'redis_lost']);
  });

  it('is not told when it was let go, and to nobody who is no owner', async () => {
    const nas = joinHost(store);
    await minutes(12);
    const [away] = notices();
    store.users.setRole(OWNER, 'member');
    expect(away && renderNotice(store, away)).toBeUndefined();
    store.users.setRole(OWNER, 'owner');
    store.hosts.letHostGo(nas);
    expect(away && renderNotice(store, away)).toBeUndefined();
    await minutes(30);
    expect(notices()).toHaveLength(1);
  });
});

describe('a machine that may join', () => {
  const by = { userId: OWNER, chatId: OWNER };
  let invited: string[];
  let shut: string[];
  const doorWith = (answer: () => Promise<boolean>): HostDoor => ({
    address: 'redis://REDIS:6379',
    isLocal: true,
    hasOwnCa: false,
    invite: (name, code) => {
      invited.push(`${name} ${code}`);
      return answer();
    },
    byHand: (name) => `ACL SETUSER hubgram-${name} …`,
    shut: (name) => void shut.push(name),
  });
  const removed: number[] = [];
  const queue = {
    cancel: (id: number) => store.models.takeBack(id),
    remove: (id: number) => {
      removed.push(id);
      return store.models.removeModel(id);
    },
  };
  beforeEach(() => {
    invited = [];
    shut = [];
  });
  const deps = (answer = () => Promise.resolve(true)) => ({ store, queue, clock, log, hostDoor: doorWith(answer) });

  it('gets a code that is kept nowhere, with the line to run there', async () => {
    const made = await inviteHost(deps(), by, ' NAS ');
    expect(invited).toEqual([`nas ${made.code}`]);
    expect(made.code).toMatch(/^[0-9a-f]{32}$/);
    expect(store.hosts.findHost('nas')).toMatchObject({ state: 'invited', createdBy: OWNER });
    expect(invitedText(made, { timezone: 'UTC', now: clock.now() }).text).toBe(
      'nas · may join\n' +
        'Run this on nas, in the folder of hubgram:\n' +
        `HUBGRAM_REDIS_URL=redis://REDIS:6379 HUBGRAM_HOST_NAME=nas npm start -- host --join ${made.code}\n\n` +
        'The address by which I know Redis leads to this machine alone. Have Redis listen where nas reaches it (bind and port in redis.conf; with TLS, if others use that network too), and put that name or address in place of REDIS.\n\n' +
        'The code in it counts once, until 13:00. From then on npm start -- host is enough there. I say here when it has joined.\n' +
        'HF_HOME says there where models go, HF_TOKEN is its own.',
    );
    expect(JSON.stringify([store.hosts.findHost('nas'), recentActivity(store, 9)])).not.toContain(made.code);
    expect(recentActivity(store, 1)[0]).toMatchObject({ action: 'host_invited', metadata: { host: 'nas' } });
  });

  it('is told to ask the same Hub, where that is another one than usual', async () => {
    const times = { timezone: 'UTC', now: clock.now() };
    const lineFor = async (hub: string) => {
      const made = await inviteHost(
        { ...deps(), hostDoor: { ...doorWith(() => Promise.resolve(true)), hub } },
        by,
        'nas',
      );
      return invitedText(made, times).text;
    };
    expect(await lineFor('https://mirror.example')).toMatch(
      /\nHUBGRAM_REDIS_URL=redis:\/\/REDIS:6379 HF_ENDPOINT=https:\/\/mirror\.example HUBGRAM_HOST_NAME=nas npm start/,
    );
    const near = await lineFor('http://127.0.0.1:8123');
    expect(near).toContain(' HF_ENDPOINT=http://127.0.0.1:8123 HUBGRAM_HOST_NAME=nas ');
    expect(near).toContain('From then on HF_ENDPOINT=http://127.0.0.1:8123 npm start -- host is enough there.');
    expect(near).toContain('only a host that runs here as well, from another folder, reaches it');
  });

  it('says what has to be done by hand where the bot may make no users', async () => {
    const made = await inviteHost(
      deps(() => Promise.resolve(false)),
      by,
      'nas',
    );
    expect(invitedText(made, { timezone: 'UTC', now: clock.now() }).text).toContain('ACL SETUSER hubgram-nas …\n');
  });

  it.each([
    ['here', 'means the machine that I run on'],
    ['na s', 'of a to z'],
    ['-nas', 'begins with a letter or a digit'],
    ['n'.repeat(33), 'up to 32 characters'],
  ])('may not be called %s', async (name, sentence) => {
    await expect(inviteHost(deps(), by, name)).rejects.toThrow(sentence);
    expect(invited).toEqual([]);
  });

  it('is not written down where Redis does not answer, or is not known, or when it has joined', async () => {
    await expect(
      inviteHost(
        deps(() => Promise.reject(new Error('gone'))),
        by,
        'nas',
      ),
    ).rejects.toThrow('Redis does not answer.');
    await expect(inviteHost({ ...deps(), hostDoor: undefined }, by, 'nas')).rejects.toThrow('I know none');
    expect(store.hosts.findHost('nas')).toBeUndefined();
    joinHost(store, 'nas');
    await expect(inviteHost(deps(), by, 'nas')).rejects.toThrow('nas has joined already.');
  });

  it('has its models leave their libraries later where the program ended before all of them had', async () => {
    const [nas, gpu] = [joinHost(store), joinHost(store, 'gpu')];
    for (let number = 1; number <= 45; number += 1)
      store.models.createModel({ chatId: number, name: `org/m${number}`, hostId: nas });
    const others = [gpu, 1].map((hostId) => store.models.createModel({ chatId: 1, name: 'org/other', hostId }).id);
    expect(await endLettingGo(deps())).toBe(0);
    store.hosts.letHostGo(nas);
    expect([await endLettingGo(deps()), await endLettingGo(deps())]).toEqual([45, 0]);
    expect(others.map((id) => store.models.getModel(id)?.id)).toEqual(others);
  });

  it('is let go with all its models, and asked for nothing any more', async () => {
    const nas = joinHost(store);
    for (let number = 1; number <= 45; number += 1)
      store.models.createModel({ chatId: number, name: `org/m${number}`, hostId: nas });
    const { id: mine } = store.models.createModel({ chatId: 1, name: 'org/here' });
    const host = store.hosts.getHost(nas);
    expect(host && (await letHostGo(deps(), by, host))).toBe(45);
    const [line] = recentActivity(store, 1);
    expect(line && deedOf(line, { person: String, chat: String })).toBe('let go of the host nas');
    expect([shut, removed.includes(mine), store.hosts.getHost(nas)?.state]).toEqual([['nas'], false, 'gone']);
    expect(host && (await letHostGo(deps(), by, host))).toBeUndefined();
    const here = store.hosts.getHost(1);
    expect(here && (await letHostGo(deps(), by, here))).toBeUndefined();
  });
});
