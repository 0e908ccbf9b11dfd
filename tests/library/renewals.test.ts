import { describe, expect, it, vi } from 'vitest';
import { defineRepo } from '../../playground/hub/sample-hub.ts';
import { ITSELF } from '../../src/domain/activity/activity.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Model } from '../../src/domain/model.ts';
import { ANN, BEN, ID, openRenewals, type RenewalsBench, sampleRepo } from './renewals-bench.ts';
import { recentActivity } from '../helpers/rows.ts';

const DAY_MS = 86_400_000;
let updates = 0;
const where = (chatId = ANN) => ({ updateId: (updates += 1), chatId, threadId: null, messageId: 7 });

describe('a branch that completed models follow', () => {
  it('is looked at once a day by one request, however many chats have it', async () => {
    const bench = await openRenewals();
    const models = [ANN, BEN, 1003].map((chatId) => bench.add(chatId));
    await bench.renewals.look();
    // The first day it is planned only: branches are spread over it.
    expect(bench.requests()).toEqual([]);
    for (let day = 0; day < 3; day += 1) {
      await bench.day();
      expect(bench.requests()).toEqual([`/api/models/${ID}/revision/main`]);
    }
    await bench.renewals.look();
    expect(bench.requests()).toEqual([]);
    expect(models.map((model) => bench.renewal(model)?.state)).toEqual(['noted', 'noted', 'noted']);
    expect(bench.notices()).toEqual([]);
  });

  it('that has moved is told of once in each chat, with what changed', async () => {
    const bench = await openRenewals();
    const models = [ANN, BEN].map((chatId) => bench.add(chatId));
    await bench.settle();
    const first = bench.move({ 'config.json': '{"a":1}' }, 'Change the config');
    const commitSha = bench.move({ 'new.json': '{}' }, 'Add a file');
    await bench.day();
    const news = {
      changed: 1,
      added: 1,
      removed: 0,
      // What the new file holds was there, under another name.
      missingBytes: 7,
      sizeBytes: 100_014,
      titles: ['Add a file', 'Change the config'],
      hasMore: false,
    };
    for (const model of models) expect(bench.renewal(model)).toMatchObject({ state: 'offered', commitSha, news });
    const told = (chatId: number) => bench.notices(chatId).map(({ kind, payload }) => ({ kind, payload }));
    const branchId = bench.store.renewals.branchOf(models[0] as never)?.id;
    expect(told(ANN)).toEqual([{ kind: 'newer_commit', payload: { branchId, commitSha } }]);
    expect(told(BEN)).toEqual(told(ANN));
    expect(recentActivity(bench.store, 9).map(({ userId, chatId, action }) => [userId, chatId, action])).toEqual([
      [ITSELF, BEN, 'update_found'],
      [ITSELF, ANN, 'update_found'],
    ]);
    expect(first).not.toBe(commitSha);
    // One look for both, then nothing more than where the branch is.
    expect(bench.requests().map((path) => path.split('/')[5])).toEqual(['revision', 'revision', 'tree', 'commits']);
    await bench.day();
    expect(bench.heads()).toBe(1);
    expect(bench.notices()).toHaveLength(1);
  });

  it('is told of by the models of a chat together', async () => {
    const bench = await openRenewals();
    const one = bench.add(ANN);
    const { id } = bench.store.models.createModel({
      chatId: ANN,
      name: ID,
      commitSha: bench.hub.commitOf(ID).id,
      selection: '{"quantize":"auto","include":["config.json"],"exclude":[]}',
      files: [],
    });
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
    await bench.settle();
    bench.move();
    await bench.day();
    expect([one.id, id].map((each) => bench.store.renewals.getRenewal(each)?.state)).toEqual(['offered', 'offered']);
    expect(bench.notices()).toHaveLength(1);
  });

  it('of which only what is told of the model has changed is noted without a word', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const commitSha = bench.move({ 'README.md': 'second', '.gitattributes': 'x' });
    await bench.day();
    expect(bench.renewal(model)).toMatchObject({ state: 'noted', commitSha });
    expect(bench.notices()).toEqual([]);
    bench.requests();
    await bench.day();
    expect(bench.requests()).toHaveLength(1);
  });

  it('of which nothing that was chosen has changed is noted without a word', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const commitSha = bench.move({ 'tf_model.h5': 'for another program' });
    await bench.day();
    expect(bench.renewal(model)).toMatchObject({ state: 'noted', commitSha, news: null });
    expect(bench.notices()).toEqual([]);
  });

  it('that moves again is told of again, also to who wanted to hear no more of the commit before', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const first = bench.move();
    await bench.day();
    expect(bench.renewals.ignore(model, first.slice(0, 7))).toBe(true);
    await bench.day(3);
    expect(bench.renewal(model)).toMatchObject({ state: 'ignored', commitSha: first });
    expect(bench.notices()).toHaveLength(1);
    const second = bench.move();
    await bench.day();
    expect(bench.renewal(model)).toMatchObject({ state: 'offered', commitSha: second });
    expect(bench.notices()).toHaveLength(2);
    expect(bench.renewals.ignore(model, first.slice(0, 7))).toBe(false);
  });

  it('is taken by itself where the chat wants that, and told of', async () => {
    const bench = await openRenewals();
    const [ann, ben] = [bench.add(ANN), bench.add(BEN)];
    bench.settings.setChat(ANN, 'always_update', 'on');
    await bench.settle();
    const commitSha = bench.move();
    await bench.day();
    expect(bench.renewed).toEqual([
      { id: ann.id, commitSha, paths: ['README.md', 'config.json', 'model.safetensors'] },
    ]);
    expect([ann, ben].map((model) => bench.renewal(model)?.state)).toEqual(['taken', 'offered']);
    expect(bench.notices(ANN).map(({ kind }) => kind)).toEqual(['newer_commit']);
  });

  it('where what was chosen is not any more says so, once', async () => {
    const bench = await openRenewals();
    const selection = '{"quantize":"auto","include":["config.json"],"exclude":[]}';
    const { id } = bench.store.models.createModel({
      chatId: ANN,
      name: ID,
      commitSha: bench.hub.commitOf(ID).id,
      selection,
      files: [],
    });
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
    await bench.settle();
    bench.hub.updateRepo(ID, { remove: ['config.json'] });
    await bench.day(2);
    expect(bench.store.renewals.getRenewal(id)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('none fits include=config.json'),
    });
    expect(bench.notices()).toHaveLength(1);
    await bench.day();
    expect(bench.notices()).toHaveLength(1);
  });
});

