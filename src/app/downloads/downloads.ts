/* app/downloads: what brings files, whole and running before anything is loaded that people see or say. */

import { randomBytes } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { createTelegramFiles as telegramFiles } from '../../bot/telegram/files/telegram-files.ts';
import type { Config } from '../../config/config.ts';
import type { Copies, CopiesOptions } from '../../copies/copies.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Mount } from '../../lib/disk/mount.ts';
import type { Log } from '../../lib/log.ts';
import { openScope, type Scope } from '../../lib/scope.ts';
import type { Configured } from '../../library/configuration/configuration.ts';
import type { Counts } from '../../ops/metrics/counts.ts';
import { createQuotas, type Quotas } from '../../people/quotas.ts';
import { createRefusals, type Refusals } from '../../people/refusals.ts';
import type { ChecksDeps } from '../../people/tokens/checks.ts';
import { withPeople } from '../../people/tokens/of-person.ts';
import { createPersonalTokens, type PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import type { Vault } from '../../people/tokens/vault.ts';
import { createQueue, type Queue } from '../../queue/queue.ts';
import { createScheduler, type Scheduler } from '../../schedule/scheduler.ts';
import { quotaDefaults } from '../../settings/quota-defaults.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Source } from '../../sources/port.ts';
import type { TorrentSource } from '../../sources/torrent/torrent-source.ts';
import type { Store } from '../../store/store.ts';
import type { Endpoints } from '../environment.ts';
import type { OpenedHosts, OpenHosts } from '../hosts.ts';
import { type OpenedHub, openHub } from './hub.ts';
import { openSources } from '../sources.ts';

/** What the parts of the program are built of and in. */
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
  readonly hasher?: CopiesOptions['hasher'];
  /** What happens is counted there. */
  readonly counts: Counts;
}

/** 0 ≤ x < 1 */
export const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** What people have given, and the source that asks with it. */
const openTokens = (
  deps: Pick<ChecksDeps, 'store' | 'onAccepted'> & { readonly source: Source },
  { vault, scope, clock, log }: Frame,
): { readonly tokens: PersonalTokens; readonly source: Source } => {
  const tokens = scope.use(createPersonalTokens({ ...deps, vault, clock, log }));
  tokens.start();
  return { tokens, source: withPeople(deps.source, tokens) };
};

/** @param onChange what may run has changed */
const openScheduler = (store: Store, onChange: () => void, { config, counts, clock, log }: Frame) =>
  createScheduler({ store, clock, log, timezone: config.timeZone, onRun: counts.schedule, onChange });

/** How long the rest of the program waits at most for the first request of a download: it may have much to look at before. */
const FIRST_REQUEST_MS = 250;

/** Told once, of the first time that something happens. */
const createFirst = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    happened: () => resolve(),
    within: async (ms: number, signal: AbortSignal): Promise<void> => {
      const waiting = new AbortController();
      const late = pass(ms, undefined, { signal: AbortSignal.any([waiting.signal, signal]) }).catch(() => undefined);
      await Promise.race([promise, late]);
      waiting.abort();
    },
  };
};

/** What downloads need, and nothing that people see or say. */
export interface Downloads extends Omit<OpenedHub, 'hub'>, Omit<OpenedHosts, 'openHosts'> {
  /** The Hub, files from web addresses, torrents and messages, asked by who may. */
  readonly source: Source;
  readonly tokens: PersonalTokens;
  readonly copies: Copies;
  readonly torrents: TorrentSource;
  readonly quotas: Quotas;
  readonly refusals: Refusals;
  readonly queue: Queue;
  readonly scheduler: Scheduler;
  /** What may be taken of the disk, in bytes. */
  readonly room: { readonly minFreeBytes: () => number; readonly maxTotalBytes: () => number | undefined };
  /** From now on it is told when a schedule has opened or closed. */
  readonly tell: (poke: () => void) => void;
  /** Closed after the queue: what draws what became of the downloads. */
  readonly closesLast: Pick<Scope, 'use'>;
  /** Resolves when a download that waited has asked for its first bytes, or at once if there is none; in no more than a moment. */
  readonly begun: (signal: AbortSignal) => Promise<void>;
}

/** Builds and starts what downloads. Closed in reverse, save for what is said. */
export const openDownloads = (endpoints: Endpoints, store: Store, frame: Frame): Downloads => {
  const { config, settings, scope, clock, log, counts } = frame;
  const { system } = settings;
  const first = createFirst();
  const { hub, ...ofHub } = openHub(endpoints, store, frame);
  const { tokens, source: asked } = openTokens({ store, source: hub, onAccepted: () => queue.wake() }, frame);
  const { copies, source, torrents } = openSources(
    endpoints,
    { store, ofHub: asked, telegramFiles },
    { ...frame, tokens, onSent: first.happened },
  );
  const room = { minFreeBytes: () => system.min_free_space, maxTotalBytes: () => system.max_total_size };
  const refusals = createRefusals({ clock, log });
  const quotas = createQuotas({ store, clock, refusals, defaults: () => quotaDefaults(settings) });
  const onSeen = (): void => queue.wakeSoon();
  const hosts = frame.openHosts({ here: copies, store, onSeen, ...frame });
  const queue = createQueue(
    { store, source, hosts: hosts.hosts, quotas, apps: config.apps, onEnded: counts.runEnded, clock, log, random },
    { concurrency: () => system.concurrent_downloads, maxRetries: () => system.max_retries, ...room },
  );
  let poke = (): void => undefined;
  const onSchedule = (): void => {
    // The queue first: what it stops frees its place for others at once.
    queue.wake();
    poke();
  };
  const scheduler = openScheduler(store, onSchedule, frame);
  settings.onSystemChange(queue.wake); // More may run, or somebody may have more.
  // The queue closes before the bot: the board's last look then draws what became of the downloads.
  const closesLast = scope.use(openScope());
  for (const part of [queue, scheduler]) scope.use(part);
  for (const part of [queue, scheduler]) part.start();
  return {
    ...ofHub,
    ...hosts,
    source,
    tokens,
    copies,
    torrents,
    quotas,
    refusals,
    queue,
    scheduler,
    room,
    closesLast,
    tell: (to) => {
      poke = to;
    },
    begun: async (signal) => {
      if (store.models.downloadingIds().length > 0) await first.within(FIRST_REQUEST_MS, signal);
    },
  };
};
