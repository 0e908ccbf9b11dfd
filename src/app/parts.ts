import { randomBytes } from 'node:crypto';
import { createBot, type RunningBot } from '../bot/bot.ts';
import { createTelegramFiles as telegramFiles } from '../bot/telegram/files/telegram-files.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Mount } from '../lib/disk/mount.ts';
import { createLogReader } from '../log/reader.ts';
import type { Scope } from '../lib/scope.ts';
import { createAccessRounds } from '../library/adding/access-rounds.ts';
import { type AddingDeps, createAdding } from '../library/adding/add.ts';
import { type Configured, createConfiguration } from '../library/configuration/configuration.ts';
import { type Backups, createBackups } from '../library/keeping/backups.ts';
import { createRetention, type Retention } from '../library/keeping/retention.ts';
import { createPulling, type Pulling } from '../library/pulling/pulling.ts';
import { createImporting } from '../library/moving/importing.ts';
import { createMachineFile } from '../library/moving/machine-file.ts';
import { createSending } from '../library/sending/sending.ts';
import { createChecker } from '../checks/checker.ts';
import { createTalkDesk } from '../library/talks/talks.ts';
import { createChecking } from '../library/checking/checking.ts';
import { createFinding } from '../library/finding/finding.ts';
import { type CleanupDeps, createCleanup } from '../library/storage/cleanup.ts';
import { createStorage, type StorageDeps } from '../library/storage/storage.ts';
import { createWatch, type WatchDeps } from '../library/watching/watch.ts';
import type { HubReach } from '../library/watching/hub-reach.ts';
import { createStatusDesk, type StatusDeps } from '../library/watching/status.ts';
import { createVerifying } from '../library/verifying/verifying.ts';
import { createSeeding } from '../library/seeding/seeding.ts';
import { createRenewals } from '../library/renewals/renewals.ts';
import type { Counts } from '../ops/metrics/counts.ts';
import { createOwnerLink, type OwnerLink } from '../people/invitations.ts';
import { createQuotas, type Quotas } from '../people/quotas.ts';
import { createRefusals, type Refusals } from '../people/refusals.ts';
import type { ChecksDeps } from '../people/tokens/checks.ts';
import { withPeople } from '../people/tokens/of-person.ts';
import { createPersonalTokens, type PersonalTokens } from '../people/tokens/personal-tokens.ts';
import type { Vault } from '../people/tokens/vault.ts';
import { createQueue, type Queue } from '../queue/queue.ts';
import { createScheduler } from '../schedule/scheduler.ts';
import type { Hub } from '../sources/huggingface/hub.ts';
import type { Source } from '../sources/port.ts';
import type { TorrentSource } from '../sources/torrent/torrent-source.ts';
import { quotaDefaults } from '../settings/quota-defaults.ts';
import type { Settings } from '../settings/settings.ts';
import type { Store } from '../store/store.ts';
import { openChecks } from './checking.ts';
import type { Copies } from '../copies/copies.ts';
import type { Hosts } from '../copies/hosts.ts';
import type { Endpoints } from './environment.ts';
import type { OpenedHosts, OpenHosts } from './hosts.ts';
import { foldersOf } from './folders.ts';
import { openHub } from './hub.ts';
import { keepHouse } from './nightly.ts';
import { bandwidthLimitOf, copyFolders, hubsOf, openSources, telegramOf } from './sources.ts';
import { VERSION } from './version.ts';

/** What the parts are built of and in. */
export interface Frame {
  readonly config: Config;
  readonly settings: Settings;
  /** What the program was told when it started. */
  readonly configured: Configured;
  /** Owns what is opened. */
  readonly scope: Scope;
  /** Seals what must not stand in the database in clear. */
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  readonly openHosts: OpenHosts;
  /** The disk that models go to. */
  readonly mount: Mount;
  readonly callTimeoutSeconds?: number | undefined;
  /** What happens is counted there. */
  readonly counts: Counts;
}

