import { describe, expect, it } from 'vitest';
import { type Bench, CHAT, codeOf, failure, fileOf, GROUP, hash, openBench } from './setup.ts';

const SUPERGROUP = -1_001_234_567_890;
const FAR = '2999-01-01T00:00:00.000Z';

describe('chats', () => {
  it('are remembered with the seeds’ defaults', () => {
    const { store, clock } = openBench();
    store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
    expect(store.chats.getChat(GROUP)).toEqual({
      chatId: GROUP,
      kind: 'group',
      title: 'Lab',
      access: 'pending',
      role: 'member',
      reachable: true,
      timezone: null,
      lastActivity: clock.iso(),
      autoClearEnabled: true,
      autoClearHours: 24,
      messageCount: 0,
      startOrder: 'added',
      clearAt: null,
      broughtBy: null,
    });
    expect(store.chats.getChat(1)).toBeUndefined();
  });

  it('keep their standing when their title changes', () => {
    const { store } = openBench();
    store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
    store.chats.setAccess(GROUP, 'approved');
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: null });
    expect(store.chats.getChat(GROUP)).toMatchObject({ kind: 'supergroup', title: null, access: 'approved' });
  });

  it('count what is written in them, known or not', () => {
    const { store, clock } = openBench();
    store.chats.updateChatActivity(CHAT);
    clock.move(1000);
    store.chats.updateChatActivity(CHAT);
    store.chats.updateChatActivity(GROUP);
    expect(store.chats.getChat(CHAT)).toMatchObject({ kind: 'private', messageCount: 2, lastActivity: clock.iso() });
    expect(store.chats.getChat(GROUP)).toMatchObject({ kind: 'group', messageCount: 1 });
  });

  it.each([
    ['the bot is let in again', (bench: Bench) => bench.store.chats.setReachable(CHAT, true)],
    ['somebody writes there', (bench: Bench) => bench.store.chats.updateChatActivity(CHAT)],
  ])('that cannot be reached are left alone until %s', (_, comeBack) => {
    const bench = openBench();
    const { store, add, clock } = bench;
    store.chats.upsertChat({ chatId: CHAT, kind: 'private', title: 'Ann' });
    const { id } = add('gpt2');
    store.cards.putCard({ modelId: id, chatId: CHAT, threadId: null, messageId: 5, replyTo: null });
    store.addRequests.createAddRequest({
      chatId: CHAT,
      userId: 1,
      threadId: null,
      messageId: 4,
      ref: 'gpt2',
      options: {},
    });
    store.outbox.addNotice({ chatId: CHAT, kind: 'access_granted' });
    store.chats.setReachable(CHAT, false);
    store.outbox.retryNotice(1, clock.iso(3_600_000));
    const seen = (): number[] => [
      store.cards.cardsToDraw().length,
      store.addRequests.requestsToDraw().length,
      store.outbox.dueNotices(clock.iso(), 9).length,
    ];
    expect(seen()).toEqual([0, 0, 0]);
    comeBack(bench);
    expect(store.chats.getChat(CHAT)?.reachable).toBe(true);
    expect(seen()).toEqual([1, 1, 1]);
  });
});

/** A file as a message describes it. */
const FILE = {
  fileId: 'BQAC',
  fileUniqueId: 'AgAD',
  kind: 'document',
  fileName: 'a.bin',
  mimeType: null,
  fileSize: 5,
  duration: null,
  title: null,
  uploadedAt: '2026-11-21T12:00:00.000Z',
} as const;

