import { describe, expect, it } from 'vitest';
import { UNDO_MS } from '../../src/domain/removals/removed-model.ts';
import { joinHost } from '../helpers/hosts.ts';
import { type Bench, CHAT, GROUP, openBench } from './setup.ts';

const remove = ({ store }: Bench, id: number, messageId?: number): boolean =>
  store.removedModels.removeAndKeep(id, {
    taking: 'ours',
    freedBytes: 5,
    ...(messageId === undefined ? {} : { messageId }),
  });

const DAY_MS = 24 * UNDO_MS;

describe('what is brought back', () => {
  it('has no category any more that was removed meanwhile', () => {
    const bench = openBench();
    const { store, add } = bench;
    store.categories.putCategory(CHAT, 'LoRA', {});
    const { id } = add('a', { category: 'LoRA' });
    remove(bench, id);
    bench.raw.exec("DELETE FROM chat_categories; DELETE FROM categories WHERE name = 'LoRA'");
    expect(store.removedModels.bringBack(id)).toBe('undone');
    expect(store.models.getModel(id)).toMatchObject({ category: null, name: 'a' });
  });

  it('has no category any more that only another chat has by now', () => {
    const { store, add, ...bench } = openBench();
    for (const chatId of [CHAT, GROUP]) store.categories.putCategory(chatId, 'LoRA', {});
    const { id } = add('a', { category: 'LoRA' });
    remove({ store, add, ...bench }, id);
    store.categories.removeCategory(CHAT, 'LoRA', 'text');
    store.removedModels.bringBack(id);
    expect(store.models.getModel(id)?.category).toBeNull();
    const other = add('b', { chatId: GROUP, category: 'LoRA' }).id;
    remove({ store, add, ...bench }, other);
    store.removedModels.bringBack(other);
    expect(store.models.getModel(other)?.category).toBe('LoRA');
  });

  it('comes without a row that points to what is gone, and with the others', () => {
    const bench = openBench();
    const { store, add, raw } = bench;
    const { id } = add('a');
    store.models.setTags(id, ['nlp']);
    raw.exec(`INSERT INTO renewal_asks (id, update_id, chat_id, message_id) VALUES (1, 1, 1, 1);
      INSERT INTO renewals (model_id, state, ask_id, updated_at) VALUES (${id}, 'asked', 1, '2026-11-21T12:00:00.000Z')`);
    remove(bench, id);
    raw.exec('DELETE FROM renewal_asks');
    expect(store.removedModels.bringBack(id)).toBe('undone');
    expect([store.models.tagsOf(id), raw.prepare('SELECT * FROM renewals').all()]).toEqual([['nlp'], []]);
  });

  it('is shown to other programs anew: its links have gone with it', () => {
    const bench = openBench();
    const { id } = bench.add('a');
    bench.raw.exec(`INSERT INTO model_apps (model_id, app, state) VALUES (${id}, 'lab', 'linked')`);
    remove(bench, id);
    bench.store.removedModels.bringBack(id);
    expect(bench.raw.prepare('SELECT state FROM model_apps').pluck().all()).toEqual(['waiting']);
  });

  it('says meanwhile on which machine it was, and lies there again', () => {
    const bench = openBench();
    const { store } = bench;
    const codeHash = 'a'.repeat(64);
    store.hosts.inviteHost({ name: 'nas', createdBy: CHAT, codeHash, codeEndsAt: '2999-01-01T00:00:00.000Z' });
    store.hosts.joinHost(codeHash);
    const { id } = store.models.createModel({ chatId: CHAT, name: 'a', hostId: 2 });
    const here = bench.add('a').id;
    for (const removed of [id, here]) remove(bench, removed);
    expect(store.removedModels.getRemoved(id)?.model).toMatchObject({ hostId: 2, hostName: 'nas' });
    expect(store.removedModels.getRemoved(here)?.model).toMatchObject({ hostId: 1, hostName: null });
    store.removedModels.bringBack(id);
    expect(store.models.getModel(id)).toMatchObject({ hostId: 2, hostName: 'nas' });
  });

  it('is nothing of a machine that was let go, until that joins again; what was removed before is next', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const nas = joinHost(store);
    const here = bench.add('here').id;
    const { id: pending } = store.models.createModel({
      chatId: CHAT,
      name: 'a',
      hostId: nas,
      commitSha: 'c'.repeat(40),
      files: [],
    });
    for (const id of [here, pending]) {
      remove(bench, id);
      clock.pass(1000);
    }
    expect(store.removedModels.keptIn(CHAT)).toEqual([pending, here]);
    store.hosts.letHostGo(nas);
    expect(store.removedModels.keptIn(CHAT)).toEqual([here]);
    expect([store.removedModels.bringBack(pending), store.models.getModel(pending)]).toEqual(['over', undefined]);
    joinHost(store);
    expect(store.removedModels.keptIn(CHAT)).toEqual([pending, here]);
    expect(store.removedModels.bringBack(pending)).toBe('undone');
  });

  it('is in the chat that its chat has become, with a card that is to be sent', () => {
    const bench = openBench();
    const { store, add } = bench;
    const { id } = add('a', { chatId: GROUP });
    store.cards.putCard({ modelId: id, chatId: GROUP, threadId: 3, messageId: 7, replyTo: 6 });
    remove(bench, id, 8);
    store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
    store.chats.migrateChat(GROUP, -100_4001);
    expect(store.removedModels.keptIn(-100_4001)).toEqual([id]);
    expect(store.removedModels.removedToDraw()).toEqual([]);
    store.removedModels.bringBack(id);
    expect(store.models.getModel(id)?.chatId).toBe(-100_4001);
    expect(store.cards.cardOf(id)).toMatchObject({ chatId: -100_4001, threadId: null, messageId: null, replyTo: null });
  });

  it('has its requests and notices again, and its ended sessions', () => {
    const bench = openBench();
    const { store, add, run } = bench;
    const { id } = run(add('a'));
    const session = store.sessions.startOrContinue(id, 10);
    store.models.moveModel(id, 'downloading', 'failed');
    store.sessions.updateDownloadSession(session.id, 'failed');
    store.outbox.addNotice({ sessionId: session.id, modelId: id, chatId: CHAT, kind: 'failed' });
    remove(bench, id);
    expect(store.sessions.getDownloadHistory(id)).toEqual([]);
    store.removedModels.bringBack(id);
    expect(store.sessions.getDownloadHistory(id).map(({ status }) => status)).toEqual(['failed']);
    expect(store.outbox.dueNotices('9999-12-31T00:00:00.000Z', 10).map(({ modelId }) => modelId)).toEqual([id]);
  });
});

