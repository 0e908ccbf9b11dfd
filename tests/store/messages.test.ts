import { describe, expect, it } from 'vitest';
import { plansOf } from './plans.ts';
import { type Bench, CHAT, codeOf, GROUP, openBench } from './setup.ts';
import { recentActivity } from '../helpers/rows.ts';

const ask = (messageId = 4, chatId = CHAT) => ({
  chatId,
  userId: 1,
  threadId: null,
  messageId,
  ref: 'gpt2',
  options: { when: 'now' as const },
});

describe('what an update asks for', () => {
  it('is done once, with the same answer, until the update is handled to its end', () => {
    const { store } = openBench();
    let done = 0;
    const deed = () => ({ times: (done += 1) });
    expect([store.updates.doOnce(1, deed), store.updates.doOnce(1, deed)]).toEqual([{ times: 1 }, { times: 1 }]);
    expect(store.updates.doOnce(2, deed)).toEqual({ times: 2 });
    store.updates.markHandled([1]);
    expect([store.updates.doOnce(1, deed), store.updates.doOnce(2, deed)]).toEqual([{ times: 3 }, { times: 2 }]);
  });

  it('is not noted if it fails, and nothing of it stays', () => {
    const { store, add } = openBench();
    const fail = () => {
      add('gpt2');
      throw new Error('in the middle of it');
    };
    expect(() => store.updates.doOnce(1, fail)).toThrow('in the middle of it');
    expect(store.models.findModels(CHAT, 'gpt2')).toEqual([]);
    expect(store.updates.doOnce(1, () => add('gpt2').name)).toBe('gpt2');
  });
});

describe('add requests', () => {
  it('are one for each reference in a message', () => {
    const { store, clock } = openBench();
    const { request, created } = store.addRequests.createAddRequest(ask());
    expect(created).toBe(true);
    expect(request).toEqual({
      ...ask(),
      part: 0,
      id: request.id,
      cardMessageId: null,
      state: 'looking_up',
      modelId: null,
      choices: null,
      errorMessage: null,
      outcome: null,
      drawn: null,
      settled: false,
      quiet: false,
      begun: 0,
      begunAt: null,
      looks: 0,
      notBefore: null,
      waitsSince: null,
      createdAt: clock.iso(),
      updatedAt: clock.iso(),
    });
    expect(store.addRequests.createAddRequest({ ...ask(), ref: 'org/other' })).toEqual({ request, created: false });
    expect(store.addRequests.createAddRequest({ ...ask(), part: 1, ref: 'org/other' }).created).toBe(true);
    expect(store.addRequests.createAddRequest(ask(4, GROUP)).created).toBe(true);
    expect(store.addRequests.getAddRequest(request.id)).toEqual(request);
  });

  it('are looked at a few of each chat at a time, the oldest first, so that a crowd costs no more than a handful', () => {
    const { store } = openBench();
    const ids = (chatId: number, from: number, count: number): number[] =>
      Array.from({ length: count }, (_, at) => store.addRequests.createAddRequest(ask(from + at, chatId)).request.id);
    const crowd = ids(CHAT, 100, 60);
    const [other] = ids(GROUP, 500, 1);
    const toDraw = (): number[] => store.addRequests.requestsToDraw().map(({ id }) => id);
    expect(toDraw()).toEqual([...crowd.slice(0, 50), other]);
    store.addRequests.setDrawn(crowd[0] ?? 0, 'drawn', true);
    expect(toDraw()).toEqual([...crowd.slice(1, 51), other]);
  });

  it('move on once, with what belongs to the move', () => {
    const { store, add } = openBench();
    const { id } = store.addRequests.createAddRequest(ask()).request;
    const choices = { kind: 'failure', code: 'gated', suggestions: ['org/other'] } as const;
    expect(store.addRequests.moveAddRequest(id, 'looking_up', 'choosing', { choices })).toBe(true);
    expect(store.addRequests.moveAddRequest(id, 'looking_up', 'failed', { errorMessage: 'late' })).toBe(false);
    expect(store.addRequests.getAddRequest(id)).toMatchObject({ state: 'choosing', choices, errorMessage: null });
    expect(store.addRequests.moveAddRequest(id, 'choosing', 'added', { modelId: add('gpt2').id })).toBe(true);
    expect(store.addRequests.getAddRequest(id)?.state).toBe('added');
  });

  it('may stay where they are with another error, and begin again after a failure', () => {
    const { store } = openBench();
    const { id } = store.addRequests.createAddRequest(ask()).request;
    expect(store.addRequests.moveAddRequest(id, 'looking_up', 'looking_up', { errorMessage: 'no answer' })).toBe(true);
    expect(store.addRequests.moveAddRequest(id, 'looking_up', 'failed')).toBe(true);
    expect(store.addRequests.getAddRequest(id)?.errorMessage).toBe('no answer');
    expect(store.addRequests.moveAddRequest(id, 'failed', 'looking_up', { errorMessage: null })).toBe(true);
    expect(store.addRequests.getAddRequest(id)?.errorMessage).toBeNull();
  });

  it.each([
    ['added', 'looking_up'],
    ['added', 'failed'],
    ['cancelled', 'looking_up'],
    ['failed', 'added'],
  ] as const)('do not go from %s to %s', (from, to) => {
    const { store } = openBench();
    const { id } = store.addRequests.createAddRequest(ask()).request;
    expect(codeOf(() => store.addRequests.moveAddRequest(id, from, to))).toBe('state_transition');
  });

  it('are drawn until what is drawn is what is true', () => {
    const { store } = openBench();
    const { id, updatedAt } = store.addRequests.createAddRequest(ask()).request;
    const toDraw = (): number[] => store.addRequests.requestsToDraw().map((request) => request.id);
    expect(toDraw()).toEqual([id]);
    store.addRequests.setAddRequestCard(id, 9);
    store.addRequests.setDrawn(id, 'looking up', true);
    expect(store.addRequests.getAddRequest(id)).toMatchObject({ cardMessageId: 9, drawn: 'looking up', updatedAt });
    expect(toDraw()).toEqual([]);
    store.addRequests.moveAddRequest(id, 'looking_up', 'failed', { errorMessage: 'x' });
    expect(store.addRequests.getAddRequest(id)?.updatedAt).not.toBe(updatedAt);
    expect(toDraw()).toEqual([id]);
    store.addRequests.setDrawn(id, 'failed', true);
    store.addRequests.setAddRequestCard(id, null);
    expect(toDraw()).toEqual([id]);
  });

  it('leave a topic that is gone', () => {
    const { store } = openBench();
    const { id } = store.addRequests.createAddRequest({ ...ask(), threadId: 3 }).request;
    store.addRequests.leaveThread(id);
    expect(store.addRequests.getAddRequest(id)?.threadId).toBeNull();
  });
});

