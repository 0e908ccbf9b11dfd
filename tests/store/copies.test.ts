import { describe, expect, it } from 'vitest';
import type { Copy, CopyKey } from '../../src/domain/copy.ts';
import type { RepoFile } from '../../src/domain/listing.ts';
import type { Model } from '../../src/domain/model.ts';
import { openStore } from '../../src/store/store.ts';
import { type Bench, CHAT, codeOf, fileOf, GROUP, hash, openBench } from './setup.ts';

const COMMIT = hash('c', 40);
const FILES = [fileOf('a'), fileOf('b', hash('b')), fileOf('same', hash('b'))];

const wants = ({ add }: Bench, chatId = CHAT, files: readonly RepoFile[] = FILES, commitSha = COMMIT): Model =>
  add('gpt2', { chatId, files, commitSha, sizeBytes: 200 });
const copyOf = ({ store, model }: Bench, { id }: Model): Copy => {
  const copy = store.copies.getCopy(model(id).wantsCopyId ?? 0);
  if (!copy) throw new Error('no copy');
  return copy;
};
const complete = ({ store }: Bench, { id, wantsCopyId }: Model): void => {
  store.models.moveModel(id, 'pending', 'downloading');
  store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache/s' });
  store.copies.setComplete(wantsCopyId ?? 0, '/cache/s');
};
/** @returns what is left of the copy of this model that goes */
const remove = ({ store }: Bench, { id, wantsCopyId, copyId }: Model, taking: 'nothing' | 'ours' | 'all' = 'ours') => {
  store.models.removeModel(id);
  for (const each of [wantsCopyId, copyId]) store.copies.giveUp(each, taking);
  return store.copies.getCopy(wantsCopyId ?? 0);
};

describe('a copy', () => {
  it('is one for all models that want the same, with its files listed once', () => {
    const bench = openBench();
    const [ann, bob] = [wants(bench), wants(bench, GROUP)];
    expect(ann.wantsCopyId).toBe(bob.wantsCopyId);
    expect(bench.store.models.modelFiles(bob.id)).toEqual(FILES);
    expect(bench.raw.prepare('SELECT count(*) AS n FROM copy_files').get()).toEqual({ n: 3 });
    expect(copyOf(bench, ann)).toMatchObject({ state: 'wanted', sizeBytes: 200, commitSha: COMMIT });
  });

  it('keeps what the storage by chunks calls its files, and takes no other name for one', async () => {
    const bench = openBench();
    const files = [fileOf('a'), { ...fileOf('b'), xetHash: hash('d') }];
    const { id, wantsCopyId } = wants(bench, CHAT, files);
    expect(bench.store.models.modelFiles(id)).toEqual(files);
    expect(await bench.store.copies.readCopyFiles(wantsCopyId ?? 0)).toEqual(files);
    expect(bench.store.copies.listCopyFiles(wantsCopyId ?? 0, { limit: 1, offset: 1 })).toEqual([files[1]]);
    expect(codeOf(() => wants(bench, GROUP, [{ ...fileOf('c'), xetHash: 'x' }], hash('e', 40)))).toBe('constraint');
  });

  it('is had by a model that is completed, and by no other that wants it', () => {
    const bench = openBench();
    const [ann, bob] = [wants(bench), wants(bench, GROUP)];
    complete(bench, ann);
    expect([ann, bob].map(({ id }) => bench.model(id).copyId)).toEqual([ann.wantsCopyId, null]);
    const claim = (id: number) => () =>
      bench.raw.prepare('UPDATE models SET copy_id = wants_copy_id WHERE id = ?').run(id);
    expect(claim(bob.id)).toThrow('completed_has_what_it_wants');
  });

  it('that is newer leaves the old one to be loaded until it is there', () => {
    const bench = openBench();
    const { store } = bench;
    const model = wants(bench);
    complete(bench, model);
    const newer: CopyKey = { ...copyOf(bench, model), commitSha: hash('d', 40) };
    const wantsCopyId = store.copies.want(newer, { files: FILES, sizeBytes: 200 });
    store.models.moveModel(model.id, 'completed', 'pending', { wantsCopyId });
    store.copies.giveUp(model.wantsCopyId, 'ours');
    expect(bench.model(model.id)).toMatchObject({ commitSha: newer.commitSha, copyId: model.wantsCopyId });
    expect(store.copies.getCopy(model.wantsCopyId ?? 0)?.state).toBe('complete');
    complete(bench, bench.model(model.id));
    store.copies.giveUp(model.wantsCopyId, 'ours');
    expect(store.copies.getCopy(model.wantsCopyId ?? 0)).toMatchObject({ state: 'going', removal: 'files' });
  });

  it('that is to be got once more is not had by the model that wants it so, and is by others', () => {
    const bench = openBench();
    const [ann, bob] = [wants(bench), wants(bench, GROUP)];
    for (const model of [ann, bob]) complete(bench, model);
    bench.store.copies.wantAnew(ann.wantsCopyId ?? 0);
    bench.store.models.moveModel(ann.id, 'completed', 'pending');
    expect([ann, bob].map(({ id }) => bench.model(id).copyId)).toEqual([null, bob.wantsCopyId]);
    expect(copyOf(bench, ann)).toMatchObject({ state: 'wanted', generation: 2 });
  });
});

