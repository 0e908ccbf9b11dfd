import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createChecks } from '../../src/checks/checks.ts';
import { createLoadLock } from '../../src/checks/loads/load-lock.ts';
import { createLoading } from '../../src/checks/loads/loading.ts';
import { createTalking } from '../../src/checks/talks/talking.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Adding } from '../../src/library/adding/add.ts';
import { createFinding } from '../../src/library/finding/finding.ts';
import { createMachineFile } from '../../src/library/moving/machine-file.ts';
import { createPulling } from '../../src/library/pulling/pulling.ts';
import { createTalkDesk } from '../../src/library/talks/talks.ts';
import { createMachineToken } from '../../src/people/tokens/machine-token.ts';
import { createSettings } from '../../src/settings/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { openTroubledStore, type TroubledStore } from '../store/full-disk.ts';

const ANN = 1001;
const never = (): never => {
  throw new Error('Nothing of that is asked');
};

let folder: string;
let disk: TroubledStore;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  folder = mkdtempSync(join(tmpdir(), 'hubgram-full-'));
  disk = openTroubledStore(join(folder, 'hubgram.db'), systemClock);
  ({ store } = disk);
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  store.users.upsertUser({ userId: ANN, firstName: 'Ann', username: null });
  store.users.setRole(ANN, 'owner');
  store.chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
});

const asked = { chatId: ANN, userId: ANN, threadId: null };

/** What a kill has left, begins on a full disk; then there is room, and time passes. */
const startOnFullDisk = async (part: {
  readonly start: () => void;
  readonly close?: () => Promise<void>;
}): Promise<void> => {
  onTestFinished(async () => part.close?.());
  disk.trouble('SQLITE_FULL');
  part.start();
  expect(disk.refusals()).toBeGreaterThan(0);
  disk.trouble(undefined);
  await vi.advanceTimersByTimeAsync(10_000);
};

describe('after a kill, and on a full disk', () => {
  it('the jobs of an inference server begin, and what nobody has asked for yet is asked for when there is room', async () => {
    const request: Adding['request'] = (wanted) => {
      if (wanted.ref === 'odd') throw new Error('That cannot be asked for');
      return store.addRequests.createAddRequest(wanted).request;
    };
    const pulling = createPulling({
      store,
      adding: { request, drop: never },
      queue: { snapshot: never, pause: never },
      checking: { request: never },
      hubHosts: [],
      log: silentLog,
    });
    const [odd, job] = ['odd', 'gpt2'].map((model, at) =>
      store.pullJobs.createJob({ id: `00000000-0000-4000-8000-00000000000${at}`, model, quantize: null, init: null }),
    );
    await startOnFullDisk(pulling);
    expect(store.pullJobs.requestOf(job?.number ?? 0)).toBeDefined();
    expect(store.pullJobs.getJob(odd?.id ?? '')?.status).toBe('failed');
  });

  it('talks begin, and whom the restart has interrupted is told when there is room', async () => {
    const { id: modelId } = store.models.createModel({ chatId: ANN, name: 'org/tiny', requestedBy: ANN });
    const talk = store.talks.createTalk({ ...asked, modelId });
    const wish = { ...asked, modelId, talkId: talk.id, replyTo: null, updateId: 1, asked: 'Hello' };
    store.talks.createTurn(wish);
    const turnId = store.talks.listTurns(1)[0]?.id ?? 0;
    store.talks.openNextTalk();
    store.talks.beginTurn(turnId);
    const options = { cacheDir: folder, runtimesDir: '/nowhere', threads: 1 };
    await startOnFullDisk(
      createTalkDesk({
        store,
        checks: createChecks(options),
        loading: createLoading(options),
        talking: createTalking({ ...options, tokensMost: 1000 }),
        loadLock: createLoadLock(),
        memory: never,
        isOn: () => true,
        clock: systemClock,
        log: silentLog,
      }),
    );
    expect(store.talks.getTurn(turnId)?.outcome).toEqual({ kind: 'interrupted' });
  });

  it('searches begin, and those whose sizes were being asked for go on', async () => {
    const { search } = store.searches.createSearch({
      ...asked,
      messageId: 1,
      terms: { words: 'tiny', gguf: false, order: 'downloads' },
    });
    store.searches.moveSearch(search, 'sizing', {});
    await startOnFullDisk(
      createFinding({
        store,
        settings: createSettings(store, { given: {}, log: silentLog }),
        source: { search: never, inspect: never, repoUrl: never },
        clock: systemClock,
        log: silentLog,
      }),
    );
    expect(store.searches.getSearch(search.id)?.state).toBe('shown');
  });

  it('the file with models is looked at, and what was begun to be planned of it goes when there is room', async () => {
    const begun = store.imports.createImport({ ...asked, messageId: 1, digest: 'd' });
    await startOnFullDisk(
      createMachineFile({
        path: join(folder, 'models.json'),
        store,
        importing: { read: never, plan: never },
        lookMs: 20,
        clock: systemClock,
        log: silentLog,
      }),
    );
    expect(store.imports.getImport(begun.id)).toBeUndefined();
  });

  it('what waits for a token keeps its time', async () => {
    const { request } = store.addRequests.createAddRequest({ ...asked, messageId: 1, ref: 'org/m', options: {} });
    const choices = { kind: 'failure', code: 'unauthorized', suggestions: [] } as const;
    const notBefore = '2030-01-01T00:00:00.000Z';
    store.addRequests.moveAddRequest(request.id, 'looking_up', 'failed', { choices, notBefore });
    await startOnFullDisk(createMachineToken({ store, token: 'hf_token', log: silentLog }));
    expect(store.addRequests.getAddRequest(request.id)?.notBefore).toBe(notBefore);
  });
});