describe('cards', () => {
  const put = ({ store, add }: Bench, name = 'gpt2', messageId: number | null = 5): number => {
    const { id } = add(name);
    store.cards.putCard({ modelId: id, chatId: CHAT, threadId: 3, messageId, replyTo: 4 });
    return id;
  };

  it('are drawn until they are final, and again when their model’s row changes', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const id = put(bench);
    const toDraw = (): number[] => store.cards.cardsToDraw().map((card) => card.modelId);
    expect(toDraw()).toEqual([id]);
    store.cards.setDrawn(id, 'text', false);
    expect(toDraw()).toEqual([id]);
    store.cards.setDrawn(id, 'text', true);
    expect(toDraw()).toEqual([]);
    expect(store.cards.cardOf(id)).toEqual({
      modelId: id,
      chatId: CHAT,
      threadId: 3,
      messageId: 5,
      replyTo: 4,
      drawn: 'text',
      final: true,
      asked: false,
      opened: false,
      upToDate: false,
    });
    store.models.claimNext(clock.iso());
    expect(toDraw()).toEqual([id]);
    store.cards.setDrawn(id, 'text', true);
    store.models.updateModelDetails(id, {});
    expect(toDraw()).toEqual([id]);
  });

  it('are written only when something is new', () => {
    const bench = openBench();
    const id = put(bench);
    bench.store.cards.setDrawn(id, 'text', false);
    const version = bench.raw.pragma('data_version', { simple: true });
    bench.store.cards.setDrawn(id, 'text', false);
    expect(bench.raw.pragma('data_version', { simple: true })).toBe(version);
    bench.store.cards.setDrawn(id, 'text 2', false);
    expect(bench.raw.pragma('data_version', { simple: true })).not.toBe(version);
  });

  it('are found by their message', () => {
    const bench = openBench();
    const id = put(bench);
    expect(bench.store.cards.cardByMessage(CHAT, 5)?.modelId).toBe(id);
    expect(bench.store.cards.cardByMessage(GROUP, 5)).toBeUndefined();
    expect(bench.store.cards.cardByMessage(CHAT, 6)).toBeUndefined();
  });

  it('are blank in another message, and blank and unsent when theirs is gone', () => {
    const bench = openBench();
    const { store } = bench;
    const id = put(bench);
    store.cards.setDrawn(id, 'text', true);
    store.cards.replaceCardMessage(id, 6);
    expect(store.cards.cardOf(id)).toMatchObject({ messageId: 6, drawn: null, final: false });
    store.cards.replaceCardMessage(id, null);
    expect(store.cards.cardOf(id)).toMatchObject({ messageId: null, replyTo: 4 });
    store.cards.setDrawn(id, 'text', true);
    store.cards.putCard({ modelId: id, chatId: CHAT, threadId: null, messageId: null, replyTo: null });
    expect(store.cards.cardOf(id)).toEqual({
      modelId: id,
      chatId: CHAT,
      threadId: null,
      messageId: null,
      replyTo: null,
      drawn: null,
      final: false,
      asked: false,
      opened: false,
      upToDate: false,
    });
  });
});

