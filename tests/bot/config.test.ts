import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimMessage } from '../../playground/telegram/wire.ts';
import { loadConfig } from '../../src/config/config.ts';
import { AppError } from '../../src/domain/errors.ts';
import { type GivenSettings, SYSTEM_SETTINGS } from '../../src/domain/settings/system.ts';
import { lendTestStore } from '../helpers/database.ts';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const GROUP = -1_002_000_000_003;
const TOKEN = '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-';

let bench: BotBench;
let folder: string;
let database: string;
/** What the file and the environment would say at the next start. */
let next: () => GivenSettings;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-config-'));
  const given: GivenSettings = {
    download_directory: { text: folder, origin: 'default', by: 'the default' },
    timeout_seconds: { text: '45', origin: 'file', by: 'timeout_seconds in hubgram.yaml' },
    max_total_size: { text: '500GB', origin: 'environment', by: 'HUBGRAM_MAX_TOTAL_SIZE' },
  };
  next = () => given;
  const atStart = [
    { name: 'BOT_TOKEN', keys: ['bot_token'], value: 'set', origin: 'environment' },
    { name: 'HUBGRAM_TIMEZONE', keys: ['timezone'], value: 'Europe/Berlin', origin: 'file' },
    { name: 'HF_TOKEN', keys: ['hf_token'], value: 'not set', origin: 'default' },
  ] as const;
  bench = await openBot({
    concurrency: 0,
    configured: { atStart, given, reread: () => next() },
    open: (path, clock) => {
      database = path;
      return lendTestStore(path, clock);
    },
  });
});
afterEach(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (line: string): Promise<string> => bench.ask(line);

const labels = (message: SimMessage | undefined): string[] =>
  message?.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];

const now = (message: SimMessage | undefined): SimMessage | undefined =>
  bench.shown().find(({ message_id: id }) => id === message?.message_id);

/** The text of the document that was sent last. */
const sent = async (): Promise<{ readonly name: string; readonly text: string }> => {
  const document = bench.shown().findLast(({ document: one }) => one !== undefined)?.document;
  const { apiRoot, token } = bench.telegram;
  const file = (await (await fetch(`${apiRoot}/bot${token}/getFile?file_id=${document?.file_id}`)).json()) as {
    result: { file_path: string };
  };
  const text = await (await fetch(`${apiRoot}/file/bot${token}/${file.result.file_path}`)).text();
  return { name: document?.file_name ?? '', text };
};

describe('the downloader’s commands of configuration', () => {
  it('config show · config set · config reset · config validate · config export', async () => {
    expect(await ask('/config show')).toMatch(/\nBy default\n(?:.+\n)*max_retries · 5\n/);
    expect(await ask('/config set log_level DEBUG')).toBe('log_level is debug now. It was info.');
    expect(await ask('/config set max_retries 3')).toBe('max_retries is 3 now. It was 5.');
    expect(await ask('/config show')).toContain('\nmax_retries · 3 · set in a chat\n');
    const [question] = await bench.say('/config reset');
    expect(question?.text).toMatch(/^Take back both settings that were set in a chat \(log_level, max_retries\)\?/);
    await bench.press(question, 'Take them back');
    expect(now(question)?.text).toBe('log_level is info now. It was debug.\nmax_retries is 5 now. It was 3.');
    expect(await ask('/config reset')).toMatch(/^Nothing was set in a chat/);
    expect(await ask('/config validate')).toBe(
      `The configuration is right: ${Object.keys(SYSTEM_SETTINGS).length} settings, 0 of them set in a chat.`,
    );
    await bench.say('/config export --format json');
    expect(await sent()).toMatchObject({ name: 'hubgram.json', text: expect.stringContaining('"max_retries": 5,') });
    await bench.say('/config export --format yaml');
    expect(await sent()).toMatchObject({ name: 'hubgram.yaml', text: expect.stringContaining('max_retries: 5\n') });
  });
});

