/* config: settings from flags, environment, file and defaults; a wrong one stops the start with all that is wrong. */

import { join, resolve } from 'node:path';
import { checkApi } from './api.ts';
import { readApps } from './apps.ts';
import { type CommandLine, parseCommandLine } from './flags.ts';
import { readRedis } from './host-settings.ts';
import { defaultHfHome, expandPath, expandPaths, hfTokenFile, type PathBase } from './paths.ts';
import { cardsEnvironment } from './cards.ts';
import { type DefaultSchedule, readDefaultSchedule } from './default-schedule.ts';
import { readServiceManager, type ServiceManager } from './service-manager.ts';
import { FIELDS, type Field, type Setting, SETTINGS, type Values } from './settings.ts';
import {
  configurationError,
  environmentLayer,
  type FileLayer,
  fileLayer,
  isReadableByAll,
  type Layer,
  readEnvironment,
  type Reader,
  readIfThere,
  readSettingsFile,
  warnIfReadable,
} from './sources.ts';
import { checkWebhook } from './webhook.ts';
import type { App } from '../domain/apps/app.ts';
import { type GivenSetting, type GivenSettings, isSettingKey, type SettingKey } from '../domain/settings/system.ts';
import { isTimezone } from '../domain/schedule/timezone.ts';
import { type Proxies, proxiesOf } from '../lib/net/proxies.ts';
import { redact } from '../lib/text/redact.ts';
import { shorten } from '../lib/text/shorten.ts';

/** Which layer decided: a later one wins. What the bot's owner sets in a chat comes between `file` and `environment`. */
type Origin = 'default' | 'file' | 'environment';

/** All that hubgram was told when it started; `SETTINGS` says what each value may be. Paths are absolute. */
export interface Config
  extends Omit<Values, 'hfHome' | 'cacheDir' | 'timeZone' | 'owners' | 'allowedHosts' | 'readCaches'> {
  /** True if the playground was asked for, or if there is no bot token. */
  readonly playground: boolean;
  /** A host joins its bot with it. */
  readonly joinCode: string | undefined;
  /** No bot: a machine on which a bot elsewhere has its copies lie. */
  readonly isHost: boolean;
  /** Somebody at the machine wants a link that makes an owner. */
  readonly claim: boolean;
  /** The YAML file that was read. */
  readonly configFile: string | undefined;
  readonly hfHome: string;
  /** The Hugging Face cache that models are downloaded into. */
  readonly cacheDir: string;
  readonly timeZone: string;
  /** Where the number of the process is kept for other programs; beside the database if nobody says. */
  readonly pidFile: string | undefined;
  /** A certificate, in PEM. */
  readonly redisCa: string | undefined;
  /** A `models.json` that is brought into the first owner's library. */
  readonly modelsFile: string | undefined;
  /** Telegram user ids. */
  readonly owners: readonly number[];
  /** Where programs beside hubgram are looked for: folders, as PATH has them. */
  readonly programPath: string | undefined;
  /** What of the environment says how graphics cards are reached. */
  readonly cardsEnv: Readonly<Record<string, string>>;
  /** Names, addresses and networks that something may be sent to although they are not public. */
  readonly allowedHosts: readonly string[];
  /** undefined: everything is reached directly. */
  readonly proxies: Proxies | undefined;
  /** Caches of others in which blobs may lie. */
  readonly readCaches: readonly string[];
  /** A schedule that every new chat is offered. */
  readonly defaultSchedule: DefaultSchedule | undefined;
  /** Programs beside hubgram that models can be linked to. */
  readonly apps: readonly App[];
  readonly origins: Readonly<Record<Field, Origin>>;
  /** Who wants to be told that it is up and well. */
  readonly serviceManager: ServiceManager | undefined;
  /** What was said of the keys that chats can set too, as it was written. */
  readonly given: GivenSettings;
  /** What is no mistake, but not as it should be: a sentence each. */
  readonly warnings: readonly string[];
}

