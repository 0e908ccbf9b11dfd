import { z } from 'zod';
import { HTTP_SETTINGS } from './http-settings.ts';
import { HOST_SETTINGS } from './host-settings.ts';
import type { Setting } from './setting.ts';
import { accepted, hosts, path, paths, port, proxyUrl, serverUrl, switched, userIds } from './values.ts';
import { parseSpeedPlan } from '../domain/schedule/speed-plan.ts';
import { type SettingKey, SYSTEM_SETTINGS as SYSTEM } from '../domain/settings/system.ts';
import { isTimezone } from '../domain/schedule/timezone.ts';

export type { Setting };

/** A key of the system configuration: chats can set it too, and it means the same everywhere. */
const ofSystem = <Key extends SettingKey>(key: Key, example: string) => {
  const { description, expected, fallback, accepts } = SYSTEM[key];
  const read = SYSTEM[key].read as (text: string) => ReturnType<(typeof SYSTEM)[Key]['read']>;
  return {
    name: `HUBGRAM_${key.toUpperCase()}`,
    description,
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
    description: 'From @BotFather. Without it hubgram opens the playground; with NODE_ENV=production it does not start',
    keys: ['bot_token'],
    secret: true,
    expected: 'the token that @BotFather gave out: digits, a colon, about 35 letters',
    example: '123456789:AAExampleExampleExampleExampleExample',
    schema: z.string().regex(/^\d{1,20}:[A-Za-z0-9_-]{30,64}$/),
  },
  telegramApiRoot: {
    name: 'TELEGRAM_API_ROOT',
    description: 'A Bot API server of your own',
    keys: ['telegram_api_root'],
    expected: 'the address of a Bot API server, http or https',
    example: 'http://127.0.0.1:8081',
    fallback: 'https://api.telegram.org',
    schema: serverUrl,
  },
  hfToken: {
    name: 'HF_TOKEN',
    description: 'For gated and private repositories; one that `hf auth login` has left is found too',
    legacyName: 'HUGGING_FACE_HUB_TOKEN',
    keys: ['hf_token'],
    secret: true,
    expected: 'a Hugging Face token: one word',
    example: 'hf_xxxxxxxxxxxxxxxx',
    schema: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  },
  hfEndpoint: {
    name: 'HF_ENDPOINT',
    description: 'The Hub, as in huggingface_hub',
    keys: ['hf_endpoint'],
    expected: 'the address of a Hub, http or https',
    example: 'https://hf-mirror.example.org',
    fallback: 'https://huggingface.co',
    schema: serverUrl,
  },
  fallbackEndpoint: {
    name: 'HUBGRAM_FALLBACK_ENDPOINT',
    description: 'Another Hub, asked without the token while the first is down',
    keys: ['fallback_endpoint'],
    expected: 'the address of a Hub, http or https',
    example: 'https://hf-mirror.example.org',
    schema: serverUrl,
  },
  httpsProxy: {
    name: 'HTTPS_PROXY',
    description:
      'The proxy for Telegram, the Hub and its files, as curl reads it; this machine is always reached directly',
    legacyName: 'https_proxy',
    keys: ['https_proxy'],
    secret: true,
    expected: 'the address of a proxy, http or https',
    example: 'http://proxy.example.org:3128',
    schema: proxyUrl,
  },
  httpProxy: {
    name: 'HTTP_PROXY',
    description: 'The same for addresses that begin with http:',
    legacyName: 'http_proxy',
    keys: ['http_proxy'],
    secret: true,
    expected: 'the address of a proxy, http or https',
    example: 'http://proxy.example.org:3128',
    schema: proxyUrl,
  },
  noProxy: {
    name: 'NO_PROXY',
    description: 'What is reached without a proxy all the same',
    legacyName: 'no_proxy',
    keys: ['no_proxy'],
    expected: 'hosts that are reached directly, comma-separated',
    example: 'hub.example.org,.lan',
    schema: z.string().max(2000),
  },
  allowedHosts: {
    name: 'HUBGRAM_ALLOWED_HOSTS',
    description: 'Hosts and networks that may be asked although they are private, or do not come over https',
    keys: ['allowed_hosts'],
    expected: 'hosts, addresses and networks, comma-separated',
    example: 'cdn.lan, 10.0.0.0/8',
    schema: hosts,
  },
  torrentDht: {
    name: 'HUBGRAM_TORRENT_DHT',
    description: 'Whether torrents find peers by the DHT and by other peers too, or by their trackers alone',
    keys: ['torrent_dht'],
    expected: 'true or false',
    example: 'false',
    fallback: 'true',
    schema: switched,
  },
  hfHome: {
    name: 'HF_HOME',
    description: 'The folder of Hugging Face, as in huggingface_hub',
    keys: ['hf_home'],
    expected: 'a folder',
    example: '~/.cache/huggingface',
    schema: path,
  },
  cacheDir: {
    name: 'HF_HUB_CACHE',
    description: 'The cache that models are downloaded into; the folder hub in HF_HOME if nobody says',
    legacyName: 'HUGGINGFACE_HUB_CACHE',
    keys: ['hf_hub_cache', 'download_directory'],
    expected: 'a folder',
    example: '~/.cache/huggingface/hub',
    schema: path,
  },
  readCaches: {
    name: 'HUBGRAM_READ_CACHES',
    description: 'Caches of others: what lies there is linked or copied, not fetched, and nothing is written there',
    keys: ['read_caches'],
    expected: 'folders, comma-separated',
    example: '/mnt/cluster/huggingface/hub',
    schema: paths,
  },
  owners: {
    name: 'HUBGRAM_OWNERS',
    description: 'Who owns the bot. Without any, a one-time link is printed at the start',
    keys: ['owners'],
    expected: 'Telegram user ids, comma-separated',
    example: '123456789,987654321',
    schema: userIds,
  },
  dataDir: {
    name: 'HUBGRAM_DATA_DIR',
    description: 'The database, its backups, the log, and files that come from no Hub',
    keys: ['data_dir'],
    expected: 'a folder',
    example: '/var/lib/hubgram',
    fallback: './data',
    schema: path,
  },
  pidFile: {
    name: 'HUBGRAM_PID_FILE',
    description:
      'Where the number of the running process is kept for other programs; in the data folder if nobody says',
    keys: ['pid_file'],
    expected: 'a file',
    example: '/run/hubgram/hubgram.pid',
    schema: path,
  },
  foreground: {
    name: 'HUBGRAM_FOREGROUND',
    description: 'Whether `npm start -- start` stays in the foreground, as `npm start` does',
    keys: ['foreground'],
    expected: 'true or false',
    example: 'true',
    fallback: 'false',
    schema: switched,
  },
  modelsFile: {
    name: 'HUBGRAM_MODELS_FILE',
    description:
      'A models.json, or a list of names, brought into the first owner’s library at the start and when it changes',
    keys: ['models_file'],
    expected: 'a file',
    example: '/etc/hubgram/models.json',
    schema: path,
  },
  logLevel: ofSystem('log_level', 'debug'),
  timeZone: {
    name: 'HUBGRAM_TIMEZONE',
    description: 'Whose clock counts where a chat says nothing; the system’s if nobody says',
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
    description: 'Limits by the hour; where it says nothing, the limit for everything holds',
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
  ...HTTP_SETTINGS,
  ...HOST_SETTINGS,
  secretKey: {
    name: 'HUBGRAM_SECRET_KEY',
    description:
      'What the key is made of that seals personal tokens, and keys in addresses; without, it lies in secret.key in the data folder',
    keys: ['secret_key'],
    secret: true,
    expected: '32 characters or more',
    example: 'the output of: openssl rand -hex 32',
    schema: z.string().min(32).max(1024),
  },
  playgroundPort: {
    name: 'HUBGRAM_PLAYGROUND_PORT',
    description: 'The chat page of the playground',
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