describe('how often it is looked', () => {
  it('stays so while an update is fetched, and nobody looks any more once the last model is removed', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    bench.move();
    await bench.day();
    bench.renewals.take(model);
    await bench.renewals.look();
    expect(bench.store.models.getModel(model.id)?.status).toBe('pending');
    await bench.day();
    bench.store.models.moveModel(model.id, 'pending', 'downloading');
    bench.store.models.moveModel(model.id, 'downloading', 'completed');
    bench.requests();
    await bench.day();
    expect(bench.heads()).toBe(1);
    bench.store.models.removeModel(model.id);
    await bench.day();
    expect(bench.store.renewals.branchOf(model)).toBeUndefined();
    expect(bench.requests()).toEqual([]);
  });

  it('is said by the chat, and by the model if that says something', async () => {
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] });
    const [weekly, own] = [bench.add(ANN), bench.add(ANN, 'org/other')];
    bench.settings.setChat(ANN, 'check_frequency', 'weekly');
    bench.store.models.updateModelDetails(own.id, { checkFrequency: 'daily' });
    await bench.settle();
    await bench.day();
    expect(bench.requests()).toEqual(['/api/models/org/other/revision/main']);
    for (let day = 0; day < 5; day += 1) await bench.day();
    bench.requests();
    await bench.day();
    expect(bench.requests().toSorted()).toEqual([
      `/api/models/${ID}/revision/main`,
      '/api/models/org/other/revision/main',
    ]);
    expect(bench.renewal(weekly)?.state).toBe('noted');
  });

  it('is never where it is off, and once a day as soon as that is changed', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    bench.settings.setChat(ANN, 'check_frequency', 'off');
    await bench.settle();
    await bench.day(40);
    expect(bench.requests()).toEqual([]);
    bench.settings.setChat(ANN, 'check_frequency', 'monthly');
    await bench.day();
    expect(bench.heads()).toBe(1);
    await bench.day(29);
    expect(bench.heads()).toBe(0);
    await bench.day();
    expect(bench.heads()).toBe(1);
  });

  it('of one chat daily and of another weekly: each is told in its own time', async () => {
    const bench = await openRenewals();
    const [ann, ben] = [bench.add(ANN), bench.add(BEN)];
    bench.settings.setChat(BEN, 'check_frequency', 'weekly');
    await bench.settle();
    bench.move();
    await bench.day();
    expect([ann, ben].map((model) => bench.renewal(model)?.state)).toEqual(['offered', 'noted']);
    for (let day = 0; day < 6; day += 1) await bench.day();
    expect(bench.renewal(ben)?.state).toBe('offered');
  });

  it('is never for a commit, for what is switched off, and for what is not complete', async () => {
    const bench = await openRenewals();
    const { id: commit } = bench.hub.commitOf(ID);
    bench.add(ANN, ID, { revision: commit });
    bench.add(ANN, ID, { revision: commit.slice(0, 8) });
    const off = bench.add(ANN);
    bench.store.models.updateModelDetails(off.id, { enabled: false });
    await bench.settle();
    await bench.day(3);
    expect(bench.requests()).toEqual([]);
  });

  it('begins anew where the clock was set back, and is not all at once where it was put forward', async () => {
    const ids = Array.from({ length: 30 }, (_, at) => `org/name-${at}`);
    const bench = await openRenewals({ repos: ids.map(sampleRepo) });
    for (const id of ids) bench.add(ANN, id);
    await bench.renewals.look();
    const hours = new Set(
      bench.store.renewals
        .dueBranches('9999-12-31T00:00:00.000Z', '9999-12-31T00:00:00.000Z', 100)
        .map(({ dueAt }) => dueAt?.slice(0, 13)),
    );
    expect(hours.size).toBeGreaterThan(20);
    bench.clock.turn(400 * DAY_MS);
    await bench.renewals.look();
    expect(bench.heads()).toBe(20);
    await bench.renewals.look();
    expect(bench.heads()).toBe(10);
    bench.clock.turn(-400 * DAY_MS);
    await bench.renewals.look();
    expect(bench.heads()).toBe(0);
    await bench.day();
    await bench.renewals.look();
    expect(bench.heads()).toBe(30);
  });

  it('goes on where it was after a restart, since the rows say when it was looked', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    await bench.settle();
    const [branch] = bench.store.renewals.dueBranches('9999-12-31T00:00:00.000Z', '9999-12-31T00:00:00.000Z', 1);
    const inMs = Date.parse(branch?.dueAt ?? '') - bench.clock.now();
    expect(inMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(inMs).toBeLessThanOrEqual(DAY_MS);
  });
});

