import { expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { hostsView } from '../../src/library/hosts/hosts-view.ts';
import { createStatusDesk } from '../../src/library/watching/status.ts';
import { openBench } from '../store/setup.ts';

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
