import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/domain/quotas/quota.ts';
import { ANONYMOUS_ADMIN } from '../../src/domain/people/anonymous-admin.ts';
import type { Model } from '../../src/domain/model.ts';
import { failure, openBench } from '../store/setup.ts';
import { openQuotas } from '../helpers/quotas.ts';
import { recentActivity } from '../helpers/rows.ts';

const OWNER = 1;
const BOB = 2;
const LAB = -50;

const GB = 1e9;

const open = (usual: { person?: Partial<Limits>; group?: Partial<Limits> } = {}) => {
  const bench = openBench();
  for (const userId of [OWNER, BOB]) {
    bench.store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    bench.store.users.setRole(userId, userId === OWNER ? 'owner' : 'member');
  }
  let made = 0;
  const model = (chatId: number, requestedBy: number, sizeGB: number): Model => {
    made += 1;
    return bench.add(`org/model-${made}`, {
      chatId,
      requestedBy,
      sizeBytes: sizeGB * GB,
      commitSha: String(made).padStart(40, '0'),
      files: [{ path: 'a', size: sizeGB * GB, etag: 'a'.repeat(40) }],
    });
  };
  const complete = ({ id }: Model): void => {
    bench.store.models.moveModel(id, 'pending', 'downloading');
    bench.store.models.moveModel(id, 'downloading', 'completed');
  };
  const quotas = openQuotas(bench.store, usual, bench.clock);
  const by = { userId: OWNER, chatId: OWNER };
  return { ...bench, quotas, model, complete, by };
};

it('what is left for a model is what the one who has least may still have', () => {
  const { quotas, model, complete } = open({ person: { bytes: 5 * GB }, group: { bytes: 3 * GB } });
  complete(model(BOB, BOB, 1));
  expect(quotas.bytesLeftFor({ chatId: BOB, requestedBy: BOB })).toBe(4 * GB);
  expect(quotas.bytesLeftFor({ chatId: LAB, requestedBy: BOB })).toBe(3 * GB);
  complete(model(BOB, BOB, 5));
  expect(quotas.bytesLeftFor({ chatId: LAB, requestedBy: BOB })).toBe(0);
  expect(quotas.bytesLeftFor({ chatId: OWNER, requestedBy: OWNER })).toBeUndefined();
});

describe('what holds for somebody', () => {
  it('is an owner’s word, else nothing for an owner of the bot, else what is usual', () => {
    const { quotas, by } = open({ person: { models: 5, running: 2 }, group: { models: 7 } });
    expect(quotas.viewOf(BOB).limits).toMatchObject({ models: 5, running: 2, bytes: undefined });
    expect(quotas.viewOf(OWNER).limits).toMatchObject({ models: undefined, running: undefined });
    expect(quotas.viewOf(LAB).limits).toMatchObject({ models: 7, running: undefined });
    expect(quotas.set(by, BOB, { models: 9, running: null })).toBe(true);
    expect(quotas.viewOf(BOB).limits).toMatchObject({ models: 9, running: undefined });
    quotas.set(by, OWNER, { models: 3 });
    expect(quotas.viewOf(OWNER).limits.models).toBe(3);
    quotas.set(by, BOB, { models: undefined, running: undefined });
    expect(quotas.viewOf(BOB).limits).toMatchObject({ models: 5, running: 2 });
    expect(quotas.viewOf(BOB).words).toEqual({});
  });

  it('is nothing of what anonymous admins of all groups write as: theirs are the limits of their group', () => {
    const { quotas, model } = open({
      person: { models: 1, bytes: 1, running: 0, adds_per_hour: 0 },
      group: { models: 2 },
    });
    model(LAB - 1, ANONYMOUS_ADMIN, 1);
    const held = model(LAB, ANONYMOUS_ADMIN, 1);
    expect(() => quotas.checkAdd({ userId: ANONYMOUS_ADMIN, chatId: LAB }, true)).not.toThrow();
    expect([quotas.heldBack(), quotas.refusalOf(held)]).toEqual([{ bytes: [], running: [] }, undefined]);
    model(LAB, ANONYMOUS_ADMIN, 1);
    expect(failure(() => quotas.checkAdd({ userId: ANONYMOUS_ADMIN, chatId: LAB }, true)).message).toMatch(
      /this group/i,
    );
  });

  it('is noted with who said it, if it is something else than before', () => {
    const { quotas, by, store } = open();
    quotas.set(by, BOB, { models: 9, bytes: null });
    expect(quotas.set(by, BOB, { models: 9 })).toBe(false);
    quotas.set(by, BOB, { models: undefined });
    expect(recentActivity(store, 9).map(({ userId, action, metadata }) => [userId, action, metadata])).toEqual([
      [OWNER, 'quota_set', { id: BOB, models: 'default' }],
      [OWNER, 'quota_set', { id: BOB, models: 9, bytes: 'none' }],
    ]);
  });

  it('goes with a group that becomes a supergroup', () => {
    const { quotas, by, store } = open();
    quotas.set(by, LAB, { models: 4 });
    store.chats.migrateChat(LAB, -100_050);
    expect(quotas.viewOf(-100_050).limits.models).toBe(4);
    expect(quotas.viewOf(LAB).words).toEqual({});
  });
});

