import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type * as Yaml from 'yaml';
import { FIELDS, type Field, type Setting, SETTINGS } from './settings.ts';
import { AppError } from '../domain/errors.ts';
import { decodeText } from '../lib/text/decode.ts';
import { nearest } from '../lib/text/nearest.ts';
import { redact } from '../lib/text/redact.ts';
import { table } from '../lib/table.ts';

/** Loaded for a file alone: nearly everybody configures by the environment, and each start would pay for it. */
const yaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml;

/** What one layer says, in the form people write it. */
export interface Layer {
  readonly origin: 'file' | 'environment';
  readonly entries: ReadonlyMap<Field, Entry>;
}

interface Entry {
  readonly text: string;
  /** The name it was given under: `HUBGRAM_CONNECTIONS`, or `connections in hubgram.yaml`. */
  readonly label: string;
}

export interface Reader {
  /** @throws an error with a `code` such as ENOENT */
  readonly readFile: (path: string) => string;
  readonly cwd: string;
  /** Everybody on this machine may read that file. */
  readonly isReadableByAll: (path: string) => boolean;
  /** Gets a sentence for what is no mistake, but not as it should be. */
  readonly warn: (sentence: string) => void;
  /** Gets a sentence for every mistake; reading goes on, so that all of them are found. */
  readonly mistake: (sentence: string) => void;
}

/**
 * @param mistakes one sentence or more each: what is wrong, what was expected, an example; no secrets
 * @param where they are
 */
export const configurationError = (
  mistakes: readonly string[],
  where: 'configuration' | 'command line' = 'configuration',
): AppError => {
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  const list = mistakes.map((mistake) => `- ${mistake}`).join('\n');
  return new AppError('configuration', `The ${where} has ${count}:\n${list}`);
};

/** A configuration of every name there is, each with a page of comment, is shorter. */
const BYTES_MOST = 64 * 1024;

/**
 * The text of a file that holds settings, also as Windows writes it. It may be a pipe.
 * @throws what Node throws, with a `code`; EFBIG for more than a configuration can be, EILSEQ for what is no text
 */
export const readSettingsFile = (path: string): string => {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(BYTES_MOST + 1);
    let length = 0;
    for (;;) {
      const bytes = readSync(file, buffer, length, buffer.length - length, null);
      length += bytes;
      if (length > BYTES_MOST) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
      if (bytes === 0) break;
    }
    const text = decodeText(buffer.subarray(0, length));
    if (text === undefined) throw Object.assign(new Error('no text'), { code: 'EILSEQ' });
    return text;
  } finally {
    closeSync(file);
  }
};

