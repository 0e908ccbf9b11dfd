import { randomBytes } from 'node:crypto';
import { createBot, isRefusedToken, type RunningBot } from '../bot/bot.ts';
import { createClaim } from '../people/owner-link.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { describeConfig } from '../config/description.ts';
import { ConfigError } from '../config/config-error.ts';
import { HELP, parseCommandLine } from '../config/flags.ts';
import { AppError } from '../domain/errors.ts';
import { createSpeedLimit, parseSpeedPlan } from '../domain/speed-plan.ts';
import { withFallback } from '../sources/huggingface/fallback.ts';
import { createHub } from '../sources/huggingface/hub.ts';
import type { Source } from '../sources/port.ts';
import { type Clock, systemClock, toIso } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createPlaces } from '../lib/places.ts';
import { useProxies } from '../lib/proxies.ts';
import { openScope, type Scope } from '../lib/scope.ts';
import { createAdding } from '../library/add.ts';
import { roomFor } from '../library/room.ts';
import { createLog } from '../log/log.ts';
import { holdFolders, openAsCache, openWhenPossible } from './folders.ts';
import { measure } from '../ops/metrics.ts';
import { startOps } from '../ops/ops.ts';
import { createQueue, type Queue } from '../queue/queue.ts';
import { createScheduler } from '../schedule/scheduler.ts';
import { startHousekeeping } from '../schedule/housekeeping.ts';
import type { Store } from '../store/store.ts';
import { createTransfer, type Transfer } from '../transfer/transfer.ts';
import { userAgent, VERSION } from './version.ts';
import { foldersOf, openSurroundings, requirePlayground, type Surroundings } from './environment.ts';

const EXIT = { signal: 0, fault: 1, configuration: 2, refusedToken: 3, held: 4 } as const;

/** Whatever hangs: after this the program ends all the same. */
const CLOSING_MS = 9500;
/** Telegram keeps updates for 24 hours: what was handled longer ago cannot come again. */
const UPDATES_KEPT_MS = 48 * 3_600_000;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const keepHouse = (config: Config, store: Store, queue: Pick<Queue, 'lookAfter'>, log: Log) =>
  startHousekeeping({
    timeZone: config.timeZone,
    clock: systemClock,
    work: async () => {
      const updates = store.updates.prune(toIso(systemClock.now() - UPDATES_KEPT_MS));
      const verified = store.files.prune();
      await queue.lookAfter();
      log.debug({ updates, verified }, 'The nightly round is done');
    },
    onError: (error) => log.error({ err: error }, 'The nightly round failed'),
  });

const openHub = ({ hfEndpoint: endpoint, hfToken, fallbackEndpoint }: Surroundings, clock: Clock): Source => {
  const hub = createHub({ endpoint, ...(hfToken ? { token: hfToken } : {}), userAgent, clock });
  if (fallbackEndpoint === undefined) return hub;
  return withFallback(hub, createHub({ endpoint: fallbackEndpoint, userAgent, clock }), clock);
};

const endpointsOf = ({ hfEndpoint, fallbackEndpoint }: Surroundings): string[] =>
  [hfEndpoint, fallbackEndpoint ?? []].flat();

const openTransfer = (config: Config, around: Surroundings, clock: Clock): Transfer => {
  const plan = parseSpeedPlan(config.bandwidthPlan ?? '') ?? [];
  const speedLimit = createSpeedLimit(plan, config.timeZone, config.bandwidthLimit);
  return createTransfer({
    cacheDir: around.cacheDir,
    places: createPlaces({ endpoints: endpointsOf(around), allowedHosts: config.allowedHosts }),
    connections: config.connections,
    userAgent,
    stallTimeoutMs: config.timeoutSeconds * 1000,
    bandwidthLimit: () => speedLimit(clock.now()),
    minFreeBytes: () => config.minFreeSpace,
    proxies: config.proxies,
    clock,
  });
};

interface Program {
  readonly bot: RunningBot;
  readonly claimCode: () => string | undefined;
}

