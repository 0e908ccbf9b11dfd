import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { fullScans, plansOf } from './plans.ts';
import { type Bench, CHAT, fileOf, GROUP, openBench } from './setup.ts';

const HOUR_MS = 3_600_000;
/** Of the message that is looked at. */
const MESSAGE = 50;
const SHA = 'b'.repeat(40);

const open = (): Bench & { readonly note: (messageId: number, fields?: object) => void } => {
  const bench = openBench();
  const { store, clock } = bench;
  store.chats.updateChatActivity(CHAT);
  return {
    ...bench,
    note: (messageId, fields = {}) =>
      store.clearing.noteMessages([
        { chatId: CHAT, messageId, userId: null, command: false, sentAt: clock.iso(), ...fields },
      ]),
  };
};

const clearable = ({ clearing }: Store, hours = 24): number[] =>
  clearing.clearableAfter(CHAT, hours, 0).messages.map(({ messageId }) => messageId);

describe('when a chat is looked at', () => {
  it('is as many hours after its first message as it says, if it clears and can be reached', () => {
    const { store, clock, note } = open();
    for (const [chatId, hours] of [
      [2, '1'],
      [3, '1'],
      [4, '1'],
    ] as const) {
      store.chats.updateChatActivity(chatId);
      store.preferences.setPreferences(chatId, { autoClearHours: Number(hours) });
      note(1, { chatId });
    }
    note(1);
    store.preferences.setPreferences(3, { autoClearEnabled: false });
    store.chats.setReachable(4, false);
    const due = (): number[] => store.clearing.chatsToClear(9).map(({ chatId }) => chatId);
    clock.move(HOUR_MS - 1);
    expect(due()).toEqual([]);
    clock.move(1);
    expect(due()).toEqual([2]);
    clock.move(23 * HOUR_MS);
    expect(due()).toEqual([2, CHAT]);
    expect(store.clearing.chatsToClear(1)).toMatchObject([{ chatId: 2, hours: 1 }]);
    store.preferences.setPreferences(3, { autoClearEnabled: true });
    expect(due()).toContain(3);
  });

  it('is not put off by what is sent meanwhile', () => {
    const { store, clock, note } = open();
    note(1);
    const due = clock.iso(24 * HOUR_MS);
    clock.move(23 * HOUR_MS);
    note(2);
    expect(store.chats.getChat(CHAT)?.clearAt).toBe(due);
  });

  it('is put off as it is said, and over when nothing is left', () => {
    const { store, clock, note } = open();
    note(1);
    clock.move(24 * HOUR_MS);
    store.clearing.clearLater(CHAT, clock.iso(1));
    expect(store.clearing.chatsToClear(9)).toEqual([]);
    store.clearing.forgetDeleted(CHAT, [1]);
    store.clearing.endClearing(CHAT, 24);
    expect(store.chats.getChat(CHAT)?.clearAt).toBeNull();
    // Of a chat that has nothing there is nothing to put off.
    store.clearing.clearLater(CHAT, clock.iso());
    expect(store.chats.getChat(CHAT)?.clearAt).toBeNull();
  });

  it('is an hour later for what stays, earlier for what becomes old before', () => {
    const { store, clock, note } = open();
    note(1);
    clock.move(23.5 * HOUR_MS);
    note(2);
    clock.move(0.5 * HOUR_MS);
    store.clearing.endClearing(CHAT, 24);
    expect(store.chats.getChat(CHAT)?.clearAt).toBe(clock.iso(HOUR_MS));
    clock.move(23 * HOUR_MS);
    store.clearing.endClearing(CHAT, 24);
    expect(store.chats.getChat(CHAT)?.clearAt).toBe(clock.iso(0.5 * HOUR_MS));
  });

  it('is at once when other hours are chosen', () => {
    const { store, clock, note } = open();
    note(1);
    clock.move(HOUR_MS);
    store.preferences.setPreferences(CHAT, { autoClearHours: 1 });
    expect(store.clearing.chatsToClear(9)).toMatchObject([{ chatId: CHAT, hours: 1 }]);
  });

  it('comes though the clock was set back, and no message is kept longer for that', () => {
    const { store, clock, note } = open();
    clock.move(72 * HOUR_MS);
    store.chats.updateChatActivity(CHAT);
    note(1);
    clock.turn(-72 * HOUR_MS);
    store.clearing.beginClearingAnew(clock.iso(48 * HOUR_MS));
    expect(store.clearing.chatsToClear(9)).toMatchObject([{ chatId: CHAT, lastActivity: clock.iso() }]);
    expect(clearable(store)).toEqual([]);
    clock.move(24 * HOUR_MS);
    expect(clearable(store)).toEqual([1]);
  });
});

