import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lookAtLinks, makeLinks, removeLinks } from '../../src/copies/apps/links.ts';
import type { Executor } from '../../src/copies/executor.ts';
import type { App, FolderApp } from '../../src/domain/apps/app.ts';
import type { ModelApp } from '../../src/domain/apps/link.ts';
import type { Model } from '../../src/domain/model.ts';
import { repoFolderName } from '../../src/domain/repo/repo.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createChatSettings } from '../../src/settings/chat-settings.ts';
import { createLinking } from '../../src/queue/apps/linking.ts';
import { CHAT, GROUP, openBench, tempFolder } from '../store/setup.ts';
import { noticesIn, PATIENT, removeNow, sampleModel, setUp } from './setup.ts';

const NAME = 'org/name';
const FOLDER = repoFolderName({ type: 'model', id: NAME });
const never = new AbortController().signal;

const etagOf = (text: string): string => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);

type Hands = Pick<Executor, 'link' | 'unlink' | 'linksThere' | 'missingInOllama'>;

/** Rows, a cache made by hand, and the folder of an app that shows whole models. */
const open = (name = 'lmstudio' as FolderApp['kind']) => {
  const { store, add, raw } = openBench();
  const root = tempFolder();
  const [cacheDir, folder] = [join(root, 'hub'), join(root, 'app')];
  mkdirSync(folder);
  const apps: readonly App[] = [{ name: 'app', kind: name, folder }];
  const hands: Hands = {
    link: (wanted, signal) => makeLinks(cacheDir, wanted, signal),
    unlink: (links) => removeLinks(cacheDir, links),
    linksThere: (links) => lookAtLinks(cacheDir, links),
    missingInOllama: async () => [],
  };
  const linking = (changed: Partial<Hands> = {}, configured = apps, signal = never) =>
    createLinking({ store, copies: { ...hands, ...changed }, apps: configured, log: silentLog, signal });
  /** A finished model whose only file holds this text. */
  const put = (
    chatId: number,
    commit: string,
    text: string,
    ...[repo = NAME, path = 'model.gguf']: string[]
  ): Model => {
    const etag = etagOf(text);
    const at = join(cacheDir, repoFolderName({ type: 'model', id: repo }));
    const snapshot = join(at, 'snapshots', commit.repeat(40));
    mkdirSync(join(at, 'blobs'), { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(at, 'blobs', etag), text);
    if (!existsSync(join(snapshot, path))) symlinkSync(join(at, 'blobs', etag), join(snapshot, path));
    const files = [{ path, size: text.length, etag }];
    const model = add(repo, { chatId, commitSha: commit.repeat(40), sizeBytes: text.length, files });
    store.models.moveModel(model.id, 'pending', 'downloading');
    store.models.moveModel(model.id, 'downloading', 'completed', { downloadPath: snapshot });
    store.copies.setComplete(model.wantsCopyId ?? 0, snapshot);
    return model;
  };
  const blob = (text: string): string => join(cacheDir, FOLDER, 'blobs', etagOf(text));
  const stateOf = ({ id }: Model): Pick<ModelApp, 'state' | 'message'> | undefined => store.apps.appsOf(id)[0];
  const shown = join(folder, 'org/name/model.gguf');
  return { store, raw, folder, linking, hands, put, blob, stateOf, shown };
};

describe('what is to be linked', () => {
  it('is found again after a kill between the link and the note of it', async () => {
    const { store, linking, hands, put, stateOf, shown } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    const killed = linking({
      link: async (wanted) => {
        await hands.link(wanted, never);
        throw new Error('killed');
      },
    });
    await killed.look();
    expect(existsSync(shown)).toBe(true);
    expect(store.apps.linksOf(model.id, 'app')).toMatchObject([{ state: 'making', proof: null }]);
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    expect(stateOf(model)).toMatchObject({ state: 'linked' });
    expect(store.apps.linksOf(model.id, 'app')).toMatchObject([{ state: 'linked', way: 'hard' }]);
  });

  it('goes after a kill in that very moment, if nobody wants it any more', async () => {
    const { store, linking, hands, put, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking({
      link: async (wanted) => {
        await hands.link(wanted, never);
        store.models.removeModel(model.id);
        throw new Error('killed');
      },
    }).look();
    await linking().look();
    expect(readdirSync(folder)).toEqual([]);
    expect(store.apps.linksAfter(undefined, 9)).toEqual([]);
  });

  it('leads to what was fetched again in place of a broken file, for all models that show it', async () => {
    const { store, linking, put, stateOf, shown, blob } = open();
    const [model, other] = [put(CHAT, 'a', 'bytes'), put(GROUP, 'b', 'bytes')];
    for (const { id } of [model, other]) store.apps.wantApp(id, 'app', null);
    utimesSync(blob('bytes'), 1, 1);
    await linking().look();
    // As disks do it: nothing tells of it.
    writeFileSync(shown, 'bitts');
    utimesSync(shown, 1, 1);
    store.copies.setFilesFaulty(model.wantsCopyId ?? 0, 0, 1);
    store.copies.wantAnew(model.wantsCopyId ?? 0);
    store.models.moveModel(model.id, 'completed', 'pending');
    writeFileSync(`${blob('bytes')}.part`, 'bytes');
    renameSync(`${blob('bytes')}.part`, blob('bytes'));
    store.models.moveModel(model.id, 'pending', 'downloading');
    const path = store.copies.getCopy(model.wantsCopyId ?? 0)?.path ?? '';
    store.models.moveModel(model.id, 'downloading', 'completed', { downloadPath: path });
    store.copies.setComplete(model.wantsCopyId ?? 0, path);
    expect([model, other].map((one) => stateOf(one)?.state)).toEqual(['waiting', 'waiting']);
    await linking().look();
    expect(readFileSync(shown, 'utf8')).toBe('bytes');
    expect([model, other].map((one) => stateOf(one)?.state)).toEqual(['linked', 'linked']);
  });

  it('goes with the model, whoever removes its row', async () => {
    const { store, raw, linking, put, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    raw.prepare('DELETE FROM models WHERE id = ?').run(model.id);
    await linking().look();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is done anew if somebody says something else meanwhile', async () => {
    const { store, linking, hands, put, stateOf } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking({
      link: (wanted) => {
        store.apps.wantApp(model.id, 'app', 'lora');
        return hands.link(wanted, never);
      },
    }).look();
    expect(stateOf(model)).toMatchObject({ state: 'waiting' });
  });

  it('is the version of a repository that was wanted last, and the other one when that goes', async () => {
    const { store, linking, put, stateOf, shown } = open();
    const [older, newer] = [put(CHAT, 'a', 'old'), put(GROUP, 'b', 'new')];
    for (const { id } of [newer, older]) {
      store.apps.wantApp(id, 'app', null);
      await linking().look();
    }
    expect(readFileSync(shown, 'utf8')).toBe('new');
    expect(stateOf(older)).toEqual(
      expect.objectContaining({ state: 'refused', message: `A later version of it is linked at ${shown}.` }),
    );
    store.apps.wantApp(older.id, 'app', null);
    await linking().look();
    expect(readFileSync(shown, 'utf8')).toBe('new');
    store.models.removeModel(newer.id);
    await linking().look();
    await linking().look();
    expect([readFileSync(shown, 'utf8'), stateOf(older)?.state]).toEqual(['old', 'linked']);
  });

  it('takes the place of an older version that another chat has linked', async () => {
    const { store, linking, put, stateOf, shown } = open();
    const [older, newer] = [put(CHAT, 'a', 'old'), put(GROUP, 'b', 'new')];
    for (const { id } of [older, newer]) {
      store.apps.wantApp(id, 'app', null);
      await linking().look();
    }
    expect(readFileSync(shown, 'utf8')).toBe('new');
    expect([stateOf(older)?.state, stateOf(newer)?.state]).toEqual(['refused', 'linked']);
  });

  it('is refused where another model has the name, and says so', async () => {
    const { store, linking, put, stateOf, folder } = open('textgen');
    const [first, second] = [put(CHAT, 'a', 'one'), put(CHAT, 'a', 'two', 'other/name')];
    for (const { id } of [first, second]) store.apps.wantApp(id, 'app', null);
    await linking().look();
    expect(stateOf(first)).toMatchObject({ state: 'linked' });
    const message = `Another model is linked at ${folder}/model.gguf already.`;
    expect(stateOf(second)).toMatchObject({ state: 'refused', message });
    store.apps.leaveApp(first.id, 'app');
    await linking().look();
    await linking().look();
    expect(stateOf(second)).toMatchObject({ state: 'linked' });
  });

  it('is refused while the app’s folder is away, and tried again at night', async () => {
    const { store, linking, put, stateOf, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    renameSync(folder, `${folder}-away`);
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    expect(stateOf(model)).toMatchObject({ state: 'refused', message: expect.stringContaining('is not there') });
    renameSync(`${folder}-away`, folder);
    await linking().check();
    expect(stateOf(model)).toMatchObject({ state: 'linked' });
  });

  it('stays noted while it cannot be taken away, and goes the next night', async () => {
    const { store, linking, put, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    renameSync(folder, `${folder}-away`);
    store.models.removeModel(model.id);
    await linking().look();
    expect(store.apps.linksOf(model.id, 'app')).toMatchObject([{ state: 'stuck' }]);
    renameSync(`${folder}-away`, folder);
    await linking().check();
    expect(readdirSync(folder)).toEqual([]);
    expect(store.apps.linksOf(model.id, 'app')).toEqual([]);
  });

  it('is in order again when what was lost lies there again', async () => {
    const { store, linking, put, stateOf, shown } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    renameSync(shown, `${shown}-away`);
    await linking().check();
    expect(stateOf(model)).toMatchObject({ state: 'lost' });
    renameSync(`${shown}-away`, shown);
    await linking().check();
    expect(stateOf(model)).toMatchObject({ state: 'linked', message: null });
  });

  it('is told once when it is lost, whatever becomes of it then', async () => {
    const { store, linking, put, stateOf, shown } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    rmSync(shown);
    await linking().check();
    writeFileSync(shown, 'mine');
    await linking().check();
    expect(noticesIn(store, model.id)).toEqual(['link_lost']);
    expect(stateOf(model)).toMatchObject({
      state: 'lost',
      message: expect.stringContaining(`At ${shown} something lies now`),
    });
    expect(store.apps.linksOf(model.id, 'app')).toMatchObject([{ state: 'foreign' }]);
  });

  it('is done to its end while the program ends: a removal waits for it, and goes on', async () => {
    const { store, linking, put, folder } = open();
    const [stays, goes] = [put(CHAT, 'a', 'bytes'), put(CHAT, 'a', 'others', 'org/other')];
    for (const { id } of [stays, goes]) store.apps.wantApp(id, 'app', null);
    await linking().look();
    store.apps.wantApp(stays.id, 'app', null);
    store.models.removeModel(goes.id);
    await linking({}, undefined, AbortSignal.abort()).tick();
    expect(readdirSync(join(folder, 'org'))).toEqual(['name']);
    expect(store.apps.appsOf(stays.id)).toMatchObject([{ state: 'linked' }]);
  });

  it('follows the app to another folder at the next start', async () => {
    const { store, linking, put, stateOf, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    const elsewhere = tempFolder();
    const moved = linking({}, [{ name: 'app', kind: 'lmstudio', folder: elsewhere }]);
    moved.start();
    onTestFinished(moved.close);
    await moved.look();
    expect([readdirSync(folder), readdirSync(elsewhere), stateOf(model)?.state]).toEqual([[], ['org'], 'linked']);
  });

  it('follows it when the database takes that, and starts before', async () => {
    const { store, raw, linking, put, folder } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'app', null);
    await linking().look();
    const elsewhere = tempFolder();
    const moved = linking({}, [{ name: 'app', kind: 'lmstudio', folder: elsewhere }]);
    store.waitBriefly();
    raw.exec('BEGIN IMMEDIATE');
    moved.start();
    onTestFinished(moved.close);
    raw.exec('COMMIT');
    await expect.poll(() => [readdirSync(folder), readdirSync(elsewhere)], PATIENT).toEqual([[], ['org']]);
  });

  it('says so where the configuration does not name the app any more', async () => {
    const { store, linking, put, stateOf } = open();
    const model = put(CHAT, 'a', 'bytes');
    store.apps.wantApp(model.id, 'gone', null);
    await linking().look();
    expect(stateOf(model)).toMatchObject({ state: 'refused', message: 'gone is not in the configuration.' });
  });
});

describe('a model that has come', () => {
  it('is linked by itself where its chat has said so, save where something has to be asked', async () => {
    const { store, linking, put, stateOf, shown } = open();
    const without = put(GROUP, 'a', 'other', 'org/other');
    store.chats.upsertChat({ chatId: CHAT, kind: 'private', title: 'Ann' });
    createChatSettings(store).setChat(CHAT, 'always_link', 'on');
    const model = put(CHAT, 'a', 'bytes');
    const data = put(CHAT, 'b', 'words', 'org/words', 'README.md');
    await linking().look();
    expect([stateOf(model)?.state, stateOf(without), stateOf(data)]).toEqual(['linked', undefined, undefined]);
    expect(existsSync(shown)).toBe(true);
  });

  it('is not linked again by an update, a removal that is undone, or at the next start, after somebody has unlinked it', async () => {
    const { store, linking, put, stateOf } = open();
    createChatSettings(store).setChat(CHAT, 'always_link', 'on');
    const model = put(CHAT, 'a', 'bytes');
    await linking().look();
    store.apps.leaveApp(model.id, 'app');
    await linking().look();
    store.removedModels.removeAndKeep(model.id, { taking: 'ours', freedBytes: 0 });
    await linking().look();
    expect(store.removedModels.bringBack(model.id)).toBe('undone');
    await linking().look();
    expect(stateOf(model)).toBeUndefined();
    const wantsCopyId = store.copies.want(
      { repoType: 'model', name: NAME, commitSha: 'c'.repeat(40), selection: model.selection },
      { files: [], sizeBytes: 0 },
    );
    store.models.moveModel(model.id, 'completed', 'pending', { wantsCopyId });
    store.models.moveModel(model.id, 'pending', 'downloading');
    store.models.moveModel(model.id, 'downloading', 'completed', { downloadPath: '/c' });
    await linking().look();
    expect(stateOf(model)).toBeUndefined();
  });
});

describe('files that are removed', () => {
  it('are removed after the links to them, also if a kill comes between', async () => {
    const folder = tempFolder();
    const deeds: string[] = [];
    const bench = await setUp(
      { repos: [sampleModel(NAME)] },
      {},
      {
        apps: [{ name: 'shelf', kind: 'folder', folder }],
        copies: (copies) => ({
          ...copies,
          unlink: async (links) => {
            deeds.push('unlink');
            if (deeds.length === 1) throw new Error('killed');
            return copies.unlink(links);
          },
          removeSnapshot: async (removal) => {
            deeds.push(`remove, ${readdirSync(folder).length} linked`);
            return copies.removeSnapshot(removal);
          },
        }),
      },
    );
    try {
      bench.queue.start();
      const { id } = bench.add(CHAT, NAME);
      bench.queue.wake();
      await bench.reaches(id, 'completed');
      bench.store.apps.wantApp(id, 'shelf', null);
      await bench.queue.link();
      expect(readdirSync(folder)).toEqual(['org--name']);
      await expect(removeNow(bench.queue, id, 'ours')).rejects.toThrow('killed');
      expect(readdirSync(join(bench.cacheDir, FOLDER, 'snapshots'))).toHaveLength(1);
      await bench.queue.close();
      bench.restarted();
      await expect.poll(() => existsSync(join(bench.cacheDir, FOLDER, 'snapshots')), PATIENT).toBe(false);
      expect(deeds).toEqual(['unlink', 'unlink', 'remove, 0 linked']);
      rmSync(folder, { recursive: true });
    } finally {
      await bench.close();
    }
  });
});
