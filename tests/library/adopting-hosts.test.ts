import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import type { ScannedRepo } from '../../src/cache/scan.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AdoptionWish } from '../../src/domain/verification.ts';
import type { Verification } from '../../src/store/verifying/verifications.ts';
import { joinHost, type TestHosts, testHosts } from '../helpers/hosts.ts';
import { putAsPython, whatLiesAt } from '../helpers/python-cache.ts';
import { PATIENT, removeNow } from '../queue/setup.ts';
import { openVerifying, type VerifyingBench } from './verifying/bench.ts';

/* What lies on other machines and is in no library: the cache of each is a folder of its own here. */

const [ONE, TWO] = ['org/one', 'org/two'];
const repos = [ONE, TWO].map((id) =>
  defineRepo({
    id,
    files: [
      { path: 'config.json', content: '{"model_type":"gpt2"}' },
      { path: 'model.safetensors', size: 200_000, seed: id },
    ],
  }),
);
const ALL = ['config.json', 'model.safetensors'];

/** A machine that tells nothing, and has not ended: a page of it may take as long as it likes. */
async function* endless(signal: AbortSignal): AsyncIterable<ScannedRepo> {
  if (!signal.aborted) await once(signal, 'abort');
  yield* [];
}

let bench: VerifyingBench;
let hosts: TestHosts;
let [nas, gpu] = [0, 0];
let [isBroken, isEndless] = [false, false];
/** How long is waited for machines, in milliseconds. */
const patience = { manyMs: 0, oneMs: 0 };
/** What gpu says of the size of each file; undefined: the truth. */
let claimed: number | undefined;
beforeEach(async () => {
  [isBroken, isEndless, claimed] = [false, false, undefined];
  [patience.manyMs, patience.oneMs] = [60_000, 60_000];
  bench = await openVerifying(
    { repos },
    {
      patience,
      hosts: (here, make, store) => {
        [nas, gpu] = [joinHost(store), joinHost(store, 'gpu')];
        const broken = make('gpu');
        const list: typeof broken.list = (signal) => {
          if (isBroken) throw new AppError('unavailable', 'gpu is away.');
          return isEndless ? endless(signal) : broken.list(signal);
        };
        const shown: typeof broken.shown = async function* (snapshot, signal) {
          for await (const slice of broken.shown(snapshot, signal))
            yield { ...slice, files: slice.files.map((file) => ({ ...file, size: claimed ?? file.size })) };
        };
        const verify: typeof broken.verify = (published, signal) =>
          claimed === undefined
            ? broken.verify(published, signal)
            : {
                state: () => ({ bytesTotal: 0, bytesDone: 0, filesTotal: 0, filesDone: 0 }),
                done: Promise.resolve({ missing: [], broken: [] }),
              };
        hosts = testHosts(
          new Map([
            [1, here],
            [nas, make('nas')],
            [gpu, { ...broken, list, shown, verify }],
          ]),
        );
        return hosts;
      },
    },
  );
});

/** Puts files of a repository's head onto a machine, as Python does. @returns the paths of files, links and blobs */
const put = (
  machine: 'hub' | 'nas' | 'gpu',
  id: string,
  paths: readonly string[] = ALL,
  revision = 'main',
): string[] => {
  const { id: commit, files } = bench.hub.commitOf(id);
  const contents = files
    .filter(({ path }) => paths.includes(path))
    .map((file) => ({ path: file.path, etag: file.etag(), content: file.content.read(0, file.size) }));
  const repoFolder = `models--${id.replace('/', '--')}`;
  const snapshot = { repoFolder, commit, revision, files: contents, hasLinks: true };
  return putAsPython(join(dirname(bench.cacheDir), machine), snapshot);
};

let updates = 1;
const adopt = (wish: AdoptionWish): Verification =>
  bench.verifying().adopt({ chatId: 1, userId: 1, threadId: null, messageId: 3, updateId: (updates += 1) }, wish);
const ends = async (wish: Verification, as: string): Promise<void> => {
  await expect.poll(() => bench.states(wish), PATIENT).toBe(as);
};
const says = async (wish: AdoptionWish): Promise<string | null | undefined> => {
  const { id } = adopt(wish);
  const now = () => bench.store.verifications.getVerification(id);
  await expect.poll(() => now()?.state, PATIENT).toBe('done');
  return now()?.errorMessage;
};
const listed = async () => {
  bench.verifying().leftBehind.forget();
  return bench.verifying().leftBehind.page({ page: 0, size: 10 });
};
const fetched = (): string[] =>
  bench.hub.requests.map(({ path }) => path).filter((path) => path.includes('/resolve/') && !path.endsWith('.json'));
const model = (id: string) => ({ type: 'model', id }) as const;
const placesOf = (id: string) => bench.store.models.findModels(1, id).map(({ hostId, status }) => [hostId, status]);

