import { existsSync } from 'node:fs';
import type { WebhookAddress } from '../bot/updates/webhook.ts';
import type { Config } from '../config/config.ts';
import { SETTINGS } from '../config/settings.ts';
import { configurationError } from '../config/sources.ts';
import { AppError } from '../domain/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Scope } from '../lib/scope.ts';
import { foldersOf, isPlayground } from './folders.ts';

/** Where Telegram and the Hub are, and how they know us: as configured, or the playground's stand-ins. */
export interface Endpoints {
  readonly botToken: string;
  readonly telegramApiRoot: string;
  /** Somebody has named it: it is not Telegram's. The playground's keeps to Telegram's limits. */
  readonly isOwnServer: boolean;
  /** Where Telegram brings updates; the stand-in is asked for them. */
  readonly webhook: WebhookAddress | undefined;
  readonly hfEndpoint: string;
  /** Asked without the token while the first is down. */
  readonly fallbackEndpoint: string | undefined;
  readonly hfToken: string | undefined;
  /** Telegram user ids. */
  readonly owners: readonly number[];
  /** The chat page, in the playground. */
  readonly page: string | undefined;
  /** The Hub is a sample, with made-up models. */
  readonly isSample?: boolean;
}

/** The Hub that was named, or the sample one; undefined: it is the usual one. */
export const ownHubOf = ({ hfEndpoint }: Pick<Endpoints, 'hfEndpoint'>): string | undefined =>
  hfEndpoint === SETTINGS.hfEndpoint.fallback ? undefined : hfEndpoint;

/**
 * The Docker image holds no playground.
 * @throws AppError configuration: it is wanted and is not there
 */
export const requirePlayground = (config: Config): void => {
  if (!isPlayground(config) || existsSync(new URL('../../playground', import.meta.url))) return;
  const { expected, example } = SETTINGS.botToken;
  throw configurationError([
    `This hubgram comes without a playground: set BOT_TOKEN and leave --playground out. Expected: ${expected}. Example: ${example}`,
  ]);
};

/** How long the real Hub may take to show that it can be reached. */
const HUB_PROBE_MS = 2000;

/** The real Hub if somebody named one, or if it answers; otherwise undefined: the sample hub. */
const realHub = async (config: Config): Promise<string | undefined> => {
  if (config.origins.hfEndpoint !== 'default') return config.hfEndpoint;
  try {
    const response = await fetch(`${config.hfEndpoint}/api/models/gpt2`, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(HUB_PROBE_MS),
    });
    return response.status < 500 ? config.hfEndpoint : undefined;
  } catch {
    return undefined;
  }
};

/** Starts the playground's stand-ins; the bot does not know. */
const openPlayground = async (config: Config, scope: Scope, log: Log): Promise<Endpoints> => {
  const { startPlayground } = await import('../../playground/playground.ts');
  const options = {
    port: config.playgroundPort,
    dataDir: foldersOf(config).dataDir,
    realHubEndpoint: await realHub(config),
    log,
  };
  const playground = scope.use(
    await startPlayground(options).catch((error: unknown) => {
      // The playground knows no AppError; what it throws is a sentence for people, such as that the port is taken.
      throw new AppError('operational', error instanceof Error ? error.message : String(error), { cause: error });
    }),
  );
  return {
    botToken: playground.token,
    telegramApiRoot: playground.apiRoot,
    isOwnServer: false,
    webhook: undefined,
    hfEndpoint: playground.hfEndpoint,
    fallbackEndpoint: playground.hfEndpoint === config.hfEndpoint ? config.fallbackEndpoint : undefined,
    // A real token is for the real Hub only.
    hfToken: playground.hfEndpoint === config.hfEndpoint ? config.hfToken : playground.hfToken,
    owners: [playground.ownerId],
    page: playground.url,
    isSample: playground.isSample,
  };
};

/** Where Telegram is told to bring updates, if it is; what that takes is loaded only then. */
const webhookOf = async (
  { webhookUrl: url, webhookSecret }: Config,
  botToken: string,
): Promise<WebhookAddress | undefined> => {
  if (url === undefined) return undefined;
  if (webhookSecret !== undefined) return { url, secret: webhookSecret };
  const { webhookSecretOf } = await import('../bot/updates/webhook.ts');
  return { url, secret: webhookSecretOf(botToken) };
};

/** The world around the program: Telegram and the Hub as configured, or the playground. */
export const openEnvironment = async (config: Config, scope: Scope, log: Log): Promise<Endpoints> => {
  const { botToken, telegramApiRoot, hfEndpoint, fallbackEndpoint, hfToken, owners } = config;
  if (botToken === undefined || isPlayground(config)) return openPlayground(config, scope, log);
  const hub = { hfEndpoint, fallbackEndpoint, hfToken };
  const webhook = await webhookOf(config, botToken);
  const isOwnServer = config.origins.telegramApiRoot !== 'default';
  return { botToken, telegramApiRoot, isOwnServer, webhook, ...hub, owners, page: undefined };
};
