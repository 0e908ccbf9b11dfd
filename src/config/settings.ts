import { z } from 'zod';
import { API_SETTINGS } from './api-settings.ts';
import { HOST_SETTINGS } from './host-settings.ts';
import type { Setting } from './setting.ts';
import {
  accepted,
  hostName,
  hosts,
  path,
  paths,
  port,
  proxyUrl,
  serverUrl,
  switched,
  userIds,
  webhookUrl,
} from './values.ts';
import { parseSpeedPlan } from '../domain/schedule/speed-plan.ts';
import { type SettingKey, SYSTEM_SETTINGS as SYSTEM } from '../domain/settings/system.ts';
import { isTimezone } from '../domain/schedule/timezone.ts';

export type { Setting };

/** A key of the system configuration: chats can set it too, and it means the same everywhere. */
const ofSystem = <Key extends SettingKey>(key: Key, example: string) => {
  const { expected, fallback, accepts } = SYSTEM[key];
  const read = SYSTEM[key].read as (text: string) => ReturnType<(typeof SYSTEM)[Key]['read']>;
  return {
    name: `HUBGRAM_${key.toUpperCase()}`,
    keys: [key],
    expected,
    example,
    fallback,
    schema: accepted(accepts).transform(read),
  };
};

/** Everything that can be set, by the name of its field in `Config`. */
export const SETTINGS = {
  botToken: {
    name: 'BOT_TOKEN',
    keys: ['bot_token'],
    secret: true,
    expected: 'the token that @BotFather gave out: digits, a colon, about 35 letters',
    example: '123456789:AAExampleExampleExampleExampleExample',
    schema: z.string().regex(/^\d{1,20}:[A-Za-z0-9_-]{30,64}$/),
  },
  telegramApiRoot: {
    name: 'TELEGRAM_API_ROOT',
    keys: ['telegram_api_root'],
    expected: 'the address of a Bot API server, http or https',
    example: 'http://127.0.0.1:8081',
    fallback: 'https://api.telegram.org',
    schema: serverUrl,
  },
  hfToken: {
    name: 'HF_TOKEN',
    legacyName: 'HUGGING_FACE_HUB_TOKEN',
    keys: ['hf_token'],
    secret: true,
    expected: 'a Hugging Face token: one word',
    example: 'hf_xxxxxxxxxxxxxxxx',
    schema: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  },
  hfEndpoint: {
    name: 'HF_ENDPOINT',
    keys: ['hf_endpoint'],
    expected: 'the address of a Hub, http or https',
    example: 'https://hf-mirror.example.org',
    fallback: 'https://huggingface.co',
    schema: serverUrl,
  },
  fallbackEndpoint: {
    name: 'HUBGRAM_FALLBACK_ENDPOINT',
    keys: ['fallback_endpoint'],
    expected: 'the address of a Hub, http or https',
    example: 'https://hf-mirror.example.org',
    schema: serverUrl,
  },
  httpsProxy: {
    name: 'HTTPS_PROXY',
    legacyName: 'https_proxy',
    keys: ['https_proxy'],
    secret: true,
    expected: 'the address of a proxy, http or https',
    example: 'http://proxy.example.org:3128',
    schema: proxyUrl,
  },
  httpProxy: {
    name: 'HTTP_PROXY',
    legacyName: 'http_proxy',
    keys: ['http_proxy'],
    secret: true,
    expected: 'the address of a proxy, http or https',
    example: 'http://proxy.example.org:3128',
    schema: proxyUrl,
  },
  noProxy: {
    name: 'NO_PROXY',
    legacyName: 'no_proxy',
    keys: ['no_proxy'],
    expected: 'hosts that are reached directly, comma-separated',
    example: 'hub.example.org,.lan',
    schema: z.string().max(2000),
  },
  allowedHosts: {
    name: 'HUBGRAM_ALLOWED_HOSTS',
    keys: ['allowed_hosts'],
    expected: 'hosts, addresses and networks, comma-separated',
    example: 'cdn.lan, 10.0.0.0/8',
    schema: hosts,
  },
  torrentDht: {
    name: 'HUBGRAM_TORRENT_DHT',
    keys: ['torrent_dht'],
    expected: 'true or false',
    example: 'false',
    fallback: 'true',
    schema: switched,
  },
  hfHome: {
    name: 'HF_HOME',
    keys: ['hf_home'],
    expected: 'a folder',
    example: '~/.cache/huggingface',
    schema: path,
  },
  cacheDir: {
    name: 'HF_HUB_CACHE',
    legacyName: 'HUGGINGFACE_HUB_CACHE',
    keys: ['hf_hub_cache', 'download_directory'],
    expected: 'a folder',
    example: '~/.cache/huggingface/hub',
    schema: path,
  },
  readCaches: {
    name: 'HUBGRAM_READ_CACHES',
    keys: ['read_caches'],
    expected: 'folders, comma-separated',
    example: '/mnt/cluster/huggingface/hub',
    schema: paths,
  },
  owners: {
    name: 'HUBGRAM_OWNERS',
    keys: ['owners'],
    expected: 'Telegram user ids, comma-separated',
    example: '123456789,987654321',
    schema: userIds,
  },
  dataDir: {
    name: 'HUBGRAM_DATA_DIR',
    keys: ['data_dir'],
    expected: 'a folder',
    example: '/var/lib/hubgram',
    fallback: './data',
    schema: path,
  },
  pidFile: {
    name: 'HUBGRAM_PID_FILE',
    keys: ['pid_file'],
    expected: 'a file',
    example: '/run/hubgram/hubgram.pid',
    schema: path,
  },
  foreground: {
    name: 'HUBGRAM_FOREGROUND',
    keys: ['foreground'],
    expected: 'true or false',
    example: 'true',
    fallback: 'false',
    schema: switched,
  },
  modelsFile: {
    name: 'HUBGRAM_MODELS_FILE',
    keys: ['models_file'],
    expected: 'a file',
    example: '/etc/hubgram/models.json',
    schema: path,
  },
  logLevel: ofSystem('log_level', 'debug'),
  timeZone: {
    name: 'HUBGRAM_TIMEZONE',
    keys: ['timezone'],
    expected: 'a time zone of the IANA list',
    example: 'Europe/Berlin',
    schema: accepted(isTimezone),
  },
  concurrentDownloads: ofSystem('concurrent_downloads', '4'),
  connections: ofSystem('connections', '32'),
  bandwidthLimit: { ...ofSystem('bandwidth_limit', '20MB'), bytes: true },
  bandwidthPlan: {
    name: 'HUBGRAM_BANDWIDTH_PLAN',
    keys: ['bandwidth_plan'],
    expected: 'times of the day, each with a size per second or none, comma-separated',
    example: '08:00-18:00 5MB, 22:00-06:00 none',
    schema: accepted((text) => parseSpeedPlan(text) !== undefined),
  },
  maxRetries: ofSystem('max_retries', '10'),
  timeoutSeconds: ofSystem('timeout_seconds', '60'),
  minFreeSpace: { ...ofSystem('min_free_space', '10GB'), bytes: true },
  maxTotalSize: { ...ofSystem('max_total_size', '500GB'), bytes: true },
  autoCleanup: ofSystem('auto_cleanup', 'true'),
  cleanupAgeDays: ofSystem('cleanup_age_days', '90'),
  verifyMonthly: ofSystem('verify_monthly', 'true'),
  tryModels: ofSystem('try', 'false'),
  seedHours: ofSystem('seed_hours', '24'),
  historyDays: ofSystem('history_days', '90'),
  historyPerModel: ofSystem('history_per_model', '20'),
  tracesDays: ofSystem('traces_days', '14'),
  activityDays: ofSystem('activity_days', '365'),
  backupsKept: ofSystem('backups_kept', '14'),
  sendBackups: ofSystem('send_backups', 'true'),
  modelsPerPerson: ofSystem('models_per_person', '50'),
  bytesPerPerson: { ...ofSystem('bytes_per_person', '500GB'), bytes: true },
  runningPerPerson: ofSystem('running_per_person', '1'),
  addsPerHour: ofSystem('adds_per_hour', '50'),
  updatesPerMinute: ofSystem('updates_per_minute', '300'),
  openLookUps: ofSystem('open_lookups', '50'),
  modelsPerGroup: ofSystem('models_per_group', '200'),
  bytesPerGroup: { ...ofSystem('bytes_per_group', '1TB'), bytes: true },
  runningPerGroup: ofSystem('running_per_group', '2'),
  groupAddsPerHour: ofSystem('group_adds_per_hour', '100'),
  httpPort: {
    name: 'HUBGRAM_HTTP_PORT',
    keys: ['http_port'],
    expected: 'a port from 0 (any free one) to 65535',
    example: '8080',
    schema: port,
  },
  httpHost: {
    name: 'HUBGRAM_HTTP_HOST',
    keys: ['http_host'],
    expected: 'an address of this machine',
    example: '0.0.0.0',
    fallback: '127.0.0.1',
    schema: hostName,
  },
  ...API_SETTINGS,
  ...HOST_SETTINGS,
  webhookUrl: {
    name: 'HUBGRAM_WEBHOOK_URL',
    keys: ['webhook_url'],
    expected: 'the address at which Telegram reaches hubgram, https, with a path of its own',
    example: 'https://bot.example.org/telegram',
    schema: webhookUrl,
  },
  webhookSecret: {
    name: 'HUBGRAM_WEBHOOK_SECRET',
    keys: ['webhook_secret'],
    secret: true,
    expected: '1 to 256 letters, digits, _ and -',
    example: 'the output of: openssl rand -hex 32',
    // Bot API, setWebhook: secret_token.
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/),
  },
  secretKey: {
    name: 'HUBGRAM_SECRET_KEY',
    keys: ['secret_key'],
    secret: true,
    expected: '32 characters or more',
    example: 'the output of: openssl rand -hex 32',
    schema: z.string().min(32).max(1024),
  },
  playgroundPort: {
    name: 'HUBGRAM_PLAYGROUND_PORT',
    keys: ['playground_port'],
    expected: 'a port from 0 (any free one) to 65535',
    example: '8090',
    fallback: '8081',
    schema: port,
  },
} as const satisfies Record<string, Setting>;

export type Field = keyof typeof SETTINGS;

type ValueOf<S extends Setting> = z.output<S['schema']> | (S extends { readonly fallback: string } ? never : undefined);

/** What was understood of every setting; undefined where nobody set one and there is no fallback. */
export type Values = { readonly [F in Field]: ValueOf<(typeof SETTINGS)[F]> };

export const FIELDS = Object.keys(SETTINGS) as readonly Field[];