describe('while the Hub fails', () => {
  it('asks again after longer and longer pauses, and nothing is noted', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const lookedAt = bench.renewal(model)?.lookedAt;
    const mend = bench.hub.setFault({ kind: 'status', status: 503, path: '/revision/' });
    await bench.day();
    await bench.renewals.look();
    expect(bench.heads()).toBe(1);
    for (const minutes of [1, 2, 4, 8, 16, 32, 60]) {
      bench.clock.pass(minutes * 60_000 - 2000);
      await bench.renewals.look();
      expect(bench.heads()).toBe(0);
      bench.clock.pass(2000);
      await bench.renewals.look();
      expect(bench.heads()).toBe(1);
    }
    expect(bench.renewal(model)?.lookedAt).toBe(lookedAt);
    mend();
    bench.clock.pass(3_600_000);
    await bench.renewals.look();
    expect(bench.renewal(model)?.lookedAt).not.toBe(lookedAt);
  });

  it('people who look something up come first', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    await bench.settle();
    const { request } = bench.store.addRequests.createAddRequest({
      chatId: BEN,
      userId: BEN,
      threadId: null,
      messageId: 1,
      ref: 'gpt2',
      options: {},
    });
    await bench.day();
    expect(bench.heads()).toBe(0);
    bench.store.addRequests.moveAddRequest(request.id, 'looking_up', 'cancelled');
    await bench.renewals.look();
    expect(bench.heads()).toBe(1);
  });

  it('a person who asks is told why not, at once', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    bench.hub.setFault({ kind: 'status', status: 503, path: '/revision/' });
    bench.renewals.ask(where(), [model.id]);
    await bench.renewals.look();
    expect(bench.renewal(model)).toMatchObject({ state: 'refused', reason: expect.stringContaining('not well') });
    expect(bench.notices().map(({ kind }) => kind)).toEqual(['renewals_looked_up']);
  });

  it('what could not be found out for who asked is found out at the next look', async () => {
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] });
    const [moved, same] = [bench.add(ANN), bench.add(ANN, 'org/other')];
    await bench.settle();
    const commitSha = bench.move();
    await bench.day();
    const mend = bench.hub.setFault({ kind: 'status', status: 503, path: '/revision/' });
    await bench.renewals.askAll(where());
    await bench.renewals.look();
    expect([moved, same].map((model) => bench.renewal(model)?.state)).toEqual(['refused', 'refused']);
    expect(bench.store.renewals.openRenewals(ANN, { limit: 10 })).toHaveLength(2);
    mend();
    await bench.day();
    expect(bench.renewal(moved)).toMatchObject({ state: 'offered', commitSha, reason: null });
    expect(bench.renewal(same)).toMatchObject({ state: 'noted', reason: null });
    expect(bench.store.renewals.openRenewals(ANN, { limit: 10 })).toHaveLength(1);
  });

  it('what is wanted goes on being wanted', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const commitSha = bench.move();
    await bench.day();
    const mend = bench.hub.setFault({ kind: 'status', status: 503, path: '/tree/' });
    expect(bench.renewals.take(model)).toMatchObject([{ id: model.id }]);
    await bench.renewals.look();
    expect(bench.renewal(model)?.state).toBe('wanted');
    expect(bench.renewed).toEqual([]);
    mend();
    bench.clock.pass(60_000);
    await bench.renewals.look();
    expect(bench.renewed).toMatchObject([{ id: model.id, commitSha }]);
  });
});

