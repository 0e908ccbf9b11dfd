import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { describeConfig } from '../../src/config/description.ts';
import { HELP, parseCommandLine } from '../../src/config/flags.ts';
import { FIELDS, type Setting, SETTINGS } from '../../src/config/settings.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import type { AppError } from '../../src/domain/errors.ts';

const BOT_TOKEN = '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

interface Setup {
  readonly env?: Record<string, string>;
  readonly argv?: readonly string[];
  /** Path inside the folder → content. */
  readonly files?: Record<string, string | Buffer>;
  /** Of these files. */
  readonly mode?: number;
}

/** Runs `loadConfig` in a folder of its own, which is the home folder too; `$FOLDER` stands for it. */
const load = async ({
  env = {},
  argv = [],
  files = {},
  mode = 0o600,
}: Setup = {}): Promise<{ config: Config; folder: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-config-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
    await chmod(join(folder, path), mode);
  }
  const fill = (text: string): string => text.replaceAll('$FOLDER', folder);
  const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
  return { config: loadConfig({ argv: argv.map(fill), env: { HOME: folder, ...filled }, cwd: folder }), folder };
};

const refusal = async (setup: Setup): Promise<string> => {
  const error = await load(setup).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'AppError', code: 'configuration' });
  return (error as AppError).message;
};

describe('without any configuration', () => {
  test('every setting has the default that the documentation promises', async () => {
    const { config, folder } = await load();
    expect(config).toMatchObject({
      botToken: undefined,
      telegramApiRoot: 'https://api.telegram.org',
      hfToken: undefined,
      hfEndpoint: 'https://huggingface.co',
      hfHome: join(folder, '.cache/huggingface'),
      cacheDir: join(folder, '.cache/huggingface/hub'),
      owners: [],
      dataDir: join(folder, 'data'),
      logLevel: 'info',
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      concurrentDownloads: 2,
      connections: 16,
      bandwidthLimit: undefined,
      maxRetries: 5,
      timeoutSeconds: 30,
      minFreeSpace: 2e9,
      maxTotalSize: undefined,
      httpPort: undefined,
      httpHost: '127.0.0.1',
      secretKey: undefined,
      playgroundPort: 8081,
      playground: true,
      configFile: undefined,
      defaultSchedule: undefined,
    });
    expect(new Set(Object.values(config.origins))).toEqual(new Set(['default']));
  });

  test('the home folder is the system’s if HOME is not set', () => {
    const { cacheDir } = loadConfig({
      argv: [],
      env: {},
      cwd: '/',
      readFile: () => {
        throw Object.assign(new Error(), { code: 'ENOENT' });
      },
    });
    expect(cacheDir).toBe(join(homedir(), '.cache/huggingface/hub'));
  });
});

describe('the time zone of the machine', () => {
  test.each([
    ['Asia/Kolkata', 'Asia/Calcutta'],
    ['', 'UTC'],
    ['GMT+3', 'UTC'],
    ['JST-9', 'UTC'],
  ])('TZ=%s is taken for %s, which schedules can go by', (zone, expected) => {
    const program = `
      const { loadConfig } = await import(process.argv[1]);
      process.stdout.write(loadConfig({ argv: [], env: {}, cwd: '/' }).timeZone);`;
    const module = new URL('../../src/config/config.ts', import.meta.url).href;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, module], {
      env: { TZ: zone, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
      encoding: 'utf8',
    });
    expect(stdout).toBe(expected);
  });
});