describe('what nobody has or wants any more', () => {
  it('stays as long as another model has it or wants it', () => {
    const bench = openBench();
    const [ann, bob] = [wants(bench), wants(bench, GROUP)];
    complete(bench, ann);
    expect(remove(bench, bench.model(ann.id))?.state).toBe('complete');
    expect(remove(bench, bob)).toMatchObject({ state: 'going', removal: 'files' });
  });

  it.each([
    ['what never was complete: what has arrived', 'wanted', 'ours', 'going', 'arrived'],
    ['what hubgram made: its files, if that was said', 'hubgram', 'ours', 'going', 'files'],
    ['what hubgram made: only the list, if that was said', 'hubgram', 'nothing', 'left', 'list'],
    ['what somebody else made: only the list', 'other', 'ours', 'left', 'list'],
    ['what somebody else made: its files, if a person saw them', 'other', 'all', 'going', 'files'],
  ] as const)('loses, of %s', (...[, made, taking, state, removal]) => {
    const bench = openBench();
    const model = wants(bench);
    if (made !== 'wanted') {
      bench.store.copies.setMadeBy(model.wantsCopyId ?? 0, made);
      complete(bench, model);
    }
    expect(remove(bench, bench.model(model.id), taking)).toMatchObject({ state, removal });
  });

  it('loses what has arrived when all who want it have cancelled, and is wanted still', () => {
    const bench = openBench();
    const { store } = bench;
    const [ann, bob] = [wants(bench), wants(bench, GROUP)];
    for (const { id, wantsCopyId } of [ann, bob]) {
      expect(copyOf(bench, ann).removal).toBe(null);
      store.models.moveModel(id, 'pending', 'paused');
      store.sessions.updateDownloadSession(store.sessions.createDownloadSession(id).id, 'cancelled');
      store.copies.giveUp(wantsCopyId, 'nothing');
    }
    expect(copyOf(bench, ann)).toMatchObject({ state: 'wanted', removal: 'arrived' });
    expect(store.copies.dropListed(copyOf(bench, ann).id)).toBe(true);
    expect(copyOf(bench, ann).removal).toBe(null);
    expect(store.models.modelFiles(ann.id)).toEqual(FILES);
  });

  it('has a successor while it goes, and takes nothing from it', () => {
    const bench = openBench();
    const before = wants(bench);
    complete(bench, before);
    remove(bench, bench.model(before.id));
    const after = wants(bench);
    expect(after.wantsCopyId).not.toBe(before.wantsCopyId);
    expect(bench.store.copies.dropListed(before.wantsCopyId ?? 0)).toBe(true);
    expect(bench.store.copies.getCopy(before.wantsCopyId ?? 0)).toBe(undefined);
    expect(bench.store.models.modelFiles(after.id)).toEqual(FILES);
  });

  it('and was left keeps who made it, and gets its list again', async () => {
    const bench = openBench();
    const before = wants(bench);
    bench.store.copies.setMadeBy(before.wantsCopyId ?? 0, 'other');
    complete(bench, before);
    remove(bench, bench.model(before.id), 'nothing');
    const after = wants(bench);
    // What was about to take its list away finds it wanted.
    expect(bench.store.copies.dropListed(after.wantsCopyId ?? 0)).toBe(true);
    expect(copyOf(bench, after)).toMatchObject({ id: before.wantsCopyId, state: 'wanted', madeBy: 'other' });
    expect(bench.store.models.modelFiles(after.id)).toEqual(FILES);
  });

  it('is not taken away from under whoever is about to want it', async () => {
    const bench = openBench();
    const { store } = bench;
    const model = wants(bench);
    const held = await store.copies.list(copyOf(bench, model), { files: FILES, sizeBytes: 200 });
    expect(remove(bench, model)?.state).toBe('wanted');
    held.letGo();
    held.letGo();
    expect(store.copies.getCopy(held.copyId)).toMatchObject({ state: 'going', removal: 'arrived' });
  });

  it('loses a long list a slice at a time', async () => {
    const bench = openBench();
    const files = Array.from({ length: 2500 }, (_, at) => fileOf(`f${at}`));
    const model = wants(bench, CHAT, files);
    remove(bench, model);
    expect(codeOf(() => bench.store.copies.setComplete(model.wantsCopyId ?? 0, '/cache/s'))).toBe('state_transition');
    const slices = [0, 1, 2].map(() => bench.store.copies.dropListed(model.wantsCopyId ?? 0));
    expect(slices).toEqual([false, false, true]);
    expect(bench.store.copies.copyFiles(model.wantsCopyId ?? 0)).toEqual([]);
  });
});