/** 0 ≤ x < 1 */
const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** What people have given, and the source that asks with it. */
const openTokens = (
  deps: Pick<ChecksDeps, 'store' | 'onAccepted'> & { readonly source: Source },
  { vault, scope, clock, log }: Frame,
): { readonly tokens: PersonalTokens; readonly source: Source } => {
  const tokens = scope.use(createPersonalTokens({ ...deps, vault, clock, log }));
  tokens.start();
  return { tokens, source: withPeople(deps.source, tokens) };
};

interface RequestDeps extends Pick<AddingDeps, 'store' | 'tokens' | 'hubHosts'> {
  readonly source: Source;
  readonly queue: Queue;
  readonly copies: Pick<Copies, 'isPlaceTaken' | 'memory' | 'ask'>;
  readonly checkers: OpenedHosts['checkers'];
  readonly torrents: TorrentSource;
  readonly quotas: Quotas;
}

/** What people ask the source for, and what goes on by itself of it. */
const createRequests = (given: RequestDeps, frame: Frame) => {
  const { config, settings, clock, log } = frame;
  const deps = { ...given, settings };
  const limits = { quotas: deps.quotas, openLookUps: () => settings.system.open_lookups };
  const { spaceFor } = deps.queue;
  const { isPlaceTaken } = deps.copies;
  const keepTorrent = deps.torrents.keep;
  const adding = createAdding({ ...deps, spaceFor, isPlaceTaken, keepTorrent, limits, clock, log, random });
  const importing = createImporting({ ...deps, adding, clock, log });
  const loads = {
    ...openChecks(copyFolders(config, settings.system.download_directory), config),
    memory: deps.copies.memory,
  };
  const checking = createChecking({ ...deps, checkers: deps.checkers(createChecker(loads)), log });
  return {
    adding,
    pulling: createPulling({ ...deps, adding, checking, log }),
    accessRounds: createAccessRounds({ ...deps, adding, clock, log, random }),
    importing,
    ...(config.modelsFile === undefined
      ? {}
      : { machineFile: createMachineFile({ ...deps, path: config.modelsFile, importing, clock, log }) }),
    finding: createFinding({ ...deps, clock, log }),
    verifying: createVerifying({ ...deps, clock, log }),
    checking,
    talks: createTalkDesk({ ...deps, ...loads, isOn: () => settings.system.try, clock, log }),
    renewals: createRenewals({ ...deps, fetch: deps.copies.ask, clock, log }),
    seeding: createSeeding({
      ...deps,
      seeds: deps.torrents,
      hours: () => settings.system.seed_hours,
      bandwidthLimit: bandwidthLimitOf(frame),
      isHeld: deps.queue.isHeld,
      clock,
      log,
    }),
  };
};

type RoomDeps = Omit<StorageDeps, 'clock' | 'log'> &
  Pick<CleanupDeps, 'hosts'> &
  Pick<WatchDeps, 'arrivals'> &
  Pick<StatusDeps, 'hubReach'> & { readonly queue: Queue };

/** What takes room on the disk, how everything else is, and what makes some room. */
const createRoom = (deps: RoomDeps, { config, settings: { system }, clock, log }: Frame) => ({
  storage: createStorage({ ...deps, clock, log }),
  watch: createWatch({ ...deps, places: () => system.concurrent_downloads, clock, log }),
  status: createStatusDesk({
    ...deps,
    version: VERSION,
    folders: { models: system.download_directory, data: foldersOf(config).dataDir },
    clock,
    log,
  }),
  cleanup: createCleanup({
    ...deps,
    clock,
    log,
    isOn: () => system.auto_cleanup,
    ageDays: () => system.cleanup_age_days,
  }),
});

const openBackups = (store: Store, { settings: { system }, clock, log }: Frame): Backups =>
  createBackups({ store, kept: () => system.backups_kept, isSent: () => system.send_backups, clock, log });

const openRetention = (store: Store, { settings: { system }, clock, log }: Frame): Retention =>
  createRetention({
    store,
    ages: () => ({
      historyDays: system.history_days,
      historyPerModel: system.history_per_model,
      tracesDays: system.traces_days,
      activityDays: system.activity_days,
    }),
    clock,
    log,
  });