describe('/config', () => {
  it('says of each setting where it comes from, and what it is', async () => {
    const said = await ask('/config');
    expect(said.split('\n')).toEqual([
      'Configuration',
      'timeout_seconds · 45 · file',
      'max_total_size · 500GB · environment',
      'By default',
      `download_directory · ${folder}`,
      'log_level · info',
      'max_retries · 5',
      'concurrent_downloads · 2',
      'connections · 16',
      'bandwidth_limit · none',
      'min_free_space · 2GB',
      'auto_cleanup · false',
      'cleanup_age_days · 30',
      'verify_monthly · false',
      'history_days · 365',
      'history_per_model · 100',
      'traces_days · 30',
      'activity_days · 90',
      'backups_kept · 7',
      'send_backups · false',
      'models_per_person · 5000',
      'bytes_per_person · none',
      'running_per_person · none',
      'adds_per_hour · 500',
      'updates_per_minute · 120',
      'open_lookups · 100',
      'models_per_group · none',
      'bytes_per_group · none',
      'running_per_group · none',
      'group_adds_per_hour · none',
      'seed_hours · 0',
      'try · true',
      'paused_all · false',
      '/config show max_retries says more of one, /config set max_retries 3 changes it.',
    ]);
    expect(await ask('/config show timeout_seconds')).toBe(
      'timeout_seconds · 45\nSeconds without a byte until a connection counts as stalled. It takes a whole number from 1 to 86400. The default is 30.\nWhere that comes from: file.',
    );
    expect(await ask('/config max_total_size')).toContain('It is fixed by HUBGRAM_MAX_TOTAL_SIZE');
  });

  it('shows what is read at the start only, of secrets whether they are set', async () => {
    const [menu] = await bench.say('/config');
    expect(labels(menu)).toEqual(['Check it', 'Read at the start', 'As YAML', 'As JSON']);
    await bench.press(menu, 'Read at the start');
    expect(now(menu)?.text).toBe(
      'Read at the start only\nBOT_TOKEN · set · environment\nHUBGRAM_TIMEZONE · Europe/Berlin · file\nBy default\nHF_TOKEN · not set',
    );
    await bench.press(now(menu), '‹ Back');
    expect(now(menu)?.text).toMatch(/^Configuration\n/);
    expect(await ask('/config set HUBGRAM_TIMEZONE UTC')).toMatch(/^timezone is read at the start only/);
  });

  it.each([
    ['bot_token', `set bot_token ${TOKEN}`, TOKEN],
    ['bot_token', 'bot_token=123:abcdef', '123:abcdef'],
    ['webhook_secret', 'set max_retries=3 webhook_secret geheim123456', 'geheim123456'],
    ['HUBGRAM_SECRET_KEY', 'set HUBGRAM_SECRET_KEY: "geheim 654321"', '654321'],
    ['https_proxy', 'set https_proxy http://me:geheim99@proxy.example', 'geheim99'],
  ])('deletes a message with a secret, and writes it down nowhere: %s', async (name, line, secret) => {
    const said = await ask(`/config ${line}`);
    expect(said).toMatch(new RegExp(`^${name} is a secret: no chat sets it.* I deleted your message\\. `));
    expect(said).not.toContain(secret);
    expect(bench.telegram.messages(ANN).filter(({ text = '', deleted }) => !deleted && text.includes(secret))).toEqual(
      [],
    );
    const onDisk = ['', '-wal'].map((end) => readFileSync(`${database}${end}`, 'latin1')).join('');
    expect(onDisk).toContain(name);
    expect(onDisk).not.toContain(secret);
    expect(await ask('/config show max_retries')).toContain('max_retries · 5');
  });

  it('shows what a secret is called, and takes folders that are called so', async () => {
    expect(await ask('/config show hf_token')).toMatch(/^There is no setting “hf_token”/);
    const keys = join(folder, 'hf_token');
    mkdirSync(keys);
    expect(await ask(`/config set download_directory ${keys}`)).toContain(
      `download_directory is ${keys} from the next`,
    );
  });

  it('takes several settings at once, and values of several words', async () => {
    expect(await ask('/config set bandwidth_limit 20 MB')).toBe('bandwidth_limit is 20 MB now. It was none.');
    expect(await ask('/config set max_retries=4 auto_cleanup=TRUE')).toBe(
      'max_retries is 4 now. It was 5.\nauto_cleanup is true now. It was false.',
    );
    expect(await ask('/config set max_retries 4')).toBe('max_retries is 4, as it was.');
    // All of it or nothing.
    expect(await ask('/config set max_retries=7 auto_cleanup=perhaps')).toMatch(/^auto_cleanup takes /);
    expect(await ask('/config set max_retries=7 max_total_size=1TB')).toMatch(/^max_total_size is fixed by /);
    expect(await ask('/config reset max_retries')).toBe('max_retries is 5 now. It was 4.');
    expect(await ask('/config reset max_retries')).toBe('max_retries was not set in a chat.');
  });

  it('takes back what it has asked about, and asks anew where something else was set since', async () => {
    await ask('/config set max_retries 3');
    const [question] = await bench.say('/config reset');
    await ask('/config set log_level debug');
    await bench.press(question, 'Take it back');
    expect(now(question)?.text).toMatch(
      /^Take back both settings that were set in a chat \(log_level, max_retries\)\?/,
    );
    await bench.press(now(question), 'Take them back');
    expect(bench.store.config.listSystemConfig()).toEqual([]);
  });

  it('refuses what cannot be, and says what can', async () => {
    expect(await ask('/config set max_retries many')).toBe(
      'max_retries takes a whole number from 0 to 100, not “many”.',
    );
    expect(await ask('/config set max_retry 3')).toContain('Did you mean max_retries?');
    expect(await ask('/config set max_total_size 1TB')).toBe(
      'max_total_size is fixed by HUBGRAM_MAX_TOTAL_SIZE: change it there, and start hubgram anew.',
    );
    expect(await ask('/config set')).toMatch(/^Which setting, and to what\?/);
    expect(await ask('/config set max_retries')).toBe(
      'To what? max_retries takes a whole number from 0 to 100; it is 5 now.',
    );
    expect(await ask('/config set nonsense')).toMatch(/^There is no setting “nonsense”/);
    expect(await ask('/config show nonsense')).toMatch(/^There is no setting “nonsense”/);
    expect(await ask('/config destroy')).toMatch(/^I do not know “\/config destroy”/);
    expect(await ask('/config export xml')).toMatch(/as json or yaml, not as “xml”/);
    expect(bench.store.config.listSystemConfig()).toEqual([]);
  });

  it('says what counts from the next start, and that a new folder moves nothing', async () => {
    expect(await ask('/config set connections 32')).toBe('connections is 32 from the next start of hubgram.');
    const elsewhere = join(folder, 'elsewhere');
    expect(await ask(`/config set download_directory ${elsewhere}`)).toMatch(/^There is no folder /);
    mkdirSync(elsewhere);
    expect(await ask(`/config set download_directory ${elsewhere}`)).toBe(
      `download_directory is ${elsewhere} from the next start of hubgram. Nothing is moved: what lies in ${folder} stays there, and what is in the new folder by then is found.`,
    );
    expect(await ask('/config')).toContain('connections · 32 · set in a chat · from the next start');
  });

  it('takes no folder into which it may not write', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    // Nothing is closed to root, save a disk that is mounted so.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=4k', 'tmpfs', closed]);
    try {
      expect(await ask(`/config set download_directory ${closed}`)).toMatch(/^hubgram may not write into /);
    } finally {
      if (isRoot) execFileSync('umount', [closed]);
    }
  });

  it('holds everything as /hold does, and a reset of all leaves that alone', async () => {
    expect(await ask('/config set paused_all true')).toBe('paused_all is true now. It was false.');
    expect(await ask('/hold')).toMatch(/^They are held already/);
    expect(await ask('/config reset')).toMatch(/^Nothing was set in a chat/);
    expect(await ask('/config reset paused_all')).toBe('paused_all is false now. It was true.');
    expect(await ask('/unhold')).toBe('No downloads are held.');
    await ask('/hold');
    await ask('/unhold');
    expect(await ask('/config validate')).toMatch(/, 0 of them set in a chat\./);
    expect(await ask('/config set auto_cleanup ON')).toBe('auto_cleanup is true now. It was false.');
    expect(await ask('/config set auto_cleanup no')).toBe('auto_cleanup is false now. It was true.');
    await ask('/config reset auto_cleanup');
  });

  it('is noted in the activity log', async () => {
    await ask('/config set max_retries 4');
    await ask('/config reset max_retries');
    // That a command was used is noted when it has been answered: before or after what the next one does.
    const done = recentActivity(bench.store, 4).filter(({ action }) => action !== 'config');
    expect(done).toMatchObject([
      { userId: ANN, action: 'config_reset', metadata: { keys: ['max_retries'] } },
      { userId: ANN, action: 'config_set', metadata: { key: 'max_retries', value: '4' } },
    ]);
  });

  it('is for the owner alone, and not where others read it', async () => {
    const { telegram, store } = bench;
    store.users.upsertUser({ userId: BOB, firstName: 'Bob', username: null });
    store.users.setRole(BOB, 'member');
    expect(await bench.ask('/config', { userId: BOB })).toBe(
      'Only the owner of this bot sees and changes its configuration.',
    );
    telegram.addGroup({ id: GROUP, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
    store.chats.setAccess(GROUP, 'approved');
    const place = { userId: ANN, chatId: GROUP };
    expect(await bench.ask('/config', place)).toMatch(/^The configuration is for the owner alone/);
    expect(await bench.ask('/config set max_retries 4', place)).toMatch(/^The configuration is for the owner alone/);
    const message = telegram.say(ANN, GROUP, 'hello');
    const pressed = telegram.pressForged(ANN, GROUP, message.message_id, 'config:show');
    await bench.say('/help');
    expect(telegram.answers.find(({ callbackQueryId }) => callbackQueryId === pressed)?.text).toMatch(
      /^The configuration is for the owner alone/,
    );
    expect(store.config.listSystemConfig()).toEqual([]);
  });
});

describe('/config validate', () => {
  it('tells of what another version has left, and of what the next start will read', async () => {
    bench.store.config.setSystemConfig('max_retries', '4');
    const raw = new Database(database);
    raw.exec(`UPDATE system_configurations SET value = 'lots' WHERE key = 'max_retries';
      INSERT INTO system_configurations (key, value, created_at, updated_at) VALUES ('colour', 'red', '', '')`);
    raw.close();
    const given = next();
    next = () => ({
      ...given,
      timeout_seconds: { text: '50', origin: 'file', by: 'timeout_seconds in hubgram.yaml' },
    });
    expect((await ask('/config validate')).split('\n')).toEqual([
      '3 things are to be looked at:',
      'The database holds a setting colour (3 characters) that this version does not know.',
      'What was set for max_retries is none that this version takes, and is left out: it takes a whole number from 0 to 100.',
      'timeout_seconds is 50 by now, says timeout_seconds in hubgram.yaml: that counts from the next start.',
    ]);
    next = () => {
      throw new AppError('configuration', 'The configuration has a mistake:\n- colour in hubgram.yaml is not known.');
    };
    expect(await ask('/config validate')).toContain(
      'The next start would fail. The configuration has a mistake:\n- colour in hubgram.yaml is not known.',
    );
  });

  it('tells that the folder for models is gone', async () => {
    await rm(folder, { recursive: true });
    expect(await ask('/config validate')).toMatch(/^One thing is to be looked at:\nThere is no folder /);
  });
});

describe('/config export', () => {
  it('gives a file that means the same at a start, whatever the values are', async () => {
    const odd = join(folder, 'a "b" #c: ü');
    mkdirSync(odd);
    await ask(`/config set download_directory '${odd}'`);
    await ask('/config set bandwidth_limit 20MB');
    await ask('/config set auto_cleanup true');
    for (const format of ['yaml', 'json']) {
      await bench.say(`/config export ${format}`);
      const { text } = await sent();
      const config = loadConfig({
        argv: ['--config', '/x/hubgram.yaml'],
        env: { HOME: folder },
        cwd: '/x',
        // JSON is YAML, too.
        readFile: (path) => {
          if (path === '/x/hubgram.yaml') return text;
          throw Object.assign(new Error('not there'), { code: 'ENOENT' });
        },
      });
      expect(config).toMatchObject({ cacheDir: odd, bandwidthLimit: 20e6, autoCleanup: true, timeoutSeconds: 45 });
      expect(text).not.toContain('token');
    }
  });
});
