import { existsSync, readdirSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningVerify } from '../../src/copies/executor.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AdoptionWish } from '../../src/domain/verification.ts';
import type { Verification } from '../../src/store/verifying/verifications.ts';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { putAsPython, pythonWarnings, whatLiesAt } from '../helpers/python-cache.ts';
import { PATIENT, removeNow } from '../queue/setup.ts';
import { damage, openVerifying, type VerifyingBench } from './verifying/bench.ts';

const PYTHON = 'org/python';
const QUANTS = 'org/quants-GGUF';
const LABELS = ['Q4_K_M', 'Q8_0', 'F16'];
const repos = [
  defineRepo({
    id: PYTHON,
    files: [
      { path: '.gitattributes', content: 'text' },
      { path: 'README.md', content: '# A model' },
      { path: 'config.json', content: '{"model_type":"gpt2"}' },
      { path: 'model.safetensors', size: 800_000, seed: 'python' },
      { path: 'flax_model.msgpack', size: 900_000, seed: 'flax' },
    ],
  }),
  defineRepo({
    id: QUANTS,
    files: LABELS.map((label) => ({ path: `model-${label}.gguf`, size: 100_000, seed: label })),
  }),
];
const HUB = { repos };
const LOADED = ['config.json', 'model.safetensors'];
const folderOf = (id: string): string => `models--${id.replace('/', '--')}`;

/** Puts files of a repository's head there as Python does. @returns the paths of files, links and blobs */
const put = (
  bench: VerifyingBench,
  id: string,
  paths: readonly string[],
  { hasLinks = true, revision = 'main' } = {},
): string[] => {
  const { id: commit, files } = bench.hub.commitOf(id);
  const contents = files
    .filter(({ path }) => paths.includes(path))
    .map((file) => ({ path: file.path, etag: file.etag(), content: file.content.read(0, file.size) }));
  return putAsPython(bench.cacheDir, { repoFolder: folderOf(id), commit, revision, files: contents, hasLinks });
};

let updates = 1;
const adopt = (bench: VerifyingBench, wish: AdoptionWish, chatId = 1): Verification =>
  bench.verifying().adopt({ chatId, userId: 1, threadId: null, messageId: 3, updateId: (updates += 1) }, wish);

const finds = async (bench: VerifyingBench) => {
  bench.verifying().leftBehind.forget();
  return (await bench.verifying().leftBehind.page({ page: 0, size: 10 }))?.finds ?? [];
};

const MODEL = { type: 'model', id: PYTHON } as const;

describe('what lies in the cache and is in no library', () => {
  it('is listed by repository and commit, the largest first, with the refs that lead to it and when it changed', async () => {
    const bench = await openVerifying(HUB);
    const [blob = ''] = put(bench, QUANTS, ['model-Q8_0.gguf']);
    put(bench, PYTHON, LOADED);
    utimesSync(blob, 1_700_000_000, 1_700_000_000);
    expect(await finds(bench)).toMatchObject([
      { type: 'model', id: PYTHON, refs: ['main'], files: 2, gone: 0, bytes: 800_021 },
      { type: 'model', id: QUANTS, files: 1, bytes: 100_000, changedAt: 1_700_000_000_000 },
    ]);
    unlinkSync(blob);
    expect(await finds(bench)).toMatchObject([{ id: PYTHON }]);
    expect(await bench.verifying().leftBehind.page({ page: 7, size: 1 })).toMatchObject({
      page: 0,
      pages: 1,
      total: 1,
    });
  });

  it('is not what some library has or waits for, and is again what was left behind', async () => {
    const bench = await openVerifying(HUB);
    const { id } = bench.add(2, PYTHON, { paths: LOADED });
    bench.queue.wake();
    await bench.reaches(id, 'completed');
    expect(await finds(bench)).toEqual([]);
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done');
    expect(bench.store.verifications.getVerification(wish.id)?.errorMessage).toBe(
      `A library has ${PYTHON} already: /add ${PYTHON} takes it from the disk.`,
    );
    await removeNow(bench.queue, id, 'nothing');
    expect(await finds(bench)).toMatchObject([{ id: PYTHON, files: 2 }]);
  });
});