describe('the environment', () => {
  test.each([
    ['BOT_TOKEN', BOT_TOKEN, { botToken: BOT_TOKEN, playground: false }],
    ['TELEGRAM_API_ROOT', 'http://127.0.0.1:8081/', { telegramApiRoot: 'http://127.0.0.1:8081' }],
    ['HF_TOKEN', 'hf_abc', { hfToken: 'hf_abc' }],
    ['HUGGING_FACE_HUB_TOKEN', 'hf_old', { hfToken: 'hf_old' }],
    ['HF_ENDPOINT', 'https://mirror.example.org/hf//', { hfEndpoint: 'https://mirror.example.org/hf' }],
    ['HUBGRAM_OWNERS', ' 7, 8,7 ', { owners: [7, 8] }],
    ['HUBGRAM_OWNERS', '4503599627370495', { owners: [4_503_599_627_370_495] }],
    ['HUBGRAM_DATA_DIR', '/srv/hubgram', { dataDir: '/srv/hubgram' }],
    ['HUBGRAM_PID_FILE', '/run/hubgram.pid', { pidFile: '/run/hubgram.pid' }],
    ['HUBGRAM_FOREGROUND', 'true', { foreground: true }],
    ['HUBGRAM_FOREGROUND', 'false', { foreground: false }],
    ['HUBGRAM_MODELS_FILE', '/etc/models.json', { modelsFile: '/etc/models.json' }],
    ['HUBGRAM_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['HUBGRAM_LOG_LEVEL', 'WARNING', { logLevel: 'warn' }],
    ['HUBGRAM_LOG_LEVEL', 'CRITICAL', { logLevel: 'fatal' }],
    ['HUBGRAM_TIMEZONE', 'Europe/Berlin', { timeZone: 'Europe/Berlin' }],
    ['HUBGRAM_CONCURRENT_DOWNLOADS', '1000', { concurrentDownloads: 1000 }],
    ['HUBGRAM_CONNECTIONS', '128', { connections: 128 }],
    ['HUBGRAM_BANDWIDTH_LIMIT', '20MB', { bandwidthLimit: 20_000_000 }],
    ['HUBGRAM_BANDWIDTH_LIMIT', 'none', { bandwidthLimit: undefined }],
    ['HUBGRAM_BANDWIDTH_PLAN', '08:00-18:00 5MB', { bandwidthPlan: '08:00-18:00 5MB' }],
    ['HUBGRAM_ALLOWED_HOSTS', 'CDN.lan, 10.0.0.0/8,fd00::/8', { allowedHosts: ['cdn.lan', '10.0.0.0/8', 'fd00::/8'] }],
    ['HUBGRAM_TORRENT_DHT', 'false', { torrentDht: false }],
    ['HUBGRAM_READ_CACHES', ' /mnt/a/hub, /mnt/b,/mnt/a/hub ', { readCaches: ['/mnt/a/hub', '/mnt/b'] }],
    ['HUBGRAM_MAX_RETRIES', '0', { maxRetries: 0 }],
    ['HUBGRAM_TIMEOUT_SECONDS', '3600', { timeoutSeconds: 3600 }],
    ['HUBGRAM_MIN_FREE_SPACE', '0', { minFreeSpace: 0 }],
    ['HUBGRAM_MAX_TOTAL_SIZE', '1.5TB', { maxTotalSize: 1.5e12 }],
    ['HUBGRAM_HTTP_PORT', '0', { httpPort: 0 }],
    ['HUBGRAM_HTTP_HOST', '::', { httpHost: '::' }],
    ['HUBGRAM_SECRET_KEY', 'k'.repeat(32), { secretKey: 'k'.repeat(32) }],
    ['HUBGRAM_PLAYGROUND_PORT', '65535', { playgroundPort: 65_535 }],
  ])('%s=%s is understood', async (name, value, expected) => {
    const { config } = await load({ env: { [name]: value } });
    expect(config).toMatchObject(expected);
  });

  test.each([
    ['BOT_TOKEN', '123:short'],
    ['BOT_TOKEN', `bot${BOT_TOKEN}`],
    ['TELEGRAM_API_ROOT', 'api.telegram.org'],
    ['TELEGRAM_API_ROOT', 'https://name:password@api.telegram.org'],
    ['HTTPS_PROXY', 'socks5://ann:password@proxy.test'],
    ['HUBGRAM_ALLOWED_HOSTS', '10.0.0.0/33'],
    ['HUBGRAM_TORRENT_DHT', 'maybe'],
    ['HUBGRAM_ALLOWED_HOSTS', 'http://cdn.lan'],
    ['HUBGRAM_ALLOWED_HOSTS', 'cdn.lan,,'],
    ['HUBGRAM_READ_CACHES', '/mnt/a/hub,,/mnt/b'],
    ['HF_TOKEN', 'two words'],
    ['HF_ENDPOINT', 'ftp://huggingface.co'],
    ['HF_ENDPOINT', 'https://huggingface.co?x=1'],
    ['HUBGRAM_OWNERS', 'ann'],
    ['HUBGRAM_OWNERS', '1,,2'],
    ['HUBGRAM_OWNERS', '0'],
    // A space is no comma, a group is no person, and numbers are written in one way.
    ['HUBGRAM_OWNERS', '7 8'],
    ['HUBGRAM_OWNERS', '7;8'],
    ['HUBGRAM_OWNERS', '-1001234567890'],
    ['HUBGRAM_OWNERS', '0x7'],
    ['HUBGRAM_OWNERS', '٧'],
    ['HUBGRAM_OWNERS', '9007199254740991'],
    ['HUBGRAM_LOG_LEVEL', 'loud'],
    ['HUBGRAM_TIMEZONE', 'Mars/Olympus'],
    ['HUBGRAM_TIMEZONE', '+03:00'],
    ['HUBGRAM_TIMEZONE', 'PST'],
    ['HUBGRAM_CONCURRENT_DOWNLOADS', '0'],
    ['HUBGRAM_CONCURRENT_DOWNLOADS', '1001'],
    ['HUBGRAM_CONNECTIONS', '129'],
    ['HUBGRAM_CONNECTIONS', '1e1'],
    ['HUBGRAM_CONNECTIONS', '-1'],
    ['HUBGRAM_BANDWIDTH_LIMIT', '0'],
    ['HUBGRAM_BANDWIDTH_LIMIT', 'fast'],
    ['HUBGRAM_BANDWIDTH_PLAN', '5MB'],
    ['HUBGRAM_MAX_RETRIES', '101'],
    ['HUBGRAM_MAX_RETRIES', '2.5'],
    ['HUBGRAM_TIMEOUT_SECONDS', '0'],
    ['HUBGRAM_TIMEOUT_SECONDS', '86401'],
    ['HUBGRAM_MIN_FREE_SPACE', 'none'],
    ['HUBGRAM_MAX_TOTAL_SIZE', '0'],
    ['HUBGRAM_HTTP_PORT', '65536'],
    ['HUBGRAM_HTTP_HOST', 'http://127.0.0.1'],
    ['HUBGRAM_SECRET_KEY', 'too short'],
    ['HUBGRAM_PLAYGROUND_PORT', '80 81'],
  ])('%s=%s is refused, with what was expected and an example', async (name, value) => {
    const message = await refusal({ env: { [name]: value } });
    expect(message).toMatch(new RegExp(`^The configuration has a mistake:\n- ${name} .* Expected: .+ Example: .+$`));
    const setting = Object.values(SETTINGS).find((one) => one.name === name) as Setting;
    expect(message.includes(`“${value}”`)).toBe(!setting.secret && !value.includes('password'));
  });

  test('all mistakes are told at once', async () => {
    const message = await refusal({
      env: { HUBGRAM_CONNECTIONS: 'many', HUBGRAM_LOG_LEVEL: 'loud', HUBGRAM_HTPP_PORT: '1' },
      files: { 'hubgram.yaml': 'max_retries: lots\nconnectons: 4\n' },
    });
    expect(message.split('\n')).toHaveLength(6);
    expect(message).toContain('5 mistakes');
  });

  test('an unknown name is refused with the one that was meant', async () => {
    expect(await refusal({ env: { HUBGRAM_LOGLEVEL: 'info' } })).toContain('Did you mean HUBGRAM_LOG_LEVEL?');
    expect(await refusal({ env: { HUBGRAM_NOTHING_LIKE_IT: '1' } })).toContain('.env.example lists');
  });

  test('names that are not ours are left alone', async () => {
    await expect(load({ env: { PATH: '/bin', BOT_TOKN: 'x', HF_HUB_OFFLINE: '1' } })).resolves.toBeDefined();
  });

  test('an empty variable is as good as none', async () => {
    const { config } = await load({
      env: { BOT_TOKEN: '', HUBGRAM_CONNECTIONS: ' ', HUBGRAM_WEBHOOK_URL: '', HUBGRAM_CONFIG: '' },
    });
    expect(config).toMatchObject({ botToken: undefined, connections: 16 });
    expect(config.origins.connections).toBe('default');
  });

  // amayer1983/docksentry#30: Docker hands over what stands in an env file or a list as it is, quotes and all.
  test('quotes around a whole value are none of it', async () => {
    const { config, folder } = await load({
      env: {
        BOT_TOKEN: `"${BOT_TOKEN}"`,
        HUBGRAM_OWNERS: "'1001'",
        HF_HUB_CACHE: '"$FOLDER/models"',
        HUBGRAM_DATA_DIR: '""',
        HUBGRAM_CONFIG: "'$FOLDER/own.yaml'",
      },
      files: { 'own.yaml': 'connections: 4' },
    });
    expect(config).toMatchObject({ botToken: BOT_TOKEN, owners: [1001], cacheDir: `${folder}/models`, connections: 4 });
    expect(config.origins.dataDir).toBe('default');
    const odd = await load({ env: { HF_HUB_CACHE: `$FOLDER/"a` } });
    expect(odd.config.cacheDir).toBe(`${odd.folder}/"a`);
  });

  // vllm-project/vllm#34199, Donkie/Spoolman#961: Kubernetes tells each pod of each service so, which looks like settings of ours.
  test('what Kubernetes says of services called hubgram is none of it', async () => {
    const linksTo = (service: string): Record<string, string> => ({
      [`${service}_SERVICE_HOST`]: '10.96.0.12',
      [`${service}_SERVICE_PORT`]: '8080',
      [`${service}_SERVICE_PORT_METRICS`]: '8080',
      [`${service}_PORT`]: 'tcp://10.96.0.12:8080',
      [`${service}_PORT_8080_TCP`]: 'tcp://10.96.0.12:8080',
      [`${service}_PORT_8080_TCP_PROTO`]: 'tcp',
      [`${service}_PORT_8080_TCP_PORT`]: '8080',
      [`${service}_PORT_8080_TCP_ADDR`]: '10.96.0.12',
    });
    const links = { ...linksTo('HUBGRAM'), ...linksTo('HUBGRAM_HTTP'), ...linksTo('HUBGRAM_API') };
    const { config } = await load({ env: links });
    expect(config).toMatchObject({ httpPort: undefined, apiPort: undefined });
    const { config: own } = await load({ env: { ...links, HUBGRAM_HTTP_PORT: '9090' } });
    expect(own.httpPort).toBe(9090);
    expect(await refusal({ env: { HUBGRAM_HTTP_PORT: 'tcp://10.96.0.12:8080' } })).toContain('HUBGRAM_HTTP_PORT is');
    expect(await refusal({ env: { HUBGRAM_SERVICE_HOST: '10.96.0.12' } })).toContain(
      'HUBGRAM_SERVICE_HOST is not known',
    );
  });

  const HOOK = { HUBGRAM_WEBHOOK_URL: 'https://bot.example.org/hook', HUBGRAM_HTTP_PORT: '8080' };

  test('a webhook has an address that Telegram calls, and a port of this machine', async () => {
    const { config } = await load({ env: { ...HOOK, HUBGRAM_WEBHOOK_SECRET: 's3cret' } });
    expect(config).toMatchObject({ webhookUrl: 'https://bot.example.org/hook', webhookSecret: 's3cret' });
    for (const [url, complaint] of [
      ['https://bot.example.org:8080/hook', 'has the port 8080. Expected: one that Telegram calls: 443, 80, 88, 8443'],
      ['http://bot.example.org/hook', 'begins with http. Expected: https'],
      ['https://bot.example.org/healthz', 'has the path /healthz'],
      ['https://bot.example.org/x/../metrics', 'has the path /metrics'],
      ['https://ann:secret@bot.example.org/hook', 'Expected: the address at which Telegram reaches hubgram'],
      ['https://bot.example.org/hook?a=b', 'Expected: the address at which Telegram reaches hubgram'],
      ['https://bot.example.org/a b', 'Expected: the address at which Telegram reaches hubgram'],
      [`https://bot.example.org/${'a'.repeat(1977)}`, 'Expected: the address at which Telegram reaches hubgram'],
    ] as const)
      expect(await refusal({ env: { ...HOOK, HUBGRAM_WEBHOOK_URL: url } })).toContain(complaint);
    for (const url of ['https://bot.example.org:8443/hook', `https://bot.example.org/${'a'.repeat(1976)}`]) {
      const { config: taken } = await load({ env: { ...HOOK, HUBGRAM_WEBHOOK_URL: url } });
      expect(taken.webhookUrl).toBe(url);
    }
    expect(await refusal({ env: { ...HOOK, HUBGRAM_HTTP_PORT: '' } })).toContain(
      'HUBGRAM_WEBHOOK_URL needs HUBGRAM_HTTP_PORT, the port on which hubgram listens for it. Example: 8080',
    );
  });

  test('a Bot API server of one’s own calls any port, and http', async () => {
    const env = {
      ...HOOK,
      TELEGRAM_API_ROOT: 'http://127.0.0.1:8081',
      HUBGRAM_WEBHOOK_URL: 'http://127.0.0.1:8080/hook',
    };
    expect((await load({ env })).config.webhookUrl).toBe('http://127.0.0.1:8080/hook');
  });

  test('the secret of a webhook is as Telegram takes it; without a webhook it is told that it does nothing', async () => {
    for (const secret of ['a b', 'ä', 'x'.repeat(257)]) {
      const message = await refusal({ env: { ...HOOK, HUBGRAM_WEBHOOK_SECRET: secret } });
      expect(message).toContain(
        'HUBGRAM_WEBHOOK_SECRET has the wrong shape (it is not shown). Expected: 1 to 256 letters',
      );
    }
    const { config } = await load({ env: { HUBGRAM_WEBHOOK_SECRET: 'x'.repeat(256) } });
    expect(config.warnings).toEqual([
      'HUBGRAM_WEBHOOK_SECRET is set, and HUBGRAM_WEBHOOK_URL is not: there is no webhook, updates are polled.',
    ]);
  });
});

describe('.env', () => {
  test('is read', async () => {
    const { config } = await load({ files: { '.env': `BOT_TOKEN="${BOT_TOKEN}"\nHUBGRAM_CONNECTIONS=4 # few\n` } });
    expect(config).toMatchObject({ botToken: BOT_TOKEN, connections: 4 });
    expect(config.origins).toMatchObject({
      botToken: 'environment',
      connections: 'environment',
      maxRetries: 'default',
    });
  });

  test('loses against the environment', async () => {
    const { config } = await load({
      env: { HUBGRAM_CONNECTIONS: '5', BOT_TOKEN: '' },
      files: { '.env': `HUBGRAM_CONNECTIONS=4\nBOT_TOKEN=${BOT_TOKEN}` },
    });
    expect(config).toMatchObject({ connections: 5, botToken: undefined });
  });

  // What Windows writes (a mark, CRLF, UTF-16) must not lose the token without a word.
  test.each([
    ['a mark before UTF-8', (text: string) => `\ufeff${text}`],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('is read as Windows writes it: %s', async (_, written) => {
    const text = `BOT_TOKEN=${BOT_TOKEN}\r\nHUBGRAM_CONNECTIONS=4\r\n`;
    const { config } = await load({ files: { '.env': written(text) } });
    expect(config).toMatchObject({ botToken: BOT_TOKEN, connections: 4 });
  });

  test('that is no text is a mistake', async () => {
    expect(await refusal({ files: { '.env': Buffer.from([0x42, 0xff, 0x00]) } })).toMatch(
      /\.env can't be read \(it is no text/,
    );
  });

  test('unknown names in it are refused too', async () => {
    expect(await refusal({ files: { '.env': 'HUBGRAM_OWNER=1' } })).toContain('Did you mean HUBGRAM_OWNERS?');
  });

  test('with secrets in it that everybody may read is warned about, and only then', async () => {
    const given = { '.env': `BOT_TOKEN=${BOT_TOKEN}` };
    const { config, folder } = await load({ files: given, mode: 0o644 });
    expect(config.warnings).toEqual(['.env holds secrets, and everybody on this machine may read it: chmod 600 .env']);
    expect(describeConfig(config)).toContain('\nWarning: .env holds secrets');
    await chmod(join(folder, '.env'), 0o640);
    expect(loadConfig({ argv: [], env: { HOME: folder }, cwd: folder }).warnings).toEqual([]);
    expect(
      (await load({ files: { '.env': 'BOT_TOKEN=\nHUBGRAM_CONNECTIONS=4' }, mode: 0o644 })).config.warnings,
    ).toEqual([]);
    const yaml = await load({ files: { 'hubgram.yaml': 'hf_token: hf_abc' }, mode: 0o644 });
    expect(yaml.config.warnings).toEqual([expect.stringContaining('chmod 600 hubgram.yaml')]);
  });

  test('a folder in its place is told', async () => {
    expect(await refusal({ files: { '.env/x': '' } })).toMatch(/\.env can't be read \(EISDIR\)/);
  });
});

describe('secrets', () => {
  test('are read from the file that <NAME>_FILE names', async () => {
    const { config } = await load({
      env: {
        BOT_TOKEN_FILE: '$FOLDER/secrets/bot',
        HF_TOKEN_FILE: 'secrets/hf',
        HUBGRAM_SECRET_KEY_FILE: 'secrets/key',
      },
      files: { 'secrets/bot': `${BOT_TOKEN}\n`, 'secrets/hf': 'hf_file\r\n', 'secrets/key': 'k'.repeat(40) },
    });
    expect(config).toMatchObject({
      botToken: BOT_TOKEN,
      hfToken: 'hf_file',
      secretKey: 'k'.repeat(40),
      playground: false,
    });
  });

  test('a file that is not there is told by name', async () => {
    expect(await refusal({ env: { BOT_TOKEN_FILE: '/nowhere/token' } })).toContain(
      "BOT_TOKEN_FILE names /nowhere/token, which can't be read (ENOENT).",
    );
    const key = 'q0Zc8Wv3Yt7Rk2Lm5Nx1Bp6Hd4Js9Gf0';
    const said = await refusal({ env: { HUBGRAM_SECRET_KEY_FILE: key } });
    expect(said).toMatch(
      /HUBGRAM_SECRET_KEY_FILE names something \(it is not shown; .*\) that can't be read \(ENOENT\)\./,
    );
    expect(said).not.toContain(key);
  });

  test('a secret that is given twice is told', async () => {
    expect(await refusal({ env: { BOT_TOKEN, BOT_TOKEN_FILE: 'x' }, files: { x: BOT_TOKEN } })).toContain(
      'BOT_TOKEN and BOT_TOKEN_FILE are both set',
    );
  });

  test('a secret in .env gives way to a file named by the environment', async () => {
    const { config } = await load({ env: { HF_TOKEN_FILE: 'x' }, files: { x: 'hf_new', '.env': 'HF_TOKEN=hf_old' } });
    expect(config.hfToken).toBe('hf_new');
  });

  test('settings that are no secrets have no such file', async () => {
    expect(await refusal({ env: { HUBGRAM_OWNERS_FILE: 'x' } })).toContain('HUBGRAM_OWNERS_FILE is not known');
  });

  test('are shown neither in a refusal nor in the description', async () => {
    const secret = 'very-secret-value';
    const message = await refusal({
      env: {
        BOT_TOKEN: secret,
        HUBGRAM_SECRET_KEY: secret,
        HF_TOKEN: `${secret} x`,
        HUBGRAM_OWNERS: BOT_TOKEN,
        HF_ENDPOINT: `http://u:${secret}@h`,
        // Cut in the midst of it, it would not be known for one any more.
        HUBGRAM_LOG_LEVEL: `${'x'.repeat(50)} ${BOT_TOKEN}`,
      },
      files: { 'hubgram.yaml': `bot_token: [${secret}\nhf_token: "` },
    });
    expect(message).not.toMatch(/very-secret|AAHdq/);
    const { config } = await load({ env: { BOT_TOKEN, HF_TOKEN: 'hf_abcdef', HUBGRAM_SECRET_KEY: 'k'.repeat(32) } });
    const described = describeConfig(config);
    expect(described).not.toMatch(/AAHdq|hf_abcdef|kkk/);
    expect(described).toMatch(/^BOT_TOKEN +set +environment$/m);
    expect(described).toMatch(/^HF_TOKEN +set +environment$/m);
  });
});

describe('the Hugging Face cache is found as huggingface_hub finds it', () => {
  test.each<[string, Record<string, string>, string]>([
    ['HF_HUB_CACHE', { HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/a'],
    ['HUGGINGFACE_HUB_CACHE', { HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/b'],
    ['HF_HOME/hub', { HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/c/hub'],
    ['XDG_CACHE_HOME/huggingface/hub', { XDG_CACHE_HOME: '/d' }, '/d/huggingface/hub'],
    ['~', { HF_HOME: '~/hf' }, '$FOLDER/hf/hub'],
    ['a variable', { HF_HUB_CACHE: '${DISK}/models/$SUB/$NOT_SET', DISK: '/mnt', SUB: 'x' }, '/mnt/models/x/$NOT_SET'],
    ['a relative path', { HF_HUB_CACHE: 'models' }, '$FOLDER/models'],
  ])('by %s', async (_by, env, expected) => {
    const { config, folder } = await load({ env });
    expect(config.cacheDir).toBe(expected.replace('$FOLDER', folder));
  });

  test('and by download_directory of the YAML file', async () => {
    const { config, folder } = await load({
      env: { HF_HOME: '/c' },
      files: { 'hubgram.yaml': 'download_directory: ~/models' },
    });
    expect(config.cacheDir).toBe(join(folder, 'models'));
    expect(config.origins.cacheDir).toBe('file');
  });

  test('the token that `hf auth login` left is used if no other is given', async () => {
    const files = { '.cache/huggingface/token': 'hf_login\n', elsewhere: 'hf_elsewhere' };
    expect((await load({ files })).config.hfToken).toBe('hf_login');
    expect((await load({ files, env: { HF_TOKEN_PATH: 'elsewhere' } })).config.hfToken).toBe('hf_elsewhere');
    expect((await load({ files, env: { HF_TOKEN: 'hf_given' } })).config.hfToken).toBe('hf_given');
    expect((await load({ files, env: { HF_HOME: '~/other' } })).config.hfToken).toBeUndefined();
    expect(await refusal({ files: { '.cache/huggingface/token': 'no token' } })).toMatch(
      /huggingface\/token has the wrong shape/,
    );
  });
});

describe('the YAML file', () => {
  test('the documented example is understood', async () => {
    const { config, folder } = await load({
      files: {
        'hubgram.yaml': [
          'download_directory: ./models',
          'log_level: INFO',
          'max_retries: 5',
          'timeout_seconds: 3600',
          'concurrent_downloads: 3',
          'default_schedule:',
          '  enabled: true',
          '  type: daily',
          '  time: "23:00"',
          '  max_concurrent_downloads: 2',
        ].join('\n'),
      },
    });
    expect(config).toMatchObject({
      cacheDir: join(folder, 'models'),
      logLevel: 'info',
      maxRetries: 5,
      timeoutSeconds: 3600,
      concurrentDownloads: 3,
      configFile: join(folder, 'hubgram.yaml'),
      defaultSchedule: {
        enabled: true,
        name: 'default',
        type: 'daily',
        time: '23:00',
        dayOfWeek: null,
        cron: null,
        maxConcurrentDownloads: 2,
      },
    });
    expect(config.origins).toMatchObject({ logLevel: 'file', connections: 'default' });
  });

  test('every setting can be given there under its name in lower case', async () => {
    for (const field of FIELDS) {
      const setting: Setting = SETTINGS[field];
      const [key] = setting.keys;
      const shown = setting.example.startsWith('the output of') ? 'k'.repeat(32) : setting.example;
      const example = key === 'redis_ca' ? 'ca.pem' : shown;
      // What others need beside them.
      const needed = { http_port: '8080', api_token: 'k'.repeat(32) };
      const beside = Object.entries(needed).map(([name, value]) => (name === key ? '' : `${name}: ${value}\n`));
      const { config } = await load({
        files: {
          'hubgram.yaml': `${beside.join('')}${key}: ${JSON.stringify(example)}`,
          'ca.pem': '-----BEGIN CERTIFICATE-----',
        },
      });
      expect([key, config.origins[field]]).toEqual([key, 'file']);
      expect(key).toBe(setting.name.toLowerCase().replace(/^hubgram_/, ''));
    }
  });

  test('takes lists, numbers and sizes as YAML writes them', async () => {
    const { config } = await load({
      files: {
        'hubgram.yaml': 'owners: [7, 8]\nmin_free_space: 1000\nbandwidth_limit: 5e6\nhttp_port: 8080\nhf_token:\n',
      },
    });
    expect(config).toMatchObject({ owners: [7, 8], bandwidthLimit: 5_000_000, httpPort: 8080, hfToken: undefined });
  });

  test('loses against the environment', async () => {
    const { config } = await load({
      env: { HUBGRAM_CONNECTIONS: '5' },
      files: { 'hubgram.yaml': 'connections: 4\nmax_retries: 1' },
    });
    expect(config).toMatchObject({ connections: 5, maxRetries: 1 });
    expect(config.origins).toMatchObject({ connections: 'environment', maxRetries: 'file' });
  });

  test('is the one that --config names, or HUBGRAM_CONFIG', async () => {
    const files = { 'a.yaml': 'connections: 1', 'b.yaml': 'connections: 2', 'hubgram.yaml': 'connections: 3' };
    const env = { HUBGRAM_CONFIG: 'a.yaml' };
    expect((await load({ files, env, argv: ['--config', '$FOLDER/b.yaml'] })).config.connections).toBe(2);
    expect((await load({ files, env })).config.connections).toBe(1);
    expect((await load({ files })).config.connections).toBe(3);
  });

  test('one that was named must be there', async () => {
    expect(await refusal({ argv: ['--config=missing.yaml'] })).toContain('missing.yaml is not there');
  });

  test('may be empty', async () => {
    await expect(load({ files: { 'hubgram.yaml': '# nothing yet\n' } })).resolves.toBeDefined();
  });

  test.each([
    ['connectons: 4', 'connectons in hubgram.yaml is not known. Did you mean connections?'],
    ['HUBGRAM_CONNECTIONS: 4', 'HUBGRAM_CONNECTIONS in hubgram.yaml is not known.'],
    ['log_level: loud', 'log_level in hubgram.yaml is “loud”. Expected: trace, debug,'],
    ['connections: {a: 1}', 'connections in hubgram.yaml must be a single value'],
    [
      'hf_hub_cache: /a\ndownload_directory: /b',
      'download_directory in hubgram.yaml and hf_hub_cache in hubgram.yaml are two names',
    ],
    ['a: 1\n- b', 'hubgram.yaml, line 2:'],
    ['connections: 1\nconnections: 2', 'hubgram.yaml, line 2: Map keys must be unique'],
    ['just words', 'hubgram.yaml must hold names and values'],
    ['default_schedule: nightly', 'default_schedule: '],
    ['default_schedule: {type: hourly}', 'default_schedule.type: expected daily, weekly or custom.'],
    ['default_schedule: {type: daily}', 'default_schedule: The time is HH:MM'],
    ['default_schedule: {type: daily, time: "24:00"}', 'default_schedule: The time is HH:MM'],
    ['default_schedule: {type: daily, time: 2300}', 'default_schedule.time: expected HH:MM in quotes'],
    ['default_schedule: {type: weekly, time: "23:00"}', 'default_schedule: A weekly schedule needs a day'],
    [
      'default_schedule: {type: weekly, time: "23:00", day_of_week: 5}',
      'default_schedule.day_of_week: expected the name of a day',
    ],
    [
      'default_schedule: {type: weekly, time: "23:00", day_of_week: fr}',
      'default_schedule.day_of_week: expected the name of a day',
    ],
    ['default_schedule: {type: custom}', 'default_schedule: A custom schedule needs a cron expression'],
    [
      'default_schedule: {type: daily, time: "23:00", max_concurrent_downloads: 11}',
      'default_schedule: A schedule downloads 1 to 10',
    ],
    ['default_schedule: {type: daily, time: "23:00", colour: red}', 'default_schedule: '],
  ])('%j is refused', async (yaml, sentence) => {
    expect(await refusal({ files: { 'hubgram.yaml': yaml } })).toContain(sentence);
  });

  test.each([
    ['{type: weekly, time: "14:00", day_of_week: fri, name: friday}', { type: 'weekly', dayOfWeek: 4, name: 'friday' }],
    ['{type: weekly, time: 14:00, day_of_week: Monday}', { time: '14:00', dayOfWeek: 0, maxConcurrentDownloads: 1 }],
    ['{type: weekly, time: "14:00", day_of_week: SUN, enabled: false}', { dayOfWeek: 6, enabled: false }],
    ['{type: custom, cron: "30 2 * * 1-5"}', { type: 'custom', cron: '30 2 * * 1-5' }],
  ])('the default schedule %s is understood', async (yaml, expected) => {
    const { config } = await load({ files: { 'hubgram.yaml': `default_schedule: ${yaml}` } });
    expect(config.defaultSchedule).toMatchObject(expected);
  });
});

/** Ten lists of nine, each of them nine times in the next: 3.5 billion words. */
const ALIAS_BOMB = Array.from(
  { length: 10 },
  (_, level) =>
    `l${level}: &l${level} [${Array(9)
      .fill(level === 0 ? 'lol' : `*l${level - 1}`)
      .join()}]`,
).join('\n');

describe('a YAML file that is no configuration is refused with sentences, not with a stack:', () => {
  test.each([
    ['a bomb of aliases', ALIAS_BOMB, 'hubgram.yaml: Excessive alias count'],
    ['an alias of nothing', 'owners: *me', 'hubgram.yaml: Unresolved alias'],
    ['a list that holds itself', 'owners: &a [1, *a]', 'owners in hubgram.yaml must be a single value'],
    ['brackets without end', `owners: ${'['.repeat(20_000)}`, 'hubgram.yaml, line 1:'],
    ['a file of some other program', `log_level: ${'x'.repeat(70_000)}`, 'it is longer than any configuration'],
  ])('%s', async (_, text, sentence) => {
    const message = await refusal({ files: { 'hubgram.yaml': text } });
    expect(message).toContain(sentence);
    expect(message.split('\n').length).toBeLessThan(20);
  });
});

describe('the command line', () => {
  test('flags are understood in any order', () => {
    expect(parseCommandLine([])).toEqual({
      help: false,
      version: false,
      checkConfig: false,
      playground: false,
      claim: false,
      configFile: undefined,
      json: false,
      foreground: false,
      tail: undefined,
      follow: false,
      isHost: false,
      command: undefined,
      words: [],
    });
    expect(parseCommandLine(['--playground', '--config', 'x.yaml', '--check-config'])).toMatchObject({
      playground: true,
      checkConfig: true,
      configFile: 'x.yaml',
    });
    expect(parseCommandLine(['-h', '--version'])).toMatchObject({ help: true, version: true });
    expect(parseCommandLine(['help'])).toEqual(parseCommandLine(['--help']));
  });

  test('a command stands before or behind flags, with what it takes', () => {
    const restoring = { command: 'restore', words: ['a.db.gz'], configFile: 'x.yaml' };
    expect(parseCommandLine(['restore', 'a.db.gz', '--config', 'x.yaml'])).toMatchObject(restoring);
    expect(parseCommandLine(['--config', 'x.yaml', 'restore', 'a.db.gz'])).toMatchObject(restoring);
  });

  test.each([
    [['start'], { command: 'start', foreground: false }],
    [['start', '--foreground'], { command: 'start', foreground: true }],
    [['--config', 'x.yaml', 'start', '--foreground'], { command: 'start', foreground: true, configFile: 'x.yaml' }],
    [['--foreground'], { command: undefined, foreground: true }],
    [['status', '--json'], { command: 'status', json: true }],
    [['logs'], { command: 'logs', tail: undefined, follow: false }],
    [['logs', '--tail', '50'], { tail: 50, follow: false }],
    [['logs', '-n', '100000', '-f'], { tail: 100_000, follow: true }],
    [['logs', '--follow', '--tail=0'], { tail: 0, follow: true }],
    [['host'], { isHost: true, command: undefined }],
    [['host', '--join', 'f'.repeat(32)], { isHost: true, command: undefined, joinCode: 'f'.repeat(32) }],
    [['host', 'start', '--join', 'f'.repeat(32)], { isHost: true, command: 'start', joinCode: 'f'.repeat(32) }],
    [['--config', 'x.yaml', 'host', 'logs', '-f'], { isHost: true, command: 'logs', follow: true, words: [] }],
    [['host', 'status', '--json'], { isHost: true, command: 'status', json: true }],
  ])('%j is understood', (argv, expected) => {
    expect(parseCommandLine(argv)).toMatchObject(expected);
  });

  test.each([
    [['--confg', 'x'], 'There is no option --confg. Did you mean --config?'],
    [['--daemon'], 'There is no option --daemon. There are --config,'],
    [['-x'], 'There is no option -x.'],
    [['frobnicate'], 'There is no command frobnicate. There is start, stop, status, logs, doctor, restore, host'],
    [['host', 'restore', 'x'], 'host takes no restore. It takes start, stop, status, logs, doctor, or nothing.'],
    [['host', 'stauts'], 'host takes no stauts. Did you mean host status?'],
    [['host', 'start', 'now'], 'host start takes nothing behind it: host start'],
    [['start', '--join', 'f'.repeat(32)], '--join is for host: host --join CODE'],
    [['host', 'stop', '--join', 'f'.repeat(32)], '--join is for host: host --join CODE'],
    [['host', '--join', 'nas'], '--join needs the code that /hosts add gives: 32 letters and digits.'],
    [['host', 'host'], 'host takes no host.'],
    [['restor', 'x'], 'There is no command restor. Did you mean restore?'],
    [['restore'], 'restore takes FILE: restore data/backups/hubgram-v'],
    [['restore', 'one', 'two'], 'restore takes FILE'],
    [['constructor'], 'There is no command constructor.'],
    [['--config'], '--config needs a file name'],
    [['--config='], '--config needs a file name'],
    [['--playground=yes'], '--playground takes no value.'],
    [['stat'], 'There is no command stat. Did you mean start?'],
    [['start', 'now'], 'start takes nothing behind it: start'],
    [['start', '--follow'], '--follow is for logs: logs --follow'],
    [['stop', '--foreground'], '--foreground is for start: start --foreground'],
    [['--tail', '3'], '--tail is for logs: logs --tail 50'],
    [['logs', '--json'], '--json is for status and doctor: status --json'],
    [['logs', '--tail'], '--tail needs a number of lines from 0 to 100000: --tail 50'],
    [['logs', '--tail', 'all'], '--tail needs a number of lines from 0 to 100000'],
    [['logs', '--tail=-1'], '--tail needs a number of lines from 0 to 100000'],
    [['logs', '-n', '100001'], '-n needs a number of lines from 0 to 100000: -n 50'],
  ])('%j is refused', (argv, sentence) => {
    expect(() => parseCommandLine(argv)).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining(sentence) as string }),
    );
  });

  test('a mistake in it is told as one of the command line', () => {
    expect(() => parseCommandLine(['stpo', '--tail'])).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /^The command line has 2 mistakes:\n- --tail needs .*\n- There is no command stpo\. Did you mean stop\?$/,
        ) as string,
      }),
    );
  });

  test('each command line that the documents show is one', async () => {
    const read = (name: string): Promise<string> => readFile(join(import.meta.dirname, '../..', name), 'utf8');
    const documents = await Promise.all(
      ['README.md', 'docs/operating.md', 'docs/people.md', 'docs/coming-from.md', 'docs/deploying.md'].map(read),
    );
    const shown = documents.flatMap((text) => [...text.matchAll(/npm start -- ([^`\n]+)/g)]);
    const lines = new Set(shown.map(([, words = '']) => words.split(/ {2}|#/)[0]?.trim() ?? ''));
    expect(lines).toEqual(
      new Set([...lines, 'start', 'stop', 'status', 'logs', 'logs --tail 50', 'logs --follow', 'restore FILE']),
    );
    for (const line of lines) expect(() => parseCommandLine(line.split(' '))).not.toThrow();
  });

  test('--playground opens the playground even if there is a token', async () => {
    expect((await load({ argv: ['--playground'], env: { BOT_TOKEN } })).config).toMatchObject({
      playground: true,
      botToken: BOT_TOKEN,
    });
  });

  test('in production a lost token is a mistake, never a playground that nobody asked for', async () => {
    const sentence = /^- BOT_TOKEN is not set.+Expected: the token that @BotFather gave out.+Example: \d+:/m;
    const env = { NODE_ENV: 'production' };
    expect(await refusal({ env })).toMatch(sentence);
    expect(await refusal({ env: { ...env, BOT_TOKEN: '' } })).toMatch(sentence);
    expect(await refusal({ files: { '.env': 'NODE_ENV=production\n' } })).toMatch(sentence);
    expect(await refusal({ env: { ...env, BOT_TOKEN: 'lost' } })).not.toMatch(sentence);
    expect((await load({ env: { ...env, BOT_TOKEN } })).config.playground).toBe(false);
    expect((await load({ env, argv: ['--playground'] })).config.playground).toBe(true);
  });

  test('the help names every flag', () => {
    for (const flag of [
      '--foreground',
      '--tail',
      '--follow',
      '--json',
      '--config',
      '--check-config',
      '--playground',
      '--claim',
      '--version',
      '--help',
    ])
      expect(HELP).toContain(flag);
  });
});

describe('.env.example', () => {
  const example = join(import.meta.dirname, '../../.env.example');

  test('lists every name and no other', async () => {
    const text = await readFile(example, 'utf8');
    const listed = [...text.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name);
    const known = ['HUBGRAM_CONFIG', 'BOT_TOKEN_FILE', ...FIELDS.map((field) => SETTINGS[field].name)];
    expect(new Set(listed)).toEqual(new Set(known));
    expect(listed).toHaveLength(known.length);
  });

  test('changes nothing when it is copied as it is', async () => {
    const text = await readFile(example, 'utf8');
    const { config } = await load({ files: { '.env': text } });
    expect(new Set(Object.values(config.origins))).toEqual(new Set(['default']));
  });

  test('shows the true defaults, and values that are accepted', async () => {
    const text = await readFile(example, 'utf8');
    const examples = [...text.matchAll(/\(example\)\n#([A-Z_]+)=/g)].map(([, name]) => name);
    const shown = parseEnv(text.replace(/^#(?=[A-Z_]+=)/gm, ''));
    const settings: Setting[] = FIELDS.map((field) => SETTINGS[field]);
    const withFallback = settings.filter(({ fallback }) => fallback !== undefined);
    expect(withFallback.map(({ name }) => [name, shown[name]])).toEqual(
      withFallback.map(({ name, fallback }) => [name, fallback]),
    );
    const withValue = settings.filter(({ name }) => shown[name] !== '');
    expect(withValue.filter(({ name, schema }) => !schema.safeParse(shown[name]).success)).toEqual([]);
    // Their defaults depend on the machine; the usual ones are shown.
    const computed = ['HF_HOME', 'HF_HUB_CACHE'];
    const mustBeMarked = withValue.filter(({ name, fallback }) => fallback === undefined && !computed.includes(name));
    expect(examples).toEqual(expect.arrayContaining(mustBeMarked.map(({ name }) => name)));
  });
});
