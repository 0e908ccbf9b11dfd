import { expect, it } from 'vitest';
import { defineRepo } from '../../../playground/hub/sample-hub.ts';
import type { Executor } from '../../../src/copies/executor.ts';
import { withNas } from '../../helpers/hosts.ts';
import { PATIENT } from '../../queue/setup.ts';
import { openVerifying } from './bench.ts';

const NAME = 'lab/m';
const HUB = { repos: [defineRepo({ id: NAME, files: [{ path: 'config.json', content: '{}' }] })] };

/** A model on this machine, and the same on another one, which reads nothing before it is let. */
const openBoth = async () => {
  const gate = Promise.withResolvers<void>();
  const slow = (real: Executor): Executor => ({
    ...real,
    verify: (published, signal) => {
      const done = gate.promise.then(() => real.verify(published, signal).done);
      return { state: () => ({ bytesTotal: 2, bytesDone: 0, filesTotal: 1, filesDone: 0 }), done };
    },
  });
  const machines = withNas(slow);
  const bench = await openVerifying(HUB, { hosts: machines.make });
  const nas = machines.nas();
  const ids = [bench.add(1, NAME, { hostId: nas }).id, bench.add(1, NAME).id];
  bench.queue.wake();
  for (const id of ids) await bench.reaches(id, 'completed');
  return { bench, letGo: gate.resolve, nas, hosts: machines.hosts() };
};

it('what lies on a machine that is away is read when it is back, and keeps nothing else from being read', async () => {
  const { bench, letGo, hosts, nas } = await openBoth();
  letGo();
  hosts.away.add(nas);
  const asked = bench.verify(1);
  await expect.poll(() => bench.states(asked), PATIENT).toBe('reading, 1 right, 1 waiting');
  const awaits = () => bench.verifying().awaits(asked?.id ?? 0);
  expect(awaits()).toMatchObject([{ kind: 'host_away', host: 'nas', by: undefined }]);
  hosts.by = 'redis_full';
  expect(awaits()).toMatchObject([{ host: 'nas', by: 'redis_full' }]);
  hosts.away.clear();
  expect(awaits()).toEqual([]);
  bench.verifying().start();
  await expect.poll(() => bench.states(asked), PATIENT).toBe('done, 2 right');
});

it('what waits for a machine that is away keeps nothing from being read that is asked for later', async () => {
  const { bench, letGo, hosts, nas } = await openBoth();
  letGo();
  hosts.away.add(nas);
  const [there, here] = bench.store.models.findModels(1, NAME).toSorted((a, b) => b.hostId - a.hostId);
  const [first, second] = [bench.verify(1, there?.id), bench.verify(1, here?.id)];
  await expect.poll(() => bench.states(second), PATIENT).toBe('done, 1 right');
  expect(bench.states(first)).toBe('reading, 1 waiting');
});

it('what moves away from a machine that is away is read where it lies then', async () => {
  const { bench, letGo, hosts, nas } = await openBoth();
  letGo();
  const [there, here] = bench.store.models.findModels(1, NAME).toSorted((a, b) => b.hostId - a.hostId);
  if (!there || !here || there.commitSha === null) throw new Error('Both are complete');
  bench.store.models.removeModel(here.id);
  hosts.away.add(nas);
  const asked = bench.verify(1, there.id);
  expect(bench.states(asked)).toBe('reading, 1 waiting');
  const { revision, selection, commitSha, sizeBytes } = there;
  const files = await bench.store.models.readModelFiles(there.id);
  const move = { revision, selection, commitSha, sizeBytes: sizeBytes ?? 0, files, metadata: {} };
  bench.queue.change(there.id, { ...move, hostId: 1 });
  await bench.reaches(there.id, 'completed');
  bench.verifying().start();
  await expect.poll(() => bench.states(asked), PATIENT).toBe('done, 1 right');
});

it('each machine reads for itself: a slow one keeps the others from nothing', async () => {
  const { bench, letGo } = await openBoth();
  const asked = bench.verify(1);
  await expect.poll(() => bench.states(asked), PATIENT).toBe('reading, 1 right, 1 waiting');
  expect(bench.verifying().progress(asked?.id ?? 0)?.state).toMatchObject({ bytesTotal: 2 });
  letGo();
  await expect.poll(() => bench.states(asked), PATIENT).toBe('done, 2 right');
});