describe('what lies on other machines', () => {
  it('is listed with its machine, and taken over there, without a byte', async () => {
    const places = put('nas', ONE);
    put('hub', TWO);
    const before = places.map(whatLiesAt);
    const page = await listed();
    expect(page?.finds.map(({ id, hostName, files }) => [id, hostName, files])).toEqual([
      [ONE, 'nas', 2],
      [TWO, null, 2],
    ]);
    expect(page).toMatchObject({ total: 2, looking: [], unknown: [] });
    const wish = adopt({ key: page?.finds[0]?.key ?? '' });
    await ends(wish, 'done, 1 adopted');
    expect(placesOf(ONE)).toEqual([[nas, 'completed']]);
    const [taken] = bench.store.models.findModels(1, ONE);
    expect(bench.store.copies.getCopy(taken?.copyId ?? 0)).toMatchObject({ hostId: nas, madeBy: 'other' });
    expect(fetched()).toEqual([]);
    expect((await listed())?.finds.map(({ id }) => id)).toEqual([TWO]);
    // Removing it leaves what it found.
    await removeNow(bench.queue, taken?.id ?? 0, 'ours');
    expect(places.map(whatLiesAt)).toEqual(before);
  });

  it('comes back by a single word: all that the machines have, when the rows of it are lost', async () => {
    put('nas', ONE);
    put('gpu', ONE);
    put('hub', TWO);
    await ends(adopt({ all: true }), 'done, 3 adopted');
    expect(new Set(placesOf(ONE).map(([hostId]) => hostId))).toEqual(new Set([nas, gpu]));
    expect(placesOf(ONE).map(([, status]) => status)).toEqual(['completed', 'completed']);
    expect(placesOf(TWO)).toEqual([[1, 'completed']]);
    expect(fetched()).toEqual([]);
    expect(await says({ all: true })).toBe('Every model in the caches of this machine, nas and gpu is in a library.');
  });

  it('is meant by its name: what lies here first, else what one machine has; of several it is asked which', async () => {
    put('nas', ONE);
    put('gpu', ONE);
    put('hub', ONE);
    await ends(adopt(model(ONE)), 'done, 1 adopted');
    expect(placesOf(ONE)).toEqual([[1, 'completed']]);
    expect(await says(model(ONE))).toMatch(/^org\/one lies on nas, gpu\. Say on which: \/adopt org\/one on nas\.$/);
    await ends(adopt({ ...model(ONE), hostId: gpu }), 'done, 1 adopted');
    await ends(adopt(model(ONE)), 'done, 1 adopted');
    expect(placesOf(ONE)).toHaveLength(3);
    expect(await says({ ...model(ONE), hostId: nas })).toBe('org/one on nas is in this library.');
    expect(await says({ ...model(TWO), hostId: nas })).toBe(
      'Nothing of org/two lies in the cache on nas. /add org/two on=nas would fetch it.',
    );
    put('nas', TWO);
    // Without its owner, too.
    await ends(adopt({ ...model('Two'), hostId: nas }), 'done, 1 adopted');
    expect(placesOf(TWO)).toEqual([[nas, 'completed']]);
  });

  it('is known by its commit where nobody can ask for the name that leads to it', async () => {
    put('nas', ONE, ALL, 'for me');
    await ends(adopt(model(ONE)), 'done, 1 adopted');
    const commit = bench.hub.commitOf(ONE).id;
    expect(bench.store.models.findModels(1, ONE)).toMatchObject([{ revision: commit, commitSha: commit }]);
  });

  it('is nobody’s once its machine was let go and has joined again, and can be brought back as well', async () => {
    put('nas', ONE);
    const places = put('nas', TWO);
    const before = places.map(whatLiesAt);
    await ends(adopt({ all: true }), 'done, 2 adopted');
    bench.clock.pass(1000);
    const [one, two] = [ONE, TWO].map((id) => bench.store.models.findModels(1, id)[0]?.id ?? 0);
    for (const id of [one, two]) bench.queue.remove(id ?? 0, { taking: 'nothing', freedBytes: 0 });
    // As long as the machine is the bot's, whoever has removed it brings it back.
    expect(await listed()).toMatchObject({ total: 0, removed: 2 });
    bench.store.hosts.letHostGo(nas);
    bench.clock.pass(1000);
    joinHost(bench.store);
    const page = await listed();
    expect(page?.finds.map(({ id, hostName }) => [id, hostName])).toEqual([
      [ONE, 'nas'],
      [TWO, 'nas'],
    ]);
    expect(page?.removed).toBe(0);
    await ends(adopt({ ...model(ONE), hostId: nas }), 'done, 1 adopted');
    expect(placesOf(ONE)).toEqual([[nas, 'completed']]);
    expect(bench.queue.undo(one ?? 0)).toBe('again');
    expect(bench.queue.undo(two ?? 0)).toBe('undone');
    expect(placesOf(TWO)).toEqual([[nas, 'completed']]);
    expect(await says({ all: true, hostId: nas })).toBe('Every model in the cache is in a library.');
    // The end of its hour takes nothing from whoever has it.
    bench.clock.pass(3_600_000);
    bench.queue.wake();
    await bench.queue.lookAfter();
    expect(places.map(whatLiesAt)).toEqual(before);
  });

  it('is missing there what is missing there: the rest is asked for on that machine', async () => {
    put('nas', ONE, ['config.json']);
    const wish = adopt(model(ONE));
    await ends(wish, 'done, 1 incomplete');
    const [item] = bench.store.verifications.itemsIn(wish.id, ['incomplete'], 1);
    expect(item).toMatchObject({ hostId: nas, finding: { missing: ['model.safetensors'], rest: ONE } });
  });
});

