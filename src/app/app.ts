/* app: wires all rooms: whatever is opened here is closed in reverse order, and no room below knows of another's making. */

import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { RunningBot } from '../bot/bot.ts';
import type { CopiesOptions } from '../copies/copies.ts';
import type { Config } from '../config/config.ts';
import { startUpSettings } from '../config/description.ts';
import { AppError } from '../domain/errors.ts';
import { assert } from '../lib/assert.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { AdjustableLog } from '../lib/log.ts';
import { openLogFile } from '../log/file.ts';
import { openScope, type Scope } from '../lib/scope.ts';
import type { HealthReport } from '../ops/health/health.ts';
import { createCounts } from '../ops/metrics/counts.ts';
import { noteStart } from '../people/activities.ts';
import { sealOldAddresses } from '../people/tokens/old-addresses.ts';
import { createVault } from '../people/tokens/vault.ts';
import { createSettings } from '../settings/settings.ts';
import type { SystemSettings } from '../settings/system-settings.ts';
import { keepPidFile } from './daemon/pid-file.ts';
import { type Figures, figuresOf, type Report } from './daemon/report.ts';
import { serveReport } from './daemon/report-socket.ts';
import { openWhenPossible } from './database.ts';
import { openDownloads } from './downloads/downloads.ts';
import { openEnvironment, requirePlayground } from './environment.ts';
import { waitForMount } from './cache/cache-mount.ts';
import { foldersOf, givenFor, holdCache, holdData } from './folders.ts';
import { loadHosts } from './hosts.ts';
import { VERSION } from './version.ts';

export interface AppOptions {
  readonly clock: Clock;
  readonly log: AdjustableLog;
  /** Reads the configuration anew, as the next start would; the one that is there if not given. @throws AppError configuration */
  readonly reread?: () => Config;
  /** Is told where the models go before anything is written there. */
  readonly onCache?: (cacheDir: string) => void;
  /** Is told once all sources of a start are loaded. */
  readonly onLoaded?: () => void;
  /** How long Telegram may leave a call without an answer; a minute if not given. */
  readonly callTimeoutSeconds?: number;
  /** What hashes, closed with what downloads; a thread of its own if not given. */
  readonly hasher?: CopiesOptions['hasher'];
}

/** What there is to tell once Telegram has accepted the token. */
export interface Ready {
  /** The bot's. */
  readonly username: string;
  /** Where models go. */
  readonly cacheDir: string;
  /** The chat page, in the playground. */
  readonly page: string | undefined;
  /** Where the sample Hub is, with made-up models; undefined: it is a real one. */
  readonly sampleHub: string | undefined;
  /** Makes an owner of whoever opens it first; undefined if there is one already, and nobody asked for it. */
  readonly ownerLink: string | undefined;
}

/** hubgram in this process: it looks at no arguments, signals or environment, and ends nothing but itself. */
export interface App {
  /**
   * Opens everything, from the bottom up, and takes updates until the signal is aborted or the app is closed. Once.
   * @throws AppError held, refused_token, …: with a sentence that says what is wrong
   */
  readonly run: (signal: AbortSignal, onReady?: (ready: Ready) => void) => Promise<void>;
  /** What is well and what is not, as `/healthz` tells it. Never rejects. */
  readonly health: () => Promise<HealthReport>;
  /** What it tells of itself to whoever has its data folder. */
  readonly report: () => Promise<Report>;
  /** Ends `run`, and closes in reverse order whatever it has opened. */
  readonly close: () => Promise<void>;
}

/** Beside the database, and in no backup of it. */
const KEY_FILE = 'secret.key';

interface Frame extends AppOptions, Pick<App, 'report'> {
  readonly config: Config;
  /** Owns what is opened. */
  readonly scope: Scope;
}

interface Opened extends Pick<App, 'health'> {
  readonly bot: RunningBot;
  readonly figures: () => Figures;
  readonly ready: (username: string) => Ready;
}

const linkFor = (username: string, code: string | undefined): string | undefined =>
  code === undefined ? undefined : `https://t.me/${username}?start=claim_${code}`;

/** As much is logged as the settings say, from now on. */
const followLogLevel = ({ system, onSystemChange }: SystemSettings, log: AdjustableLog): void => {
  log.setLevel(system.log_level);
  onSystemChange(() => log.setLevel(system.log_level));
};

/** The log goes into files too: not before the data folder is held, so that no other process writes them. */
const keepLog = (dataDir: string, { scope, clock, log }: Pick<Frame, 'scope' | 'clock' | 'log'>): void => {
  log.alsoTo(scope.use(openLogFile({ dataDir, clock, log })));
  log.info({ version: VERSION, node: process.version, data: dataDir }, 'hubgram starts');
};