describe('one more model', () => {
  it('may come as long as there are fewer than there may be, whoever’s limit it is', () => {
    const { quotas, model } = open({ person: { models: 2 }, group: { models: 2 } });
    model(BOB, BOB, 1);
    quotas.checkModel({ userId: BOB, chatId: BOB });
    model(LAB, BOB, 1);
    expect(failure(() => quotas.checkModel({ userId: BOB, chatId: BOB })).message).toBe(
      'You have 2 models and may have 2: this would be one more. Remove one (/library), or ask an owner of this bot for more. /quota shows what there is.',
    );
    expect(failure(() => quotas.checkModel({ userId: BOB, chatId: LAB })).message).toMatch(
      /Remove one \(\/library in our own chat\), .* \/quota in our own chat shows what there is\.$/,
    );
    quotas.checkModel({ userId: OWNER, chatId: LAB });
    model(LAB, OWNER, 1);
    expect(failure(() => quotas.checkModel({ userId: OWNER, chatId: LAB })).message).toMatch(
      /^This group has 2 models and may have 2.* Remove one \(\/library\), /,
    );
  });

  it('counts what is being looked up', () => {
    const { quotas, store } = open({ person: { models: 1 } });
    const asked = { chatId: BOB, userId: BOB, threadId: null, messageId: 1, ref: 'gpt2', options: {} };
    quotas.checkAdd(asked, true);
    store.addRequests.createAddRequest(asked);
    expect(failure(() => quotas.checkAdd(asked, true)).message).toMatch(
      /^You have 0 models, 1 more is being looked up, and may have 1/,
    );
    quotas.checkAdd(asked, false);
  });

  it('may be none at all', () => {
    const { quotas, by } = open();
    quotas.set(by, BOB, { adds_per_hour: 0 });
    expect(failure(() => quotas.checkAdd({ userId: BOB, chatId: BOB }, true)).message).toBe(
      'You may not add anything. An owner of this bot can change that.',
    );
  });

  it('may come in a group once an hour has passed since so many came there, whoever asked', () => {
    const { quotas, store, clock } = open({ group: { adds_per_hour: 2 } });
    for (const [messageId, userId] of [
      [1, BOB],
      [2, OWNER],
    ] as const) {
      quotas.checkAdd({ userId, chatId: LAB }, true);
      store.addRequests.createAddRequest({ chatId: LAB, userId, threadId: null, messageId, ref: 'a', options: {} });
      clock.move(60_000);
    }
    expect(failure(() => quotas.checkAdd({ userId: BOB, chatId: LAB }, true)).message).toBe(
      'This group has added 2 within an hour, and may not add more. The next may come in 58 min 00 s; an owner of this bot can allow more.',
    );
    quotas.checkAdd({ userId: BOB, chatId: BOB }, true);
    clock.move(58 * 60_000);
    quotas.checkAdd({ userId: BOB, chatId: LAB }, true);
  });
});