describe('a machine that lies', () => {
  const putUnknown = (id: string): void => {
    const content = Buffer.from(id);
    const etag = createHash('sha256').update(content).digest('hex');
    putAsPython(join(dirname(bench.cacheDir), 'gpu'), {
      repoFolder: `models--${id.replace('/', '--')}`,
      commit: 'c'.repeat(40),
      revision: 'main',
      files: [{ path: 'model.safetensors', etag, content }],
      hasLinks: true,
    });
  };

  it('of sizes that no disk has is not believed: sums over all copies hold what there is', async () => {
    for (const id of ['none/most', 'none/more']) putUnknown(id);
    claimed = 1e15;
    await ends(adopt({ ...model('none/most'), hostId: gpu }), 'done, 1 adopted');
    claimed = 1e15 + 1;
    await ends(adopt({ ...model('none/more'), hostId: gpu }), 'done, 1 refused');
    expect(bench.store.hosts.bytesOnHost(gpu)).toBe(1e15);
  });

  it('of more than its disk holds is not believed', async () => {
    for (const id of ['none/first', 'none/second']) putUnknown(id);
    claimed = 600;
    const news = { version: '0.1.0', freeBytes: 0 };
    bench.store.hosts.noteSeen(gpu, { ...news, totalBytes: 1199 });
    await ends(adopt({ ...model('none/first'), hostId: gpu }), 'done, 1 adopted');
    const second = adopt({ ...model('none/second'), hostId: gpu });
    await ends(second, 'done, 1 refused');
    expect(bench.store.verifications.itemsIn(second.id, ['refused'], 1)).toMatchObject([
      { finding: { refusal: 'With this, more would lie on gpu than its disk holds: it is not believed.' } },
    ]);
    bench.store.hosts.noteSeen(gpu, { ...news, totalBytes: 1200 });
    await ends(adopt({ ...model('none/second'), hostId: gpu }), 'done, 1 adopted');
  });
});

describe('a machine that tells slowly', () => {
  it('is not waited for where something else is meant, nor without end where it is', async () => {
    put('nas', ONE);
    put('hub', TWO);
    const key = (await listed())?.finds.find(({ hostName }) => hostName === 'nas')?.key ?? '';
    isEndless = true;
    // Its key says where it lies.
    bench.verifying().leftBehind.forget();
    await ends(adopt({ key }), 'done, 1 adopted');
    [patience.manyMs, patience.oneMs] = [20, 20];
    await ends(adopt({ all: true }), 'done, 1 adopted');
    expect(placesOf(TWO)).toEqual([[1, 'completed']]);
    expect(await says({ all: true, hostId: gpu })).toBe(
      'gpu has not told yet all that lies there: that is much, or it is slow. Ask again in some minutes.',
    );
    expect(await says({ type: 'model', id: 'org/none' })).toContain('gpu could not be asked.');
  });

  it('is left by whoever cancels, and who comes after has their turn', async () => {
    put('hub', TWO);
    isEndless = true;
    const waiting = Array.from({ length: 5 }, () => adopt({ all: true, hostId: gpu }));
    for (const { id } of waiting) expect(bench.verifying().cancel(id)).toBe(true);
    await ends(adopt(model(TWO)), 'done, 1 adopted');
    for (const { id } of waiting) expect(bench.store.verifications.getVerification(id)?.state).toBe('cancelled');
  });
});

describe('a machine that does not answer', () => {
  it('is named, keeps nobody from what the others have, and what was listed there waits for it', async () => {
    put('nas', ONE);
    put('hub', TWO);
    const key = (await listed())?.finds.find(({ hostName }) => hostName === 'nas')?.key ?? '';
    const wish = adopt({ key });
    hosts.away.add(nas);
    isBroken = true;
    expect(await listed()).toMatchObject({ total: 1, finds: [{ id: TWO }], unknown: ['gpu', 'nas'] });
    expect(await says({ ...model(ONE), hostId: nas })).toBe(
      'nas is away: what lies there cannot be looked through. Ask again when it is back.',
    );
    expect(await says({ type: 'model', id: 'org/none' })).toBe(
      'Nothing of org/none lies in the cache. /add org/none would fetch it. gpu, nas could not be asked.',
    );
    await ends(adopt(model(TWO)), 'done, 1 adopted');
    hosts.away.clear();
    bench.verifying().start();
    await expect.poll(() => bench.states(wish), PATIENT).toMatch(/^done/);
  });
});