it('a list that a kill broke off goes at the next start', async () => {
  const { store, path, clock, raw } = openBench();
  const files = Array.from({ length: 2500 }, (_, at) => fileOf(`f${at}`));
  const key: CopyKey = { repoType: 'model', name: 'gpt2', commitSha: COMMIT, selection: '{}' };
  // It has come as far as the first slice.
  const listing = store.copies.list(key, { files, sizeBytes: 100 });
  expect(store.copies.copyFiles(1)).toHaveLength(1000);
  store.copies.giveUpForgotten();
  expect(store.copies.getCopy(1)?.state).toBe('listing');
  const next = openStore(path, { clock });
  next.copies.giveUpForgotten();
  expect(next.copies.removalsToDo()).toEqual([1]);
  while (!next.copies.dropListed(1));
  expect(raw.prepare('SELECT count(*) FROM copies, copy_files').pluck().get()).toBe(0);
  next.close();
  // Whoever wrote it does not live any more.
  await expect(listing).rejects.toMatchObject({ code: 'integrity' });
});

describe('files among others', () => {
  it('tell which blobs and paths other copies of the repository need', async () => {
    const bench = openBench();
    const { add, store } = bench;
    const mine = wants(bench);
    const other = { files: [fileOf('b', hash('b'))], commitSha: COMMIT };
    // The same in another repository, and what is going, need nothing here.
    add('org/other', { ...other });
    remove(bench, add('gpt2', { ...other, chatId: 5, selection: '{"quantize":"q4"}' }));
    const needed = async () => {
      const told: [path: string, isBlobNeeded: boolean, isPathNeeded: boolean][] = [];
      for await (const part of store.copies.readAmongOthers(copyOf(bench, mine)))
        told.push(
          ...part.map(({ path, isBlobNeeded, isPathNeeded }): (typeof told)[number] => [
            path,
            isBlobNeeded,
            isPathNeeded,
          ]),
        );
      return told;
    };
    expect(await needed()).toEqual([
      ['a', false, false],
      ['b', false, false],
      ['same', false, false],
    ]);
    const begun = add('gpt2', { ...other, selection: '{"quantize":"all"}' });
    add('gpt2', { files: [fileOf('a')], commitSha: hash('d', 40), revision: 'v2' });
    expect(await needed()).toEqual([
      ['a', true, false],
      ['b', true, false],
      ['same', true, false],
    ]);
    // Of what has not begun nothing is shown yet.
    store.copies.setMadeBy(begun.wantsCopyId ?? 0, 'hubgram');
    expect((await needed())[1]).toEqual(['b', true, true]);
  });

  it.each([
    [2000, [1000, 1000, 0]],
    [2001, [1000, 1000, 1]],
  ])('of %i are read in parts, each when it is asked for', async (count, lengths) => {
    const bench = openBench();
    const { store } = bench;
    const model = wants(
      bench,
      CHAT,
      Array.from({ length: count }, (_, at) => fileOf(`f${at}`)),
    );
    const told: number[] = [];
    for await (const part of store.copies.readAmongOthers(copyOf(bench, model))) told.push(part.length);
    expect(told).toEqual(lengths);
    const asked: number[] = [];
    for await (const part of store.copies.readAmongOthers(copyOf(bench, model))) {
      asked.push(part.length);
      // What is not there any more when its part is asked for is not told.
      bench.raw.prepare('DELETE FROM copy_files').run();
    }
    expect(asked).toEqual([1000, 0]);
  });

  it('are somebody else’s if no copy of hubgram’s doing lists them, or lists them as that', async () => {
    const bench = openBench();
    const { add, store } = bench;
    const mine = wants(bench);
    const others = (paths: readonly string[]) => store.copies.madeByOthers(copyOf(bench, mine), paths);
    const second = add('gpt2', {
      files: [fileOf('a'), fileOf('b')],
      commitSha: COMMIT,
      selection: '{"quantize":"q4"}',
    });
    expect(await others(['a', 'b'])).toEqual(['a', 'b']);
    store.copies.setMadeBy(second.wantsCopyId ?? 0, 'hubgram');
    expect(await others(['a', 'b', 'same'])).toEqual(['same']);
    await store.copies.setMadeByOther(second.wantsCopyId ?? 0, ['a']);
    expect(await others(['a', 'b'])).toEqual(['a']);
  });

  it('are kept in part for those that wait for them, and not for what was cancelled', () => {
    const bench = openBench();
    const { store } = bench;
    const model = wants(bench);
    expect(store.copies.blobAwaiters(hash('b'), 1)).toEqual([{ type: 'model', id: 'gpt2' }]);
    store.models.moveModel(model.id, 'pending', 'paused');
    expect(store.copies.blobAwaiters(hash('b'), 1)).toHaveLength(1);
    store.sessions.updateDownloadSession(store.sessions.createDownloadSession(model.id).id, 'cancelled');
    expect(store.copies.blobAwaiters(hash('b'), 1)).toEqual([]);
  });
});

