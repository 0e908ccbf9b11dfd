import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { restore } from '../../src/app/restore.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { describeConfig } from '../../src/config/description.ts';
import type { GivenSettings } from '../../src/domain/settings/system.ts';
import { silentLog as log } from '../../src/lib/log.ts';
import { createRetention } from '../../src/library/keeping/retention.ts';
import { ANN, type BotBench, openBot } from '../bot/setup.ts';
import { type AppWorld, openAppWorld, type RunningApp } from '../helpers/app.ts';
import { createTestClock } from '../helpers/clock.ts';
import { commandsOf } from '../helpers/commands.ts';
import { SEED } from '../helpers/seed-example.ts';
import { textIn } from '../helpers/sent-document.ts';
import { openWorld, type RunningProcess, type World } from '../helpers/world.ts';

/*
 * The page for people who come from another downloader: for each line of its tables, under its name, somebody does here what
 * it says.
 */

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/coming-from.md'), 'utf8');
const DAY = 86_400_000;

const [, ...SECTIONS] = PAGE.split('\n## ').map((text) => {
  const [heading = '', ...lines] = text.split('\n');
  const rows = lines.filter((line) => line.startsWith('|') && !/^\| (?:There|-)/.test(line));
  return { heading, there: rows.map((row) => (row.split('|')[1] ?? '').replaceAll('`', '').trim()) };
});

describe('The page for people who come from another downloader', () => {
  it.for(SECTIONS)('has each line of “$heading” tried', ({ heading, there }, { task }) => {
    const suite = task.file.tasks.find(({ name }) => name === heading);
    expect(suite?.type === 'suite' && suite.tasks.map(({ name }) => name)).toEqual(there);
    expect(there.length).toBeGreaterThan(4);
  });
});