describe('a repository that cannot be looked at any more', () => {
  const later = async (bench: RenewalsBench): Promise<void> => {
    await bench.day();
    await bench.day();
  };

  it('is told of once in each chat, and again if it was back meanwhile', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    bench.add(BEN);
    await bench.settle();
    bench.hub.updateRepo(ID, { private: true });
    await later(bench);
    for (const chatId of [ANN, BEN])
      expect(bench.notices(chatId)).toMatchObject([
        { kind: 'branch_trouble', payload: { sentence: expect.stringContaining(`does not show the model ${ID}`) } },
      ]);
    bench.hub.updateRepo(ID, { private: false });
    await later(bench);
    bench.hub.updateRepo(ID, { private: true });
    await later(bench);
    expect(bench.notices()).toHaveLength(2);
  });

  it('since it was disabled is told of as gone', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    await bench.settle();
    bench.hub.updateRepo(ID, { disabled: true });
    await later(bench);
    expect(bench.notices()).toMatchObject([{ kind: 'branch_trouble' }]);
  });

  it('since it was gated is told of once with what opens it, whether it has moved or not', async () => {
    const bench = await openRenewals();
    bench.add(ANN);
    await bench.settle();
    bench.hub.updateRepo(ID, { gated: 'manual' });
    await later(bench);
    expect(bench.notices()).toHaveLength(1);
    bench.move();
    await later(bench);
    expect(bench.notices()).toMatchObject([
      {
        kind: 'branch_trouble',
        payload: { sentence: expect.stringMatching(/is gated\. Accept its terms at .*HF_TOKEN/) },
      },
    ]);
    bench.hub.updateRepo(ID, { gated: false });
    await bench.day();
    expect(bench.notices().map(({ kind }) => kind)).toEqual(['branch_trouble', 'newer_commit']);
  });

  it('that was offered before is handed to the queue all the same, where the download waits for access', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    bench.move();
    await bench.day();
    bench.hub.updateRepo(ID, { gated: 'manual' });
    bench.renewals.take(model);
    await bench.renewals.look();
    expect([bench.renewal(model)?.state, bench.renewed.length]).toEqual(['taken', 1]);
  });

  it('is none where it had been gated from the beginning', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    bench.store.models.updateModelDetails(model.id, { metadata: { gated: true } });
    bench.hub.updateRepo(ID, { gated: 'auto' });
    await bench.settle();
    await bench.day();
    expect(bench.requests()).toHaveLength(1);
    expect(bench.notices()).toEqual([]);
  });
});