interface ConfigInput {
  /** The words after the script's name. */
  readonly argv: readonly string[];
  /** The environment of the process if not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** @throws an error with a `code` such as ENOENT */
  readonly readFile?: (path: string) => string;
}

const DEFAULT_FILE = 'hubgram.yaml';

const expandIfAny = (path: string | undefined, around: PathBase): string | undefined =>
  path === undefined ? undefined : expandPath(path, around);

/** The YAML file: one that was named must be there, the usual one may be missing. */
const readConfigFile = (
  { configFile }: CommandLine,
  env: PathBase['env'],
  reader: Reader,
): { path: string; layer: FileLayer } | undefined => {
  const named = configFile ?? (env['HUBGRAM_CONFIG'] || undefined);
  const path = resolve(reader.cwd, named ?? DEFAULT_FILE);
  const text = readIfThere(path, reader);
  if (text !== undefined) {
    const layer = fileLayer(text, named ?? DEFAULT_FILE, reader);
    const setting = (field: Field): Setting => SETTINGS[field];
    if ([...layer.entries.keys()].some((field) => setting(field).secret)) {
      warnIfReadable(path, named ?? DEFAULT_FILE, reader);
    }
    return { path, layer };
  }
  if (named !== undefined) reader.mistake(`The configuration file ${named} is not there (looked for ${path}).`);
  return undefined;
};

const describeMistake = ({ text, label }: { text: string; label: string }, setting: Setting): string => {
  const found = setting.secret ? 'has the wrong shape (it is not shown)' : `is “${shorten(redact(text), 80)}”`;
  return `${label} ${found}. Expected: ${setting.expected}. Example: ${setting.example}`;
};

/** In the place of what was refused, for those that look at several together: the start ends by its mistake. */
const usualOf = ({ fallback, schema }: Setting): unknown =>
  fallback === undefined ? undefined : schema.parse(fallback);

interface Understood {
  readonly values: Values;
  readonly origins: Readonly<Record<Field, Origin>>;
  readonly given: GivenSettings;
}

/** Reads every setting from the last layer that has it. */
const understand = (layers: readonly Layer[], mistake: Reader['mistake']): Understood => {
  const values: Partial<Record<Field, unknown>> = {};
  const origins = {} as Record<Field, Origin>;
  const given: Partial<Record<SettingKey, GivenSetting>> = {};
  for (const field of FIELDS) {
    const setting: Setting = SETTINGS[field];
    const layer = layers.findLast(({ entries }) => entries.has(field));
    const entry = layer?.entries.get(field);
    origins[field] = layer?.origin ?? 'default';
    const text = entry?.text ?? setting.fallback;
    const key = setting.keys.find(isSettingKey);
    if (key !== undefined && layer && entry) given[key] = { text: entry.text, origin: layer.origin, by: entry.label };
    const read = text === undefined ? undefined : setting.schema.safeParse(text);
    if (entry && !read?.success) mistake(describeMistake(entry, setting));
    values[field] = read?.success ? read.data : usualOf(setting);
  }
  return { values: values as Values, origins, given };
};

/** The cache lies where somebody said, or beneath the home that somebody named. */
const givenCache = (
  text: string,
  { hfHome }: Understood['origins'],
  { download_directory: said }: GivenSettings,
): GivenSetting => {
  const { origin, by } = said ?? { origin: hfHome, by: hfHome === 'default' ? 'the default' : SETTINGS.hfHome.name };
  return { text, origin, by };
};

/** The token that `hf auth login` left, as huggingface_hub finds it. */
const storedToken = (hfHome: string, around: PathBase, reader: Reader): string | undefined => {
  const path = hfTokenFile(hfHome, around);
  const token = readIfThere(path, reader)?.trim();
  if (!token) return undefined;
  if (!SETTINGS.hfToken.schema.safeParse(token).success) {
    reader.mistake(`${path} has the wrong shape (it is not shown). Expected: ${SETTINGS.hfToken.expected}.`);
  }
  return token;
};

