import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createBot } from '../../src/bot/bot.ts';
import { type CallBudget, createCallBudget } from '../../src/bot/telegram/call-budget.ts';
import type { App } from '../../src/domain/apps/app.ts';
import type { ModelStatus } from '../../src/domain/states/model.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { createAdding } from '../../src/library/adding/add.ts';
import { createBackups } from '../../src/library/keeping/backups.ts';
import { createImporting } from '../../src/library/moving/importing.ts';
import { createStorage } from '../../src/library/storage/storage.ts';
import { type Configured, createConfiguration } from '../../src/library/configuration/configuration.ts';
import { createFinding } from '../../src/library/finding/finding.ts';
import { createSending } from '../../src/library/sending/sending.ts';
import { createTalkDesk } from '../../src/library/talks/talks.ts';
import { createChecking } from '../../src/library/checking/checking.ts';
import { createVerifying } from '../../src/library/verifying/verifying.ts';
import { createRenewals, type RenewalsDesk } from '../../src/library/renewals/renewals.ts';
import { type SampleHub, type SampleHubOptions, startSampleHub } from '../../playground/hub/sample-hub.ts';
import { type BotApi, startBotApi } from '../../playground/telegram/bot-api.ts';
import type { PersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { type Hosts, onlyHere } from '../../src/copies/hosts.ts';
import { createQueue, type Queue } from '../../src/queue/queue.ts';
import { createRefusals, type Refusals } from '../../src/people/refusals.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';
import { createSettings, type Settings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { createLogReader } from '../../src/log/reader.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { type Copies, createCopies } from '../../src/copies/copies.ts';
import type { Executor } from '../../src/copies/executor.ts';
import { checkersOf, openTestChecks } from '../helpers/checks.ts';
import { lendTestStore } from '../helpers/database.ts';
import { lendHasher } from '../helpers/lent-hasher.ts';
import { createHubReach } from '../../src/library/watching/hub-reach.ts';
import { createStatusDesk } from '../../src/library/watching/status.ts';
import { type Hands, handsOn } from './hands.ts';
import { bringTo } from '../helpers/statuses.ts';
import { openTestTokens } from '../helpers/tokens.ts';
import { createQuotas, type Quotas } from '../../src/people/quotas.ts';
import { quotaDefaults } from '../../src/settings/quota-defaults.ts';

/** Owns the bot. */
export const ANN = 1001;
/** Nobody has let him in. */
export const BOB = 1002;

const USER_AGENT = 'hubgram/test';

export interface BotBenchOptions {
  /** Opens the database in a way of its own. */
  readonly open?: (path: string, clock: Clock) => Store;
  readonly hub?: SampleHubOptions;
  /** Models at once; 0, and what is added waits for ever. */
  readonly concurrency?: number;
  /** What it was told at the start. */
  readonly configured?: Configured;
  readonly clock?: Clock;
  /** Other machines; there is none unless a test says so. @param make the executor of one, whose cache lies beside the bot's */
  readonly hosts?: (here: Executor, make: (name: string) => Executor, store: Store) => Hosts;
  /** Programs that models can be linked to. */
  readonly apps?: readonly App[];
  /** Where a test has faults happen; what is logged as one fails it at the end otherwise, as nobody would see it. */
  readonly log?: Log;
  /** A Bot API server of one’s own, whose files lie in this folder. */
  readonly localFolder?: string;
  /** How often the bot may speak; as often as it likes if not given, save for progress. */
  readonly budget?: CallBudget;
  /** How long a README may take, if not as long as usual. */
  readonly readmeTimes?: { readonly mostMs: number; readonly atOnceMs: number };
}

/** The whole bot in this process, against a Telegram with Ann (owner) and Bob (stranger) and a sample Hub. */
export interface BotBench extends Hands {
  readonly telegram: BotApi;
  readonly hub: SampleHub;
  readonly store: Store;
  readonly queue: Queue;
  readonly renewals: RenewalsDesk;
  readonly refusals: Refusals;
  readonly settings: Settings;
  readonly quotas: Quotas;
  readonly tokens: PersonalTokens;
  /** The Hugging Face cache. */
  readonly cacheDir: string;
  /** Puts a model into a chat's library, in a state, as if it had got there. @returns its number */
  readonly put: (name: string, status?: ModelStatus, chatId?: number) => number;
  readonly close: () => Promise<void>;
}

/** As strict as Telegram's, with seconds that are twenty times as short. */
export const createHastyBudget = (): CallBudget => {
  const budget = createCallBudget();
  const pace = 20;
  return {
    allows: (chatId, kind, now) => budget.allows(chatId, kind, now * pace),
    spend: (chatId, kind, now) => budget.spend(chatId, kind, now * pace),
    hold: (chatId, until) => budget.hold(chatId, until * pace),
  };
};

/** What the budget keeps waiting is shown by tests of it; nobody else has to wait. */
const createGenerousBudget = (): CallBudget => {
  const budget = createCallBudget();
  return { ...budget, allows: (chatId, kind, now) => kind !== 'progress' || budget.allows(chatId, kind, now) };
};

const putModel = (store: Store, name: string, status: ModelStatus, chatId: number): number => {
  const { id } = store.models.createModel({ chatId, name, commitSha: 'a'.repeat(40), sizeBytes: 5, files: [] });
  bringTo(store, id, status);
  return id;
};

/** Keeps what is logged as a fault. */
const createStrictLog = (): { readonly log: Log; readonly check: () => void } => {
  const faults: string[] = [];
  const error: Log['error'] = (fields, message) => void faults.push(`${message} ${inspect(fields)}`);
  return {
    log: { ...silentLog, error },
    check: () => {
      if (faults.length > 0) throw new Error(`The bot has logged what is wrong with it:\n${faults.join('\n')}`);
    },
  };
};

export const openBot = async (options: BotBenchOptions = {}): Promise<BotBench> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-bot-'));
  const clock: Clock = options.clock ?? systemClock;
  const strict = createStrictLog();
  const log = options.log ?? strict.log;
  const { apps = [], localFolder } = options;
  const telegram = await startBotApi(localFolder === undefined ? {} : { localFolder });
  const sampleHub = await startSampleHub(options.hub);
  telegram.addUser({ id: ANN, firstName: 'Ann', username: 'ann', started: true });
  telegram.addUser({ id: BOB, firstName: 'Bob', username: 'bob', started: true });
  const path = join(folder, 'hubgram.db');
  const store = options.open?.(path, clock) ?? lendTestStore(path, clock);
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: 'ann' });
  store.users.setRole(ANN, 'owner');
  store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
  const hub = createHub({ endpoint: sampleHub.url, userAgent: USER_AGENT, clock });
  const { tokens, source } = openTestTokens(folder, { store, hub, onAccepted: () => queue.wake(), clock, log });
  const copiesIn = (name: string): Copies =>
    createCopies({
      sources: { hub: source },
      egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
      cacheDir: join(folder, name),
      connections: 8,
      userAgent: USER_AGENT,
      stallTimeoutMs: () => 5000,
      bandwidthLimit: () => undefined,
      minFreeBytes: () => 0,
      hasher: lendHasher(),
      clock,
    });
  const copies = copiesIn('hub');
  const others: Copies[] = [];
  const other = (name: string): Copies => {
    const made = copiesIn(name);
    others.push(made);
    return made;
  };
  const hosts = options.hosts?.(copies, other, store) ?? onlyHere(copies);
  const settings = createSettings(store, { given: options.configured?.given ?? {}, log });
  const refusals = createRefusals({ clock, log });
  const quotas = createQuotas({ store, clock, refusals, defaults: () => quotaDefaults(settings) });
  const queue = createQueue(
    { store, source, hosts, quotas, apps, clock, log, random: () => 0 },
    {
      concurrency: () => options.concurrency ?? 2,
      maxRetries: () => 0,
      minFreeBytes: () => 0,
      maxTotalBytes: () => undefined,
    },
  );
  const scheduler = createScheduler({ store, clock, log, timezone: 'UTC', onChange: () => queue.wake() });
  const hubHosts = [new URL(sampleHub.url).host];
  const spaceFor = async () => ({ freeBytes: 1e12, missingBytes: 0 });
  const limits = { quotas, openLookUps: () => settings.system.open_lookups };
  const adding = createAdding({ store, tokens, settings, source, queue, hubHosts, spaceFor, limits, clock, log });
  const importing = createImporting({ store, tokens, adding, queue, settings, hubHosts, clock, log });
  const finding = createFinding({ store, source, settings, clock, log });
  const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
  const storage = createStorage({ store, hosts, clock, log, patienceMs: 60_000, ...room });
  const folders = { models: join(folder, 'hub'), data: folder };
  const hubReach = createHubReach({ clock, log });
  const status = createStatusDesk({ store, queue, ...room, hubReach, version: '0.0.1', folders, clock, log });
  const renewals = createRenewals({ store, source, queue, settings, clock, log });
  const verifying = createVerifying({ store, queue, source, clock, log });
  const checks = openTestChecks(join(folder, 'hub'));
  const checking = createChecking({ store, settings, checkers: checkersOf({ ...checks, memory: copies.memory }), log });
  const isOn = () => settings.system.try;
  const talks = createTalkDesk({ store, ...checks, memory: copies.memory, isOn, clock, log });
  const backups = createBackups({ store, kept: () => 7, isSent: () => false, clock, log });
  const bot = createBot(
    { token: telegram.token, apiRoot: telegram.apiRoot, isOwnServer: localFolder !== undefined },
    {
      store,
      queue,
      adding,
      importing,
      finding,
      storage,
      status,
      backups,
      verifying,
      checking,
      talks,
      renewals,
      sending: createSending({ store, hosts, source }),
      tokens,
      schedules: scheduler,
      settings,
      quotas,
      configuration: createConfiguration({
        store,
        settings,
        configured: options.configured ?? { atStart: [], given: {}, reread: () => ({}) },
      }),
      timezone: 'UTC',
      defaultSchedule: undefined,
      hubHosts,
      apps,
      linkMostMs: 60_000,
      refusals,
      budget: options.budget ?? createGenerousBudget(),
      readmeTimes: options.readmeTimes,
      clock,
      log,
      logs: createLogReader(folder),
    },
  );
  const parts = [queue, scheduler, adding, importing, finding, verifying, checking, talks, renewals, backups, tokens];
  for (const part of parts) part.start();
  const stop = new AbortController();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const running = bot.run(stop.signal, () => resolve());
  await ready;
  return {
    telegram,
    hub: sampleHub,
    store,
    queue,
    renewals,
    refusals,
    settings,
    quotas,
    tokens,
    cacheDir: join(folder, 'hub'),
    ...handsOn(telegram, store, ANN),
    put: (name, status = 'pending', chatId = ANN) => putModel(store, name, status, chatId),
    close: async () => {
      stop.abort();
      await running;
      const closing = [
        adding,
        importing,
        finding,
        storage,
        checking,
        talks,
        verifying,
        renewals,
        backups,
        tokens,
        scheduler,
      ];
      for (const part of [...closing, queue]) await part.close();
      await bot.close();
      for (const made of [copies, ...others]) await made.close();
      store.close();
      await telegram.close();
      await sampleHub.close();
      await rm(folder, { recursive: true, force: true });
      strict.check();
    },
  };
};