describe('a session that has ended', () => {
  it('is not given to a model that was never removed', () => {
    const bench = openBench();
    const { store, add, run, raw } = bench;
    const { id } = run(add('a'));
    const session = store.sessions.startOrContinue(id, 10);
    store.sessions.updateDownloadSession(session.id, 'completed');
    raw.exec(`UPDATE download_sessions SET model_id = NULL WHERE id = ${session.id}`);
    const other = add('b').id;
    const give = (): unknown => raw.exec(`UPDATE download_sessions SET model_id = ${other} WHERE id = ${session.id}`);
    expect(give).toThrow('cannot be modified after completion');
  });
});

describe('a removal', () => {
  it('that cannot be read is as if it were not there, and its copies are let go when its time is over', () => {
    const bench = openBench();
    const { store, add, raw, clock } = bench;
    const { id, wantsCopyId } = add('a', {
      files: [{ path: 'x', size: 1, etag: 'a'.repeat(40) }],
      commitSha: 'c'.repeat(40),
    });
    remove(bench, id, 7);
    raw.exec(`UPDATE removed_models SET entry = '{"model": 5}'`);
    expect([store.removedModels.getRemoved(id), store.removedModels.removedToDraw()]).toEqual([undefined, []]);
    expect(store.removedModels.bringBack(id)).toBe('over');
    clock.move(UNDO_MS);
    expect(store.removedModels.due(clock.iso(), 10)).toEqual([id]);
    expect(store.removedModels.letGo(id)).toEqual([wantsCopyId]);
    expect(store.copies.removalsToDo()).toEqual([wantsCopyId]);
  });

  it('keeps its copy from a start that looks for forgotten ones', () => {
    const bench = openBench();
    const { store, add } = bench;
    const { id, wantsCopyId } = add('a', {
      files: [{ path: 'x', size: 1, etag: 'a'.repeat(40) }],
      commitSha: 'c'.repeat(40),
    });
    remove(bench, id);
    store.copies.giveUpForgotten();
    expect([store.copies.removalsToDo(), store.copies.getCopy(wantsCopyId ?? 0)?.state]).toEqual([[], 'wanted']);
  });

  it('is drawn a few at a time in each chat, so that one chat with many keeps nobody else waiting', () => {
    const bench = openBench();
    const { store, add } = bench;
    const ids = Array.from({ length: 10 }, (_, at) => add(`a${at}`).id);
    const other = add('b', { chatId: 2 }).id;
    for (const id of [...ids, other]) remove(bench, id, id);
    const drawn = store.removedModels.removedToDraw().map(({ modelId }) => modelId);
    expect(drawn).toEqual([...ids.slice(0, 3), other]);
    store.removedModels.setSettled(ids[0] ?? 0, 'answer');
    expect(store.removedModels.removedToDraw()[0]?.modelId).toBe(ids[1]);
  });

  it('is forgotten a day after it is over and told, or a week after it if nobody could be told', () => {
    const bench = openBench();
    const { store, add, clock } = bench;
    const [told, untold] = [add('a').id, add('b').id];
    remove(bench, told);
    remove(bench, untold, 7);
    for (const id of [told, untold]) store.removedModels.bringBack(id);
    const left = (): number[] => [told, untold].filter((id) => store.removedModels.getRemoved(id));
    clock.move(DAY_MS + UNDO_MS);
    store.removedModels.forgetOld(clock.iso());
    expect(left()).toEqual([told, untold]);
    clock.move(1);
    store.removedModels.forgetOld(clock.iso());
    expect(left()).toEqual([untold]);
    clock.move(6 * DAY_MS);
    store.removedModels.forgetOld(clock.iso());
    expect(left()).toEqual([]);
  });
});
