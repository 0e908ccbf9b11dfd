import { expect, it, onTestFinished, vi } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { silentLog } from '../../src/lib/log.ts';
import { hostsView } from '../../src/library/hosts/hosts-view.ts';
import { createStatusDesk } from '../../src/library/watching/status.ts';
import { createConfiguration } from '../../src/library/configuration/configuration.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { createSending } from '../../src/library/sending/sending.ts';
import { openBench } from '../store/setup.ts';

const never = (): never => {
  throw new Error('Nobody asks for that');
};

it('how everything is, and which machines there are, is told also while the disk answers nobody', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { store, clock } = openBench();
  const queue = {
    bytesPerSecond: () => 0,
    snapshot: () => undefined,
    isHeld: () => false,
    trouble: () => undefined,
    room: () => new Promise<never>(() => undefined),
    memory: async () => ({ totalBytes: 1, freeBytes: 1, gpus: [] }),
    isThere: () => true,
    hostAway: () => undefined,
    hubSilentSince: () => undefined,
    hubAsked: () => undefined,
  };
  const deps = { store, queue, clock, log: silentLog };
  const status = createStatusDesk({
    ...deps,
    hubReach: { silentSince: () => undefined },
    minFreeBytes: () => 0,
    version: '0.0.1',
    folders: { models: '/models', data: '/data' },
  });
  const told = Promise.all([
    status.view('all'),
    hostsView({ ...deps, settings: { system: { min_free_space: 0 } } }, 'all'),
  ]);
  await vi.advanceTimersByTimeAsync(5000);
  const [{ disk }, [here]] = await told;
  expect([disk, here?.standing, here?.disk]).toEqual([undefined, 'own', undefined]);
});

it('whoever looks whether the configuration is right, or sets the folder of models, hears that its disk does not answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { store } = openBench();
  const given = { download_directory: { text: '/models', origin: 'default', by: 'the default' } } as const;
  const configuration = createConfiguration({
    store,
    settings: createSettings(store, { given, log: silentLog }),
    configured: { atStart: [], given, reread: () => given },
    stat: () => new Promise(() => undefined),
  });
  const by = { userId: 1, chatId: 1 };
  const asked = Promise.all([
    configuration.check(),
    configuration.set(by, [['download_directory', '/others']]).catch((error: unknown) => error),
  ]);
  await vi.advanceTimersByTimeAsync(10_000);
  const [wrong, refusal] = await asked;
  expect(wrong).toEqual([expect.stringContaining('The disk with /models does not answer')]);
  expect(refusal).toMatchObject({ code: 'validation', message: expect.stringContaining('/others') as string });
});

it('whoever asks for files of a model hears that its disk does not answer, and of a README that there is none here', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { store, add } = openBench();
  const file = { path: 'README.md', size: 1, etag: 'e'.repeat(40) };
  const model = add('org/name', { commitSha: 'c'.repeat(40), files: [file] });
  const copy = store.copies.getCopy(model.wantsCopyId ?? 0);
  if (!copy) throw new Error('It wants no copy');
  const filesThere = vi.fn<Executor['filesThere']>(() => new Promise(() => undefined));
  const hosts = { of: () => ({ filesThere }) as unknown as Executor, isThere: () => true };
  const source = { head: never, readText: never, repoUrl: () => '' };
  const { here, readmes } = createSending({ store, hosts, source });
  const asked = Promise.all([here(copy, [file]).catch((error: unknown) => error), readmes.here(model)]);
  await vi.advanceTimersByTimeAsync(20_000);
  const [refusal, readme] = await asked;
  expect(refusal).toMatchObject({ code: 'unavailable', message: expect.stringContaining('does not answer') as string });
  expect(readme).toBeUndefined();
  expect(filesThere).toHaveBeenCalledTimes(2);
});