/** What a run of the program happens in. */
interface Frame {
  readonly scope: Scope;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Builds everything, from the bottom up. Closed in reverse, save for one thing: see below. */
const build = (config: Config, around: Surroundings, store: Store, { scope, log }: Frame): Program => {
  const clock = systemClock;
  const hub = openHub(around, clock);
  const transfer = scope.use(openTransfer(config, around, clock));
  const queue = createQueue(
    { store, hub, transfer, clock, log, random: () => randomBytes(4).readUInt32LE() / 2 ** 32 },
    {
      concurrency: () => config.concurrentDownloads,
      maxRetries: () => config.maxRetries,
      minFreeBytes: () => config.minFreeSpace,
      maxTotalBytes: () => config.maxTotalSize,
    },
  );
  const scheduler = createScheduler({
    store,
    clock,
    log,
    timezone: config.timeZone,
    // The queue first: what it stops frees its place for others at once.
    onChange: () => {
      queue.wake();
      bot.poke();
    },
  });
  const hubHosts = endpointsOf(around).map((endpoint) => new URL(endpoint).host);
  const adding = createAdding({
    store,
    hub,
    queue,
    hubHosts,
    room: roomFor(transfer, queue),
    limits: config,
    clock,
    log,
  });
  const claim = createClaim(store.users.owners().length === 0);
  const bot = createBot(
    { token: around.botToken, apiRoot: around.telegramApiRoot, proxies: config.proxies },
    {
      store,
      queue,
      adding,
      transfer,
      schedules: scheduler,
      timezone: config.timeZone,
      defaultSchedule: config.defaultSchedule,
      hubHosts,
      claim,
      clock,
      log,
    },
  );
  // The queue closes before the bot: the board's last look then draws what became of the downloads.
  scope.use(bot);
  // What it looks at is given up when the queue closes.
  scope.use(keepHouse(config, store, queue, log));
  scope.use(queue);
  scope.use(adding);
  scope.use(scheduler);
  queue.start();
  scheduler.start();
  adding.start();
  store.waitBriefly();
  return { bot, claimCode: claim.code };
};

const announce = (username: string, around: Surroundings, claimCode: string | undefined): void => {
  print(`hubgram ${VERSION} is running as @${username}. Models go to ${around.cacheDir}`);
  if (around.page !== undefined) print(`\nThe playground is open: ${around.page}\nWrite /add gpt2 there.\n`);
  if (claimCode !== undefined) {
    print(
      `\nThis bot has no owner yet. Open this link to become its owner:\nhttps://t.me/${username}?start=claim_${claimCode}\n`,
    );
  }
};

const run = async (config: Config, frame: Frame): Promise<number> => {
  const { scope, log, signal } = frame;
  if (config.proxies && !useProxies(config.proxies)) {
    throw new AppError('operational', 'Proxies need Node 24.14 or newer; `npm start` brings one.');
  }
  const folders = foldersOf(config);
  openAsCache(folders);
  holdFolders(folders, frame);
  const around = await openSurroundings(config, scope, log);
  const store = scope.use(await openWhenPossible(around, frame));
  const { bot, claimCode } = build(config, around, store, frame);
  if (config.httpPort !== undefined) {
    scope.use(
      await startOps({
        host: config.httpHost,
        port: config.httpPort,
        health: bot.health,
        metrics: () => measure(store),
        log,
      }),
    );
  }
  try {
    await bot.run(signal, (username) => announce(username, around, claimCode()));
    return EXIT.signal;
  } catch (error) {
    if (!isRefusedToken(error)) throw error;
    complain('Telegram refused the bot token. Get the right one from @BotFather and set BOT_TOKEN.');
    return EXIT.refusedToken;
  }
};

/** Node would print a stray error as it is, and grammY's hold the token in their depths: the log hides it. */
const catchStrays = (log: Log): void => {
  const end = (error: unknown): void => {
    log.error({ err: error }, 'hubgram stops because of a fault that nobody caught');
    process.exit(EXIT.fault);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
};

const start = async (signal: AbortSignal): Promise<number> => {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.help || commandLine.version) {
    print(commandLine.help ? HELP : VERSION);
    return EXIT.signal;
  }
  const config = loadConfig({ argv: process.argv.slice(2), cwd: process.cwd() });
  if (commandLine.checkConfig) {
    print(describeConfig(config));
    return EXIT.signal;
  }
  requirePlayground(config);
  const log = createLog({ level: config.logLevel });
  catchStrays(log);
  for (const warning of config.warnings) log.warn({}, warning);
  const scope = openScope();
  try {
    return signal.aborted ? EXIT.signal : await run(config, { scope, log, signal });
  } catch (error) {
    // Told to end before it had begun.
    if (signal.aborted) return EXIT.signal;
    if (error instanceof AppError) complain(error.message);
    else log.error({ err: error }, 'hubgram stops because of a fault');
    return error instanceof AppError && error.code === 'held' ? EXIT.held : EXIT.fault;
  } finally {
    setTimeout(() => process.exit(EXIT.fault), CLOSING_MS).unref();
    await scope.close().catch((error: unknown) => log.error({ err: error }, 'Not everything closed cleanly'));
  }
};

/**
 * The whole program, from its arguments to its exit code.
 * @param signal ends it
 */
export const main = async (signal: AbortSignal): Promise<number> => {
  try {
    return await start(signal);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(error.message);
    return EXIT.configuration;
  }
};
