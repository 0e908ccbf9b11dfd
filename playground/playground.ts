import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../src/lib/log.ts';
import { openScope, type Scope } from '../src/lib/scope.ts';
import { startSampleHub } from './hub/sample-hub.ts';
import { keepPublished } from './published.ts';
import { startPageServer } from './page-server.ts';
import { startBotApi } from './telegram/bot-api.ts';

export interface PlaygroundOptions {
  /** Of the chat page; 0 takes any free one. */
  readonly port: number;
  /** Where the playground's own few bytes lie; made if missing. */
  readonly dataDir: string;
  /** Models come from there instead of the sample hub, for example `https://huggingface.co`. */
  readonly realHubEndpoint?: string | undefined;
  readonly log: Log;
}

export interface Playground {
  /** The chat page. */
  readonly url: string;
  /** Its models are made up, since the real Hub was not wanted. */
  readonly isSample: boolean;
  /** For the bot: what `TELEGRAM_API_ROOT`, `BOT_TOKEN`, `HF_ENDPOINT`, `HF_TOKEN` and `HUBGRAM_OWNERS` would say. */
  readonly apiRoot: string;
  readonly token: string;
  readonly hfEndpoint: string;
  /** Of the sample hub: an account that sees what is public, and waits before gates as anybody does. */
  readonly hfToken: string | undefined;
  readonly ownerId: number;
  readonly close: () => Promise<void>;
}

const ANN = { id: 1001, firstName: 'Ann', username: 'ann' };
const BOB = { id: 1002, firstName: 'Bob', username: 'bob' };
const GROUP = { id: -1_001_700_000_004, title: 'GPU box', type: 'supergroup', members: [ANN.id, BOB.id] } as const;

/** Slow enough that progress can be watched, fast enough that nobody waits: 16 connections make 64 MB/s. */
const BYTES_PER_SECOND = 4e6;
const LATENCY_MS = 40;
/** Nobody looks at them, and a playground may run for weeks. */
const REQUESTS_KEPT = 100;

/** More updates and messages than one run will have; message ids are 32-bit, so there is room for 20,000 starts. */
const IDS_PER_START = 100_000;

/**
 * The bot's database outlives the stand-in, which starts with no messages. Update and message ids that come again would be
 * taken for what the bot has already handled, so each start counts on from a number no earlier one has reached.
 */
const reserveIds = async (dataDir: string): Promise<number> => {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'next-id');
  const stored = await readFile(file, 'utf8').catch(() => '');
  const firstId = /^\d{1,10}$/.test(stored) ? Number(stored) : 1;
  // Whoever is killed in the middle leaves the number that was there: without one all would begin anew.
  await writeFile(`${file}.tmp`, String(firstId + IDS_PER_START));
  await rename(`${file}.tmp`, file);
  return firstId;
};

const open = async (options: PlaygroundOptions, scope: Scope): Promise<Omit<Playground, 'close'>> => {
  const { port, dataDir, realHubEndpoint, log } = options;
  const firstId = await reserveIds(dataDir);
  const standIn = { privacyMode: true, firstId };
  const botApi = scope.use(await startBotApi(standIn));
  // Whoever was here before has talked to the bot; it may go on with what it has to say.
  const started = firstId > 1;
  botApi.addUser({ ...ANN, started });
  botApi.addUser({ ...BOB, started });
  botApi.addGroup(GROUP);

  const sampleHub =
    realHubEndpoint === undefined
      ? scope.use(
          await startSampleHub({
            throttleBytesPerSecond: BYTES_PER_SECOND,
            latencyMs: LATENCY_MS,
            namesRepos: true,
            requestsKept: REQUESTS_KEPT,
          }),
        )
      : undefined;
  if (sampleHub) await keepPublished(sampleHub, dataDir);
  const hfEndpoint = realHubEndpoint ?? sampleHub?.url ?? '';
  const page = scope.use(
    await startPageServer({
      port,
      handleSim: botApi.handleSim,
      about: {
        hub: realHubEndpoint === undefined ? 'sample' : 'real',
        hubUrl: hfEndpoint,
        botUsername: botApi.bot.username ?? '',
        ownerId: ANN.id,
      },
      log,
    }),
  );
  return {
    url: page.url,
    isSample: sampleHub !== undefined,
    apiRoot: botApi.apiRoot,
    token: botApi.token,
    hfEndpoint,
    hfToken: sampleHub?.tokens.stranger,
    ownerId: ANN.id,
  };
};

/**
 * Starts what stands in for the world outside: Telegram with two people and a group, a hub with sample models (unless the real
 * one is wanted), and the chat page. Ann is the bot's owner. Everything listens on 127.0.0.1 only.
 * @throws Error with a sentence for people if the port is taken
 */
export const startPlayground = async (options: PlaygroundOptions): Promise<Playground> => {
  const scope = openScope();
  try {
    const opened = await open(options, scope);
    return { ...opened, close: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
};