describe('a repository that is called otherwise now', () => {
  it('is told of once in each chat, and goes on under the name it has', async () => {
    const bench = await openRenewals();
    const models = [ANN, BEN].map((chatId) => bench.add(chatId));
    for (const { id } of models) bench.store.models.updateModelDetails(id, { canonicalName: ID });
    await bench.settle();
    bench.hub.updateRepo(ID, { renameTo: 'org/other' });
    await bench.day();
    await bench.day();
    for (const chatId of [ANN, BEN])
      expect(bench.notices(chatId)).toMatchObject([{ kind: 'repo_renamed', payload: { newName: 'org/other' } }]);
    bench.hub.updateRepo('org/other', { files: [{ path: 'config.json', content: '{"c":1}' }] });
    await bench.day();
    expect(models.map((model) => bench.renewal(model)?.state)).toEqual(['offered', 'offered']);
  });

  it('is nothing new where the name as typed had led to it from the beginning, or nobody knows what it was', async () => {
    const bench = await openRenewals({ repos: [defineRepo({ ...sampleRepo().spec, renamedFrom: ['old'] })] });
    const [known, unknown] = [bench.add(ANN, ID), bench.add(BEN, ID)];
    bench.store.models.updateModelDetails(known.id, { canonicalName: ID });
    bench.store.models.updateModelDetails(unknown.id, { canonicalName: null });
    await bench.settle();
    expect([...bench.notices(ANN), ...bench.notices(BEN)]).toEqual([]);
    expect(bench.store.models.getModel(unknown.id)?.canonicalName).toBe(ID);
  });

  it('is what a model becomes where a person wants that', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    bench.store.models.updateModelDetails(model.id, { canonicalName: ID });
    await bench.settle();
    expect(bench.renewals.rename(model)).toBe(0);
    bench.hub.updateRepo(ID, { renameTo: 'org/other' });
    await bench.day();
    expect([bench.renewals.rename(model), bench.renewals.rename(model)]).toEqual([1, 0]);
    await bench.renewals.look();
    expect(bench.renewed).toMatchObject([{ id: model.id, commitSha: model.commitSha }]);
    expect(bench.store.models.getModel(model.id)).toMatchObject({ name: 'org/other', canonicalName: 'org/other' });
  });

  it('is not taken twice into one library', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    bench.store.models.updateModelDetails(model.id, { canonicalName: ID });
    await bench.settle();
    bench.hub.updateRepo(ID, { renameTo: 'org/other' });
    await bench.day();
    const taken = bench.add(ANN, 'org/other');
    bench.renewals.rename(model);
    await bench.renewals.look();
    expect(bench.renewal(model)).toMatchObject({
      state: 'refused',
      reason: `This library has org/other already, as #${taken.id}. One of the two can be removed.`,
    });
  });
});

