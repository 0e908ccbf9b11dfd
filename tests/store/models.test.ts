import { describe, expect, it } from 'vitest';
import { MODEL_STATUSES, type ModelStatus } from '../../src/domain/states/model.ts';
import { selectionKey } from '../../src/domain/files/selection.ts';
import { CHAT, codeOf, failure, fileOf, GROUP, hash, openBench } from './setup.ts';

describe('createModel', () => {
  it('keeps every field', () => {
    const { store, add, model } = openBench();
    const fields = {
      repoType: 'dataset',
      revision: 'v1.0',
      selection: selectionKey({ quantize: 'all', include: ['*.json'], exclude: [] }),
      sizeBytes: 2 ** 45,
      metadata: { tags: ['a', 'b'], gated: true },
      requestedBy: 2 ** 51,
      commitSha: hash('c', 40),
      canonicalName: 'org/renamed',
      license: 'mit',
      priority: 'high',
      runNow: true,
      category: 'text',
      description: 'for the night',
      statusReason: 'schedule',
    } as const;
    const created = add('org/name', { ...fields, files: [fileOf('b.json'), fileOf('a.json', hash('b', 40), 7)] });
    expect(created).toMatchObject(fields);
    expect(model(created.id)).toEqual(created);
    expect(store.models.modelFiles(created.id)).toEqual([fileOf('a.json', hash('b', 40), 7), fileOf('b.json')]);
  });

  it('keeps one spelling of selections that mean the same', () => {
    const { add } = openBench();
    add('org/name', { selection: '{"quantize":"q4_k_m","include":["b","a"]}' });
    expect(codeOf(() => add('org/name', { selection: '{"include":["a","b"],"quantize":"Q4_K_M","exclude":[]}' }))).toBe(
      'integrity',
    );
  });

  it.each([
    ['another chat', { chatId: GROUP }],
    ['another revision', { revision: 'v2' }],
    ['another selection', { selection: selectionKey({ quantize: 'all', include: [], exclude: [] }) }],
    ['another type', { repoType: 'dataset' }],
  ] as const)('takes the same name for %s', (_, fields) => {
    const { add, store } = openBench();
    const first = add('org/name');
    const second = add('org/name', fields);
    expect(second.id).not.toBe(first.id);
    expect(store.models.getModelsByStatus('pending').map((model) => model.id)).toEqual([first.id, second.id]);
    expect(store.models.countByStatus('pending')).toBe(2);
  });

  it('says of the same again that it is there', () => {
    const { add } = openBench();
    add('org/name');
    const error = failure(() => add('org/name'));
    expect(error.code).toBe('integrity');
    expect(error.message).toBe('org/name is already in this library.');
  });

  it('leaves nothing behind if its files are refused', () => {
    const { add, store } = openBench();
    const files = [fileOf('a'), fileOf('b', '../../etc/passwd')];
    expect(codeOf(() => add('gpt2', { commitSha: hash('c', 40), files }))).toBe('constraint');
    expect(store.models.listModels(CHAT)).toEqual([]);
    expect(store.copies.getCopy(1)).toBe(undefined);
  });

  it('does not call an unknown category a duplicate', () => {
    const { add } = openBench();
    const error = failure(() => add('gpt2', { category: 'nonsense' }));
    expect(error.code).toBe('integrity');
    expect(error.message).not.toContain('already');
  });
});

describe('finding models', () => {
  it('lists a chat’s models newest first, by page and status', () => {
    const { add, run, store } = openBench();
    const models = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'].map((name) => add(name));
    add('b/other', { chatId: GROUP });
    if (models[1]) run(models[1]);
    const names = (filter?: { status?: ModelStatus; limit?: number; offset?: number }): string[] =>
      store.models.listModels(CHAT, filter).map((model) => model.name);
    expect(names()).toEqual(['a/5', 'a/4', 'a/3', 'a/2', 'a/1']);
    expect(names({ limit: 2, offset: 1 })).toEqual(['a/4', 'a/3']);
    expect(names({ status: 'downloading' })).toEqual(['a/2']);
    expect(names({ status: 'pending', limit: 2, offset: 2 })).toEqual(['a/3', 'a/1']);
    expect(store.models.countModels(CHAT)).toBe(5);
    expect(store.models.countModels(CHAT, { status: 'pending' })).toBe(4);
    expect(store.models.countModels(99)).toBe(0);
  });

  it('takes the newest of several with one name', () => {
    const { add, store } = openBench();
    const first = add('gpt2');
    const second = add('gpt2', { revision: 'v2' });
    expect(store.models.getModelByName(CHAT, 'gpt2')?.id).toBe(second.id);
    expect(store.models.findModels(CHAT, 'gpt2').map((model) => model.id)).toEqual([second.id, first.id]);
    expect(store.models.getModelByName(GROUP, 'gpt2')).toBeUndefined();
  });
});