describe('what may be deleted', () => {
  it('is so old as was said, and not older than Telegram deletes', () => {
    const { store, clock, note } = open();
    note(1);
    clock.move(24 * HOUR_MS - 1);
    expect(clearable(store)).toEqual([]);
    expect(clearable(store, 1)).toEqual([1]);
    clock.move(1);
    note(2);
    expect(clearable(store)).toEqual([1]);
    clock.move(24 * HOUR_MS);
    expect(clearable(store)).toEqual([2]);
    store.clearing.endClearing(CHAT, 24);
    expect(store.clearing.pruneMessages(clock.iso())).toBe(1);
  });

  it('comes in pages of a hundred, those that stay left out', () => {
    const { store, clock, note } = open();
    for (let id = 1; id <= 130; id += 1) note(id, { command: id === 7 });
    store.summaries.openSummary(CHAT, null);
    store.summaries.replaceSummaryMessage(CHAT, 5);
    clock.move(24 * HOUR_MS);
    const first = store.clearing.clearableAfter(CHAT, 24, 0);
    expect([first.messages.length, first.last]).toEqual([99, 100]);
    expect(first.messages.filter(({ command }) => command)).toEqual([{ messageId: 7, command: true }]);
    const second = store.clearing.clearableAfter(CHAT, 24, 100);
    expect([second.messages.length, second.last]).toEqual([30, 130]);
    expect(store.clearing.clearableAfter(CHAT, 24, 130)).toEqual({ messages: [], last: undefined });
  });

  it('is written once, with whom it answers as it was said last', () => {
    const { raw, note } = open();
    note(1);
    note(1, { userId: CHAT });
    note(1);
    expect(raw.prepare('SELECT message_id, user_id FROM clearable_messages').all()).toEqual([
      { message_id: 1, user_id: CHAT },
    ]);
  });
});

/** Something in the rows that the message shows. */
interface Shown {
  readonly what: string;
  /** As long as it is so, the message stays. */
  readonly begin: (bench: Bench) => void;
  /** Then it may go; left out: it stays. */
  readonly end?: (bench: Bench) => void;
}

const request = { chatId: CHAT, userId: 1, threadId: null, messageId: 4 };

const told = ({ store }: Bench, messageId = MESSAGE): void => {
  for (const { id } of store.outbox.dueNotices('2999-01-01T00:00:00.000Z', 99)) store.outbox.markSent(id, messageId);
};

/** A complete model. */
const complete = (bench: Bench, name = 'gpt2'): number => {
  const { id } = bench.run(bench.add(name, { commitSha: SHA, files: [fileOf('a')] }));
  bench.store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
  return id;
};

