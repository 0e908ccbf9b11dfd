import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/domain/model.ts';
import { openStore } from '../../src/store/store.ts';
import { type Bench, CHAT, createClock, fileOf, GROUP, hash, openBench } from './setup.ts';
import { fullScans, plansOf } from './plans.ts';
import { inThreads } from './threads.ts';

const ANN = CHAT;
const BOB = 1002;

const names = (models: readonly Model[]): string[] => models.map((model) => model.name);

/** Claims until nothing is left to claim, ending each one before the next: what a queue for one at a time does. */
const oneByOne = ({ store, clock }: Bench): string[] => {
  const order: string[] = [];
  for (;;) {
    clock.move(1000);
    const model = store.models.claimNext(clock.iso());
    if (!model) return order;
    order.push(model.name);
    store.models.moveModel(model.id, 'downloading', 'completed');
  }
};

describe('claimNext', () => {
  it('takes by priority, then by age', () => {
    const bench = openBench();
    const { add, clock } = bench;
    for (const [name, priority] of [
      ['a/low', 'low'],
      ['a/mid', 'medium'],
      ['a/high', 'high'],
      ['a/high2', 'high'],
    ] as const) {
      clock.move(1);
      add(name, { priority });
    }
    expect(oneByOne(bench)).toEqual(['a/high', 'a/high2', 'a/mid', 'a/low']);
  });

  it('takes the smallest of a chat first that wants it so, within its priority, and nothing changes elsewhere', () => {
    const bench = openBench();
    const { add, clock, store } = bench;
    const put = (name: string, chatId: number, sizeBytes?: number, priority: 'high' | 'medium' = 'medium'): void => {
      clock.move(1);
      add(name, { chatId, priority, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
    };
    put('ann/large', ANN, 300);
    put('ann/unknown', ANN);
    put('ann/small', ANN, 100);
    put('ann/urgent', ANN, 200, 'high');
    put('ann/equal', ANN, 100);
    put('bob/large', BOB, 300);
    put('bob/small', BOB, 1);
    expect(store.chats.setStartOrder(ANN, 'smallest')).toBe(true);
    expect(store.chats.setStartOrder(ANN, 'smallest')).toBe(false);
    const known = names(store.models.waiting());
    expect(known.filter((name) => name.startsWith('ann'))).toEqual([
      'ann/urgent',
      'ann/small',
      'ann/equal',
      'ann/large',
      'ann/unknown',
    ]);
    const claimed = oneByOne(bench);
    for (const chat of ['ann', 'bob']) {
      const own = (all: readonly string[]): string[] => all.filter((name) => name.startsWith(chat));
      expect(own(claimed)).toEqual(own(known));
    }
    expect(claimed.filter((name) => name.startsWith('bob'))).toEqual(['bob/large', 'bob/small']);
  });

  it('sets it downloading and forgets what it waited for', () => {
    const { add, store, clock } = openBench();
    const { id } = add('gpt2', { statusReason: 'schedule', runNow: true });
    clock.move(10);
    expect(store.models.claimNext(clock.iso())).toMatchObject({
      id,
      status: 'downloading',
      statusReason: null,
      notBefore: null,
      updatedAt: clock.iso(),
    });
    expect(store.models.claimNext(clock.iso())).toBeUndefined();
  });

  it('gives the chat with the fewest running its turn, whatever the age', () => {
    const { add, store, clock } = openBench();
    for (const name of ['ann/1', 'ann/2', 'ann/3']) {
      clock.move(1);
      add(name, { chatId: ANN });
    }
    clock.move(1);
    add('bob/1', { chatId: BOB });
    const claimed = [0, 1, 2].map(() => store.models.claimNext(clock.iso())?.name);
    expect(claimed).toEqual(['ann/1', 'bob/1', 'ann/2']);
  });

  it('takes turns between chats also where only one runs at a time', () => {
    const bench = openBench();
    const { add, clock } = bench;
    for (const name of ['ann/1', 'ann/2', 'ann/3']) {
      clock.move(1);
      add(name, { chatId: ANN });
    }
    clock.move(1);
    add('bob/1', { chatId: BOB });
    add('bob/2', { chatId: BOB });
    expect(oneByOne(bench)).toEqual(['ann/1', 'bob/1', 'ann/2', 'bob/2', 'ann/3']);
  });

  it('goes on with what a crash interrupted before it begins anything else', () => {
    const bench = openBench();
    const { add, store, clock } = bench;
    add('ann/1', { chatId: ANN });
    add('ann/2', { chatId: ANN });
    store.models.claimNext(clock.iso());
    clock.move(1000);
    add('bob/1', { chatId: BOB });
    expect(store.models.recoverInterrupted(clock.iso())).toBe(1);
    expect(names(store.models.waiting())[0]).toBe('ann/1');
    expect(oneByOne(bench)[0]).toBe('ann/1');
  });

  it.each([
    ['is disabled', (bench: Bench, id: number) => bench.store.models.updateModelDetails(id, { enabled: false })],
    ['is paused', (bench: Bench, id: number) => bench.store.models.moveModel(id, 'pending', 'paused')],
    [
      'waits for a schedule',
      (bench: Bench, id: number) =>
        bench.store.models.updateModelDetails(id, { statusReason: 'schedule', scheduled: true }),
    ],
    [
      'has to wait for some time',
      (bench: Bench, id: number) =>
        bench.store.models.updateModelDetails(id, { statusReason: 'backoff', notBefore: bench.clock.iso(1) }),
    ],
  ])('passes over what %s', (_, hold) => {
    const bench = openBench();
    const { id } = bench.add('gpt2');
    hold(bench, id);
    expect(bench.store.models.claimNext(bench.clock.iso())).toBeUndefined();
    expect(bench.store.models.queuePosition(id)).toBeUndefined();
  });

  it('lets "now" pass the schedule’s gate, but not the back-off', () => {
    const { add, store, clock } = openBench();
    const { id } = add('gpt2', { statusReason: 'schedule', runNow: true });
    store.models.updateModelDetails(id, { notBefore: clock.iso(1000) });
    expect(store.models.claimNext(clock.iso(999))).toBeUndefined();
    expect(store.models.claimNext(clock.iso(1000))?.id).toBe(id);
  });
});

describe('claimShared', () => {
  const commitSha = hash('c', 40);

  it('takes what other chats want of the same files', () => {
    const { add, run, store, clock } = openBench();
    const copies = [run(add('gpt2', { commitSha })).wantsCopyId ?? 0];
    const same = add('gpt2', { chatId: GROUP, commitSha });
    const late = add('gpt2', { chatId: BOB, commitSha, revision: 'v1' });
    add('gpt2', { chatId: 7, commitSha: hash('d', 40) });
    add('gpt2', { chatId: 8, commitSha, repoType: 'dataset' });
    add('gpt2', { chatId: 9, commitSha, selection: '{"quantize":"all"}' });
    add('gpt2', { chatId: 10, commitSha, statusReason: 'schedule' });
    add('org/other', { chatId: 11, commitSha });
    const sharing = store.models.claimShared(copies, clock.iso());
    expect(new Set(sharing.map((model) => model.id))).toEqual(new Set([same.id, late.id]));
    expect(sharing.every((model) => model.status === 'downloading')).toBe(true);
    expect(store.models.claimShared(copies, clock.iso())).toEqual([]);
  });

  it('takes nothing where nothing is being got', () => {
    const { add, store, clock } = openBench();
    add('gpt2', { commitSha });
    expect(store.models.claimShared([], clock.iso())).toEqual([]);
  });
});

describe('waiting and queuePosition', () => {
  it('show the order in which claims will come, and what is held last', () => {
    const bench = openBench();
    const { add, store, clock } = bench;
    const add1 = (name: string, fields: Parameters<Bench['add']>[1]): Model => {
      clock.move(1);
      return add(name, fields);
    };
    const held = add1('ann/held', { chatId: ANN, statusReason: 'schedule', priority: 'high' });
    add1('ann/1', { chatId: ANN });
    add1('ann/2', { chatId: ANN });
    const third = add1('ann/3', { chatId: ANN });
    add1('bob/1', { chatId: BOB });
    const high = add1('ann/high', { chatId: ANN, priority: 'high' });
    store.models.updateModelDetails(add1('bob/off', { chatId: BOB }).id, { enabled: false });
    const line = names(store.models.waiting());
    expect(line).toEqual(['ann/high', 'ann/1', 'bob/1', 'ann/2', 'ann/3', 'ann/held']);
    expect(store.models.queuePosition(high.id)).toBe(1);
    expect(store.models.queuePosition(third.id)).toBe(5);
    expect(store.models.queuePosition(held.id)).toBeUndefined();
    // ann/high is served first, so it is Bob's turn when their priority comes.
    expect(oneByOne(bench)).toEqual(['ann/high', 'bob/1', 'ann/1', 'ann/2', 'ann/3']);
  });

  it('name first what is claimed next, in whatever state', () => {
    const bench = openBench();
    const { store, clock, add } = bench;
    for (let index = 0; index < 60; index += 1) {
      clock.move(7);
      const priority = (['high', 'medium', 'low'] as const)[(index * 7) % 3] ?? 'low';
      add(`org/${index}`, { chatId: ANN + ((index * 5) % 4), priority });
    }
    for (let step = 0; step < 60; step += 1) {
      clock.move(1000);
      const first = store.models.waiting()[0];
      expect(first && store.models.queuePosition(first.id)).toBe(1);
      const claimed = store.models.claimNext(clock.iso());
      expect(claimed?.id).toBe(first?.id);
      // Every third one goes on running, every seventh comes back.
      if (claimed && step % 3 !== 0)
        store.models.moveModel(claimed.id, 'downloading', step % 7 === 0 ? 'paused' : 'completed');
    }
    expect(store.models.waiting()).toEqual([]);
  });

  it('say of a chat what they say of all, and of each what still has to come', () => {
    const { add, run, store, clock } = openBench();
    const commitSha = hash('c', 40);
    const metadata = { presentBytes: 3 };
    run(add('org/runs', { commitSha, sizeBytes: 100 }));
    const joins = add('org/runs', { chatId: BOB, commitSha, sizeBytes: 100, statusReason: 'schedule' });
    clock.move(1);
    const begun = add('org/begun', { sizeBytes: 10, metadata });
    store.sessions.startOrContinue(begun.id, 10);
    store.sessions.updateDownloadSession(1, 'in_progress', { bytesDownloaded: 4 });
    clock.move(1);
    const here = add('org/here', { chatId: BOB, sizeBytes: 20, metadata });
    expect(store.models.waiting(BOB)).toEqual([here, joins]);
    expect(store.models.waiting().map(({ id }) => id)).toEqual(store.models.order().map(({ id }) => id));
    expect(store.models.order()).toMatchObject([
      { id: here.id, chatId: BOB, isReady: true, isScheduled: false, sizeBytes: 20, missingBytes: 17 },
      { id: begun.id, isReady: true, missingBytes: 6 },
      { id: joins.id, isReady: false, isScheduled: true, missingBytes: 100, wantsCopyId: joins.wantsCopyId },
    ]);
    // What runs brings it for all that want the same.
    expect(store.models.bytesToCome(1)).toBe(17 + 6);
  });

  it('follow what is written, and a back-off that ends', () => {
    const { add, store, clock } = openBench();
    const first = add('org/1');
    clock.move(1);
    const second = add('org/2');
    expect(store.models.queuePosition(second.id)).toBe(2);
    store.models.updateModelDetails(first.id, { statusReason: 'backoff', notBefore: clock.iso(60_000) });
    expect(store.models.queuePosition(second.id)).toBe(1);
    expect(store.models.queuePosition(first.id)).toBeUndefined();
    expect(store.models.nextNotBefore(clock.iso())).toBe(clock.iso(60_000));
    clock.move(60_000);
    // What waited long enough is nothing to wait for.
    expect(store.models.nextNotBefore(clock.iso())).toBeUndefined();
    expect(store.models.queuePosition(second.id)).toBe(2);
  });

  it('look again at what waits for room', () => {
    const { add, run, store, clock } = openBench();
    const { id } = run(add('gpt2'));
    store.models.moveModel(id, 'downloading', 'pending', { reason: 'no_space', notBefore: clock.iso(30_000) });
    expect(store.models.claimNext(clock.iso())).toBeUndefined();
    store.models.hastenNoSpace();
    expect(store.models.nextNotBefore(clock.iso())).toBeUndefined();
    expect(store.models.claimNext(clock.iso())?.id).toBe(id);
  });
});

describe('recoverInterrupted', () => {
  it('puts back whatever was downloading, at its place, and nothing else', () => {
    const { add, run, store, clock, model } = openBench();
    const running = run(add('gpt2'));
    const paused = add('org/paused');
    store.models.moveModel(paused.id, 'pending', 'paused');
    clock.move(5000);
    expect(store.models.recoverInterrupted(clock.iso())).toBe(1);
    expect(model(running.id)).toMatchObject({
      status: 'pending',
      statusReason: 'interrupted',
      queuedAt: running.queuedAt,
    });
    expect(model(paused.id).status).toBe('paused');
    expect(store.models.recoverInterrupted(clock.iso())).toBe(0);
  });
});

const HOUR = 3_600_000;

describe('with the clock set back', () => {
  it('a chat that was served before has its turn like any other', () => {
    const bench = openBench();
    const { add, store, clock } = bench;
    for (const chatId of [ANN, BOB]) for (const nth of [1, 2, 3]) add(`chat${chatId}/model${nth}`, { chatId });
    clock.move(1000);
    const first = store.models.claimNext(clock.iso());
    store.models.moveModel(first?.id ?? 0, 'downloading', 'completed');
    clock.turn(-2 * HOUR);
    const chats = oneByOne(bench).map((name) => name.slice(0, -1));
    const other = first?.chatId === ANN ? BOB : ANN;
    expect(chats.slice(0, 4)).toEqual([other, first?.chatId, other, first?.chatId].map((chat) => `chat${chat}/model`));
  });

  it('what comes, or comes back, stands behind what has waited', () => {
    const bench = openBench();
    const { add, store, clock } = bench;
    const early = add('org/early');
    clock.move(1000);
    add('org/waiting');
    store.models.moveModel(early.id, 'pending', 'paused');
    clock.turn(-2 * HOUR);
    add('org/late');
    store.models.moveModel(early.id, 'paused', 'pending', { toEnd: true });
    expect(names(store.models.waiting())).toEqual(['org/waiting', 'org/late', 'org/early']);
  });

  it('a wait is no longer than it was', () => {
    const { add, run, store, clock, model } = openBench();
    const [long, short] = [run(add('org/long')), run(add('org/short'))];
    store.models.moveModel(long.id, 'downloading', 'pending', { reason: 'backoff', notBefore: clock.iso(20 * HOUR) });
    clock.move(10 * HOUR);
    store.models.moveModel(short.id, 'downloading', 'pending', { reason: 'backoff', notBefore: clock.iso(20_000) });
    clock.turn(-HOUR);
    store.models.beginWaitsAnew();
    expect(model(short.id).notBefore).toBe(clock.iso(20_000));
    // It began before the time to which the clock was set: nobody can say more than that.
    expect(model(long.id).notBefore).toBe(clock.iso(11 * HOUR));
    clock.turn(-20 * HOUR);
    store.models.beginWaitsAnew();
    expect([long, short].map(({ id }) => model(id).notBefore)).toEqual([clock.iso(20 * HOUR), clock.iso(20_000)]);
  });

  it('a notice waits no longer than it was to, and a wait that is over stays so', () => {
    const { store, clock } = openBench();
    for (const kind of ['completed', 'failed'] as const) store.outbox.addNotice({ chatId: CHAT, kind });
    const [first, second] = store.outbox.dueNotices(clock.iso(), 10);
    store.outbox.retryNotice(first?.id ?? 0, clock.iso(60_000));
    store.outbox.retryNotice(second?.id ?? 0, clock.iso(0));
    clock.turn(-2 * HOUR);
    expect(store.outbox.dueNotices(clock.iso(), 10)).toEqual([]);
    store.outbox.beginWaitsAnew();
    expect(store.outbox.dueNotices(clock.iso(), 10).map(({ id }) => id)).toEqual([second?.id]);
    clock.move(60_000);
    expect(store.outbox.dueNotices(clock.iso(), 10)).toHaveLength(2);
  });
});

describe('two connections', () => {
  it('cannot both claim, nor both move, the same model', () => {
    const { store, path, add, clock } = openBench();
    const other = openStore(path, { clock: createClock() });
    const ids = ['org/1', 'org/2', 'org/3'].map((name) => add(name).id);
    const claims = [store, other, store, other].map((each) => each.models.claimNext(clock.iso())?.id);
    expect(claims).toEqual([...ids, undefined]);
    const moves = [other, store].map((each) => each.models.moveModel(ids[0] ?? 0, 'downloading', 'paused'));
    expect(moves).toEqual([true, false]);
    other.close();
  });

  it('in two threads share a hundred models without taking one twice', async () => {
    const { path, add, store } = openBench();
    for (let index = 0; index < 100; index += 1) add(`org/${index}`);
    const results = await inThreads(
      2,
      `const store = openStore(workerData.path, { clock: { now: () => Date.now() } });
       const ids = [];
       for (;;) {
         const model = store.models.claimNext(new Date().toISOString());
         if (!model) break;
         ids.push(model.id);
       }
       store.close();
       return ids;`,
      { path },
    );
    const claimed = (results as number[][]).flat();
    expect(claimed).toHaveLength(100);
    expect(new Set(claimed).size).toBe(100);
    expect(store.models.countModels(CHAT, { status: 'downloading' })).toBe(100);
  });
});

describe('plans', () => {
  it.each([
    ['claimNext', (store: Bench['store']) => store.models.claimNext('2026-11-21T12:00:00.000Z')],
    ['waiting', (store: Bench['store']) => store.models.waiting()],
    ['queuePosition', (store: Bench['store']) => store.models.queuePosition(1)],
    ['hastenNoSpace', (store: Bench['store']) => store.models.hastenNoSpace()],
    ['nextNotBefore', (store: Bench['store']) => store.models.nextNotBefore('2026-11-21T12:00:00.000Z')],
    ['order', (store: Bench['store']) => store.models.order()],
    ['bytesToCome', (store: Bench['store']) => store.models.bytesToCome(1)],
    ['cardsToDraw', (store: Bench['store']) => store.cards.cardsToDraw()],
    ['countToDraw', (store: Bench['store']) => store.cards.countToDraw()],
    ['hasMoreToDraw', (store: Bench['store']) => store.cards.hasMoreToDraw(100)],
    ['chats with cards', (store: Bench['store']) => store.cards.waitingCards.chatsAfter(0, 5)],
    ['cards of a chat', (store: Bench['store']) => store.cards.waitingCards.cardsAfter(1, 0, 5)],
    ['chats with news', (store: Bench['store']) => store.cards.newsCards.chatsAfter(0, 5)],
    ['news of a chat', (store: Bench['store']) => store.cards.newsCards.cardsAfter(1, 0, 5)],
    ['cardsOfRunning', (store: Bench['store']) => store.cards.cardsOfRunning()],
    ['cardByMessage', (store: Bench['store']) => store.cards.cardByMessage(1, 1)],
    ['requestsToDraw', (store: Bench['store']) => store.addRequests.requestsToDraw()],
    ['nextLookUps', (store: Bench['store']) => store.addRequests.nextLookUps([])],
    ['openLookUpsOf', (store: Bench['store']) => store.addRequests.openLookUpsOf(1)],
    ['countOpen', (store: Bench['store']) => store.addRequests.countOpen()],
    ['countOpen of a chat', (store: Bench['store']) => store.addRequests.countOpen(1)],
    ['dueNotices', (store: Bench['store']) => store.outbox.dueNotices('2026-11-21T12:00:00.000Z', 5)],
    ['openSession', (store: Bench['store']) => store.sessions.openSession(1)],
    ['getDownloadHistory', (store: Bench['store']) => store.sessions.getDownloadHistory(1)],
    ['getActiveSchedule', (store: Bench['store']) => store.schedules.getActiveSchedule(1)],
    ['getSystemConfig', (store: Bench['store']) => store.config.getSystemConfig('log_level')],
    ['getModelByName', (store: Bench['store']) => store.models.getModelByName(1, 'gpt2')],
    ['countByStatus', (store: Bench['store']) => store.models.countByStatus('completed')],
    ['listModels', (store: Bench['store']) => store.models.listModels(1, { status: 'pending' })],
    ['blobAwaiters', (store: Bench['store']) => store.copies.blobAwaiters('a', 1)],
    ['isNeeded', (store: Bench['store']) => store.copies.isNeeded(1)],
    ['removalsToDo', (store: Bench['store']) => store.copies.removalsToDo()],
  ])('of %s use indexes throughout', (_, work) => {
    const bench = openBench();
    const plans = plansOf(bench, work);
    expect(plans.length).toBeGreaterThan(0);
    expect(fullScans(bench, plans)).toEqual([]);
  });

  it('of what waits in a chat reads that chat alone, and of waits those that wait for a time', () => {
    const bench = openBench();
    const ofChat = plansOf(bench, (store) => store.models.waiting(1));
    expect(ofChat).toContain('SEARCH models USING INDEX idx_models_chat (chat_id=? AND status=?)');
    const ofWaits = plansOf(bench, (store) => store.models.nextNotBefore('2026-11-21T12:00:00.000Z'));
    expect(ofWaits).toEqual(['SEARCH models USING INDEX idx_models_not_before (status=? AND not_before>?)']);
  });

  it('of what joins a copy that is being got reads what wants that copy, however much waits', () => {
    const bench = openBench();
    const { wantsCopyId } = bench.add('gpt2', { files: [fileOf('a')], commitSha: hash('c', 40) });
    const plans = plansOf(bench, (store) => store.models.claimShared([wantsCopyId ?? 0], '2026-11-21T12:00:00.000Z'));
    const ofModels = plans.filter((step) => step.startsWith('SEARCH models') && !step.includes('rowid=?'));
    // Whether anything wants the copy at all; what is downloading in each chat, and what wants the copy.
    expect(ofModels.toSorted()).toEqual([
      'SEARCH models USING INDEX idx_models_host_status (host_id=? AND status=?)',
      'SEARCH models USING INDEX idx_models_wanting (wants_copy_id=?)',
      'SEARCH models USING INDEX idx_models_wants_copy (wants_copy_id=?)',
    ]);
  });

  it('of the cards of what runs read no other that waits, and of a chat’s cards those of its page', () => {
    const bench = openBench();
    const ofRunning = plansOf(bench, (store) => store.cards.cardsOfRunning());
    expect(ofRunning.filter((step) => /idx_models_status|idx_models_coming_back/.test(step))).toEqual([
      'SEARCH models USING COVERING INDEX idx_models_status (status=?)',
      'SCAN models USING INDEX idx_models_coming_back',
    ]);
    for (const [which, index] of [
      ['waitingCards', 'idx_cards_draw_chat'],
      ['newsCards', 'idx_cards_news'],
    ] as const) {
      const ofPage = plansOf(bench, (store) => store.cards[which].cardsAfter(1, 0, 5));
      expect(ofPage).toContain(`SEARCH cards USING INDEX ${index} (chat_id=? AND model_id>?)`);
      expect(ofPage.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
      const ofChats = plansOf(bench, (store) => store.cards[which].chatsAfter(0, 5));
      expect(ofChats.filter((step) => /(?:SEARCH|SCAN) cards/.test(step))).toEqual([
        `SEARCH cards USING COVERING INDEX ${index} (chat_id>?)`,
        `SEARCH cards USING COVERING INDEX ${index} (chat_id>?)`,
      ]);
    }
  });

  it('of the order of thousands are not asked again at each change', () => {
    const { store, add, clock } = openBench();
    const ids = store.atomically(() => Array.from({ length: 2000 }, (_, at) => add(`org/model-${at}`).id));
    const known = store.models.order();
    store.models.updateModelDetails(ids.at(-1) ?? 0, { priority: 'high' });
    expect(store.models.order()).toBe(known);
    clock.move(1000);
    expect(store.models.order()[0]?.id).toBe(ids.at(-1));
    store.atomically(() => ids.slice(0, 10).forEach((id) => store.models.removeModel(id)));
    clock.move(1000);
    // Of fewer than that, each change counts at once.
    expect(store.models.order()).toHaveLength(1990);
    store.models.updateModelDetails(ids[20] ?? 0, { priority: 'high' });
    expect(store.models.order()[0]?.id).toBe(ids[20]);
  });

  it('of the order sort what waits once, by its age', () => {
    const plans = plansOf(openBench(), (store) => store.models.order());
    expect(plans.filter((step) => step === 'USE TEMP B-TREE FOR ORDER BY')).toHaveLength(1);
  });

  it('would show that an index is missing', () => {
    const bench = openBench();
    bench.raw.exec('DROP INDEX idx_models_status; DROP INDEX idx_models_host_status; DROP INDEX idx_models_queued');
    const plans = plansOf(bench, (store) => store.models.claimNext('2026-11-21T12:00:00.000Z'));
    expect(fullScans(bench, plans)).toContain('SCAN models USING INDEX idx_models_chat');
  });
});