/** Everybody on this machine may read it. Windows keeps that elsewhere. */
export const isReadableByAll = (path: string): boolean => {
  if (process.platform === 'win32') return false;
  const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
  return (mode & 0o004) !== 0;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What Node's codes say too little of. */
const REASONS = table<string>({ EFBIG: 'it is longer than any configuration', EILSEQ: 'it is no text in UTF-8' });

/** Why a file can't be read. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return REASONS[code] ?? code;
};

/** The text of a file; undefined if it is not there. Anything else that goes wrong is a mistake. */
export const readIfThere = (path: string, { readFile, mistake }: Reader): string | undefined => {
  try {
    return readFile(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) mistake(`${path} can't be read (${codeOf(error)}).`);
    return undefined;
  }
};

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

const settings: readonly (readonly [Field, Setting])[] = FIELDS.map((field) => [field, SETTINGS[field]]);

const variablesOf = ({ name, legacyName, secret }: Setting): string[] => [
  name,
  ...(legacyName ? [legacyName] : []),
  ...(secret ? [`${name}_FILE`] : []),
];

/** @param name as a person knows the file */
export const warnIfReadable = (path: string, name: string, { isReadableByAll, warn }: Reader): void => {
  if (isReadableByAll(path))
    warn(`${name} holds secrets, and everybody on this machine may read it: chmod 600 ${name}`);
};

const SECRETS: ReadonlySet<string> = new Set(
  settings.flatMap(([, { name, legacyName, secret }]) => (secret ? [name, ...(legacyName ? [legacyName] : [])] : [])),
);

/**
 * Docker hands over quotes around a value as a part of it, from an env file or a list (amayer1983/docksentry#30): taken for a
 * path, they would make a folder with quotes in its name.
 */
const withoutQuotes = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.replace(/^\s*(["'])(.*)\1\s*$/s, '$2')]));

/**
 * Kubernetes says of each service in a pod's namespace where it is (kubernetes.io, Service, Environment variables). Of one called
 * hubgram that looks like settings of ours, and nothing of it is meant (vllm-project/vllm#34199).
 */
const withoutServiceLinks = (env: Environment): Environment => {
  const services = Object.keys(env).flatMap((name) => {
    const [, service = ''] = /^(.+)_SERVICE_HOST$/.exec(name) ?? [];
    return service !== '' && env[`${service}_SERVICE_PORT`] !== undefined ? [service] : [];
  });
  const isLink = ([name, value]: [string, string | undefined]): boolean =>
    services.some(
      (service) =>
        name.startsWith(`${service}_SERVICE_`) ||
        name.startsWith(`${service}_PORT_`) ||
        // Somebody may have set a port of that name.
        (name === `${service}_PORT` && /^\w+:\/\//.test(value ?? '')),
    );
  return Object.fromEntries(Object.entries(env).filter((entry) => !isLink(entry)));
};

/** The environment with what `.env` adds to it: a secret that it gives in one way is not taken from `.env` in another one. */
export const readEnvironment = (surroundings: Environment, reader: Reader): Environment => {
  const env = withoutServiceLinks(withoutQuotes(surroundings));
  const path = resolve(reader.cwd, '.env');
  const text = readIfThere(path, reader);
  const dotenv: Environment = text === undefined ? {} : parseEnv(text);
  if (Object.entries(dotenv).some(([name, value]) => SECRETS.has(name) && isSet(value))) {
    warnIfReadable(path, '.env', reader);
  }
  const given = new Set(
    settings
      .map(([, setting]) => variablesOf(setting))
      .flatMap((names) => (names.some((name) => isSet(env[name])) ? names : [])),
  );
  return { ...Object.fromEntries(Object.entries(dotenv).filter(([name]) => !given.has(name))), ...env };
};

/** Somebody may have put the secret itself in the place of its file: only what cannot be one is shown. */
const namedFile = (text: string): string =>
  /^(?:\/|\.\.?\/|~)/.test(text)
    ? `${text}, which`
    : 'something (it is not shown; expected: a file that holds the secret, and not the secret itself) that';

const secretFromFile = (setting: Setting, env: Environment, reader: Reader): Entry | undefined => {
  const name = `${setting.name}_FILE`;
  const file = setting.secret ? env[name] : undefined;
  if (!isSet(file)) return undefined;
  if (isSet(env[setting.name])) reader.mistake(`${setting.name} and ${name} are both set: keep one of them.`);
  try {
    return { text: reader.readFile(resolve(reader.cwd, file.trim())).trim(), label: name };
  } catch (error) {
    reader.mistake(`${name} names ${namedFile(file.trim())} can't be read (${codeOf(error)}).`);
    return undefined;
  }
};

const OWN_PREFIX = 'HUBGRAM_';

const reportUnknownVariables = (env: Environment, { mistake }: Reader): void => {
  const known = ['HUBGRAM_CONFIG', ...settings.flatMap(([, setting]) => variablesOf(setting))];
  for (const name of Object.keys(env)) {
    if (!name.startsWith(OWN_PREFIX) || known.includes(name)) continue;
    const meant = nearest(
      name.slice(OWN_PREFIX.length),
      known.filter((one) => one.startsWith(OWN_PREFIX)).map((one) => one.slice(OWN_PREFIX.length)),
    );
    mistake(`${name} is not known.${meant ? ` Did you mean ${OWN_PREFIX}${meant}?` : ' .env.example lists what is.'}`);
  }
};

/** The layer of the environment. An empty variable is as good as none. */
export const environmentLayer = (env: Environment, reader: Reader): Layer => {
  reportUnknownVariables(env, reader);
  const entries = new Map<Field, Entry>();
  for (const [field, setting] of settings) {
    const fromFile = secretFromFile(setting, env, reader);
    const name = [setting.name, setting.legacyName].find((one) => one !== undefined && isSet(env[one]));
    if (name !== undefined) entries.set(field, { text: (env[name] ?? '').trim(), label: name });
    else if (fromFile) entries.set(field, fromFile);
  }
  return { origin: 'environment', entries };
};

const wordOf = (value: unknown): string | undefined =>
  ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : undefined;

/** A YAML value, or a list of them, in the form it would have in the environment; undefined if it has none. */
const asText = (value: unknown): string | undefined => {
  if (!Array.isArray(value)) return wordOf(value);
  // A list in a list is none of ours, and with YAML's aliases may hold itself.
  const parts = value.map(wordOf);
  return parts.every((part) => part !== undefined) ? parts.join(',') : undefined;
};

/** Of those that one slip makes, the first ones. */
const YAML_MISTAKES_MOST = 5;

/** What a document says, its aliases filled in: that may fail, for one that is not there, or for a bomb of them. */
const contentOf = (document: Yaml.Document, file: string, { mistake }: Reader): unknown => {
  try {
    return document.toJS();
  } catch (error) {
    mistake(`${file}: ${redact(error instanceof Error ? error.message : String(error))}.`);
    return undefined;
  }
};

const parseYaml = (text: string, file: string, reader: Reader): Readonly<Record<string, unknown>> => {
  const { mistake } = reader;
  const { LineCounter, parseDocument } = yaml();
  const lineCounter = new LineCounter();
  // Not pretty: pretty errors quote the line, and the line may hold a token.
  const document = parseDocument(text, { prettyErrors: false, lineCounter });
  for (const error of document.errors.slice(0, YAML_MISTAKES_MOST)) {
    mistake(`${file}, line ${lineCounter.linePos(error.pos[0]).line}: ${redact(error.message)}`);
  }
  if (document.errors.length > 0) return {};
  const content = contentOf(document, file, reader);
  if (content === null || content === undefined) return {};
  if (typeof content === 'object' && !Array.isArray(content)) return content as Readonly<Record<string, unknown>>;
  mistake(`${file} must hold names and values, such as: log_level: debug`);
  return {};
};

export interface FileLayer extends Layer {
  /** `default_schedule` as it stands there; undefined if it does not. */
  readonly defaultSchedule: unknown;
  /** `apps`, in the same way. */
  readonly apps: unknown;
}

/** The layer of a YAML file. */
export const fileLayer = (text: string, file: string, reader: Reader): FileLayer => {
  const { default_schedule: defaultSchedule, apps, ...content } = parseYaml(text, file, reader);
  const entries = new Map<Field, Entry>();
  const known = ['apps', 'default_schedule', ...settings.flatMap(([, { keys }]) => keys)];
  for (const [key, value] of Object.entries(content)) {
    const [field] = settings.find(([, { keys }]) => keys.includes(key)) ?? [];
    const label = `${key} in ${file}`;
    const before = field && entries.get(field);
    const written = asText(value);
    if (!field) {
      const meant = nearest(key, known);
      reader.mistake(`${label} is not known.${meant ? ` Did you mean ${meant}?` : ` Known are ${known.join(', ')}.`}`);
    } else if (before) {
      reader.mistake(`${label} and ${before.label} are two names for one thing: keep one of them.`);
    } else if (written !== undefined && written !== '') {
      entries.set(field, { text: written, label });
    } else if (value !== null && written === undefined) {
      reader.mistake(
        `${label} must be a single value: ${SETTINGS[field].expected}, for example ${SETTINGS[field].example}.`,
      );
    }
  }
  return { origin: 'file', entries, defaultSchedule: defaultSchedule ?? undefined, apps: apps ?? undefined };
};
