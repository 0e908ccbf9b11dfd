import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from '../../src/app/daemon/report.ts';
import { type Telling, tellServiceManager, type TellingOptions } from '../../src/app/daemon/service-manager.ts';
import { readServiceManager } from '../../src/config/service-manager.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openSystemd, type StandInSystemd } from '../helpers/service-manager.ts';
import { findTool } from '../helpers/tools.ts';

describe('who wants to be told', () => {
  it.each([
    [{}, undefined],
    [{ NOTIFY_SOCKET: '' }, undefined],
    [{ WATCHDOG_USEC: '120000000' }, undefined],
    [{ NOTIFY_SOCKET: '/run/systemd/notify' }, { watchdogMs: undefined }],
    [{ NOTIFY_SOCKET: '@abstract', WATCHDOG_USEC: '120000000' }, { watchdogMs: 120_000 }],
    [{ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '120000000', WATCHDOG_PID: '7' }, { watchdogMs: 120_000 }],
    [{ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '120000000', WATCHDOG_PID: '8' }, { watchdogMs: undefined }],
    [{ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '0' }, { watchdogMs: undefined }],
    [{ NOTIFY_SOCKET: '/n', WATCHDOG_USEC: 'soon' }, { watchdogMs: undefined }],
  ])('%j', (env, expected) => {
    expect(readServiceManager(env, 7)).toEqual(expected);
  });
});

const IDLE = { downloading: 0, waiting: 0, paused: 0, failed: 0, bytesPerSecond: 0 };
const WELL = { ok: true, checks: { telegram: { ok: true, message: 'It is polled.' } } };

/** Sooner than anything is done by itself. */
const NEVER_MS = 2 ** 31 - 1;