describe('notices', () => {
  const end = ({ store, add }: Bench, name: string): { sessionId: number; modelId: number } => {
    const modelId = add(name).id;
    return { sessionId: store.sessions.startOrContinue(modelId, 1).id, modelId };
  };

  it('are said once for a session and kind', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const notice = { ...end(bench, 'gpt2'), chatId: CHAT, kind: 'completed' as const };
    store.outbox.addNotice(notice);
    store.outbox.addNotice(notice);
    store.outbox.addNotice({ ...notice, kind: 'failed' });
    store.outbox.addNotice({ ...end(bench, 'org/other'), chatId: CHAT, kind: 'completed' });
    // Without a session each one stands for itself.
    store.outbox.addNotice({ chatId: CHAT, kind: 'access_request', payload: { userId: 7 } });
    store.outbox.addNotice({ chatId: CHAT, kind: 'access_request', payload: { userId: 8 } });
    const due = store.outbox.dueNotices(clock.iso(), 9);
    expect(due.map((each) => each.kind)).toEqual([
      'completed',
      'failed',
      'completed',
      'access_request',
      'access_request',
    ]);
    expect(due[0]).toEqual({
      ...notice,
      id: 1,
      payload: null,
      attempts: 0,
      notBefore: null,
      waitsSince: null,
      sentAt: null,
      messageId: null,
      droppedReason: null,
      createdAt: clock.iso(),
    });
    expect(due[3]?.payload).toEqual({ userId: 7 });
  });

  it('are due oldest first until they are sent, dropped or put off', () => {
    const { store, clock } = openBench();
    const kinds = ['completed', 'failed', 'access_granted', 'access_denied'] as const;
    for (const kind of kinds) store.outbox.addNotice({ chatId: CHAT, kind });
    const due = (offsetMs = 0): string[] => store.outbox.dueNotices(clock.iso(offsetMs), 9).map((each) => each.kind);
    expect(store.outbox.dueNotices(clock.iso(), 2).map((each) => each.kind)).toEqual(['completed', 'failed']);
    store.outbox.markSent(1, 77);
    store.outbox.dropNotice(2, 'nothing to say');
    store.outbox.retryNotice(3, clock.iso(5000));
    store.outbox.retryNotice(4, clock.iso(9000));
    store.outbox.retryNotice(4, clock.iso(4000));
    expect(due()).toEqual([]);
    expect(due(4000)).toEqual(['access_denied']);
    expect(due(5000)).toEqual(['access_granted', 'access_denied']);
    expect(store.outbox.dueNotices(clock.iso(5000), 9)[1]?.attempts).toBe(2);
    store.outbox.dropNotice(3, 'x');
    store.outbox.markSent(4, 78);
    expect(due(9000)).toEqual([]);
  });

  it('are said if the session ended, and not if the transaction did not', () => {
    const bench = openBench();
    const { store, clock } = bench;
    const { sessionId, modelId } = end(bench, 'gpt2');
    const settle = (): void =>
      store.atomically(() => {
        store.sessions.updateDownloadSession(sessionId, 'completed');
        store.outbox.addNotice({ sessionId, modelId, chatId: CHAT, kind: 'completed' });
        throw new Error('power cut');
      });
    expect(settle).toThrow('power cut');
    expect(store.outbox.dueNotices(clock.iso(), 9)).toEqual([]);
    expect(store.sessions.getDownloadSession(sessionId)?.status).toBe('in_progress');
  });

  it('must be about something there is', () => {
    const { store } = openBench();
    expect(codeOf(() => store.outbox.addNotice({ sessionId: 9, chatId: CHAT, kind: 'completed' }))).toBe('integrity');
  });
});