describe('moveModel', () => {
  it('says what a pending model waits for, and forgets it when it moves on', () => {
    const { add, run, store, clock, model } = openBench();
    const { id } = run(add('gpt2'));
    const notBefore = clock.iso(5000);
    expect(store.models.moveModel(id, 'downloading', 'pending', { reason: 'backoff', notBefore })).toBe(true);
    expect(model(id)).toMatchObject({ status: 'pending', statusReason: 'backoff', notBefore });
    expect(store.models.moveModel(id, 'pending', 'paused')).toBe(true);
    expect(model(id)).toMatchObject({ status: 'paused', statusReason: null, notBefore: null });
    clock.move(1);
    expect(store.models.moveModel(id, 'paused', 'pending', { toEnd: true, runNow: true })).toBe(true);
    expect(model(id)).toMatchObject({ statusReason: null, queuedAt: clock.iso(), runNow: true });
  });

  it('gives no reason to what does not wait', () => {
    const { add, run, store, clock, model } = openBench();
    const { id } = run(add('gpt2'));
    const changes = { reason: 'backoff', notBefore: clock.iso(5) } as const;
    expect(store.models.moveModel(id, 'downloading', 'failed', changes)).toBe(true);
    expect(model(id)).toMatchObject({ statusReason: null, notBefore: null });
  });

  it('changes nothing if somebody else was first', () => {
    const { add, store, model } = openBench();
    const { id } = add('gpt2');
    expect(store.models.moveModel(id, 'pending', 'paused')).toBe(true);
    const before = model(id);
    expect(store.models.moveModel(id, 'pending', 'paused')).toBe(false);
    expect(store.models.moveModel(id, 'pending', 'downloading')).toBe(false);
    expect(model(id)).toEqual(before);
    expect(store.models.moveModel(id + 1, 'pending', 'paused')).toBe(false);
  });

  it('keeps the path of what was completed while a newer revision is fetched', () => {
    const { add, run, store, model } = openBench();
    const { id } = run(add('gpt2'));
    store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache/gpt2', sizeBytes: 12 });
    store.models.moveModel(id, 'completed', 'pending');
    expect(model(id)).toMatchObject({ downloadPath: '/cache/gpt2', sizeBytes: 12 });
    store.models.updateModelDetails(id, { downloadPath: null });
    expect(model(id).downloadPath).toBeNull();
  });

  it('marks each change with a later time, also while the clock stands still or goes back', () => {
    const { add, store, clock, model } = openBench();
    const { id } = add('gpt2');
    const times = [model(id).updatedAt];
    const change = (work: () => unknown): void => {
      work();
      times.push(model(id).updatedAt);
    };
    change(() => store.models.moveModel(id, 'pending', 'paused'));
    change(() => store.models.moveModel(id, 'paused', 'pending'));
    change(() => store.models.updateModelDetails(id, { pinned: true }));
    change(() => store.models.claimNext(clock.iso()));
    change(() => store.models.recoverInterrupted(clock.iso()));
    clock.move(-60_000);
    change(() => store.models.moveModel(id, 'pending', 'paused'));
    expect(times.toSorted()).toEqual(times);
    expect(new Set(times).size).toBe(times.length);
    clock.move(3_600_000);
    store.models.moveModel(id, 'paused', 'pending');
    expect(model(id).updatedAt).toBe(clock.iso());
  });

  it.each([
    ['a relative path', { downloadPath: 'cache/gpt2' }],
    ['a size below zero', { sizeBytes: -1 }],
  ])('refuses %s', (_, changes) => {
    const { add, run, store } = openBench();
    const { id } = run(add('gpt2'));
    expect(codeOf(() => store.models.moveModel(id, 'downloading', 'completed', changes))).toBe('constraint');
  });
});

