import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { SETTINGS } from '../config/settings.ts';
import { configurationError } from '../config/sources.ts';
import type { Copies } from '../copies/copies.ts';
import { HOST_NAME_MOST, isHostName } from '../domain/hosts/host.ts';
import { assert } from '../lib/assert.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { AdjustableLog } from '../lib/log.ts';
import { openScope, type Scope } from '../lib/scope.ts';
import { openLogFile } from '../log/file.ts';
import { givenSystem } from '../settings/given-settings.ts';
import { withFallback } from '../sources/huggingface/fallback.ts';
import { createHub } from '../sources/huggingface/hub.ts';
import type { Source } from '../sources/port.ts';
import { keepPidFile } from './daemon/pid-file.ts';
import type { Report } from './daemon/report.ts';
import { holdCache, holdData } from './folders.ts';
import { openHostCopies } from './sources.ts';
import { userAgent, VERSION } from './version.ts';

export interface HostOptions {
  readonly clock: Clock;
  readonly log: AdjustableLog;
  /** Is told where the models go before anything is written there. */
  readonly onCache?: (cacheDir: string) => void;
}

/** What there is to tell once Redis has let it in. */
export interface HostReady {
  /** As the bot knows it. */
  readonly name: string;
  /** Where models go. */
  readonly cacheDir: string;
}

/** A storage host in this process: it looks at no arguments, signals or environment, and ends nothing but itself. */
export interface HostApp {
  /**
   * Carries out what the bot wants of this machine until the signal is aborted, or the host is closed. Once.
   * @throws AppError held, configuration, …: with a sentence that says what is wrong
   */
  readonly run: (signal: AbortSignal, onReady?: (ready: HostReady) => void) => Promise<void>;
  readonly report: () => Promise<Report>;
  /** Ends `run`, and closes in reverse order whatever it has opened. */
  readonly close: () => Promise<void>;
}

interface Frame extends HostOptions {
  readonly config: Config;
  readonly scope: Scope;
}

/** The name of this machine, as the bot knows it. @throws AppError configuration: it has none that a host could have */
const nameOf = ({ hostName }: Config, joinedAs: string | undefined): string => {
  const own = (hostname().split('.')[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  const name = hostName ?? joinedAs ?? own.slice(0, HOST_NAME_MOST);
  if (isHostName(name)) return name;
  const { name: setting, expected, example } = SETTINGS.hostName;
  throw configurationError([
    `This machine has no name that the bot could know it by: set ${setting}. Expected: ${expected}. Example: ${example}`,
  ]);
};

/** Where Redis is, and by which name and password this machine is let in there; it joins first, if it was told how. */
const findPlace = async ({ config, log }: Frame, signal: AbortSignal) => {
  const { dataDir, redisCa: ca, joinCode: code } = config;
  // Only where there is a Redis it is needed.
  const { joinBot, readJoined } = await import('../hosts/serving/joined.ts');
  let joined = readJoined(dataDir);
  const url = config.redisUrl ?? joined?.url;
  if (url === undefined) {
    const { name, expected, example } = SETTINGS.redisUrl;
    throw configurationError([
      `A host is told what to do by Redis: set ${name}. Expected: ${expected}. Example: ${example}`,
    ]);
  }
  const name = nameOf(config, joined?.name);
  if (code !== undefined) {
    joined = await joinBot({ dataDir, place: { url, ca }, name, code, signal });
    log.info({ host: name }, 'This machine has joined its bot');
  }
  // Whoever is named in the address was let in by hand.
  const hasUser = /\/\/[^/@]+@/.test(url);
  return { name, place: { url, ca, ...(hasUser ? {} : { user: joined?.user, password: joined?.password }) } };
};

/** Of the data folder: it stays when the machine gets another name, and another machine has another one. */
const machineOf = (dataDir: string): string => {
  const path = join(dataDir, 'host.id');
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
  } catch {
    // It is the first start here.
  }
  const id = randomUUID();
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
};

/** The Hub with this machine's own token, and another one in its place while it is down. */
const openHub = ({ config: { hfEndpoint: endpoint, hfToken: token, fallbackEndpoint }, clock, log }: Frame): Source => {
  const heardOfToken = (isRefused: boolean): void => {
    if (isRefused) log.error({}, 'The Hub does not accept the token of this host (HF_TOKEN): it is asked without one');
  };
  const hub = createHub({ endpoint, token, heardOfToken, userAgent, clock });
  if (fallbackEndpoint === undefined) return hub;
  return withFallback(hub, createHub({ endpoint: fallbackEndpoint, userAgent, clock }), clock);
};

const openCopies = (frame: Frame): Copies => {
  const settings = { system: givenSystem(frame.config.given) };
  return openHostCopies(frame.config, openHub(frame), { ...frame, settings });
};

const run = async (frame: Frame, signal: AbortSignal, onReady: (ready: HostReady) => void): Promise<void> => {
  const { config, scope, clock, log } = frame;
  const { dataDir, cacheDir } = config;
  for (const warning of config.warnings) log.warn({}, warning);
  signal.throwIfAborted();
  holdData(config, frame);
  log.alsoTo(scope.use(openLogFile({ dataDir, clock, log })));
  log.info({ version: VERSION, node: process.version, data: dataDir }, 'A host of hubgram starts');
  keepPidFile(config, frame);
  frame.onCache?.(cacheDir);
  holdCache(cacheDir, frame);
  const { name, place } = await findPlace(frame, signal);
  const copies = openCopies(frame);
  const { bandwidth_limit: limit } = givenSystem(config.given);
  const { openServing } = await import('../hosts/serving/serve.ts');
  const serving = await openServing(
    {
      name,
      place,
      copies,
      machine: machineOf(dataDir),
      version: VERSION,
      bytesPerSecondMost: () => limit,
      clock,
      log,
    },
    signal,
  );
  scope.use(serving);
  log.info({ host: name, cache: cacheDir }, 'Redis has let this host in: the bot is heard');
  onReady({ name, cacheDir });
  const stopped = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => stopped.resolve(undefined), { once: true });
  if (signal.aborted) stopped.resolve(undefined);
  await Promise.race([stopped.promise, serving.failed]);
  log.info({ host: name }, 'The host stops, as it was told to');
};

/**
 * Nothing is begun before `run`, so that whoever opens it can always close it, however far it came.
 */
export const openHost = (config: Config, options: HostOptions): HostApp => {
  const scope = openScope();
  const ending = new AbortController();
  const since = toIso(options.clock.now());
  let ready: HostReady | undefined;
  let running: Promise<void> | undefined;

  const start = async (signal: AbortSignal, onReady: (ready: HostReady) => void): Promise<void> => {
    try {
      await run({ ...options, config, scope }, signal, (host) => {
        ready = host;
        onReady(host);
      });
    } catch (error) {
      // Told to end before it had begun.
      if (!signal.aborted) throw error;
    }
  };
  return {
    run: async (signal, onReady = () => undefined) => {
      assert(running === undefined, 'a host is run twice');
      running = start(AbortSignal.any([signal, ending.signal]), onReady);
      await running;
    },
    report: () => {
      const message = ready ? `It is the host ${ready.name}` : 'Redis has not let it in yet';
      const health = { ok: ready !== undefined, checks: { redis: { ok: ready !== undefined, message } } };
      return Promise.resolve({ version: VERSION, pid: process.pid, since, health });
    },
    close: async () => {
      ending.abort(new Error('closing'));
      // Whoever runs it hears of what failed.
      await running?.catch(() => undefined);
      await scope.close();
    },
  };
};
