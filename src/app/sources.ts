import { join } from 'node:path';
import type { createTelegramFiles } from '../bot/telegram/files/telegram-files.ts';
import type { Config } from '../config/config.ts';
import { type Copies, type CopiesOptions, createCopies } from '../copies/copies.ts';
import { AppError } from '../domain/errors.ts';
import { openKeys } from '../domain/repo/address-keys.ts';
import { createSpeedLimit, parseSpeedPlan } from '../domain/schedule/speed-plan.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Mount } from '../lib/disk/mount.ts';
import { createEgress, isListedIn } from '../lib/net/egress.ts';
import type { Scope } from '../lib/scope.ts';
import type { PersonalTokens } from '../people/tokens/personal-tokens.ts';
import type { SystemSettings } from '../settings/system-settings.ts';
import type { FillingSource, Source } from '../sources/port.ts';
import { createTelegramSource, type TelegramSource } from '../sources/telegram/telegram-source.ts';
import { METAINFO_MOST } from '../sources/torrent/metainfo.ts';
import { createTorrentSource, type TorrentSource } from '../sources/torrent/torrent-source.ts';
import { createUrlSource, type WebFileSource } from '../sources/url/url-source.ts';
import { fillingBy, withWebFiles } from '../sources/with-web-files.ts';
import type { Store } from '../store/store.ts';
import type { Endpoints } from './environment.ts';
import { foldersOf } from './folders.ts';
import { userAgent } from './version.ts';

interface SourcesFrame {
  readonly config: Config;
  readonly settings: Pick<SystemSettings, 'system'>;
  readonly tokens: Pick<PersonalTokens, 'openAddress'>;
  /** Owns what is opened. */
  readonly scope: Scope;
  /** The disk that models go to. */
  readonly mount: Mount;
  readonly clock: Clock;
  readonly log: Log;
  readonly callTimeoutSeconds?: number | undefined;
  readonly hasher?: CopiesOptions['hasher'];
  /** Told of each request to a place of files that has gone out. */
  readonly onSent?: () => void;
}

/** How Telegram is asked. */
export const telegramOf = (
  { botToken: token, telegramApiRoot: apiRoot, webhook, isOwnServer }: Endpoints,
  { config: { proxies }, callTimeoutSeconds }: Pick<SourcesFrame, 'config' | 'callTimeoutSeconds'>,
) => ({ token, apiRoot, webhook, isOwnServer, proxies, callTimeoutSeconds });

type HubEndpoints = Pick<Endpoints, 'hfEndpoint' | 'fallbackEndpoint'>;

/** The Hub, and the one that stands in for it. */
export const hubsOf = ({ hfEndpoint, fallbackEndpoint }: HubEndpoints): string[] =>
  [hfEndpoint, fallbackEndpoint ?? []].flat();

/** Files from web addresses: asked over the connections of the copies, and nowhere but where those may go. */
const openWebFiles = (
  { copies, torrents }: { readonly copies: () => Copies; readonly torrents: TorrentSource },
  { config, tokens, clock }: SourcesFrame,
): WebFileSource =>
  createUrlSource({
    fetch: (...asked) => copies().askForeign(...asked),
    torrents: { bytesMost: METAINFO_MOST, keep: torrents.keep },
    openAddress: tokens.openAddress,
    isAllowed: isListedIn(config.allowedHosts),
    userAgent,
    clock,
  });

/** Where copies lie: the cache, and the place of files from web addresses. */
export const copyFolders = (config: Config, cacheDir: string) => ({
  cacheDir,
  filesDir: join(foldersOf(config).dataDir, 'files'),
});

/** Bytes per second for everything, by the hour; undefined: no limit. */
export const bandwidthLimitOf = ({
  config,
  settings: { system },
  clock,
}: Pick<SourcesFrame, 'config' | 'settings' | 'clock'>): (() => number | undefined) => {
  const plan = parseSpeedPlan(config.bandwidthPlan ?? '') ?? [];
  const speedLimit = createSpeedLimit(plan, config.timeZone, () => system.bandwidth_limit);
  return () => speedLimit(clock.now());
};