describe('records', () => {
  it('of updates tell what was handled to its end', () => {
    const { store, clock } = openBench();
    expect(store.updates.alreadyHandled(7)).toBe(false);
    store.updates.markHandled([7]);
    store.updates.markHandled([7]);
    expect(store.updates.alreadyHandled(7)).toBe(true);
    store.updates.markHandled([8]);
    clock.move(1000);
    store.updates.markHandled([9]);
    expect(store.updates.prune(clock.iso())).toBe(2);
    expect([7, 8, 9].map((id) => store.updates.alreadyHandled(id))).toEqual([false, false, true]);
  });

  it('of dialogues are read as they were written', () => {
    const { store } = openBench();
    expect(store.conversations.read('1:1')).toBeUndefined();
    store.conversations.write('1:1', '{"a":1}', 1);
    store.conversations.write('1:1', '{"a":2}');
    expect(store.conversations.read('1:1')).toBe('{"a":2}');
    expect(store.conversations.read('1:2')).toBeUndefined();
    store.conversations.delete('1:1');
    expect(store.conversations.read('1:1')).toBeUndefined();
  });

  it('of activity are newest first', () => {
    const { store, clock } = openBench();
    store.activity.logActivity(1, CHAT, 'library_shown');
    clock.move(5);
    store.activity.logActivity(2, GROUP, 'access_approved', { id: 3 });
    expect(recentActivity(store, 9)).toEqual([
      {
        id: 2,
        userId: 2,
        chatId: GROUP,
        action: 'access_approved',
        result: 'done',
        metadata: { id: 3 },
        createdAt: clock.iso(),
      },
      {
        id: 1,
        userId: 1,
        chatId: CHAT,
        action: 'library_shown',
        result: 'done',
        metadata: null,
        createdAt: clock.iso(-5),
      },
    ]);
    expect(recentActivity(store, 1)).toHaveLength(1);
  });
});

describe('failures that were told', () => {
  const told = (bench: Bench, names: readonly string[], messageId: number, reason: (name: string) => string): void => {
    for (const name of names) {
      const model = bench.add(name);
      const { id } = bench.store.sessions.createDownloadSession(model.id);
      bench.store.outbox.addNotice({ kind: 'failed', sessionId: id, modelId: model.id, chatId: CHAT });
      bench.raw.prepare('UPDATE download_sessions SET error_message = ? WHERE id = ?').run(reason(name), id);
      const notice = bench.store.outbox.dueNotices('2100-01-01T00:00:00.000Z', 1000).at(-1);
      bench.store.outbox.markSent(notice?.id ?? 0, messageId);
    }
  };

  it('are a row for each cause in each message, without the names', () => {
    const bench = openBench();
    told(bench, ['org/a', 'org/b'], 7, (name) => `${name} is gone.`);
    told(bench, ['org/c'], 7, () => 'The disk is full.');
    told(bench, ['org/d'], 8, (name) => `${name} is gone.`);
    const causes = bench.store.outbox.failuresTold(CHAT, '2000-01-01T00:00:00.000Z');
    expect(causes.map(({ messageId, cause }) => [messageId, cause])).toEqual([
      [7, '… is gone.'],
      [7, 'The disk is full.'],
      [8, '… is gone.'],
    ]);
    expect(bench.store.outbox.failuresTold(GROUP, '2000-01-01T00:00:00.000Z')).toEqual([]);
  });

  it('and what one message tells, are found along an index, however much was ever said', () => {
    const plans = plansOf(openBench(), ({ outbox }) => {
      outbox.failuresTold(CHAT, '2000-01-01T00:00:00.000Z');
      outbox.noticesIn(CHAT, 7);
    });
    expect(plans.filter((step) => step.startsWith('SCAN'))).toEqual([]);
    expect(plans.filter((step) => step.includes('idx_outbox_message'))).toHaveLength(2);
  });
});