describe('updateModelDetails', () => {
  it('changes what is given and leaves the rest', () => {
    const { add, store, model } = openBench();
    const before = add('gpt2', { description: 'old', license: 'mit' });
    const changes = {
      description: null,
      priority: 'low',
      enabled: false,
      pinned: true,
      metadata: { a: 1 },
      category: 'audio',
    } as const;
    expect(store.models.updateModelDetails(before.id, changes)).toBe(true);
    expect(model(before.id)).toEqual({ ...before, ...changes, updatedAt: model(before.id).updatedAt });
    expect(store.models.updateModelDetails(before.id + 1, { pinned: true })).toBe(false);
  });

  it('cannot give a reason to what does not wait', () => {
    const { add, run, store } = openBench();
    const { id } = run(add('gpt2'));
    expect(codeOf(() => store.models.updateModelDetails(id, { statusReason: 'backoff' }))).toBe('constraint');
  });
});

describe('removeModel', () => {
  it('takes its card along and leaves sessions, requests and notices as history', () => {
    const { add, run, store, raw } = openBench();
    const { id } = run(add('gpt2', { files: [fileOf('a')] }));
    const done = store.sessions.startOrContinue(id, 100);
    store.sessions.updateDownloadSession(done.id, 'failed', { errorMessage: 'gone' });
    const open = store.sessions.startOrContinue(id, 100);
    store.cards.putCard({ modelId: id, chatId: CHAT, threadId: null, messageId: 5, replyTo: null });
    store.outbox.addNotice({ sessionId: done.id, modelId: id, chatId: CHAT, kind: 'failed' });
    const { request } = store.addRequests.createAddRequest({
      chatId: CHAT,
      userId: 1,
      threadId: null,
      messageId: 4,
      ref: 'gpt2',
      options: {},
    });
    store.addRequests.moveAddRequest(request.id, 'looking_up', 'added', { modelId: id });

    expect(store.models.removeModel(id)).toBe(true);
    expect(store.models.getModel(id)).toBeUndefined();
    expect(store.models.modelFiles(id)).toEqual([]);
    expect(store.cards.cardOf(id)).toBeUndefined();
    expect(store.sessions.getDownloadSession(done.id)).toMatchObject({
      modelId: null,
      modelName: 'gpt2',
      status: 'failed',
    });
    expect(store.sessions.getDownloadSession(open.id)).toMatchObject({ modelId: null, status: 'cancelled' });
    expect(store.outbox.dueNotices('2999-01-01T00:00:00.000Z', 9)).toMatchObject([
      { modelId: null, sessionId: done.id },
    ]);
    expect(store.addRequests.getAddRequest(request.id)?.modelId).toBeNull();
    expect(raw.pragma('foreign_key_check')).toEqual([]);
    expect(store.models.removeModel(id)).toBe(false);
  });

  it('cancels an open session also if the clock was set back', () => {
    const { add, store, clock } = openBench();
    const { id } = add('gpt2');
    const session = store.sessions.startOrContinue(id, 1);
    clock.move(-5000);
    expect(store.models.removeModel(id)).toBe(true);
    expect(store.sessions.getDownloadSession(session.id)?.completedAt).toBe(session.startedAt);
  });

  it('never gives a number to another model', () => {
    const { add, store } = openBench();
    const { id } = add('gpt2');
    store.models.removeModel(id);
    expect(add('gpt2').id).toBeGreaterThan(id);
  });
});

it('knows no status besides the five', () => {
  const { add, raw } = openBench();
  const { id } = add('gpt2');
  for (const status of MODEL_STATUSES) raw.prepare('UPDATE models SET status = ? WHERE id = ?').run(status, id);
  expect(() => raw.prepare("UPDATE models SET status = 'queued' WHERE id = ?").run(id)).toThrow('status_is_known');
});