describe('what all copies take together', () => {
  it('counts what models have and what it is asked for besides, and each blob of a repository once', async () => {
    const bench = openBench();
    const { add, run, store } = bench;
    const stored = (model: Model): Promise<number> => store.copies.storedBytesWith([model.wantsCopyId ?? 0]);
    const here = wants(bench);
    complete(bench, here);
    const running = run(add('org/other', { commitSha: COMMIT, sizeBytes: 1000 }));
    const waiting = add('org/third', { commitSha: COMMIT, sizeBytes: 7 });
    expect(await store.copies.storedBytesWith([])).toBe(200);
    expect(await stored(waiting)).toBe(207);
    expect(await store.copies.storedBytesWith([running, waiting].map(({ wantsCopyId }) => wantsCopyId ?? 0))).toBe(
      1207,
    );
    const more = Array.from({ length: 1500 }, (_, at) => fileOf(`f${at}`, hash(at % 2 === 0 ? 'a' : 'd'), 10));
    const newer = wants(bench, GROUP, [...FILES, ...more], hash('d', 40));
    bench.raw.prepare('UPDATE copies SET size_bytes = 150 WHERE id = ?').run(newer.wantsCopyId);
    // Of the newer one only the blob "d" is new.
    expect(await stored(newer)).toBe(210);
  });
});