describe('what is held back', () => {
  it('is what would be more bytes than there may be; exactly as many are allowed', () => {
    const { quotas, model, complete } = open({ person: { bytes: 10 * GB } });
    complete(model(BOB, BOB, 6));
    const [fits, large] = [model(BOB, BOB, 4), model(BOB, BOB, 5)];
    expect(quotas.heldBack()).toEqual({ bytes: [large.id], running: [] });
    expect(quotas.refusalOf(fits)?.why).toBeUndefined();
    expect(quotas.refusalOf(large)?.why).toBe(
      'It would take 5 GB. You may have 10 GB in all, and 6 GB are taken. It starts by itself when enough was removed, or when an owner of this bot allows more.',
    );
  });

  it('counts what runs as it will be, and what waits not at all', () => {
    const { quotas, model, run } = open({ person: { bytes: 10 * GB } });
    const all = [model(BOB, BOB, 6), model(BOB, BOB, 6), model(BOB, BOB, 6)] as const;
    expect(quotas.heldBack().bytes).toEqual([]);
    run(all[0]);
    expect(quotas.heldBack().bytes).toEqual([all[1].id, all[2].id]);
  });

  it('lets go on what has begun, and keeps its place', () => {
    const { quotas, model, run, store } = open({ person: { bytes: 10 * GB } });
    const [begun, other] = [model(BOB, BOB, 6), model(BOB, BOB, 5)];
    run(begun);
    const session = store.sessions.startOrContinue(begun.id, 6 * GB);
    store.sessions.updateDownloadSession(session.id, 'in_progress', { bytesDownloaded: 10 });
    store.models.moveModel(begun.id, 'downloading', 'pending', { reason: 'shutdown' });
    expect(quotas.heldBack().bytes).toEqual([other.id]);
  });

  it('counts an older copy while its newer one waits, and of the newer one what is more', () => {
    const { quotas, model, complete, store } = open({ person: { bytes: 10 * GB } });
    const first = model(BOB, BOB, 6);
    complete(first);
    const files = [{ path: 'a', size: 9 * GB, etag: 'b'.repeat(40) }];
    const { repoType, name, selection } = first;
    const wantsCopyId = store.copies.want(
      { repoType, name, commitSha: 'b'.repeat(40), selection },
      { files, sizeBytes: 9 * GB },
    );
    store.models.moveModel(first.id, 'completed', 'pending', { wantsCopyId, sizeBytes: 9 * GB });
    expect(quotas.viewOf(BOB).used.bytes).toBe(6 * GB);
    expect(quotas.heldBack().bytes).toEqual([]);
    const second = model(BOB, BOB, 4);
    expect(quotas.heldBack().bytes).toEqual([]);
    complete(second);
    expect(quotas.heldBack().bytes).toEqual([first.id]);
  });

  it('is what a group or its person may not have: the tighter one counts', () => {
    const { quotas, model, by } = open();
    quotas.set(by, LAB, { bytes: 5 * GB });
    quotas.set(by, BOB, { bytes: 8 * GB });
    const here = model(LAB, BOB, 6);
    const alone = model(BOB, BOB, 6);
    const others = model(LAB, OWNER, 6);
    expect(quotas.heldBack().bytes).toEqual([here.id, others.id]);
    expect(quotas.refusalOf(here)?.why).toMatch(
      /^It would take 6 GB\. This group may have 5 GB in all, and 0 B are taken/,
    );
    expect(quotas.refusalOf(alone)?.why).toBeUndefined();
    quotas.set(by, BOB, { bytes: 3 * GB });
    expect(quotas.refusalOf(here)?.why).toMatch(
      /^It would take 6 GB, more than is left of the 3 GB that who asked for it may have\. It starts/,
    );
  });

  it('is all that waits of whoever has as many downloads as they may; two of one copy are one', () => {
    const { quotas, model, run, add } = open({ person: { running: 2 } });
    const shared = {
      commitSha: 'c'.repeat(40),
      files: [{ path: 'a', size: 1, etag: 'a'.repeat(40) }],
      requestedBy: BOB,
    };
    run(add('org/shared', { chatId: BOB, ...shared }));
    run(add('org/shared', { chatId: LAB, ...shared }));
    const waits = model(BOB, BOB, 1);
    model(OWNER, OWNER, 1);
    expect(quotas.heldBack().running).toEqual([]);
    run(model(BOB, BOB, 1));
    expect(quotas.heldBack()).toEqual({ bytes: [], running: [waits.id] });
    expect(quotas.refusalOf(waits)?.why).toBe(
      'You may have 2 downloads at once. It starts by itself when one of them has ended.',
    );
  });
});

describe('what comes back', () => {
  it('needs a place, and room if it comes with its files', () => {
    const { quotas, model, complete } = open({ person: { models: 3, bytes: 10 * GB } });
    complete(model(BOB, BOB, 6));
    const removed = { id: 99, chatId: BOB, requestedBy: BOB, sizeBytes: 4 * GB };
    quotas.checkReturn(removed, true);
    const larger = { ...removed, sizeBytes: 5 * GB };
    quotas.checkReturn(larger, false);
    expect(failure(() => quotas.checkReturn(larger, true)).message).toMatch(
      /^It would take 5 GB\. You may have 10 GB in all, and 6 GB are taken\. Remove something else first/,
    );
    for (const _ of [1, 2]) model(BOB, BOB, 1);
    expect(failure(() => quotas.checkReturn(removed, false)).message).toMatch(/^You have 3 models and may have 3/);
    expect(failure(() => quotas.checkReturn({ ...removed, chatId: LAB }, false)).message).toMatch(
      /^Who asked for it has 3 models and may have 3/,
    );
  });
});
