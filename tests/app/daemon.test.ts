import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { keepPidFile } from '../../src/app/daemon/pid-file.ts';
import { findRunning, type Kill } from '../../src/app/daemon/running.ts';
import { startInBackground } from '../../src/app/daemon/start.ts';
import type { Report } from '../../src/app/daemon/report.ts';
import { serveReport } from '../../src/app/daemon/report-socket.ts';
import { queueLine, type Status, statusOf } from '../../src/app/daemon/status.ts';
import { stopRunning } from '../../src/app/daemon/stop.ts';
import { typedFor } from '../../src/app/daemon/typed.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { parseCommandLine } from '../../src/config/flags.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { processStart } from '../../src/lib/process-start.ts';
import { openScope } from '../../src/lib/scope.ts';
import { hold } from '../../src/store/database/lock.ts';

const TOKEN = '123456789:AAExampleExampleExampleExampleExample';

let folder: string;
let config: Config;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubgram-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  config = configured();
});

const configured = (env: Record<string, string> = {}): Config =>
  loadConfig({ argv: [], env: { BOT_TOKEN: TOKEN, HUBGRAM_DATA_DIR: join(folder, 'data'), ...env }, cwd: folder });

const kill: Kill = (pid, signal) => void process.kill(pid, signal);

const lockFile = (): string => join(config.dataDir, 'hubgram.lock');

/** The data folder is held, and who holds it is said to be this. */
const heldBy = (holder: object): void => {
  const held = hold({
    path: lockFile(),
    what: 'it',
    remedy: '',
    isPrivate: true,
    now: Date.UTC(2026, 10, 29, 17),
    log: silentLog,
  });
  onTestFinished(() => held.close());
  const told: unknown = JSON.parse(readFileSync(`${lockFile()}.json`, 'utf8'));
  writeFileSync(`${lockFile()}.json`, JSON.stringify({ ...(told as object), ...holder }));
};