/** Whoever runs a service has lost the token, and must not be shown a healthy bot that nobody can write to. */
const NO_TOKEN =
  'BOT_TOKEN is not set, and with NODE_ENV=production no playground opens in its place. ' +
  `Expected: ${SETTINGS.botToken.expected}. Example: ${SETTINGS.botToken.example} ` +
  '(`npm run playground` opens the playground all the same.)';

const lacksToken = (
  { playground, isHost }: CommandLine,
  env: PathBase['env'],
  { botToken }: Understood['origins'],
): boolean => env['NODE_ENV'] === 'production' && !isHost && !playground && botToken === 'default';

/** An empty `TZ`, or one such as `GMT+3`, is a zone without a name, or none at all, to Intl. */
const machineTimezone = (): string => {
  const name: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name !== undefined && isTimezone(name) ? name : 'UTC';
};

const kindOf = (
  { isHost, playground, joinCode }: CommandLine,
  { botToken }: Values,
): Pick<Config, 'isHost' | 'joinCode' | 'playground'> => ({
  isHost,
  joinCode,
  playground: !isHost && (playground || botToken === undefined),
});

/**
 * Reads the flags, the YAML file, `.env` and the environment.
 * @throws AppError configuration: its message lists every mistake
 */
export const loadConfig = ({
  argv,
  env: surroundings = process.env,
  cwd,
  readFile = readSettingsFile,
}: ConfigInput): Config => {
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const reader: Reader = {
    readFile,
    cwd,
    isReadableByAll,
    warn: (sentence) => warnings.push(sentence),
    mistake: (sentence) => mistakes.push(sentence),
  };
  const commandLine = parseCommandLine(argv);
  const env = readEnvironment(surroundings, reader);
  const around = { env, cwd };
  const file = readConfigFile(commandLine, env, reader);
  const { values, origins, given } = understand(
    [...(file ? [file.layer] : []), environmentLayer(env, reader)],
    reader.mistake,
  );
  const defaultSchedule = readDefaultSchedule(file?.layer.defaultSchedule, reader.mistake);
  const apps = readApps(file?.layer.apps, around, reader);
  const hfHome = values.hfHome === undefined ? defaultHfHome(around) : expandPath(values.hfHome, around);
  const hfToken = values.hfToken ?? storedToken(hfHome, around, reader);
  if (lacksToken(commandLine, env, origins)) reader.mistake(NO_TOKEN);
  checkWebhook(values, reader);
  checkApi(values, reader);
  const runsAs = kindOf(commandLine, values);
  const redisCa = readRedis(values, { ...runsAs, ...reader, around, read: (path) => readIfThere(path, reader) });
  if (mistakes.length > 0) throw configurationError(mistakes);
  const cacheDir = expandPath(values.cacheDir ?? join(hfHome, 'hub'), around);
  return {
    ...values,
    ...runsAs,
    claim: commandLine.claim,
    configFile: file?.path,
    hfHome,
    hfToken,
    cacheDir,
    dataDir: expandPath(values.dataDir, around),
    pidFile: expandIfAny(values.pidFile, around),
    redisCa,
    modelsFile: expandIfAny(values.modelsFile, around),
    timeZone: values.timeZone ?? machineTimezone(),
    owners: values.owners ?? [],
    allowedHosts: values.allowedHosts ?? [],
    readCaches: expandPaths(values.readCaches, around),
    proxies: proxiesOf(values.httpProxy, values.httpsProxy, values.noProxy),
    defaultSchedule,
    apps,
    origins,
    serviceManager: readServiceManager(surroundings, process.pid),
    programPath: surroundings['PATH'],
    cardsEnv: cardsEnvironment(surroundings),
    given: { ...given, download_directory: givenCache(cacheDir, origins, given) },
    warnings,
  };
};
