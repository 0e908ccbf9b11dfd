import { expect, it } from 'vitest';
import type { Checker } from '../../../src/checks/checker.ts';
import { THIS_HOST } from '../../../src/domain/hosts/host.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { twoTensors } from '../../checks/made.ts';
import { joinHost } from '../../helpers/hosts.ts';
import { type CheckingBench, openChecking } from './bench.ts';

const ANNS = 1;
const WHOLE = { 'model.safetensors': twoTensors() };

interface Both {
  readonly bench: CheckingBench;
  readonly nas: number;
  /** Of hosts that are heard of; a test takes one out. */
  readonly there: Set<number>;
  /** What the other machine was asked. */
  readonly asked: string[];
  /** Lets it answer. */
  readonly letGo: () => void;
}

/** Models on this machine and on another one, which looks into nothing before it is let. */
const openBoth = (answer: (real: Checker) => Checker = (real) => real): Both => {
  const gate = Promise.withResolvers<void>();
  const there = new Set([THIS_HOST]);
  const asked: string[] = [];
  let nas = 0;
  const bench = openChecking((real) => real, {
    checkersOf: (here, store) => {
      nas ||= joinHost(store);
      there.add(nas);
      const far: Checker = {
        start: (job, signal) => {
          asked.push(job.repoFolder);
          return { state: () => undefined, done: gate.promise.then(() => answer(here).start(job, signal).done) };
        },
      };
      return { of: (hostId) => (hostId === THIS_HOST ? here : far), there: () => [...there] };
    },
  });
  return { bench, nas, there, asked, letGo: gate.resolve };
};

it('each machine looks into what lies on it, and a slow one keeps the others from nothing', async () => {
  const { bench, nas, asked, letGo } = openBoth();
  const [there, later] = [
    bench.put(ANNS, 'org/there', WHOLE, { hostId: nas }),
    bench.put(ANNS, 'org/later', WHOLE, { hostId: nas }),
  ];
  const here = bench.put(ANNS, 'org/here', WHOLE);
  for (const model of [there, later, here]) expect(bench.checking().request(model)).toBe(undefined);
  await expect.poll(() => bench.state(here)).toBe('done');
  // One at a time on each.
  expect([asked, bench.state(there), bench.state(later)]).toEqual([['models--org--there'], 'waiting', 'waiting']);
  letGo();
  await expect.poll(() => [there, later].map(bench.state)).toEqual(['done', 'done']);
  expect(bench.store.checks.checkOf(later.copyId ?? 0)?.result?.whole).toMatchObject({ tensors: 2 });
});

it('what lies on a machine that is away is looked into when it is back', async () => {
  const { bench, nas, there, asked, letGo } = openBoth();
  letGo();
  there.delete(nas);
  const model = bench.put(ANNS, 'org/there', WHOLE, { hostId: nas });
  expect(bench.checking().request(model)).toBe(undefined);
  expect([bench.checking().isThere(nas), bench.checking().isThere(THIS_HOST)]).toEqual([false, true]);
  const here = bench.put(ANNS, 'org/here', WHOLE);
  bench.checking().request(here);
  await expect.poll(() => bench.state(here)).toBe('done');
  expect([asked, bench.state(model)]).toEqual([[], 'waiting']);
  there.add(nas);
  await bench.restart();
  await expect.poll(() => bench.state(model)).toBe('done');
});

it('what a machine says of why it does not is told', async () => {
  const { bench, nas, letGo } = openBoth(() => ({
    start: () => ({
      state: () => undefined,
      done: Promise.reject(new AppError('operational', 'The hubgram on nas is older.')),
    }),
  }));
  letGo();
  const model = bench.put(ANNS, 'org/there', WHOLE, { hostId: nas });
  bench.checking().request(model);
  await expect.poll(() => bench.state(model)).toBe('refused');
  expect(bench.store.checks.checkOf(model.copyId ?? 0)?.errorMessage).toBe('The hubgram on nas is older.');
});

it('what a machine says of each model, why it looks into none, is told once', async () => {
  const { bench, nas, letGo } = openBoth(() => ({
    start: () => ({
      state: () => undefined,
      done: Promise.reject(new AppError('operational', 'The hubgram on nas is older.')),
    }),
  }));
  letGo();
  const [one, two] = ['org/one', 'org/two'].map((id) => bench.put(ANNS, id, WHOLE, { hostId: nas, init: true }));
  bench.checking().start();
  await expect.poll(() => bench.store.checks.untoldChecks(10).length === 0 && bench.state(two!)).toBe('refused');
  const notices = bench.store.outbox.dueNotices('9999', 100).map(({ kind, modelId }) => [kind, modelId]);
  expect(notices).toEqual([['check_failed', one?.id]]);
});