describe('who asks for updates', () => {
  it('gets what is newer, and is answered once for all', async () => {
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] });
    const [moved, same] = [bench.add(ANN), bench.add(ANN, 'org/other')];
    const commitSha = bench.move();
    const asked = where();
    const slices = vi.spyOn(bench.store.renewals, 'askForNext');
    expect(await bench.renewals.askAll(asked)).toBe(2);
    // Few are one slice: nothing that comes of it is told before the answer.
    expect(slices.mock.calls.map(([, afterId]) => afterId)).toEqual([0]);
    await bench.renewals.look();
    expect(bench.renewed).toMatchObject([{ id: moved.id, commitSha }]);
    expect([moved, same].map((model) => bench.renewal(model)?.state)).toEqual(['taken', 'noted']);
    expect(bench.notices()).toMatchObject([{ kind: 'renewals_looked_up', payload: { messageId: 7 } }]);
    // The same update handled again asks for nothing more.
    bench.renewals.ask(asked, [same.id]);
    await bench.renewals.askAll(asked);
    await bench.renewals.look();
    expect(bench.notices()).toHaveLength(1);
  });

  it('is answered when all of the library is asked about, however soon the first of it is looked at', async () => {
    // It refuses at once: a round is over before the next slice has its turn.
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] }, (source) => ({
      ...source,
      head: () => Promise.reject(new AppError('unavailable', 'The Hub does not answer.')),
    }));
    const first = bench.add(ANN);
    const { askForNext } = bench.store.renewals;
    let others: Model[] = [];
    vi.spyOn(bench.store.renewals, 'askForNext').mockImplementation((ask, afterId) => {
      const slice = askForNext(ask, afterId);
      if (others.length > 0) return slice;
      others = [bench.add(ANN, 'org/other')];
      void bench.renewals.look();
      // As if there were more than go into one slice.
      return { ...slice, lastId: first.id };
    });
    expect(await bench.renewals.askAll(where())).toBe(2);
    expect(bench.renewal(first)?.state).toBe('refused');
    expect(bench.notices()).toEqual([]);
    await bench.renewals.look();
    expect(others.map((model) => bench.renewal(model)?.state)).toEqual(['refused']);
    const askId = bench.renewal(first)?.askId ?? 0;
    expect(bench.notices()).toMatchObject([{ kind: 'renewals_looked_up', payload: { askId, messageId: 7 } }]);
    expect(bench.store.renewals.tallyAsk(askId)).toMatchObject({ total: 2, refused: 2 });
  });

  it.each([
    ['handled again', 2],
    ['given up', 1],
  ])('is answered once where the program was killed half-way, and the update is %s', async (then, total) => {
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] });
    const first = bench.add(ANN);
    const asked = where();
    const { askForNext } = bench.store.renewals;
    const slices = vi.spyOn(bench.store.renewals, 'askForNext').mockImplementation((ask, afterId) => {
      if (afterId > 0) throw new Error('killed');
      // As if there were more than go into one slice.
      return { ...askForNext(ask, afterId), lastId: first.id };
    });
    await expect(bench.renewals.askAll(asked)).rejects.toThrow('killed');
    slices.mockRestore();
    bench.add(ANN, 'org/other');
    await bench.renewals.look();
    expect([bench.renewal(first)?.state, bench.notices()]).toEqual(['noted', []]);
    if (then === 'given up') bench.store.updates.markHandled([asked.updateId]);
    else await bench.renewals.askAll(asked);
    await bench.renewals.look();
    await bench.renewals.look();
    expect(bench.notices()).toMatchObject([{ kind: 'renewals_looked_up', payload: { messageId: 7 } }]);
    expect(bench.store.renewals.tallyAsk(bench.renewal(first)?.askId ?? 0).total).toBe(total);
  });

  it('gets what is told of a model, too', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    bench.move({ 'README.md': 'second' });
    bench.renewals.ask(where(), [model.id]);
    await bench.renewals.look();
    expect(bench.renewed).toMatchObject([{ id: model.id }]);
  });

  it('costs one request for all chats that have it', async () => {
    const bench = await openRenewals();
    const models = [bench.add(ANN), bench.add(BEN)];
    for (const model of models) bench.renewals.ask(where(model.chatId), [model.id]);
    await bench.renewals.look();
    expect(bench.heads()).toBe(1);
    expect(bench.notices(BEN)).toHaveLength(1);
  });

  it('of a commit asks for nothing', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN, ID, { revision: bench.hub.commitOf(ID).id });
    const short = bench.add(ANN, ID, { revision: bench.hub.commitOf(ID).id.slice(0, 7) });
    expect(bench.renewals.ask(where(), [model.id, short.id])).toBe(0);
  });
});