/** Where somebody starts it: an empty folder, save for what is put there. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hubgram-coming-'));
  cpSync(join(ROOT, 'config'), join(folder, 'config'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const load = (env: Readonly<Record<string, string>> = {}, argv: readonly string[] = []): Config =>
  loadConfig({ argv, env: { HOME: folder, ...env }, cwd: folder });

/** What the program itself understood, as `npm start -- … --check-config` prints it: that it does, one line below shows. */
const checked = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): string => {
  try {
    return describeConfig(load(env, [...argv, '--check-config']));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** A bot that was started so. */
const openConfigured = (given: GivenSettings, clock = createTestClock()): Promise<BotBench> =>
  openBot({ concurrency: 0, clock, configured: { atStart: [], given, reread: () => given } });

describe('Commands for the configuration', () => {
  let bot: BotBench;
  beforeAll(async () => {
    bot = await openConfigured({ download_directory: { text: folder, origin: 'default', by: 'the default' } });
  });
  afterAll(() => bot?.close());

  const exported = async (format: string): Promise<string> => {
    await bot.say(`/config export --format ${format}`);
    const message = bot.shown().findLast(({ document }) => document !== undefined);
    return textIn(bot.telegram, message);
  };

  it('config show', async () => {
    for (const command of ['/config', '/config show']) expect(await bot.ask(command)).toContain('\nmax_retries · 5\n');
  });

  it('config set log_level DEBUG', async () => {
    expect(await bot.ask('/config set log_level DEBUG')).toBe('log_level is debug now. It was info.');
    expect(bot.settings.system.log_level).toBe('debug');
  });

  it('config set max_retries 3', async () => {
    expect(await bot.ask('/config set max_retries 3')).toBe('max_retries is 3 now. It was 5.');
    expect(bot.settings.system.max_retries).toBe(3);
  });

  it('config reset', async () => {
    expect(await bot.ask('/config reset max_retries')).toBe('max_retries is 5 now. It was 3.');
    const [question] = await bot.say('/config reset');
    await bot.press(question, 'Take it back');
    expect(bot.settings.system.log_level).toBe('info');
  });

  it('config validate', async () => {
    expect(await bot.ask('/config validate')).toMatch(/^The configuration is right: /);
    expect(checked([])).toMatch(/^Configuration file: none\n/);
    expect(checked([], { HUBGRAM_MAX_RETRIES: 'many' })).toMatch(/HUBGRAM_MAX_RETRIES is “many”\. Expected: /);
  });

  it('config export --format json', async () => {
    await bot.ask('/config set max_retries 7');
    const text = await exported('json');
    expect(JSON.parse(text)).toMatchObject({ max_retries: 7 });
    put('exported.json', text);
    expect(load({}, ['--config', 'exported.json']).maxRetries).toBe(7);
  });

  it('config export --format yaml', async () => {
    put('exported.yaml', await exported('yaml'));
    expect(load({}, ['--config', 'exported.yaml']).maxRetries).toBe(7);
  });
});

describe('Configuration files', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    cpSync(join(ROOT, 'config'), join(world.folder, 'config'), { recursive: true });
  });
  afterAll(async () => {
    // Whatever failed, nothing is left in the background.
    if (world) await commandsOf(world)('stop');
    await world?.close();
  });

  it('nothing said: config/default.yaml', () => {
    const { configFile: none, origins: _, given: __, ...usual } = load();
    expect(none).toBeUndefined();
    copyFileSync(join(folder, 'config/default.yaml'), join(folder, 'hubgram.yaml'));
    const { configFile, ...found } = load();
    rmSync(join(folder, 'hubgram.yaml'));
    expect(configFile).toBe(join(folder, 'hubgram.yaml'));
    expect(found).toMatchObject(usual);
  });

  /** Runs a command where these files lie, with stand-ins of Telegram and the Hub. */
  const run = (line: string): RunningProcess => world.start({ HUBGRAM_HTTP_PORT: '0' }, line.split(' '));
  const ran = async (line: string): Promise<readonly unknown[]> => {
    const { exited, output } = run(line);
    return [await exited, output()];
  };
  /** The same without a program, of what starts nothing: how each is run by one, see tests/journeys/daemon.test.ts. */
  const looked = async (line: string): Promise<readonly unknown[]> => {
    const { code, output } = await commandsOf(world)(line);
    return [code, output];
  };

  it('--config ./config/production.yaml status', async () => {
    const line = '--config ./config/production.yaml status';
    expect(await looked(line)).toEqual([3, 'hubgram does not run.\n']);
    expect(await ran(line.replace('.yaml', '.yml'))).toEqual([
      2,
      expect.stringContaining('production.yml is not there'),
    ]);
  });

  it('--config ./config/production.yaml start', async () => {
    expect(await ran('--config ./config/production.yaml start')).toEqual([
      0,
      expect.stringContaining('It runs in the background'),
    ]);
    world.telegram.say(ANN, ANN, '/config show max_retries');
    await world.sees(ANN, /^max_retries · 10\n/);
    expect(await looked('stop')).toEqual([0, expect.stringContaining('hubgram has ended.')]);
  });

  it('--config ./config/development.yaml start --foreground', async () => {
    const bot = run('--config ./config/development.yaml start --foreground');
    await bot.printed('is running');
    expect(await bot.kill('SIGTERM')).toBe(0);
  });

  it('--config ./config/my-config.yaml status', async () => {
    writeFileSync(join(world.folder, 'config/my-config.yaml'), 'max_retries: 9\n');
    expect(await looked('--config ./config/my-config.yaml status')).toEqual([3, 'hubgram does not run.\n']);
    expect(await ran('--config ./config/my-config.yaml --check-config')).toEqual([
      0,
      expect.stringMatching(/\nHUBGRAM_MAX_RETRIES +9 +file\n/),
    ]);
  });

  it('cp config/production.yaml config/active.yaml', async () => {
    copyFileSync(join(folder, 'config/production.yaml'), join(folder, 'config/active.yaml'));
    expect(checked(['--config', 'config/active.yaml'])).toContain(
      `Configuration file: ${join(folder, 'config/active.yaml')}\n`,
    );
  });

  it('export HF_DOWNLOADER_CONFIG_PATH=…', async () => {
    expect(checked([], { HUBGRAM_CONFIG: './config/active.yaml' })).toMatch(/\nHUBGRAM_MAX_RETRIES +10 +file\n/);
  });

  it('defaults, the file, the environment', async () => {
    put('retries.yaml', 'max_retries: 9\n');
    const file = load({}, ['--config', 'retries.yaml']);
    const both = load({ HUBGRAM_MAX_RETRIES: '4' }, ['--config', 'retries.yaml']);
    const found = [load(), file, both].map(({ maxRetries, origins }) => [maxRetries, origins.maxRetries]);
    expect(found).toEqual([
      [5, 'default'],
      [9, 'file'],
      [4, 'environment'],
    ]);
    for (const [{ given }, answer] of [
      [file, 'max_retries is 6 now. It was 9.'],
      [both, 'max_retries is fixed by HUBGRAM_MAX_RETRIES: change it there, and start hubgram anew.'],
    ] as const) {
      const bot = await openConfigured(given);
      expect(await bot.ask('/config set max_retries 6')).toBe(answer);
      await bot.close();
    }
  });

  it('config/models.json', async () => {
    const ids = ['facebook/bart-large-cnn', 'bert-base-uncased', 'gpt2'];
    const repos = ids.map((id) => defineRepo({ id, files: [{ path: 'config.json', content: '{}' }] }));
    const app = await openAppWorld({ hub: { repos } });
    const file = join(app.folder, 'models.json');
    writeFileSync(file, SEED);
    app.say('/start');
    await app.start({ HUBGRAM_MODELS_FILE: file });
    await app.sees(ANN, /facebook\/bart-large-cnn · completed/);
    await app.sees(ANN, /bert-base-uncased · completed/);
    await app.close();
  });
});

