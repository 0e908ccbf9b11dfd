import { join } from 'node:path';
import { checkersHere, createChecker } from '../../src/checks/checker.ts';
import { createChecks } from '../../src/checks/checks.ts';
import { createLoadLock } from '../../src/checks/loads/load-lock.ts';
import { createLoading } from '../../src/checks/loads/loading.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';
import { onlyHere } from '../../src/copies/hosts.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import { createAdding } from '../../src/library/adding/add.ts';
import { createChecking } from '../../src/library/checking/checking.ts';
import { createConfiguration } from '../../src/library/configuration/configuration.ts';
import { createFinding } from '../../src/library/finding/finding.ts';
import { createBackups } from '../../src/library/keeping/backups.ts';
import { createImporting } from '../../src/library/moving/importing.ts';
import { createRenewals } from '../../src/library/renewals/renewals.ts';
import { createSending } from '../../src/library/sending/sending.ts';
import { createStorage } from '../../src/library/storage/storage.ts';
import { createTalkDesk } from '../../src/library/talks/talks.ts';
import { createVerifying } from '../../src/library/verifying/verifying.ts';
import { createStatusDesk } from '../../src/library/watching/status.ts';
import { createLogReader } from '../../src/log/reader.ts';
import { createRefusals } from '../../src/people/refusals.ts';
import { createPersonalTokens } from '../../src/people/tokens/personal-tokens.ts';
import { createVault } from '../../src/people/tokens/vault.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { createHub } from '../../src/sources/huggingface/hub.ts';
import type { Store } from '../../src/store/store.ts';
import { openQuotas } from '../../tests/helpers/quotas.ts';
import type { madeUpCopies } from './made-up-copies.ts';

export interface MadeUp {
  readonly store: Store;
  readonly copies: ReturnType<typeof madeUpCopies>;
  /** Of all that is kept. */
  readonly folder: string;
  /** Of the Hub. */
  readonly endpoint: string;
  readonly given: Parameters<typeof createSettings>[1]['given'];
  readonly maxRetries: number;
  readonly random: () => number;
  readonly log: Log;
}

/** What a bot is made of, as app/parts.ts builds it, save that its copies are made up. Nothing of it is started. */
export const madeUpParts = ({ store, copies, folder, endpoint, given, maxRetries, random, log }: MadeUp) => {
  const hosts = onlyHere(copies);
  const source = createHub({ endpoint, userAgent: 'hubgram/bench', clock });
  const hubHosts = [new URL(endpoint).host];
  const room = { minFreeBytes: () => 0, maxTotalBytes: () => undefined };
  const quotas = openQuotas(store);
  const queue = createQueue(
    { store, source, hosts, quotas, apps: [], clock, log, random },
    { concurrency: () => 1000, maxRetries: () => maxRetries, ...room },
  );
  const settings = createSettings(store, { given, log });
  const configured = { atStart: [], given: {}, reread: () => ({}) };
  const vault = createVault({ file: join(folder, 'secret.key') });
  const tokens = createPersonalTokens({ store, source, vault, onAccepted: () => queue.wake(), clock, log });
  const limits = { quotas, openLookUps: () => undefined };
  const looking = { store, tokens, settings, source, queue, hubHosts, clock, log };
  const adding = createAdding({ ...looking, spaceFor: queue.spaceFor, limits });
  // There are no files to look into.
  const loads = {
    checks: createChecks({ cacheDir: '/nowhere' }),
    loading: createLoading({ cacheDir: '/nowhere', runtimesDir: '/nowhere' }),
    talking: createTalking({ cacheDir: '/nowhere', runtimesDir: '/nowhere' }),
    loadLock: createLoadLock(),
    memory: copies.memory,
  };
  const folders = { models: folder, data: folder };
  const hubReach = { silentSince: () => undefined };
  return {
    store,
    queue,
    adding,
    importing: createImporting({ ...looking, adding }),
    quotas,
    finding: createFinding({ store, source, settings, clock, log }),
    configuration: createConfiguration({ store, settings, configured }),
    settings,
    storage: createStorage({ store, hosts, clock, log, ...room }),
    status: createStatusDesk({ store, queue, ...room, hubReach, version: '0.0.0', folders, clock, log }),
    backups: createBackups({ store, kept: () => 0, isSent: () => false, clock, log }),
    tokens,
    verifying: createVerifying({ store, queue, source, clock, log }),
    checking: createChecking({ store, checkers: checkersHere(createChecker(loads)), log }),
    talks: createTalkDesk({ store, ...loads, isOn: () => true, clock, log }),
    sending: createSending({ store, hosts, source }),
    renewals: createRenewals({ store, source, queue, settings, clock, log }),
    timezone: 'UTC',
    defaultSchedule: undefined,
    hubHosts,
    apps: [],
    refusals: createRefusals({ clock, log }),
    logs: createLogReader(folder),
    clock,
    log,
  };
};
