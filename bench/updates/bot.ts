/** A process of its own: the program as app/parts.ts builds it, save that it speaks as often as it likes and fetches nothing. There are
 * places for all: none begins because another chat's has ended. */
import { join } from 'node:path';
import { createBot } from '../../src/bot/bot.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import { systemClock } from '../../src/lib/clock.ts';
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
import { createLog } from '../../src/log/log.ts';
import { createPersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../src/people/tokens/vault.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createLogReader } from '../../src/log/reader.ts';
import { createRefusals } from '../../src/people/refusals.ts';
import { createScheduler } from '../../src/schedule/scheduler.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { openStore } from '../../src/store/store.ts';
import { checkersHere, createChecker } from '../../src/checks/checker.ts';
import { createChecks } from '../../src/checks/checks.ts';
import { madeUpCopies, receiving } from '../telegram/made-up-copies.ts';
import { openQuotas } from '../../tests/helpers/quotas.ts';
import { FILE_BYTES } from './scene.ts';

const [folder = '', token = '', apiRoot = '', endpoint = ''] = process.argv.slice(2);
const userAgent = 'hubgram/bench';
const timezone = 'UTC';
const clock = systemClock;
const log = createLog({ level: 'warn', readable: false });
for (const stray of ['uncaughtException', 'unhandledRejection'])
  process.on(stray, (error: unknown) => log.error({ err: error }, stray));

const store = openStore(join(folder, 'hubgram.db'), { clock });
/** No byte ever comes: what changes then is what updates have changed. What is complete can be sent: every file is zeros. */
const made = madeUpCopies((_job, signal) => ({
  done: new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  }),
  setLimit: () => undefined,
  state: () => receiving(1000, 0, clock.monotonic()),
}));
const copies: typeof made = {
  ...made,
  filesThere: async ({ files }) => files.map(({ path }) => path),
  read: async ({ start, bytes }) => ({
    size: FILE_BYTES,
    content: Buffer.alloc(Math.max(0, Math.min(bytes, FILE_BYTES - start))).toString('base64'),
  }),
};
const source = createHub({ endpoint, userAgent, clock });
const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
const quotas = openQuotas(store);
const queue = createQueue(
  { store, source, hosts: onlyHere(copies), quotas, apps: [], clock, log, random: () => 0 },
  { concurrency: () => 1000, maxRetries: () => 0, ...room },
);
const storage = createStorage({ store, hosts: onlyHere(copies), clock, log, ...room });
const schedules = createScheduler({ store, clock, log, timezone, onChange: () => queue.wake() });
const hubHosts = [new URL(endpoint).host];
// All of it is to be handled, whoever sends it.
const heard = { text: '1000000', origin: 'environment', by: 'the bench' } as const;
const settings = createSettings(store, { given: { updates_per_minute: heard }, log });
const configured = { atStart: [], given: {}, reread: () => ({}) };
const configuration = createConfiguration({ store, settings, configured });
const finding = createFinding({ store, source, settings, clock, log });
const limits = { quotas, openLookUps: () => undefined };
const vault = createVault({ file: join(folder, 'secret.key') });
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
const renewals = createRenewals({ store, source, queue, settings, clock, log });
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
const defaultSchedule = undefined;
const backups = createBackups({ store, kept: () => 0, isSent: () => false, clock, log });
const budget = { allows: () => true, spend: () => undefined, hold: () => undefined };
const folders = { models: folder, data: folder };
const hubReach = { silentSince: () => undefined };
const status = createStatusDesk({ store, queue, ...room, hubReach, version: '0.0.0', folders, clock, log });
const bot = createBot(
  { token, apiRoot },
  {
    store,
    queue,
    adding,
    importing,
    quotas,
    finding,
    storage,
    status,
    backups,
    tokens,
    renewals,
    schedules,
    settings,
    configuration,
    verifying,
    checking,
    talks,
    sending: createSending({ store, hosts: onlyHere(copies), source }),
    timezone,
    defaultSchedule,
    hubHosts,
    apps: [],
    refusals: createRefusals({ clock, log }),
    logs: createLogReader(folder),
    budget,
    clock,
    log,
  },
);
queue.start();
schedules.start();
adding.start();
importing.start();
finding.start();
verifying.start();
checking.start();
renewals.start();
store.waitBriefly();
store.flushApart();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await bot.run(stop.signal, () => process.stdout.write('ready\n'));
process.exit();
