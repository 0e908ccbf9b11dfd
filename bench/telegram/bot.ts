/** A process of its own: the program as app/parts.ts builds it, with downloads whose bytes are made up (plan.ts). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBot } from '../../src/bot/bot.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createAdding } from '../../src/library/adding/add.ts';
import { createBackups } from '../../src/library/keeping/backups.ts';
import { createImporting } from '../../src/library/moving/importing.ts';
import { createConfiguration } from '../../src/library/configuration/configuration.ts';
import { createFinding } from '../../src/library/finding/finding.ts';
import { createStorage } from '../../src/library/storage/storage.ts';
import { createStatusDesk } from '../../src/library/watching/status.ts';
import { createSending } from '../../src/library/sending/sending.ts';
import { createLoading } from '../../src/checks/loads/loading.ts';
import { createLoadLock } from '../../src/checks/loads/load-lock.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';
import { createTalkDesk } from '../../src/library/talks/talks.ts';
import { createChecking } from '../../src/library/checking/checking.ts';
import { createVerifying } from '../../src/library/verifying/verifying.ts';
import { createRenewals } from '../../src/library/renewals/renewals.ts';
import { createLogReader } from '../../src/log/reader.ts';
import { createRefusals } from '../../src/people/refusals.ts';
import { createPersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../src/people/tokens/vault.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { openStore } from '../../src/store/store.ts';
import type { RunningCopy, CopyJob } from '../../src/copies/executor.ts';
import { checkersHere, createChecker } from '../../src/checks/checker.ts';
import { createChecks } from '../../src/checks/checks.ts';
import { madeUpCopies, receiving } from './made-up-copies.ts';
import { endOf, type Load, SIZE } from './plan.ts';
import { openQuotas } from '../../tests/helpers/quotas.ts';

const load = JSON.parse(process.env['LOAD'] ?? '') as Load;
const clock = systemClock;

/** Arrives evenly, and ends when the plan says. */
const pretend = (job: CopyJob, signal: AbortSignal): RunningCopy => {
  const repoFolder = repoFolderName(job);
  const startedAt = clock.now();
  const endsAt = endOf(load, repoFolder);
  const { promise, resolve, reject } = Promise.withResolvers<{ snapshotPath: string; bytesReceived: number }>();
  const timer = setTimeout(
    () => resolve({ snapshotPath: `/${repoFolder}`, bytesReceived: SIZE }),
    Math.max(0, endsAt - startedAt),
  );
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason as Error);
  });
  return {
    done: promise,
    setLimit: () => undefined,
    state: () => {
      const now = clock.now();
      const share = Math.min(1, (now - startedAt) / Math.max(1, endsAt - startedAt));
      return receiving(SIZE, Math.floor(SIZE * share), now);
    },
  };
};

mkdirSync(load.folder, { recursive: true });
const log = { ...silentLog, error: (...parts: unknown[]) => console.error(...parts) };
const store = openStore(join(load.folder, 'bench.db'), { clock, log });
for (const { chatId, userId } of load.chats) {
  store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
  store.users.setRole(userId, 'member');
  store.chats.upsertChat({ chatId, kind: chatId > 0 ? 'private' : 'supergroup', title: `Chat ${chatId}` });
  store.chats.setAccess(chatId, 'approved');
}
const source = createHub({ endpoint: load.hubUrl, userAgent: 'hubgram-bench', clock });
const copies = madeUpCopies(pretend);
const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
const quotas = openQuotas(store);
const queue = createQueue(
  { store, source, hosts: onlyHere(copies), quotas, apps: [], clock, log, random: Math.random },
  { concurrency: () => 1000, maxRetries: () => 5, ...room },
);
const storage = createStorage({ store, hosts: onlyHere(copies), clock, log, ...room });
const hubHosts = [new URL(load.hubUrl).host];
const settings = createSettings(store, { given: {}, log });
const configured = { atStart: [], given: {}, reread: () => ({}) };
const configuration = createConfiguration({ store, settings, configured });
const finding = createFinding({ store, source, settings, clock, log });
const limits = { quotas, openLookUps: () => undefined };
const vault = createVault({ file: join(load.folder, 'secret.key') });
const tokens = createPersonalTokens({ store, source, vault, onAccepted: () => queue.wake(), clock, log });
const adding = createAdding({
  store,
  tokens,
  settings,
  source,
  queue,
  hubHosts,
  spaceFor: queue.spaceFor,
  limits,
  clock,
  log,
});
const importing = createImporting({ store, tokens, adding, queue, settings, hubHosts, clock, log });
const verifying = createVerifying({ store, queue, source, clock, log });
// There are no files to look into.
const loads = {
  checks: createChecks({ cacheDir: '/nowhere' }),
  loading: createLoading({ cacheDir: '/nowhere', runtimesDir: '/nowhere' }),
  talking: createTalking({ cacheDir: '/nowhere', runtimesDir: '/nowhere' }),
  loadLock: createLoadLock(),
  memory: copies.memory,
};
const checking = createChecking({ store, checkers: checkersHere(createChecker(loads)), log });
const talks = createTalkDesk({ store, ...loads, isOn: () => true, clock, log });
const backups = createBackups({ store, kept: () => 0, isSent: () => false, clock, log });
const folders = { models: load.folder, data: load.folder };
const hubReach = { silentSince: () => undefined };
const status = createStatusDesk({ store, queue, ...room, hubReach, version: '0.0.0', folders, clock, log });
const bot = createBot(
  { token: load.token, apiRoot: load.apiRoot },
  {
    store,
    queue,
    adding,
    importing,
    quotas,
    finding,
    configuration,
    settings,
    storage,
    status,
    backups,
    tokens,
    verifying,
    checking,
    talks,
    sending: createSending({ store, hosts: onlyHere(copies), source }),
    renewals: createRenewals({ store, source, queue, settings, clock, log }),
    schedules: { poke: () => undefined },
    timezone: 'UTC',
    defaultSchedule: undefined,
    hubHosts,
    apps: [],
    refusals: createRefusals({ clock, log }),
    clock,
    log,
    logs: createLogReader(load.folder),
  },
);
queue.start();
adding.start();
importing.start();
finding.start();
verifying.start();
checking.start();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await bot.run(stop.signal, () => console.log('ready'));
process.exit();