/** What is left of a socket when its process is killed. */
const leftSocket = async (path: string): Promise<void> => {
  const child = await other(`require('node:net').createServer().listen(${JSON.stringify(path)})`);
  await expect.poll(() => existsSync(path)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
};

/** A process that runs until it is killed. */
const other = async (script = 'setInterval(() => undefined, 1e6)'): Promise<ChildProcess & { pid: number }> => {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('up')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
};

describe('which hubgram has the data folder', () => {
  it('none, where there is no folder', () => {
    expect(findRunning(config, kill)).toEqual({ is: 'none' });
  });

  it('the one that says so, if it began when it says', async () => {
    heldBy({});
    expect(findRunning(config, kill)).toEqual({ is: 'here', pid: process.pid, since: '2026-11-29T17:00:00.000Z' });
  });

  it('where nothing can be locked, its word is enough, as long as that very process runs', async () => {
    const child = await other();
    mkdirSync(config.dataDir);
    const holder = {
      pid: child.pid,
      host: hostname(),
      since: '2026-11-29T17:00:00.000Z',
      start: processStart(child.pid),
    };
    writeFileSync(`${lockFile()}.json`, JSON.stringify(holder));
    expect(findRunning(config, kill)).toMatchObject({ is: 'here', pid: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(findRunning(config, kill)).toEqual({ is: 'none' });
  });

  it('nobody knows which where the data folder cannot be looked into, and none is said to be none', async () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    const unseen = configured({ HUBGRAM_DATA_DIR: loop });
    const sentence = `Whether hubgram runs cannot be seen: ${loop} cannot be looked into (ELOOP).`;
    const asked = { kill, clock: systemClock };
    for (const look of [
      () => statusOf(unseen, { ...asked, asJson: false }),
      () => stopRunning(unseen, { ...asked, say: () => undefined }),
    ])
      await expect(look()).rejects.toMatchObject({
        code: 'operational',
        message: expect.stringContaining(sentence) as string,
      });
  });

  it('an older one, or one on a system that does not tell when a process began, if there is a process of its number', async () => {
    heldBy({ start: undefined });
    expect(findRunning(config, kill)).toMatchObject({ is: 'here', pid: process.pid });
    heldNoMore(2 ** 22 - 1);
    expect(findRunning(config, kill)).toMatchObject({ is: 'elsewhere' });
  });

  it.each([
    [
      'one on another machine',
      { host: 'elsewhere' },
      `process ${process.pid} on elsewhere, since 2026-11-29 17:00 UTC`,
    ],
    ['one whose number is another’s here', { start: 'another:1' }, `process ${process.pid} on ${hostname()}`],
    ['one that has not said which', { pid: 'damaged' }, 'it has not said which'],
  ])('%s is not told to end from here', async (_, holder, who) => {
    heldBy(holder);
    const sent: number[] = [];
    const never: Kill = (pid) => void sent.push(pid);
    expect(findRunning(config, never)).toEqual({ is: 'elsewhere', who: expect.stringContaining(who) as string });
    const stopped = await stopRunning(config, { kill: never, clock: systemClock, say: () => undefined });
    expect(stopped).toEqual({ ok: false, text: expect.stringContaining(who) as string });
    expect(sent).toEqual([]);
    const status = await statusOf(config, { asJson: false, kill: never, clock: systemClock });
    expect(status).toEqual({ is: 'unwell', text: expect.stringContaining(who) as string });
  });
});

/** What is said of the holder names a process that is not there. */
const heldNoMore = (pid: number): void => {
  const told = JSON.parse(readFileSync(`${lockFile()}.json`, 'utf8')) as object;
  writeFileSync(`${lockFile()}.json`, JSON.stringify({ ...told, pid }));
};

describe('stopping', () => {
  it('one that does not end in time is left, with what would end it', async () => {
    const child = await other("process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1e6)");
    heldBy({ pid: child.pid, start: processStart(child.pid) });
    const said: string[] = [];
    const stopped = await stopRunning(config, {
      kill,
      clock: systemClock,
      say: (sentence) => void said.push(sentence),
      patienceMs: 0,
    });
    expect(said).toEqual([`Stopping hubgram, process ${child.pid} …`]);
    expect(stopped).toEqual({ ok: false, text: expect.stringContaining(`“kill -9 ${child.pid}” ends it`) as string });
    expect(child.exitCode).toBe(null);
  });

  it('is told while it takes long', async () => {
    const child = await other("process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1e6)");
    heldBy({ pid: child.pid, start: processStart(child.pid) });
    const said: string[] = [];
    let now = 0;
    await stopRunning(config, {
      kill,
      clock: { monotonic: () => (now += 1000) },
      say: (sentence) => void said.push(sentence),
      patienceMs: 7000,
    });
    expect(said.slice(1)).toEqual([
      'Still waiting: it saves what its transfers have (3 s).',
      'Still waiting: it saves what its transfers have (6 s).',
    ]);
  });

  it.skipIf(process.platform !== 'linux')(
    'none says so too where the file with its number cannot be removed',
    async () => {
      // A file with a number, which nobody may remove.
      const named = configured({ HUBGRAM_PID_FILE: '/proc/sys/kernel/pid_max' });
      const stopped = await stopRunning(named, { kill, clock: systemClock, say: () => undefined });
      expect(stopped).toEqual({
        ok: true,
        text: expect.stringMatching(
          /^hubgram does not run\. \S+pid_max named process \d+, which is none .* The file is still there: it cannot be removed \(E\w+\)\.$/,
        ) as string,
      });
    },
  );

  it('one of another user says whose it is', async () => {
    heldBy({});
    const refused: Kill = () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    };
    const stopped = await stopRunning(config, { kill: refused, clock: systemClock, say: () => undefined });
    expect(stopped.text).toContain('it belongs to another user. Stop it as that user, or as root');
    expect(stopped.ok).toBe(false);
  });
});

describe('how it is', () => {
  const TOLD: Report = {
    version: '1.2.3',
    pid: process.pid,
    since: '2026-11-29T17:00:00.000Z',
    username: 'bot',
    health: { ok: true, checks: { telegram: { ok: true, message: 'It is polled.' } } },
    queue: { downloading: 1, waiting: 2, paused: 0, failed: 0, bytesPerSecond: 41e6 },
  };
  const clock = { now: () => Date.UTC(2026, 10, 29, 19, 10) };
  const ask = (asJson = false): Promise<Status> => statusOf(config, { asJson, kill, clock, patienceMs: 1 });

  const tell = async (report: Report): Promise<void> => {
    const scope = openScope();
    onTestFinished(() => scope.close());
    await serveReport(config, { scope, log: silentLog }, async () => report);
  };
  const told = (asJson = false): Promise<Status> => statusOf(config, { asJson, kill, clock });

  it('is well when all that it stands on is', async () => {
    heldBy({});
    await tell(TOLD);
    expect(await told()).toEqual({
      is: 'well',
      text: [
        'hubgram 1.2.3 runs as @bot.',
        `Process:  ${process.pid}, since 2026-11-29 17:00 UTC (2 h 10 min)`,
        'Health:   well',
        'Queue:    1 downloading at 41 MB/s, 2 waiting',
      ].join('\n'),
    });
    expect(JSON.parse((await told(true)).text)).toEqual({ running: true, ok: true, ...TOLD });
  });

  it('is not well while Telegram has not answered it, and nothing else is called wrong', async () => {
    heldBy({});
    const { username: _username, queue: _queue, ...starting } = TOLD;
    await tell(starting);
    const { is, text } = await told();
    expect(is).toBe('unwell');
    expect(text).toMatch(
      /^hubgram 1\.2\.3 runs; Telegram has not answered it yet, and nobody can write to it\. “npm run/,
    );
    expect(text).toContain('\nHealth:   nothing else is wrong');
  });

  it('says what a person should know of though all is well', async () => {
    heldBy({});
    await tell({
      ...TOLD,
      queue: { downloading: 0, waiting: 2, paused: 0, failed: 0, bytesPerSecond: 0, isHeld: true },
      isOwned: false,
      hubSilentSince: '2026-11-29T18:38:10.000Z',
    });
    const { is, text } = await told();
    expect(is).toBe('well');
    expect(text.split('\n').slice(3)).toEqual([
      'Queue:    2 waiting; every download is held (/hold)',
      'Hub:      no answer since 2026-11-29 18:38 UTC',
      'Owner:    nobody yet. Stop it; “npm start -- start --claim” prints a link that makes whoever opens it the owner',
    ]);
  });

  it('says of what is not well what to do', async () => {
    heldBy({});
    const disk = { ok: false, message: 'The disk is full: make room on it.' };
    await tell({ ...TOLD, health: { ok: false, checks: { ...TOLD.health.checks, disk } } });
    const { is, text } = await told();
    expect(is).toBe('unwell');
    expect(text).toContain('\nHealth:   not well. disk: The disk is full: make room on it.\n');
    expect(JSON.parse((await told(true)).text)).toMatchObject({
      running: true,
      ok: false,
      health: { checks: { disk } },
    });
  });

  it('of a host it is said what runs there, and what is too much to name is counted', async () => {
    config = loadConfig({ argv: ['host'], env: { HUBGRAM_DATA_DIR: join(folder, 'data') }, cwd: folder });
    heldBy({});
    const { username: _username, ...host } = TOLD;
    const runs = Array.from({ length: 12 }, (_, index) => ({
      kind: index === 1 ? ('verify' as const) : ('copy' as const),
      what: `org/model-${index}`,
      bytesDone: 12e8,
      bytesTotal: 34e8,
    }));
    const figures = { name: 'nas', isRedisReached: true, redisSince: TOLD.since, runs };
    const queue = { downloading: 11, waiting: 0, paused: 0, failed: 0, verifying: 1, bytesPerSecond: 41e6 };
    await tell({ ...host, queue, host: { ...figures, disk: { folder: '/m', freeBytes: 8e11, totalBytes: 4e12 } } });
    const { is, text } = await told();
    expect(is).toBe('well');
    const lines = text.split('\n');
    expect([lines[0], ...lines.slice(3, 6), ...lines.slice(-3)]).toEqual([
      'hubgram 1.2.3 is the host nas.',
      'Runs:     11 downloading at 41 MB/s, 1 being read again',
      '          org/model-0: 1.2 GB of 3.4 GB',
      '          org/model-1: 1.2 GB of 3.4 GB, read again',
      '          org/model-9: 1.2 GB of 3.4 GB',
      '          and 2 more',
      'Disk:     800 GB of 4 TB free, in /m',
    ]);
  });

  it('of a host that Redis does not let in it is said why, and nothing else', async () => {
    config = loadConfig({ argv: ['host'], env: { HUBGRAM_DATA_DIR: join(folder, 'data') }, cwd: folder });
    heldBy({});
    const { username: _username, ...host } = TOLD;
    const redisWhy = 'Redis does not let this machine in (WRONGPASS).';
    const figures = { name: 'nas', isRedisReached: false, redisSince: TOLD.since, redisWhy, runs: [] };
    await tell({ ...host, host: figures });
    const { is, text } = await told();
    expect(is).toBe('unwell');
    expect(text.split('\n')[0]).toMatch(
      /^hubgram 1\.2\.3 is the host nas; its bot is not heard since .* UTC\. Redis does not let this machine in \(WRONGPASS\)\.$/,
    );
  });

  it('one that answers through the folder is known though it runs in another container', async () => {
    heldBy({ host: 'elsewhere' });
    await tell({ ...TOLD, pid: 7 });
    const { is, text } = await told();
    expect(is).toBe('well');
    expect(text).toContain('\nProcess:  7, in another container or elsewhere, since');
  });

  it('one that hangs does not answer', async () => {
    heldBy({});
    const silent = createServer().listen(join(config.dataDir, 'hubgram.sock'));
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    expect(await ask()).toEqual({
      is: 'unwell',
      text: `hubgram runs (process ${process.pid}) and does not answer: it hangs. “npm start -- stop” ends it if it still can.`,
    });
    expect(JSON.parse((await ask(true)).text)).toEqual({
      running: true,
      ok: false,
      pid: process.pid,
      since: '2026-11-29T17:00:00.000Z',
    });
  });

  it('one without a socket cannot be asked, and one in a folder with too long a name has none', async () => {
    heldBy({});
    expect((await ask()).text).toContain('and cannot be asked how it is: it has only begun to start, or the disk');
    config = configured({ HUBGRAM_DATA_DIR: join(folder, 'd'.repeat(103)) });
    heldBy({});
    await tell(TOLD);
    expect((await told()).text).toContain('or the name of that folder is too long for one');
    expect(existsSync(join(config.dataDir, 'hubgram.sock'))).toBe(false);
  });

  it('what a killed one has left in the place of the socket is no hindrance', async () => {
    heldBy({});
    await leftSocket(join(config.dataDir, 'hubgram.sock'));
    expect(await ask()).toMatchObject({ is: 'unwell', text: expect.stringContaining('it has only begun to start') });
    await tell(TOLD);
    expect((await told()).is).toBe('well');
  });
});

describe('starting', () => {
  it('comes back when Telegram does not answer, and lets it go on', async () => {
    const started = await startInBackground(config, {
      command: [process.execPath, '-e', 'setInterval(() => undefined, 1e6)'],
      kill,
      signal: new AbortController().signal,
      patienceMs: 0,
    });
    expect(started.is).toBe('waiting');
    const { pid } = started as { readonly pid: number };
    expect(processStart(pid)).toBeDefined();
    process.kill(pid, 'SIGKILL');
  });

  it('says soon that Telegram does not answer, to whoever looks at it', async () => {
    let heard = (): void => undefined;
    const silence = new Promise<void>((resolve) => (heard = resolve));
    const enough = new AbortController();
    const started = startInBackground(config, {
      command: [process.execPath, '-e', 'setInterval(() => undefined, 1e6)'],
      kill,
      signal: enough.signal,
      silenceMs: 0,
      onSilence: heard,
    });
    await silence;
    enough.abort();
    expect((await started).is).toBe('ended');
  });

  it('ends what it has begun when whoever waits has had enough', async () => {
    const started = await startInBackground(config, {
      command: [process.execPath, '-e', 'setInterval(() => undefined, 1e6)'],
      kill,
      signal: AbortSignal.abort(),
    });
    expect(started).toMatchObject({ is: 'ended', says: 'It was told to end before it was up.' });
  });

  it('says what ends the one that runs already, also if it is another one than the usual', async () => {
    heldBy({});
    for (const line of [[], ['--playground'], ['host'], ['--config', 'a b']]) {
      const type = typedFor(parseCommandLine(line));
      const options = { command: ['/nowhere/node'], kill, signal: new AbortController().signal, type } as const;
      const words = { '--playground': 'stop --playground', host: 'host stop', '--config': 'stop --config FILE' };
      const expected = words[line[0] as keyof typeof words] ?? 'stop';
      await expect(startInBackground(config, options)).rejects.toThrow(`“npm start -- ${expected}” ends it.`);
    }
  });

  it('says that there is no such program', async () => {
    await expect(
      startInBackground(config, { command: ['/nowhere/node'], kill, signal: new AbortController().signal }),
    ).rejects.toThrow('ENOENT');
  });

  it('says that the data folder cannot be written', async () => {
    writeFileSync(join(folder, 'data'), 'a file');
    await expect(
      startInBackground(config, { command: ['/nowhere/node'], kill, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'operational', message: expect.stringContaining('EEXIST') as string });
  });
});

describe('the file for other programs', () => {
  const keep = (named: Config): (() => Promise<void>) => {
    const scope = openScope();
    keepPidFile(named, { scope, log: silentLog });
    return () => scope.close();
  };

  it.each([
    ['nothing', undefined],
    ['an empty file', ''],
    ['a number', '4194303\n'],
  ])('takes the place of %s', async (_, text) => {
    const file = join(folder, 'run.pid');
    if (text !== undefined) writeFileSync(file, text);
    const close = keep(configured({ HUBGRAM_PID_FILE: file }));
    expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    await close();
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  it('takes the place of a link, and leaves what it led to', async () => {
    const [file, behind] = [join(folder, 'run.pid'), join(folder, 'other')];
    writeFileSync(behind, '1\n');
    symlinkSync(behind, file);
    await keep(configured({ HUBGRAM_PID_FILE: file }))();
    expect(readFileSync(behind, 'utf8')).toBe('1\n');
  });

  it('is written though a killed one of the same number has left half of it', async () => {
    const file = join(folder, 'run.pid');
    writeFileSync(`${file}.${process.pid}`, '');
    const close = keep(configured({ HUBGRAM_PID_FILE: file }));
    expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
    await close();
  });

  it.each(['words\n', '1 2\n', '9'.repeat(65)])('refuses to take the place of %j', (text) => {
    const file = join(folder, 'run.pid');
    writeFileSync(file, text);
    expect(() => keep(configured({ HUBGRAM_PID_FILE: file }))).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('cannot lie in a folder that is not there', () => {
    expect(() => keep(configured({ HUBGRAM_PID_FILE: join(folder, 'nowhere/run.pid') }))).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining('which cannot be written (ENOENT)') as string,
      }),
    );
  });

  it('is no reason not to start where nobody asked for it', () => {
    mkdirSync(join(config.dataDir, 'hubgram.pid'), { recursive: true });
    expect(() => keep(config)).not.toThrow();
  });

  it('of the playground is never that of a real bot', () => {
    const file = join(folder, 'run.pid');
    const playground = configured({ BOT_TOKEN: '', HUBGRAM_PID_FILE: file });
    mkdirSync(join(playground.dataDir, 'playground'), { recursive: true });
    keep(playground);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});

it.each([
  [{ downloading: 0, waiting: 0, paused: 0, failed: 0, bytesPerSecond: 0 }, 'nothing to do'],
  [{ downloading: 3, waiting: 12, paused: 0, failed: 0, bytesPerSecond: 41e6 }, '3 downloading at 41 MB/s, 12 waiting'],
  [{ downloading: 1, waiting: 0, paused: 2, failed: 1, bytesPerSecond: 0 }, '1 downloading, 2 paused, 1 failed'],
])('the queue in a line: %j', (figures, line) => {
  expect(queueLine(figures)).toBe(line);
});