const openCopies = (
  endpoints: HubEndpoints,
  sources: { readonly hub: Source; readonly url: WebFileSource },
  filling: FillingSource,
  frame: SourcesFrame,
): Copies => {
  const { config, clock, log } = frame;
  const { system } = frame.settings;
  return createCopies({
    sources,
    filling,
    ...copyFolders(config, system.download_directory),
    mount: frame.mount,
    readCaches: config.readCaches,
    programPath: config.programPath,
    log,
    egress: createEgress({ endpoints: hubsOf(endpoints), allowedHosts: config.allowedHosts }),
    foreignEgress: createEgress({ endpoints: [], allowedHosts: config.allowedHosts }),
    connections: system.connections,
    userAgent,
    stallTimeoutMs: () => system.timeout_seconds * 1000,
    bandwidthLimit: bandwidthLimitOf(frame),
    minFreeBytes: () => system.min_free_space,
    proxies: config.proxies,
    onSent: frame.onSent,
    hasher: frame.hasher,
    clock,
  });
};

/** Torrents: nothing of it runs before one is asked for. */
const openTorrents = ({ config, scope, tokens, log }: SourcesFrame): TorrentSource =>
  scope.use(
    createTorrentSource({
      folder: join(foldersOf(config).dataDir, 'files', '.hubgram'),
      openAddress: tokens.openAddress,
      programPath: config.programPath,
      dht: config.torrentDht,
      egress: createEgress({ endpoints: [], allowedHosts: config.allowedHosts }),
      log,
    }),
  );

/** Files that people have sent to the bot. */
const openMessages = (
  endpoints: Endpoints,
  { store, telegramFiles }: Pick<SourcesDeps, 'store' | 'telegramFiles'>,
  frame: SourcesFrame,
): TelegramSource => {
  const { scope } = frame;
  const files = telegramFiles(telegramOf(endpoints, frame));
  scope.use(files);
  return createTelegramSource({ fileOf: store.keptFiles.keptFile, files });
};

interface SourcesDeps {
  readonly store: Store;
  readonly ofHub: Source;
  /** Given by whoever speaks to Telegram: a host, which does not, loads nothing of that. */
  readonly telegramFiles: typeof createTelegramFiles;
}

interface OpenSources {
  readonly copies: Copies;
  readonly source: Source;
  readonly torrents: TorrentSource;
}

/** What makes copies, and what is asked of where their files come from. */
export const openSources = (endpoints: Endpoints, deps: SourcesDeps, frame: SourcesFrame): OpenSources => {
  const { ofHub } = deps;
  const torrents = openTorrents(frame);
  const url = openWebFiles({ copies: () => copies, torrents }, frame);
  const telegram = openMessages(endpoints, deps, frame);
  const filling = fillingBy({ torrent: torrents, telegram });
  const copies = frame.scope.use(openCopies(endpoints, { hub: ofHub, url }, filling, frame));
  return { copies, torrents, source: withWebFiles(ofHub, { direct: url, torrent: torrents, telegram }) };
};

const notOnHosts = (what: string): never => {
  throw new AppError('forbidden', `${what} Add it on the machine of the bot.`);
};

/** What makes copies on a host: it has the Hub and the web, and nothing of what only the bot knows. */
export const openHostCopies = (
  endpoints: HubEndpoints,
  ofHub: Source,
  given: Omit<SourcesFrame, 'tokens' | 'callTimeoutSeconds'>,
): Copies => {
  const openAddress = (address: string): string =>
    openKeys(address, () =>
      notOnHosts('The key in its address is sealed on the machine of the bot, and no host can read it.'),
    );
  const frame: SourcesFrame = { ...given, tokens: { openAddress } };
  const torrents = openTorrents(frame);
  const telegram: FillingSource = {
    fill: () => notOnHosts('A file that was sent to the bot lies with Telegram, and hosts do not speak to it.'),
  };
  const sources = { hub: ofHub, url: openWebFiles({ copies: () => copies, torrents }, frame) };
  const copies: Copies = frame.scope.use(
    openCopies(endpoints, sources, fillingBy({ torrent: torrents, telegram }), frame),
  );
  return copies;
};