/** As it is written there. */
const THERE = `download_directory: ./models
log_level: INFO
max_retries: 5
timeout_seconds: 3600
concurrent_downloads: 2
default_schedule:
  enabled: true
  type: daily
  time: "23:00"
  max_concurrent_downloads: 2
`;

const NIGHTLY = { enabled: true, type: 'daily', time: '23:00', maxConcurrentDownloads: 2 } as const;

describe('Settings in the file', () => {
  const read = (): Config => {
    put('there.yaml', THERE);
    return load({}, ['--config', 'there.yaml']);
  };

  it('download_directory: ./models', () => {
    expect(read()).toMatchObject({ cacheDir: join(folder, 'models'), warnings: [] });
  });

  it.each<[string, Partial<Record<keyof Config, unknown>>]>([
    ['log_level: INFO', { logLevel: 'info' }],
    ['max_retries: 5', { maxRetries: 5 }],
    ['timeout_seconds: 3600', { timeoutSeconds: 3600 }],
    ['concurrent_downloads: 2', { concurrentDownloads: 2 }],
    ['default_schedule:', { defaultSchedule: NIGHTLY }],
  ])('%s', (line, expected) => {
    expect(THERE).toContain(line);
    expect(read()).toMatchObject(expected);
  });
});

describe('Names in the environment', () => {
  it.each<[string, string, string, Partial<Config>]>([
    ['HF_TOKEN', 'HF_TOKEN', 'hf_abcdefgh', { hfToken: 'hf_abcdefgh' }],
    ['HF_DOWNLOADER_CONFIG_PATH', 'HUBGRAM_CONFIG', './config/production.yaml', { connections: 32 }],
    ['HF_DOWNLOADER_LOG_LEVEL', 'HUBGRAM_LOG_LEVEL', 'INFO', { logLevel: 'info' }],
    ['HF_DOWNLOADER_DOWNLOAD_DIR', 'HF_HUB_CACHE', '/srv/models', { cacheDir: '/srv/models' }],
    ['HF_DOWNLOADER_DB_PATH', 'HUBGRAM_DATA_DIR', '/srv/base', { dataDir: '/srv/base' }],
    ['HF_DOWNLOADER_PID_FILE', 'HUBGRAM_PID_FILE', '/run/hubgram.pid', { pidFile: '/run/hubgram.pid' }],
    ['HF_DOWNLOADER_FOREGROUND', 'HUBGRAM_FOREGROUND', 'true', { foreground: true }],
    ['HF_DOWNLOADER_TIMEOUT', 'HUBGRAM_TIMEOUT_SECONDS', '3600', { timeoutSeconds: 3600 }],
    ['HF_DOWNLOADER_MAX_RETRIES', 'HUBGRAM_MAX_RETRIES', '6', { maxRetries: 6 }],
    ['HF_DOWNLOADER_CONCURRENT_DOWNLOADS', 'HUBGRAM_CONCURRENT_DOWNLOADS', '3', { concurrentDownloads: 3 }],
  ])('%s', (_, name, value, expected) => {
    expect(load({ [name]: value })).toMatchObject(expected);
    // `.env` says the same.
    put('.env', `${name}=${value}\n`);
    const found = load();
    rmSync(join(folder, '.env'));
    expect(found).toMatchObject(expected);
  });
});