describe('taking it over', () => {
  it('makes a complete model of it without a byte: somebody else has made the copy, and nothing of theirs is touched', async () => {
    const bench = await openVerifying(HUB);
    const places = put(bench, PYTHON, LOADED);
    const before = places.map(whatLiesAt);
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    const [model] = bench.store.models.findModels(1, PYTHON);
    expect(model).toMatchObject({ status: 'completed', revision: 'main', sizeBytes: 800_021, requestedBy: 1 });
    // The papers were never there, and nothing loads them.
    expect(JSON.parse(model?.selection ?? '')).toEqual({ quantize: 'auto', include: [], exclude: ['README.md'] });
    expect(bench.store.copies.getCopy(model?.copyId ?? 0)).toMatchObject({
      madeBy: 'other',
      state: 'complete',
      path: join(bench.cacheDir, folderOf(PYTHON), 'snapshots', model?.commitSha ?? ''),
    });
    expect(bench.hub.requests.filter(({ path }) => path.includes('/resolve/') && !path.endsWith('.json'))).toEqual([]);
    expect(places.map(whatLiesAt)).toEqual(before);
    expect(pythonWarnings(bench.cacheDir)).toEqual([]);
    expect(await finds(bench)).toEqual([]);
    // Removing it leaves what it found.
    await removeNow(bench.queue, model?.id ?? 0, 'ours');
    expect(places.map(whatLiesAt)).toEqual(before);
  });

  it('takes all of a repository where all of it lies there', async () => {
    const bench = await openVerifying(HUB);
    put(bench, PYTHON, ['README.md', 'flax_model.msgpack', ...LOADED]);
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    const [model] = bench.store.models.findModels(1, PYTHON);
    expect(JSON.parse(model?.selection ?? '')).toMatchObject({ quantize: 'all', exclude: [] });
    expect(bench.store.copies.countCopyFiles(model?.copyId ?? 0)).toBe(4);
  });

  it('takes each quant that is whole', async () => {
    const bench = await openVerifying(HUB);
    put(bench, QUANTS, ['model-Q4_K_M.gguf', 'model-F16.gguf'], { revision: 'other' });
    const [find] = await finds(bench);
    const wish = adopt(bench, { key: find?.key ?? '' });
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    const models = bench.store.models.findModels(1, QUANTS);
    expect(models.map(({ selection }) => String(JSON.parse(selection).quantize)).toSorted()).toEqual(['F16', 'Q4_K_M']);
    expect(models.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('says what is missing or broken, takes nothing then, and fetches nothing by itself', async () => {
    const bench = await openVerifying(HUB);
    const [config = ''] = put(bench, PYTHON, ['config.json']);
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 incomplete');
    const found = () => bench.store.verifications.itemsIn(wish.id, ['incomplete'], 1)[0]?.finding;
    expect(found()).toMatchObject({
      missing: ['README.md', 'model.safetensors'],
      missingBytes: 800_009,
      brokenCount: 0,
      rest: PYTHON,
    });
    expect(bench.store.models.findModels(1, PYTHON)).toEqual([]);
    put(bench, PYTHON, LOADED);
    damage(config);
    const again = adopt(bench, MODEL);
    await expect.poll(() => bench.states(again), PATIENT).toBe('done, 1 incomplete');
    expect(bench.store.verifications.itemsIn(again.id, ['incomplete'], 1)[0]?.finding).toMatchObject({
      missingCount: 0,
      broken: ['config.json'],
      missingBytes: 21,
    });
    expect(bench.hub.requests.filter(({ path }) => path.includes('model.safetensors'))).toEqual([]);
  });

  it('asks for the rest by the commit, where the branch leads elsewhere by now', async () => {
    const bench = await openVerifying(HUB);
    put(bench, PYTHON, ['config.json']);
    const { id: commit } = bench.hub.commitOf(PYTHON);
    bench.hub.updateRepo(PYTHON, { files: [{ path: 'config.json', content: '{"new":true}' }] });
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 incomplete');
    expect(bench.store.verifications.itemsIn(wish.id, ['incomplete'], 1)[0]?.finding?.rest).toBe(`${PYTHON}@${commit}`);
  });

  it.each([
    ['the Hub is out of reach', 'unreachable', 'The Hub cannot be reached.'],
    ['the repository is gone', 'not_found', 'There is no org/python on the Hub.'],
    ['it may not be looked at', 'forbidden', 'The Hub does not allow it.'],
  ] as const)('goes by the names of blobs where %s', async (_, code, reason) => {
    const inspect = async (): Promise<never> => {
      throw new AppError(code, reason);
    };
    const bench = await openVerifying(HUB, { inspect });
    const [, , weights = ''] = put(bench, PYTHON, LOADED);
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    const [item] = bench.store.verifications.itemsIn(wish.id, ['adopted'], 1);
    expect(item).toMatchObject({ files: 2, bytes: 800_021, finding: { byNames: reason } });
    const [model] = bench.store.models.findModels(1, PYTHON);
    expect(model?.status).toBe('completed');
    await removeNow(bench.queue, model?.id ?? 0, 'nothing');
    damage(weights);
    bench.verifying().leftBehind.forget();
    const again = adopt(bench, MODEL);
    await expect.poll(() => bench.states(again), PATIENT).toBe('done, 1 incomplete');
  });

  it('cannot go by names where there are none, and says so', async () => {
    const inspect = async (): Promise<never> => {
      throw new AppError('unreachable', 'The Hub cannot be reached.');
    };
    const bench = await openVerifying(HUB, { inspect });
    put(bench, PYTHON, LOADED, { hasLinks: false });
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 refused');
    const [item] = bench.store.verifications.itemsIn(wish.id, ['refused'], 1);
    expect(item?.finding?.refusal).toMatch(/^The Hub cannot be reached\. And its files lie there without the names/);
  });

  it('needs no links where the Hub tells what the files are', async () => {
    const bench = await openVerifying(HUB);
    put(bench, PYTHON, LOADED, { hasLinks: false });
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
  });

  it('takes everything at once, in every chat once, and goes on after a restart', async () => {
    const bench = await openVerifying(HUB);
    put(bench, PYTHON, LOADED);
    put(bench, QUANTS, ['model-Q8_0.gguf']);
    const [one, other] = [adopt(bench, { all: true }), adopt(bench, { all: true }, 2)];
    await bench.restart();
    await expect
      .poll(() => [bench.states(one), bench.states(other)], PATIENT)
      .toEqual([expect.stringMatching(/^done/), expect.stringMatching(/^done/)]);
    const sums = [one, other].flatMap(({ id }) => bench.store.verifications.sumItems(id));
    const total = (state: string): number => sums.reduce((sum, one) => sum + (one.state === state ? one.items : 0), 0);
    expect(total('adopted')).toBe(2);
    // The second leaves out what it has found before the first had it, and finds nothing of what that had by then.
    expect(total('left_out')).toBeLessThanOrEqual(2);
    const later = adopt(bench, { all: true });
    await expect
      .poll(() => bench.store.verifications.getVerification(later.id)?.errorMessage, PATIENT)
      .toBe('Every model in the cache is in a library.');
  });

  it('comes into the supergroup that the group has become while it was read, and is told there', async () => {
    const [group, supergroup] = [-5, -1005];
    const asked = Promise.withResolvers<void>();
    const moved = Promise.withResolvers<void>();
    const bench = await openVerifying(HUB, {
      copies: (real) => ({
        ...real,
        verify: (published, signal) => {
          asked.resolve();
          let running: RunningVerify | undefined;
          const done = moved.promise.then(() => (running = real.verify(published, signal)).done);
          const state = { bytesTotal: 0, bytesDone: 0, filesTotal: 0, filesDone: 0, currentFile: '' };
          return { state: () => running?.state() ?? state, done };
        },
      }),
    });
    put(bench, PYTHON, LOADED);
    const wish = adopt(bench, MODEL, group);
    await asked.promise;
    bench.store.chats.migrateChat(group, supergroup);
    bench.clock.pass(61_000);
    moved.resolve();
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    const { store } = bench;
    expect([group, supergroup].map((chat) => store.models.findModels(chat, PYTHON).length)).toEqual([0, 1]);
    const told = store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 100);
    expect(told.filter(({ kind }) => kind === 'verified').map(({ chatId }) => chatId)).toEqual([supergroup]);
  });

  it('understands a branch, a commit and the beginning of one, and says what there is instead', async () => {
    const bench = await openVerifying(HUB);
    put(bench, PYTHON, ['config.json'], { revision: 'v1' });
    const { id: commit } = bench.hub.commitOf(PYTHON);
    const errorOf = async (wish: AdoptionWish): Promise<string> => {
      const { id } = adopt(bench, wish);
      await expect.poll(() => bench.store.verifications.getVerification(id)?.state, PATIENT).toBe('done');
      return bench.store.verifications.getVerification(id)?.errorMessage ?? '';
    };
    for (const revision of ['v1', commit, commit.slice(0, 7)]) expect(await errorOf({ ...MODEL, revision })).toBe('');
    expect(await errorOf({ ...MODEL, revision: 'main' })).toBe(
      'Of org/python the cache has v1, and nothing of “main”.',
    );
    expect(await errorOf({ type: 'model', id: 'org/other' })).toBe(
      'Nothing of org/other lies in the cache. /add org/other would fetch it.',
    );
    expect(await errorOf({ key: 'f'.repeat(16) })).toBe(
      'That list is old: what stood there is not found any more. /adopt lists what lies there now.',
    );
  });

  it('leaves alone what other programs keep beside it', async () => {
    const bench = await openVerifying(HUB);
    const [blob = ''] = put(bench, PYTHON, LOADED);
    writeFileSync(`${blob}.0f.incomplete`, 'half');
    writeFileSync(join(bench.cacheDir, 'notes.txt'), 'mine');
    const wish = adopt(bench, MODEL);
    await expect.poll(() => bench.states(wish), PATIENT).toBe('done, 1 adopted');
    await bench.queue.lookAfter();
    expect([existsSync(`${blob}.0f.incomplete`), existsSync(join(bench.cacheDir, 'notes.txt'))]).toEqual([true, true]);
    expect(readdirSync(join(bench.cacheDir, folderOf(PYTHON))).toSorted()).toEqual(
      expect.arrayContaining(['blobs', 'refs', 'snapshots']),
    );
    rmSync(join(bench.cacheDir, 'notes.txt'));
  });
});