/** Half of the program is what people see and say: a download that waits does not wait for that, too. */
const loadRest = async (onLoaded: (() => void) | undefined) => {
  const [{ buildParts }, { watchOver }, { serveJobs }] = await Promise.all([
    import('./parts.ts'),
    import('./watching.ts'),
    import('./jobs-api.ts'),
  ]);
  // As in main.ts: not later, when somebody would have to wait for it, and nothing is begun if a signal came meanwhile.
  flushCompileCache();
  onLoaded?.();
  await setImmediate();
  return { buildParts, watchOver, serveJobs };
};

const open = async ({ config, report, ...options }: Frame, signal: AbortSignal): Promise<Opened> => {
  const { scope, log } = options;
  const { dataDir } = foldersOf(config);
  holdData(config, options);
  keepLog(dataDir, options);
  keepPidFile(config, options);
  await serveReport(config, options, report);
  const endpoints = await openEnvironment(config, scope, log);
  const { owners, page, isSample, hfEndpoint } = endpoints;
  const store = scope.use(await openWhenPossible({ ...options, dataDir, owners }, signal));
  // A start writes several times, and none of it has to be on the disk before the first download may go on.
  store.flushApart();
  noteStart(store, VERSION, log);
  const settings = createSettings(store, { given: givenFor(config), log });
  const { download_directory: cacheDir } = settings.system;
  const mount = await waitForMount({ cacheDir, dataDir, log }, signal);
  options.onCache?.(cacheDir);
  holdCache(cacheDir, options);
  followLogLevel(settings, log);
  const configured = {
    atStart: startUpSettings(config),
    given: givenFor(config),
    reread: () => givenFor(options.reread?.() ?? config),
  };
  const vault = createVault({ words: config.secretKey, file: join(dataDir, KEY_FILE) });
  await sealOldAddresses(store, vault, log);
  const openHosts = await loadHosts(config);
  const frame = { ...options, config, mount, settings, configured, vault, openHosts, counts: createCounts() };
  const downloads = openDownloads(endpoints, store, frame);
  await downloads.begun(signal);
  const { buildParts, watchOver, serveJobs } = await loadRest(options.onLoaded);
  signal.throwIfAborted();
  const { bot, ownerLink, pulling } = buildParts(endpoints, store, frame, downloads);
  const health = await watchOver({ ...frame, ...downloads, bot, store, cacheDir, dataDir });
  await serveJobs({ ...frame, pulling });
  return {
    bot,
    health,
    figures: () => figuresOf({ ...downloads, store }),
    ready: (username) => ({
      username,
      cacheDir,
      page,
      sampleHub: isSample ? hfEndpoint : undefined,
      ownerLink: linkFor(username, ownerLink.code()),
    }),
  };
};

const NOT_OPEN: HealthReport = {
  ok: false,
  checks: { telegram: { ok: false, message: 'It has not been asked yet: hubgram is starting.' } },
};

const refusedToken = (cause: unknown): AppError =>
  new AppError(
    'refused_token',
    'Telegram refused the bot token. Get the right one from @BotFather and set BOT_TOKEN.',
    { cause },
  );

/** Whoever says so is loaded by then. */
const isRefused = async (error: unknown): Promise<boolean> =>
  !(error instanceof AppError) && (await import('../bot/bot.ts')).isRefusedToken(error);

/**
 * Nothing is begun before `run`, so that whoever opens it can always close it, however far it came.
 * @throws AppError configuration: it asks for a playground that is not there
 */
export const openApp = (config: Config, options: AppOptions): App => {
  const { log } = options;
  requirePlayground(config);
  const scope = openScope();
  const ending = new AbortController();
  let opened: Opened | undefined;
  let ready: Ready | undefined;
  let running: Promise<void> | undefined;

  const since = toIso(options.clock.now());
  const health = async (): Promise<HealthReport> => (await opened?.health()) ?? NOT_OPEN;
  const report = async (): Promise<Report> => ({
    version: VERSION,
    pid: process.pid,
    since,
    username: ready?.username,
    page: ready?.page,
    health: await health(),
    ...opened?.figures(),
  });

  const run = async (signal: AbortSignal, onReady: (ready: Ready) => void): Promise<void> => {
    try {
      for (const warning of config.warnings) log.warn({}, warning);
      signal.throwIfAborted();
      const { bot, ready: readyAs } = (opened = await open({ ...options, config, scope, report }, signal));
      await bot.run(signal, (username) => {
        log.info({ bot: username }, 'Telegram has accepted the token: people are heard');
        ready = readyAs(username);
        onReady(ready);
      });
      log.info({}, 'hubgram stops, as it was told to');
    } catch (error) {
      // Told to end before it had begun.
      if (signal.aborted) return;
      throw (await isRefused(error)) ? refusedToken(error) : error;
    }
  };

  return {
    run: async (signal, onReady = () => undefined) => {
      assert(running === undefined, 'an app is run twice');
      running = run(AbortSignal.any([signal, ending.signal]), onReady);
      await running;
    },
    health,
    report,
    close: async () => {
      ending.abort(new Error('closing'));
      // Whoever runs it hears of what failed.
      await running?.catch(() => undefined);
      await scope.close();
    },
  };
};