const SHOWN: readonly Shown[] = [
  {
    what: 'the card of a model',
    begin: (bench) => {
      const { id: modelId } = bench.add('gpt2');
      bench.store.cards.putCard({ ...request, modelId, messageId: MESSAGE, replyTo: null });
    },
    end: ({ store }) => store.cards.replaceCardMessage(1, 51),
  },
  {
    what: 'the summary of what runs',
    begin: ({ store }) => {
      store.summaries.openSummary(CHAT, null);
      store.summaries.replaceSummaryMessage(CHAT, MESSAGE);
    },
    end: ({ store }) => store.summaries.closeSummary(CHAT),
  },
  {
    what: 'how far a file is that is on its way',
    begin: ({ store }) => {
      const wish = { chatId: CHAT, threadId: null, replyTo: null, askedBy: 1, updateId: 1, modelId: 1, copyId: 1 };
      store.fileSends.createFileSend({ ...wish, path: 'a' });
      store.fileSends.setProgressMessage(1, MESSAGE);
    },
    end: ({ store }) => store.fileSends.dropFileSend(1),
  },
  {
    what: 'a choice that nobody has made',
    begin: ({ store, raw }) => {
      const { request: added } = store.addRequests.createAddRequest({ ...request, ref: 'gpt2', options: {} });
      store.addRequests.setAddRequestCard(added.id, MESSAGE);
      raw.exec("UPDATE add_requests SET state = 'choosing', choices = '[]'");
    },
    end: ({ raw }) => void raw.exec("UPDATE add_requests SET state = 'cancelled'"),
  },
  {
    what: 'what waits for access to a gated repository',
    begin: ({ store, raw, clock }) => {
      const { request: added } = store.addRequests.createAddRequest({ ...request, ref: 'gpt2', options: {} });
      store.addRequests.setAddRequestCard(added.id, MESSAGE);
      raw.prepare("UPDATE add_requests SET state = 'failed', not_before = ?").run(clock.iso());
    },
    end: ({ raw }) => void raw.exec('UPDATE add_requests SET not_before = NULL'),
  },
  {
    what: 'a search under way',
    begin: ({ store }) => {
      const terms = { words: 'llama', gguf: false, order: 'trending' } as const;
      store.searches.setSearchCard(store.searches.createSearch({ ...request, terms }).search.id, MESSAGE);
    },
    end: ({ raw }) => void raw.exec("UPDATE searches SET state = 'shown'"),
  },
  {
    what: 'a question about a file',
    begin: ({ store }) => {
      const { id } = store.imports.createImport({ ...request, digest: null });
      store.imports.setImportCard(id, MESSAGE);
      store.imports.moveImport(id, 'reading', 'asking');
    },
    end: ({ store }) => void store.imports.moveImport(1, 'asking', 'cancelled'),
  },
  {
    what: 'a verification under way',
    begin: (bench) => {
      complete(bench, 'org/read');
      const { store } = bench;
      const wish = store.verifications.createVerification({ ...request, updateId: 1 });
      store.verifications.setVerificationCard(wish?.id ?? 0, MESSAGE);
    },
    end: ({ raw }) => void raw.exec("UPDATE verifications SET state = 'done'"),
  },
  {
    what: 'a removal that can be undone',
    begin: (bench) =>
      void bench.store.removedModels.removeAndKeep(bench.add('gpt2').id, {
        taking: 'nothing',
        freedBytes: 0,
        messageId: MESSAGE,
      }),
    end: ({ raw }) => void raw.exec("UPDATE removed_models SET state = 'gone'"),
  },
  {
    what: 'the card of a model that can be brought back',
    begin: (bench) => {
      const { id: modelId } = bench.add('gpt2');
      bench.store.cards.putCard({ ...request, modelId, messageId: MESSAGE, replyTo: null });
      bench.store.removedModels.removeAndKeep(modelId, { taking: 'nothing', freedBytes: 0, messageId: 60 });
    },
    end: ({ raw }) => void raw.exec("UPDATE removed_models SET state = 'gone'"),
  },
  {
    what: 'the newest notice of a model',
    begin: (bench) => {
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'completed', modelId: complete(bench) });
      told(bench);
    },
    end: (bench) => {
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'failed', modelId: 1 });
      told(bench, 51);
    },
  },
  {
    what: 'the notice of a model that is in the library',
    begin: (bench) => {
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'completed', modelId: complete(bench) });
      told(bench);
    },
    end: ({ store }) => void store.models.removeModel(1),
  },
  {
    what: 'what one message tells of several models, for one of which it is the newest',
    begin: (bench) => {
      const { store } = bench;
      const [first, second] = [complete(bench), bench.add('other').id];
      for (const modelId of [first, second]) store.outbox.addNotice({ chatId: CHAT, kind: 'failed', modelId });
      told(bench);
      store.outbox.addNotice({ chatId: CHAT, kind: 'completed', modelId: first });
      told(bench, 51);
    },
  },
  {
    what: 'a question to the owner',
    begin: (bench) => {
      bench.store.users.upsertUser({ userId: 9, firstName: 'Eve', username: null });
      bench.store.accessRequests.ask(9);
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'access_request', payload: { userId: 9 } });
      told(bench);
    },
    end: ({ store }) => void store.users.setRole(9, 'member'),
  },
  {
    what: 'a question about a group',
    begin: (bench) => {
      bench.store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
      bench.store.accessRequests.ask(GROUP);
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'access_request', payload: { groupId: GROUP } });
      told(bench);
    },
    end: ({ store }) => store.chats.setAccess(GROUP, 'approved'),
  },
  {
    what: 'a clean-up that is announced',
    begin: (bench) => {
      const cleanupId = bench.store.cleanups.createCleanup(CHAT, []) ?? 0;
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'cleanup', payload: { cleanupId } });
      told(bench);
    },
    end: ({ raw }) => void raw.exec("UPDATE cleanups SET state = 'called_off'"),
  },
  {
    what: 'a newer revision that is offered',
    begin: (bench) => {
      const { store, raw, clock } = bench;
      const id = complete(bench);
      const branchId = store.renewals.branchOf(bench.model(id))?.id ?? 0;
      raw
        .prepare("INSERT INTO renewals (model_id, state, commit_sha, updated_at) VALUES (?, 'offered', ?, ?)")
        .run(id, SHA, clock.iso());
      store.outbox.addNotice({ chatId: CHAT, kind: 'newer_commit', payload: { branchId, commitSha: SHA } });
      told(bench);
    },
    end: ({ raw }) => void raw.exec("UPDATE renewals SET state = 'ignored'"),
  },
  {
    what: 'what was set aside and can be dropped',
    begin: (bench) => {
      const { id: modelId } = bench.add('gpt2');
      bench.store.outbox.addNotice({ chatId: CHAT, kind: 'set_aside', payload: { modelId } });
      told(bench);
    },
    end: ({ store }) => void store.models.removeModel(1),
  },
  {
    what: 'the question of a dialogue that is open',
    begin: ({ store, clock }) => {
      const answers = { chatId: CHAT, userId: CHAT, sentAt: clock.iso() };
      store.clearing.noteMessages([{ ...answers, messageId: MESSAGE, command: false }]);
      store.clearing.noteMessages([{ ...answers, messageId: 52, command: true }]);
      store.conversations.write(`${CHAT}:${CHAT}`, '{}');
    },
    end: ({ store }) => store.conversations.delete(`${CHAT}:${CHAT}`),
  },
  {
    what: 'the last word of a dialogue',
    begin: ({ store, clock }) => {
      const answers = { chatId: CHAT, userId: CHAT, sentAt: clock.iso(), command: false };
      store.clearing.noteMessages([{ ...answers, messageId: MESSAGE }]);
      store.conversations.write(`${CHAT}:${CHAT}`, '{}');
    },
    end: ({ store, clock }) =>
      store.clearing.noteMessages([{ chatId: CHAT, userId: CHAT, sentAt: clock.iso(), command: false, messageId: 51 }]),
  },
];