/** @param onChange what may run has changed */
const openScheduler = (store: Store, onChange: () => void, { config, counts, clock, log }: Frame) =>
  createScheduler({ store, clock, log, timezone: config.timeZone, onRun: counts.schedule, onChange });

/** The bot with everything beneath it. */
interface Parts {
  readonly bot: RunningBot;
  readonly queue: Queue;
  readonly copies: Copies;
  readonly hosts: Hosts;
  readonly hubBudget: Hub['budgetLeft'];
  readonly hubReach: HubReach;
  readonly ownerLink: OwnerLink;
  readonly refusals: Refusals;
  readonly pulling: Pulling;
}

/** Builds and starts everything, from the bottom up. Closed in reverse, save for one thing: see below. */
export const buildParts = (endpoints: Endpoints, store: Store, frame: Frame): Parts => {
  const { config, settings, scope, clock, log, counts } = frame;
  const { system } = settings;
  const { hub, hubBudget, hubReach } = openHub(endpoints, store, frame);
  const { tokens, source: ofHub } = openTokens({ store, source: hub, onAccepted: () => queue.wake() }, frame);
  const { copies, source, torrents } = openSources(endpoints, { store, ofHub, telegramFiles }, { ...frame, tokens });
  const room = { minFreeBytes: () => system.min_free_space, maxTotalBytes: () => system.max_total_size };
  const refusals = createRefusals({ clock, log });
  const quotas = createQuotas({ store, clock, refusals, defaults: () => quotaDefaults(settings) });
  const onSeen = (): void => queue.wakeSoon();
  const { hosts, hostDoor, checkers } = frame.openHosts({ here: copies, store, onSeen, ...frame });
  const queue = createQueue(
    { store, source, hosts, quotas, apps: config.apps, onEnded: counts.runEnded, clock, log, random },
    { concurrency: () => system.concurrent_downloads, maxRetries: () => system.max_retries, ...room },
  );
  const { cleanup, watch, ...shown } = createRoom(
    { store, queue, hosts, ...room, hubReach, arrivals: () => bot.arrivals() },
    frame,
  );
  const onSchedule = (): void => {
    // The queue first: what it stops frees its place for others at once.
    queue.wake();
    bot.poke();
  };
  const scheduler = openScheduler(store, onSchedule, frame);
  settings.onSystemChange(queue.wake); // More may run, or somebody may have more.
  const hubHosts = hubsOf(endpoints).map((endpoint) => new URL(endpoint).host);
  const backups = openBackups(store, frame);
  const retention = openRetention(store, frame);
  const requests = createRequests(
    { store, tokens, source, copies, checkers, torrents, queue, quotas, hubHosts },
    frame,
  );
  const ownerLink = createOwnerLink({ store, clock, log, isAsked: config.claim });
  const bot = createBot(telegramOf(endpoints, frame), {
    store,
    hostDoor,
    queue,
    ...requests,
    sending: createSending({ store, hosts, source }),
    tokens,
    ...shown,
    backups,
    schedules: scheduler,
    settings,
    quotas,
    configuration: createConfiguration({ store, settings, configured: frame.configured }),
    timezone: config.timeZone,
    defaultSchedule: config.defaultSchedule,
    hubHosts,
    apps: config.apps,
    refusals,
    onCall: counts.telegramCall,
    clock,
    log,
    logs: createLogReader(foldersOf(config).dataDir),
  });
  // The queue closes before the bot: the board's last look then draws what became of the downloads.
  scope.use(bot);
  // What it looks at is given up when the queue closes.
  scope.use(keepHouse({ store, queue, cleanup, backups, retention, verifying: requests.verifying }, frame));
  for (const part of [queue, watch, shown.storage, cleanup, backups, retention, ...Object.values(requests), scheduler])
    scope.use(part);
  for (const part of [queue, scheduler, cleanup, watch, backups, ...Object.values(requests)]) part.start();
  store.waitBriefly();
  store.flushApart();
  return { bot, queue, copies, hosts, hubBudget, hubReach, ownerLink, refusals, pulling: requests.pulling };
};