/** A group with a row in every table that knows chats. */
const furnish = (
  { store, add, run, clock }: Bench,
  chatId = GROUP,
): { running: number; done: number; request: number } => {
  store.chats.upsertChat({ chatId, kind: 'group', title: 'Lab' });
  store.chats.setAccess(chatId, 'approved');
  const running = run(add('org/running', { chatId, files: [fileOf('a')] })).id;
  const done = run(add('org/done', { chatId, commitSha: hash('c', 40), files: [fileOf('b')] })).id;
  const session = store.sessions.startOrContinue(done, 10);
  store.models.moveModel(done, 'downloading', 'completed', { downloadPath: '/cache/x' });
  store.sessions.updateDownloadSession(session.id, 'completed');
  store.sessions.startOrContinue(running, 10);
  for (const [modelId, messageId] of [
    [running, 7],
    [done, 8],
  ] as const) {
    store.cards.putCard({ modelId, chatId, threadId: 3, messageId, replyTo: 4 });
    store.cards.setDrawn(modelId, 'text', true);
  }
  const { request } = store.addRequests.createAddRequest({
    chatId,
    userId: 1,
    threadId: 3,
    messageId: 4,
    ref: 'gpt2',
    options: {},
  });
  store.addRequests.setAddRequestCard(request.id, 9);
  store.addRequests.setDrawn(request.id, 'looking up', true);
  const terms = { words: 'llama', gguf: false, order: 'trending' } as const;
  const { search } = store.searches.createSearch({ chatId, userId: 1, threadId: 3, messageId: 5, terms });
  store.searches.setSearchCard(search.id, 10);
  store.searches.createReading({
    chatId,
    userId: 1,
    updateId: 900 - chatId,
    repoType: 'model',
    name: 'a/b',
    revision: null,
  });
  const wanted = { chatId, userId: 1, threadId: 3, messageId: 11, updateId: 700 - chatId };
  const verification = store.verifications.createVerification(wanted);
  if (verification) store.verifications.setVerificationCard(verification.id, 12);
  const brought = store.imports.createImport({ chatId, userId: 1, threadId: 3, messageId: 15, digest: null });
  store.imports.moveImport(brought.id, 'reading', 'asking');
  store.imports.setImportCard(brought.id, 16);
  store.renewals.askForNext({ updateId: 800 - chatId, chatId, threadId: 3, messageId: 13 }, 0);
  store.updates.noteRefused(chatId, 6);
  store.summaries.openSummary(chatId, 3);
  store.outbox.addNotice({ chatId, kind: 'completed', sessionId: session.id, modelId: done });
  store.outbox.addNotice({ chatId: 1, kind: 'access_request', payload: { groupId: chatId } });
  const schedule = store.schedules.createSchedule({ chatId, name: 'night', type: 'daily', time: '23:00' });
  store.schedules.openRun({
    scheduleId: schedule.id,
    chatId,
    scheduleName: 'night',
    openedAt: clock.iso(),
    closesAt: null,
    maxConcurrentDownloads: 1,
    limitBytes: null,
  });
  store.activity.logActivity(1, chatId, 'library_shown');
  store.watching.addTraffic(5, chatId);
  store.libraryViews.keep(chatId, { word: 'failed' });
  store.activity.activityViews.keep(chatId, { action: 'add' });
  store.chatSettings.setChatSetting(chatId, 'start', 'now');
  store.categories.putCategory(chatId, 'LoRA', { icon: '🧩' });
  store.removedModels.removeAndKeep(add('org/removed', { chatId }).id, {
    taking: 'ours',
    freedBytes: 0,
    messageId: 11,
  });
  store.cleanups.createCleanup(chatId, []);
  const send = { chatId, threadId: 3, replyTo: 17, askedBy: 1, updateId: 900 - chatId, modelId: done };
  store.fileSends.createFileSend({ ...send, copyId: 1, path: 'config.json' });
  const talker = { chatId, userId: 1, threadId: 1, modelId: done };
  const { id: talkId } = store.talks.createTalk(talker);
  store.talks.createTurn({ ...talker, talkId, replyTo: 1, updateId: 950 - chatId, asked: 'Hello' });
  store.clearing.noteMessages([{ chatId, messageId: 7, userId: 1, command: false, sentAt: clock.iso() }]);
  store.keptFiles.noteAlbumFile({ chatId, albumId: '1', messageId: 8, file: FILE });
  store.keptFiles.keepAlbum({ chatId, albumId: '1', askedBy: 1, options: {} });
  clock.move(1000);
  return { running, done, request: request.id };
};

