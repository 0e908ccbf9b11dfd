import { expect, it } from 'vitest';
import type { Executor } from '../../src/copies/executor.ts';
import { type Hosts, onlyHere } from '../../src/copies/hosts.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createLooks, lookAfterFiles } from '../../src/queue/intact.ts';
import { openBench } from '../store/setup.ts';

const hostsOf = (copies: Pick<Executor, 'missingFiles'>): Hosts => onlyHere(copies as Executor);

const PATIENT = { interval: 5 } as const;

/** Models that are complete, and a disk that answers when it is told to: one file of each is gone. */
const setUp = (amount: number) => {
  const { store } = openBench();
  store.chats.upsertChat({ chatId: 1, kind: 'private', title: 'Ann' });
  const ids = store.atomically(() =>
    Array.from({ length: amount }, (_, index) => {
      const { id } = store.models.createModel({ chatId: 1, name: `org/m${index}`, commitSha: 'a'.repeat(40) });
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'completed');
      return id;
    }),
  );
  const answers: (() => void)[] = [];
  let asked = 0;
  const missingFiles = (): Promise<number> => {
    asked += 1;
    return new Promise((resolve) => answers.push(() => resolve(1)));
  };
  const end = new AbortController();
  const looks = createLooks({ store, hosts: hostsOf({ missingFiles }), log: silentLog }, end.signal);
  const shown = () => store.models.listModels(1, { limit: amount });
  return {
    store,
    ids,
    end,
    shown,
    lookAt: looks.lookAt,
    idle: looks.idle,
    asked: () => asked,
    answer: async () => {
      await expect.poll(() => answers.length, PATIENT).toBe(1);
      answers.pop()?.();
    },
    gone: () => shown().filter((model) => model.filesGone > 0).length,
  };
};

it('a disk that does not answer is asked about one model at a time, once, however many look at lists', async () => {
  const bench = setUp(2);
  for (let list = 0; list < 1000; list += 1) bench.lookAt(bench.shown());
  // Nobody has waited for it.
  expect(bench.asked()).toBe(0);
  await bench.answer();
  await bench.answer();
  await bench.idle();
  expect({ asked: bench.asked(), gone: bench.gone() }).toEqual({ asked: 2, gone: 2 });
  bench.lookAt(bench.shown());
  await bench.answer();
  await bench.answer();
  await bench.idle();
  expect(bench.asked()).toBe(4);
});

it('no more than a hundred wait to be looked at, and the end of the program leaves the rest', async () => {
  const bench = setUp(150);
  bench.lookAt(bench.shown());
  for (let look = 0; look < 100; look += 1) await bench.answer();
  await bench.idle();
  expect(bench.gone()).toBe(100);
  bench.lookAt(bench.shown());
  await expect.poll(bench.asked, PATIENT).toBe(101);
  bench.end.abort();
  await bench.answer();
  await bench.idle();
  expect(bench.asked()).toBe(101);
});

it('a long library is looked through a part at a time, with rests for everybody else', async () => {
  const { store } = openBench();
  store.atomically(() => {
    for (let index = 0; index < 250; index += 1) {
      const { id } = store.models.createModel({ chatId: 1, name: `org/m${index}`, commitSha: 'a'.repeat(40) });
      store.models.moveModel(id, 'pending', 'downloading');
      store.models.moveModel(id, 'downloading', 'completed');
    }
  });
  const missingFiles = (): Promise<number> => Promise.resolve(0);
  let rests = 0;
  const rest = (): Promise<void> => {
    rests += 1;
    return Promise.resolve();
  };
  await lookAfterFiles({ store, hosts: hostsOf({ missingFiles }) }, new AbortController().signal, rest);
  expect(rests).toBe(2);
});

it('what is removed or begun anew meanwhile is left alone, and the next one is looked at', async () => {
  const bench = setUp(3);
  const [first = 0, second = 0] = bench.ids;
  bench.lookAt(bench.ids.flatMap((id) => bench.store.models.getModel(id) ?? []));
  await expect.poll(bench.asked, PATIENT).toBe(1);
  bench.store.models.removeModel(first);
  bench.store.models.moveModel(second, 'completed', 'pending');
  await bench.answer();
  await bench.answer();
  await bench.idle();
  expect({ asked: bench.asked(), gone: bench.gone() }).toEqual({ asked: 2, gone: 1 });
});
