import { createBot, type RunningBot } from '../bot/bot.ts';
import { createLogReader } from '../log/reader.ts';
import { createAccessRounds } from '../library/adding/access-rounds.ts';
import { type AddingDeps, createAdding } from '../library/adding/add.ts';
import { createConfiguration } from '../library/configuration/configuration.ts';
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
import { createStatusDesk, type StatusDeps } from '../library/watching/status.ts';
import { createVerifying } from '../library/verifying/verifying.ts';
import { createSeeding } from '../library/seeding/seeding.ts';
import { createRenewals } from '../library/renewals/renewals.ts';
import { createOwnerLink, type OwnerLink } from '../people/invitations.ts';
import type { Quotas } from '../people/quotas.ts';
import type { Queue } from '../queue/queue.ts';
import type { Source } from '../sources/port.ts';
import type { TorrentSource } from '../sources/torrent/torrent-source.ts';
import type { Store } from '../store/store.ts';
import { openChecks } from './checking.ts';
import type { Copies } from '../copies/copies.ts';
import { type Endpoints, ownHubOf } from './environment.ts';
import { type Downloads, type Frame, random } from './downloads/downloads.ts';
import type { OpenedHosts } from './hosts.ts';
import { foldersOf } from './folders.ts';
import { keepHouse } from './nightly.ts';
import { bandwidthLimitOf, copyFolders, hubsOf, telegramOf } from './sources.ts';
import { VERSION } from './version.ts';

interface RequestDeps extends Pick<AddingDeps, 'store' | 'tokens' | 'hubHosts'> {
  readonly source: Source;
  readonly queue: Queue;
  readonly copies: Pick<Copies, 'isPathTaken' | 'memory' | 'ask'>;
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
  const { isPathTaken } = deps.copies;
  const keepTorrent = deps.torrents.keep;
  const adding = createAdding({ ...deps, spaceFor, isPathTaken, keepTorrent, limits, clock, log, random });
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
  Pick<WatchDeps, 'arrivals' | 'hosts'> &
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

/** The bot with everything that it stands on, save the downloads, which run already. */
interface Parts {
  readonly bot: RunningBot;
  readonly ownerLink: OwnerLink;
  readonly pulling: Pulling;
}

/** Builds and starts what people see and ask of the downloads, from the bottom up. */
export const buildParts = (endpoints: Endpoints, store: Store, frame: Frame, downloads: Downloads): Parts => {
  const { config, settings, scope, clock, log, counts } = frame;
  const { source, tokens, copies, torrents, hosts, hostDoor, checkers, queue, scheduler, quotas, refusals } = downloads;
  const { cleanup, watch, ...shown } = createRoom(
    { store, queue, hosts, ...downloads.room, hubReach: downloads.hubReach, arrivals: () => bot.arrivals() },
    frame,
  );
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
    hostDoor: hostDoor && { ...hostDoor, hub: ownHubOf(endpoints) },
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
    ownHub: ownHubOf(endpoints),
    apps: config.apps,
    refusals,
    onCall: counts.telegramCall,
    clock,
    log,
    logs: createLogReader(foldersOf(config).dataDir),
  });
  downloads.tell(bot.poke);
  downloads.closesLast.use(bot);
  // What it looks at is given up when the queue closes.
  downloads.closesLast.use(
    keepHouse({ store, queue, cleanup, backups, retention, torrents, verifying: requests.verifying }, frame),
  );
  for (const part of [watch, shown.storage, cleanup, backups, retention, ...Object.values(requests)]) scope.use(part);
  for (const part of [cleanup, watch, backups, ...Object.values(requests)]) part.start();
  store.waitBriefly();
  return { bot, ownerLink, pulling: requests.pulling };
};