// Needs the program by which systemd is told.
describe.skipIf(findTool('systemd-notify') === undefined)('told to systemd', () => {
  let systemd: StandInSystemd;
  let told: Report;
  let before: string | undefined;
  beforeEach(async () => {
    systemd = await openSystemd();
    before = process.env['NOTIFY_SOCKET'];
    process.env['NOTIFY_SOCKET'] = systemd.socket;
    told = { version: '1', pid: 1, since: '2026-11-29T17:00:00.000Z', username: 'bot', health: WELL, queue: IDLE };
  });
  afterEach(() => {
    if (before === undefined) delete process.env['NOTIFY_SOCKET'];
    else process.env['NOTIFY_SOCKET'] = before;
  });

  const begin = (watchdogMs: number | undefined, options: Partial<TellingOptions> = {}): Telling => {
    const telling = tellServiceManager(
      { watchdogMs },
      { report: async () => told, log: silentLog, lookMs: NEVER_MS, patienceMs: NEVER_MS, ...options },
    );
    onTestFinished(() => telling.close());
    return telling;
  };

  it('that it is up, what it does, and that it ends', async () => {
    told = { ...told, username: undefined, queue: undefined, health: { ok: false, checks: {} } };
    const telling = begin(undefined);
    await systemd.hears('STATUS=Starting');
    expect(systemd.heard.join()).not.toContain('READY');
    told = {
      ...told,
      username: 'bot',
      health: WELL,
      queue: { ...IDLE, downloading: 3, waiting: 12, bytesPerSecond: 41e6 },
    };
    telling.ready();
    await systemd.hears('READY=1');
    await systemd.hears('STATUS=3 downloading at 41 MB/s, 12 waiting');
    telling.stopping();
    await systemd.hears('STOPPING=1 STATUS=Saving what the transfers have');
    telling.ready();
    telling.stopping();
    await telling.close();
    expect(systemd.heard.join().match(/READY|STOPPING/g)).toEqual(['READY', 'STOPPING']);
  });

  it('without an answer of Telegram, after a while, since downloads go on without it', async () => {
    told = { ...told, username: undefined };
    begin(undefined, { patienceMs: 0 });
    await systemd.hears('READY=1');
    await systemd.hears('STATUS=nothing to do. Telegram has not accepted the token yet');
    expect(systemd.heard.join().match(/READY/g)).toHaveLength(1);
  });

  it('of a host that waits for Redis, too, and in words that it does', async () => {
    const redis = { ok: false, message: 'Redis has not let it in yet.' };
    const host = { name: 'nas', isRedisReached: false, redisSince: told.since, runs: [] };
    told = { ...told, username: undefined, host, health: { ok: false, checks: { redis } } };
    const telling = begin(undefined, { patienceMs: 0, lookMs: 1 });
    await systemd.hears('READY=1');
    await systemd.hears('STATUS=nothing to do. redis: Redis has not let it in yet.');
    const queue = { ...IDLE, downloading: 2, verifying: 1, bytesPerSecond: 41e6 };
    told = { ...told, queue, host: { ...host, isRedisReached: true }, health: WELL };
    await systemd.hears(/^STATUS=2 downloading at 41 MB\/s, 1 being read again$/);
    told = { ...told, host, health: { ok: true, checks: { redis: { ...redis, ok: true } } } };
    await systemd.hears('1 being read again. Redis cannot be reached; it is tried again and again');
    await telling.close();
    expect(systemd.heard.join().match(/READY/g)).toHaveLength(1);
  });

  it('what is not well, in one line, and again only when it is something else', async () => {
    let looks = 0;
    const message = 'The disk\nis full.';
    told = { ...told, health: { ok: false, checks: { ...WELL.checks, disk: { ok: false, message } } } };
    const telling = begin(undefined, {
      lookMs: 1,
      report: async () => {
        looks += 1;
        return told;
      },
    });
    await systemd.hears('STATUS=nothing to do. disk: The disk is full.');
    const seen = looks;
    await expect.poll(() => looks).toBeGreaterThan(seen + 2);
    told = { ...told, health: WELL };
    await systemd.hears(/^STATUS=nothing to do$/);
    await telling.close();
    expect(systemd.heard).toEqual(['STATUS=nothing to do. disk: The disk is full.', 'STATUS=nothing to do']);
  });

  it('that it is not stuck, over and over; and not while the queue stands still, or looking at it does not end', async () => {
    const stuck = { ok: false, checks: { queue: { ok: false, message: 'Nothing has moved.' } } };
    let looks = 0;
    let hangs: Promise<Report> | undefined;
    const report = async (): Promise<Report> => {
      looks += 1;
      return (await hangs) ?? told;
    };
    told = { ...told, health: { ok: false, checks: { disk: { ok: false, message: 'It is full.' } } } };
    const telling = begin(4, { report });
    const pings = (): number => systemd.heard.filter((line) => line.includes('WATCHDOG=1')).length;
    await expect.poll(pings).toBeGreaterThan(2);
    told = { ...told, health: stuck };
    // What was on its way has come when something later has.
    const settle = async (): Promise<number> => {
      const from = looks;
      await expect.poll(() => looks).toBeGreaterThan(from + 2);
      return pings();
    };
    await settle();
    telling.ready();
    await systemd.hears('READY=1');
    const stood = pings();
    expect(await settle()).toBe(stood);
    told = { ...told, health: WELL };
    await expect.poll(pings).toBeGreaterThan(stood);
    const { promise, resolve } = Promise.withResolvers<Report>();
    hangs = promise;
    const asked = looks;
    await expect.poll(() => looks).toBeGreaterThan(asked);
    resolve(told);
    hangs = undefined;
  });

  it('a systemd that is not there is warned of once, and nothing else comes of it', async () => {
    process.env['NOTIFY_SOCKET'] = `${systemd.socket}.gone`;
    const warnings: [object, string][] = [];
    const telling = begin(2, { log: { ...silentLog, warn: (...warning) => void warnings.push(warning) } });
    const err = expect.objectContaining({
      message: expect.stringContaining('No such file or directory') as string,
    }) as Error;
    await expect.poll(() => warnings).toEqual([[{ err }, 'systemd cannot be told how hubgram is']]);
    telling.ready();
    telling.stopping();
    await telling.close();
    expect(warnings).toHaveLength(1);
  });
});

it('without systemd-notify it is said once what is missing', async () => {
  const { PATH } = process.env;
  process.env['PATH'] = '/nowhere';
  onTestFinished(() => {
    process.env['PATH'] = PATH;
  });
  const warnings: string[] = [];
  const telling = tellServiceManager(
    { watchdogMs: undefined },
    {
      report: async () => {
        throw new Error('closed');
      },
      log: { ...silentLog, warn: (_, message) => void warnings.push(message) },
    },
  );
  telling.ready();
  await telling.close();
  expect(warnings).toEqual([
    'systemd cannot be told how hubgram is: there is no program systemd-notify; with Type=exec the unit needs none',
  ]);
});
