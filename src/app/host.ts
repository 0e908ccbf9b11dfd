import type { Config } from '../config/config.ts';
import type { Copies } from '../copies/copies.ts';
import { joinBot } from '../hosts/serving/joined.ts';
import { openServing } from '../hosts/serving/serve.ts';
import { assert } from '../lib/assert.ts';
import { type Clock, toIso } from '../lib/clock.ts';
import type { AdjustableLog } from '../lib/log.ts';
import type { Mount } from '../lib/disk/mount.ts';
import { openScope, type Scope } from '../lib/scope.ts';
import { openLogFile } from '../log/file.ts';
import type { HealthReport } from '../ops/health/health.ts';
import { givenSystem } from '../settings/given-settings.ts';
import { openChecker } from './checking.ts';
import { keepPidFile } from './daemon/pid-file.ts';
import type { Report } from './daemon/report.ts';
import { serveReport } from './daemon/report-socket.ts';
import { waitForMount } from './cache/cache-mount.ts';
import { holdCache, holdData } from './folders.ts';
import { machineOf } from './hosting/machine.ts';
import { createHostStanding, type HostStanding } from './hosting/standing.ts';
import { findMembership, type Membership, redisEndpointOf } from './hosting/membership.ts';
import { type HostHub, openHostHub } from './hosting/hub.ts';
import { hostHealth, watchHost } from './hosting/watching.ts';
import { copyFolders, openHostCopies } from './sources.ts';
import { VERSION } from './version.ts';

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

interface Frame extends HostOptions, Pick<HostApp, 'report'> {
  readonly config: Config;
  readonly scope: Scope;
  readonly standing: HostStanding;
  readonly hub: HostHub;
  readonly health: () => Promise<HealthReport>;
}

/** By which name and password this machine is let in by Redis; it joins first, if it was told how. */
const enter = async ({ config, log }: Frame, { name, url, joined: before }: Membership, signal: AbortSignal) => {
  const { dataDir, redisCa: ca, joinCode: code } = config;
  let joined = before;
  if (code !== undefined) {
    joined = await joinBot({ dataDir, endpoint: { url, ca }, name, code, signal });
    log.info({ host: name }, 'This machine has joined its bot');
  }
  return redisEndpointOf(config, { url, joined });
};

const openCopies = (frame: Frame, mount: Mount): Copies => {
  const settings = { system: givenSystem(frame.config.given) };
  return openHostCopies(frame.config, frame.hub.hub, { ...frame, mount, settings });
};

const run = async (frame: Frame, signal: AbortSignal, onReady: (ready: HostReady) => void): Promise<void> => {
  const { config, scope, clock, log, standing } = frame;
  const { dataDir, cacheDir } = config;
  for (const warning of config.warnings) log.warn({}, warning);
  signal.throwIfAborted();
  const found = await findMembership(config);
  const { name } = found;
  standing.named(name, found.joined !== undefined);
  holdData(config, frame);
  log.alsoTo(scope.use(openLogFile({ dataDir, clock, log })));
  log.info({ version: VERSION, node: process.version, data: dataDir }, 'A host of hubgram starts');
  keepPidFile(config, frame);
  await serveReport(config, frame, frame.report);
  await watchHost(frame, scope);
  const mount = await waitForMount({ cacheDir, dataDir, log }, signal);
  frame.onCache?.(cacheDir);
  holdCache(cacheDir, frame);
  const endpoint = await enter(frame, found, signal);
  standing.named(name, found.joined !== undefined || config.joinCode !== undefined);
  const copies = openCopies(frame, mount);
  const { bandwidth_limit: limit } = givenSystem(config.given);
  const serving = await openServing(
    {
      name,
      endpoint,
      copies,
      checker: openChecker(copyFolders(config, cacheDir), config, copies.memory),
      machine: machineOf(dataDir),
      version: VERSION,
      bytesPerSecondMost: () => limit,
      hubSilentSince: frame.hub.silentSince,
      hubAsked: frame.hub.asked,
      onReach: standing.reach,
      clock,
      log,
    },
    signal,
  );
  scope.use(serving);
  standing.begun({ serving, copies, cacheDir }, scope);
  log.info({ host: name, cache: cacheDir }, 'Redis has let this host in: the bot is heard');
  if (found.joined === undefined && config.joinCode === undefined) {
    const why = `This machine has not joined: unless it has before, run the line of /hosts add ${name} here, with its --join`;
    log.warn({ host: name }, why);
  }
  onReady({ name, cacheDir });
  const stopped = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => stopped.resolve(undefined), { once: true });
  if (signal.aborted) stopped.resolve(undefined);
  await Promise.race([stopped.promise, serving.failed]);
  log.info({ host: name }, 'The host stops, as it was told to');
};

const hubSilent = ({ silentSince }: HostHub): Pick<Report, 'hubSilentSince'> => {
  const since = silentSince();
  return since === undefined ? {} : { hubSilentSince: toIso(since) };
};

/**
 * Nothing is begun before `run`, so that whoever opens it can always close it, however far it came.
 */
export const openHost = (config: Config, options: HostOptions): HostApp => {
  const scope = openScope();
  const ending = new AbortController();
  const since = toIso(options.clock.now());
  const standing = createHostStanding(options.clock);
  const hub = openHostHub(config, options);
  const health = hostHealth({ ...options, config, standing });
  let running: Promise<void> | undefined;

  const report = async (): Promise<Report> => ({
    version: VERSION,
    pid: process.pid,
    since,
    health: await health(),
    ...(await standing.figures()),
    ...hubSilent(hub),
  });
  const start = async (signal: AbortSignal, onReady: (ready: HostReady) => void): Promise<void> => {
    try {
      await run({ ...options, config, scope, standing, hub, report, health }, signal, onReady);
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
    report,
    close: async () => {
      ending.abort(new Error('closing'));
      // Whoever runs it hears of what failed.
      await running?.catch(() => undefined);
      await scope.close();
    },
  };
};