describe('a person who takes what is offered', () => {
  it('gets what the branch is then, once, in a chat of their own only', async () => {
    const bench = await openRenewals();
    const [ann, ben] = [bench.add(ANN), bench.add(BEN)];
    await bench.settle();
    bench.move();
    await bench.day();
    const commitSha = bench.move();
    expect(bench.renewals.take(ann)).toHaveLength(1);
    expect(bench.renewals.take(ann)).toEqual([]);
    await bench.renewals.look();
    expect(bench.renewed).toMatchObject([{ id: ann.id, commitSha }]);
    expect(bench.renewal(ben)?.state).toBe('offered');
  });

  it('gets it when the chat’s schedule opens, as what is added', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    const { store } = bench;
    const schedule = store.schedules.createSchedule({ chatId: ANN, name: 'night', type: 'daily', time: '23:00' });
    store.schedules.enableSchedule(schedule.id);
    await bench.settle();
    bench.move();
    await bench.day();
    bench.renewals.take(model);
    await bench.renewals.look();
    expect(store.models.getModel(model.id)).toMatchObject({ status: 'pending', scheduled: true, runNow: false });
  });

  it('gets it after a restart, if the program ended before it was looked up', async () => {
    const bench = await openRenewals();
    const model = bench.add(ANN);
    await bench.settle();
    const commitSha = bench.move();
    await bench.day();
    await bench.renewals.close();
    bench.renewals.take(model);
    expect(bench.renewal(model)?.state).toBe('wanted');
    const next = await bench.restarted();
    await next.look();
    expect(bench.renewed).toMatchObject([{ id: model.id, commitSha }]);
    expect(bench.renewal(model)?.state).toBe('taken');
  });

  it('of all that is offered, all, if that is what is meant', async () => {
    const bench = await openRenewals({ repos: [sampleRepo(), sampleRepo('org/other')] });
    bench.add(ANN);
    bench.add(ANN, 'org/other');
    await bench.settle();
    bench.move();
    bench.hub.updateRepo('org/other', { files: [{ path: 'config.json', content: '{"b":1}' }] });
    await bench.day();
    const { offeredAs, takeAll } = bench.renewals;
    expect(takeAll(ANN, offeredAs(ANN) + 1)).toBeUndefined();
    expect(takeAll(ANN, offeredAs(ANN))).toBe(2);
    expect(takeAll(ANN, offeredAs(ANN))).toBe(0);
  });
});

describe('an update of a large file that changed a little', () => {
  const MIB = 2 ** 20;
  const WEIGHTS = 'model.gguf';
  const partsOf = (header: string) => [header, { seed: 'weights', size: 10 * MIB }];
  const chunked = defineRepo({ id: ID, xet: 'chunks', files: [{ path: WEIGHTS, parts: partsOf('v1') }] });

  const open = async (): Promise<RenewalsBench> => {
    const bench = await openRenewals({ repos: [chunked] });
    await bench.hub.stored(ID);
    return bench;
  };

  const move = async ({ hub }: RenewalsBench, header: string): Promise<void> => {
    hub.updateRepo(ID, { files: [{ path: WEIGHTS, parts: partsOf(header) }] });
    await hub.stored(ID);
  };

  it('is told of with what there is to fetch, before anybody wants it', async () => {
    const bench = await open();
    const model = bench.add(ANN);
    await bench.settle();
    await move(bench, `v2 ${'x'.repeat(300)}`);
    await bench.day();
    const { missingBytes = 0, fetchedBytes = 0 } = bench.renewal(model)?.news ?? {};
    expect(missingBytes).toBe(10 * MIB + 303);
    expect(fetchedBytes).toBeGreaterThan(0);
    expect(fetchedBytes).toBeLessThan(MIB);
    expect(bench.hub.requests.filter(({ host }) => host === 'cas')).toHaveLength(2);
  });

  it('is told of with its whole size if the storage does not answer', async () => {
    const bench = await open();
    const model = bench.add(ANN);
    await bench.settle();
    await move(bench, 'v2');
    bench.hub.setFault({ kind: 'status', status: 403, host: 'cas' });
    await bench.day();
    const { news, state } = bench.renewal(model) ?? {};
    expect([state, news?.missingBytes, news?.fetchedBytes]).toEqual(['offered', 10 * MIB + 2, undefined]);
  });

  it('is summed up by what there is to fetch', async () => {
    const bench = await open();
    const model = bench.add(ANN);
    await bench.settle();
    await move(bench, 'v2');
    bench.renewals.ask(where(), [model.id]);
    await bench.renewals.look();
    const askId = bench.renewal(model)?.askId ?? 0;
    expect(bench.store.renewals.tallyAsk(askId).missingBytes).toBeLessThan(MIB);
  });
});