describe('Levels of the log', () => {
  it.each([
    ['DEBUG', 'debug'],
    ['INFO', 'info'],
    ['WARNING', 'warn'],
    ['ERROR', 'error'],
    ['CRITICAL', 'fatal'],
  ])('%s', (theirs, ours) => {
    for (const word of [theirs, theirs.toLowerCase(), ours, ours.toUpperCase()])
      expect(load({ HUBGRAM_LOG_LEVEL: word }).logLevel).toBe(ours);
  });
});

describe('Monitoring', () => {
  let world: AppWorld;
  beforeAll(async () => {
    const repos = ['sample/good', 'sample/bad'].map((id) =>
      defineRepo({ id, files: [{ path: 'config.json', content: JSON.stringify({ id }) }] }),
    );
    world = await openAppWorld({ hub: { repos } });
    await world.start();
  });
  afterAll(() => world?.close());

  /** What the bot says to this, as far as it begins so; a picture has it below it. */
  const answer = async (line: string, begin: string): Promise<string> => {
    const asked = world.say(line);
    const said = () => world.shown(ANN).filter(({ message_id: id }) => id > asked);
    return world.waitFor(() =>
      said()
        .map(({ text, caption }) => text ?? caption ?? '')
        .find((text) => text.startsWith(begin)),
    );
  };

  it('download progress and status', async () => {
    const letGo = world.hub.setFault({ kind: 'held', bytes: 1, path: 'sample/good/config.json' });
    world.say('/add sample/good');
    const card = await world.sees(ANN, /^sample\/good · downloading/);
    expect(await answer('/queue', 'Downloading\n')).toContain('sample/good');
    letGo();
    await world.waitFor(() =>
      world.shown(ANN).find(({ message_id: id, text }) => id === card.message_id && text?.includes('· completed')),
    );
  });

  it('schedule execution', async () => {
    await answer('/schedule add daily 23:00 name=nightly', 'nightly · #1 · on');
    expect(await answer('/schedules', 'nightly')).toMatch(/\nNext: (?:today|tomorrow) 23:00, /);
  });

  it('system resource usage', async () => {
    const said = await answer('/status', 'Status');
    for (const what of [/\nDisk: .* free of /, /: load \d/, / · memory: /]) expect(said).toMatch(what);
  });

  it('error rates and retry attempts', async () => {
    world.hub.setFault({ kind: 'status', status: 404, path: 'sample/bad/config.json' });
    world.say('/add sample/bad now');
    await world.sees(ANN, /^sample\/bad · failed/);
    expect(await answer('/status', 'Status')).toMatch(/\nLast 24 h: 1 download done · 1 failed \(50 %, /);
    expect(await answer('/history sample/bad', 'History')).toMatch(/\n1 download · 1 failed/);
  });

  it('structured logging', async () => {
    const own = await openWorld();
    const bot = own.start();
    await bot.printed('is running');
    own.telegram.say(ANN, ANN, '/logs');
    expect((await own.sees(ANN, 'hubgram starts')).text).toContain('Telegram has accepted the token');
    await bot.kill('SIGTERM');
    expect(bot.output()).toMatch(/^\{"level":"info",.*"msg":"hubgram starts"\}$/m);
    const lines = readFileSync(join(own.dataDir, 'logs/hubgram.log'), 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.anything(), msg: expect.any(String) });
    await own.close();
  });
});