describe('what stays in a chat', () => {
  it.each(SHOWN)('$what', ({ begin, end }) => {
    const bench = open();
    const { store, clock, note } = bench;
    note(MESSAGE);
    begin(bench);
    clock.move(24 * HOUR_MS);
    expect(clearable(store)).not.toContain(MESSAGE);
    end?.(bench);
    expect(clearable(store).includes(MESSAGE)).toBe(end !== undefined);
  });

  it('is what somebody has pinned', () => {
    const { store, clock, note } = open();
    note(1);
    note(2);
    store.clearing.keepMessages(CHAT, [1]);
    clock.move(24 * HOUR_MS);
    expect(clearable(store)).toEqual([2]);
  });
});

it('a message that is gone is known of nowhere', () => {
  const bench = open();
  const { store, raw, note } = bench;
  note(MESSAGE);
  for (const { begin } of SHOWN.filter(({ what }) => /choice|search|file|verification|undone|^the newest/.test(what)))
    begin(bench);
  store.clearing.forgetDeleted(CHAT, [MESSAGE]);
  const named = ['add_requests', 'searches', 'verifications', 'imports'].flatMap((table) =>
    raw.prepare(`SELECT card_message_id FROM ${table}`).pluck().all(),
  );
  const others = ['removed_models', 'outbox'].flatMap((table) =>
    raw.prepare(`SELECT message_id FROM ${table}`).pluck().all(),
  );
  expect(named).toEqual([null, null, null, null]);
  expect(others).toEqual([null, null]);
  expect(raw.prepare('SELECT count(*) FROM clearable_messages').pluck().get()).toBe(0);
});

it.each<[string, (store: Store) => unknown]>([
  ['which chats are due', ({ clearing }) => clearing.chatsToClear(9)],
  ['what may go', ({ clearing }) => clearing.clearableAfter(CHAT, 24, 0)],
  ['what is gone', ({ clearing }) => clearing.forgetDeleted(CHAT, [1])],
  ['when it is looked at next', ({ clearing }) => clearing.endClearing(CHAT, 24)],
  ['whose hours have changed', ({ preferences }) => preferences.setPreferences(CHAT, { autoClearHours: 3 })],
])('%s is found by indexes', (_, work) => {
  const bench = openBench();
  const plans = plansOf(bench, work);
  expect(plans.length).toBeGreaterThan(0);
  expect(fullScans(bench, plans)).toEqual([]);
});