describe('migrateChat', () => {
  const chatTables = ({ raw }: Bench): string[] =>
    raw
      .prepare(
        `SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND columns.name = 'chat_id' ORDER BY tables.name`,
      )
      .pluck()
      .all() as string[];

  const rowsOf = ({ raw }: Bench, table: string, chatId: number): number =>
    raw.prepare<[number], number>(`SELECT count(*) FROM ${table} WHERE chat_id = ?`).pluck().get(chatId) ?? 0;

  it('moves every row of every table that knows chats', () => {
    const bench = openBench();
    furnish(bench);
    const tables = chatTables(bench);
    expect(tables).toContain('chat_turns');
    const before = tables.map((table) => [table, rowsOf(bench, table, GROUP)]);
    // Furnished: a table that is new to this test has to be filled above.
    expect(before.filter(([, rows]) => rows === 0)).toEqual([]);
    bench.store.chats.migrateChat(GROUP, SUPERGROUP);
    // Messages stay behind.
    const stays = ['clearable_messages', 'album_files', 'kept_albums'];
    const moved = before.map(([table, rows]) => [table, stays.includes(String(table)) ? 0 : rows]);
    expect(tables.map((table) => [table, rowsOf(bench, table, SUPERGROUP)])).toEqual(moved);
    expect(tables.map((table) => rowsOf(bench, table, GROUP))).toEqual(tables.map(() => 0));
    expect(bench.raw.pragma('foreign_key_check')).toEqual([]);
    expect(bench.store.chats.getChat(SUPERGROUP)).toMatchObject({
      kind: 'supergroup',
      access: 'approved',
      title: 'Lab',
    });
  });

  it('lets downloads go on, and the owner approve the new id', () => {
    const bench = openBench();
    const { running } = furnish(bench);
    bench.store.chats.migrateChat(GROUP, SUPERGROUP);
    expect(bench.model(running)).toMatchObject({ chatId: SUPERGROUP, status: 'downloading' });
    expect(bench.store.outbox.dueNotices(FAR, 9)[1]?.payload).toEqual({ groupId: SUPERGROUP });
  });

  it('sends living cards anew, and leaves what rests in peace', () => {
    const bench = openBench();
    const { running, done, request } = furnish(bench);
    const { store } = bench;
    store.models.updateModelDetails(running, {});
    store.chats.migrateChat(GROUP, SUPERGROUP);
    expect(store.cards.cardsToDraw()).toEqual([
      {
        modelId: running,
        chatId: SUPERGROUP,
        threadId: null,
        messageId: null,
        replyTo: null,
        drawn: null,
        final: false,
        asked: false,
        opened: false,
        upToDate: false,
        status: 'downloading',
        statusReason: null,
        checking: false,
      },
    ]);
    expect(store.cards.cardOf(done)).toMatchObject({ messageId: null, final: true });
    expect(store.addRequests.requestsToDraw()).toMatchObject([{ id: request, cardMessageId: null, threadId: null }]);
    store.models.moveModel(done, 'completed', 'pending');
    expect(store.cards.cardsToDraw()).toHaveLength(2);
  });

  it('does nothing the second time, however often Telegram says it', () => {
    const bench = openBench();
    const { running } = furnish(bench);
    const { store } = bench;
    store.chats.migrateChat(GROUP, SUPERGROUP);
    store.cards.replaceCardMessage(running, 70);
    store.cards.setDrawn(running, 'new', false);
    const card = store.cards.cardOf(running);
    store.chats.migrateChat(GROUP, SUPERGROUP);
    store.chats.migrateChat(SUPERGROUP, SUPERGROUP);
    expect(store.cards.cardOf(running)).toEqual(card);
  });

  it('lets the old group win where the new one was quicker', () => {
    const bench = openBench();
    const { running, done } = furnish(bench);
    const { store, add, run } = bench;
    store.chats.upsertChat({ chatId: SUPERGROUP, kind: 'supergroup', title: 'Lab 2' });
    const twin = run(add('org/running', { chatId: SUPERGROUP }));
    const session = store.sessions.startOrContinue(twin.id, 5);
    const own = add('org/own', { chatId: SUPERGROUP });
    store.schedules.createSchedule({ chatId: SUPERGROUP, name: 'day', type: 'daily', time: '12:00' });
    const asked = { chatId: SUPERGROUP, userId: 1, threadId: null, messageId: 4, ref: 'org/own', options: {} };
    const { request } = store.addRequests.createAddRequest(asked);

    store.chats.migrateChat(GROUP, SUPERGROUP);
    expect(store.chats.getChat(SUPERGROUP)).toMatchObject({ access: 'approved', title: 'Lab' });
    expect(store.models.listModels(SUPERGROUP).map((model) => model.id)).toEqual([own.id, done, running]);
    expect(store.models.getModel(twin.id)).toBeUndefined();
    expect(store.sessions.getDownloadSession(session.id)?.status).toBe('cancelled');
    expect(store.schedules.getActiveSchedule(SUPERGROUP)?.name).toBe('night');
    expect(store.schedules.listSchedules(SUPERGROUP)).toHaveLength(2);
    expect(store.addRequests.createAddRequest(asked)).toMatchObject({ created: false, request: { id: request.id } });
  });

  it('takes a message of the new chat for new, even if its number was used in the old one', () => {
    const bench = openBench();
    const { request } = furnish(bench);
    const { store } = bench;
    const again = { chatId: GROUP, userId: 1, threadId: null, messageId: 5, ref: 'org/two', options: {} };
    store.addRequests.createAddRequest(again);
    store.chats.migrateChat(GROUP, SUPERGROUP);
    const { created } = store.addRequests.createAddRequest({ ...again, chatId: SUPERGROUP, messageId: 4 });
    expect(created).toBe(true);
    expect(store.addRequests.getAddRequest(request)?.messageId).toBe(-1);
    expect(store.addRequests.getAddRequest(request + 1)?.messageId).toBe(-2);
  });

  it('is all or nothing', () => {
    const bench = openBench();
    furnish(bench);
    bench.raw.exec(
      "CREATE TRIGGER no_moves BEFORE UPDATE OF chat_id ON activity_log BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    expect(failure(() => bench.store.chats.migrateChat(GROUP, SUPERGROUP)).code).toBe('state_transition');
    expect(bench.store.models.countModels(GROUP)).toBe(2);
    expect(bench.store.chats.getChat(SUPERGROUP)).toBeUndefined();
  });
});

describe('people', () => {
  it('are pending when they are new, and keep their role', () => {
    const { store, clock } = openBench();
    const first = store.users.upsertUser({ userId: 1, firstName: 'Ann', username: 'ann' });
    expect(first).toEqual({
      created: true,
      user: {
        userId: 1,
        role: 'pending',
        roleSource: null,
        firstName: 'Ann',
        username: 'ann',
        languageCode: null,
        createdAt: clock.iso(),
        updatedAt: clock.iso(),
      },
    });
    expect(store.users.setRole(1, 'owner')).toBe(true);
    clock.move(1000);
    expect(store.users.upsertUser({ userId: 1, firstName: 'Anna', username: null })).toMatchObject({
      created: false,
      user: { role: 'owner', firstName: 'Anna', username: null, updatedAt: clock.iso() },
    });
    expect(store.users.upsertUser({ userId: 1, firstName: 'Anna', username: null, languageCode: 'de' })).toMatchObject({
      user: { languageCode: 'de' },
    });
    // Not every message says it.
    expect(store.users.upsertUser({ userId: 1, firstName: 'Anna', username: null }).user.languageCode).toBe('de');
    expect(store.users.setRole(2, 'member')).toBe(false);
    expect(codeOf(() => store.users.setRole(1, 'king' as 'owner'))).toBe('constraint');
  });

  it('are owners by their role', () => {
    const { store } = openBench();
    for (const userId of [3, 1, 2]) store.users.upsertUser({ userId, firstName: `P${userId}`, username: null });
    store.users.setRole(2, 'owner');
    expect(store.users.owners().map((user) => user.userId)).toEqual([2]);
  });

  it('prefer the seeds’ defaults until they say otherwise', () => {
    const { store } = openBench();
    const defaults = {
      userId: 1,
      defaultCategory: null,
      autoClearEnabled: true,
      autoClearHours: 24,
      notificationEnabled: true,
    };
    expect(store.preferences.getPreferences(1)).toEqual(defaults);
    expect(store.preferences.setPreferences(1, { notificationEnabled: false })).toEqual({
      ...defaults,
      notificationEnabled: false,
    });
    expect(store.preferences.setPreferences(1, { autoClearHours: 47, defaultCategory: 'audio' })).toEqual({
      ...defaults,
      notificationEnabled: false,
      autoClearHours: 47,
      defaultCategory: 'audio',
    });
    expect(store.preferences.getPreferences(2)).toEqual({ ...defaults, userId: 2 });
    expect(codeOf(() => store.preferences.setPreferences(1, { autoClearHours: 48 }))).toBe('constraint');
    expect(codeOf(() => store.preferences.setPreferences(1, { defaultCategory: 'movie' }))).toBe('integrity');
    expect(codeOf(() => store.preferences.setPreferences(3, { autoClearHours: 0 }))).toBe('constraint');
  });
});

it('a search that moves with its chat is sent there, and its answer replies to nothing that is not there', () => {
  const bench = openBench();
  furnish(bench);
  bench.store.chats.migrateChat(GROUP, SUPERGROUP);
  const [search] = bench.store.searches.searchesToDraw();
  expect(search).toMatchObject({ chatId: SUPERGROUP, cardMessageId: null, threadId: null });
  expect(search?.messageId).toBeLessThan(0);
});

it('an import that moves with its chat asks there, and its answer replies to nothing that is not there', () => {
  const bench = openBench();
  furnish(bench);
  bench.store.chats.migrateChat(GROUP, SUPERGROUP);
  const made = bench.store.imports.importsToDraw().find(({ chatId }) => chatId === SUPERGROUP);
  expect(made).toMatchObject({ state: 'asking', cardMessageId: null, threadId: null });
  expect(made?.messageId).toBeLessThan(0);
});