describe('The database', () => {
  const clock = createTestClock();
  let bot: BotBench;
  let world: AppWorld;
  let running: RunningApp;
  beforeAll(async () => {
    bot = await openConfigured({}, clock);
    const files = [{ path: 'config.json', content: '{}' }];
    world = await openAppWorld({ hub: { repos: [defineRepo({ id: 'sample/model', files })] } });
  });
  afterAll(async () => {
    await bot?.close();
    await world?.close();
  });

  /** One more download of a model comes to its end. */
  const download = (modelId: number): void => {
    const { sessions } = bot.store;
    sessions.updateDownloadSession(sessions.startOrContinue(modelId, 1000).id, 'completed', {});
  };

  /** What is done by night, as the settings say it. */
  const night = async (): Promise<void> => {
    const { settings, store } = bot;
    const ages = () => ({
      historyDays: settings.system.history_days,
      historyPerModel: settings.system.history_per_model,
      tracesDays: settings.system.traces_days,
      activityDays: settings.system.activity_days,
    });
    await createRetention({ store, ages, clock, log }).round();
  };

  /** What the library says of itself. */
  const library = async (): Promise<string> => {
    const asked = world.say('/library');
    const shown = () => world.shown(ANN).find(({ message_id: id, text }) => id > asked && text?.includes('ibrary'));
    return (await world.waitFor(shown)).text ?? '';
  };

  it('db.delete_old_jobs(days=30)', async () => {
    const id = bot.put('org/one', 'completed');
    download(id);
    download(id);
    expect(await bot.ask('/config set history_days 30')).toMatch(/^history_days is 30 now/);
    clock.pass(29 * DAY);
    await night();
    expect(await bot.ask('/history org/one')).toContain('\n2 downloads');
    clock.pass(2 * DAY);
    await night();
    expect(await bot.ask('/history org/one')).toContain('\n1 download\n');
  });

  it('keep only the last N jobs of a model', async () => {
    const id = bot.put('org/two', 'completed');
    for (let times = 0; times < 25; times += 1) download(id);
    expect(await bot.ask('/config set history_per_model 20')).toMatch(/^history_per_model is 20 now/);
    await night();
    expect(await bot.ask('/history org/two')).toContain('\n20 downloads');
  });

  it('cp jobs.db jobs.db.backup', async () => {
    running = await world.start();
    world.say('/add sample/model');
    await world.sees(ANN, /^sample\/model · completed/);
    world.say('/backup');
    const sent = await world.waitFor(() => world.shown(ANN).find(({ document }) => document !== undefined));
    expect(readdirSync(join(world.dataDir, 'backups'))).toEqual([sent.document?.file_name]);
  });

  it('cp jobs.db.backup jobs.db', async () => {
    await running.stop();
    const [file = ''] = readdirSync(join(world.dataDir, 'backups'));
    rmSync(join(world.dataDir, 'hubgram.db'));
    const config = loadConfig({ argv: [], env: world.env, cwd: world.folder });
    const done = await restore(config, { file, cwd: world.folder, clock: world.clock, log });
    expect(done).toContain(' is the database now');
    running = await world.start();
    expect(await library()).toMatch(/^Library\n1 model · /);
  });

  it('Remove-Item jobs.db, to start fresh', async () => {
    await running.stop();
    const before = readdirSync(world.dataDir).filter((name) => name.startsWith('hubgram.db'));
    mkdirSync(join(world.dataDir, 'old'));
    for (const name of before) renameSync(join(world.dataDir, name), join(world.dataDir, 'old', name));
    await world.start();
    expect(await library()).not.toContain('1 model');
    expect(readdirSync(world.dataDir)).toContain('hubgram.db');
  });
});
