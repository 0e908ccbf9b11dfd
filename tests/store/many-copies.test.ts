import { expect, it, vi } from 'vitest';
import { libraryPage } from '../../src/library/library-page.ts';
import type { Store } from '../../src/store/store.ts';
import type { ModelStatus } from '../../src/domain/states/model.ts';
import { joinHost } from '../helpers/hosts.ts';
import { bringTo } from '../helpers/statuses.ts';
import { fullScans, plansOf, takenFromRows } from './plans.ts';
import { CHAT, fileOf, GROUP, hash, openBench } from './setup.ts';

const PAGE = { limit: 8, offset: 0 };

/** The first row of these keeps a copy from going: no more of them are read. */
const KEEPS = ['idx_models_with_older', 'idx_models_wanting'];

/** Steps that go to the rows of models, of which many may have one copy. */
const rowsOfModels = (plans: readonly string[]): string[] =>
  plans.filter(
    (step) =>
      /^(?:SEARCH|SCAN) models\b/.test(step) &&
      !step.includes('USING COVERING INDEX') &&
      !KEEPS.some((index) => step.includes(index)),
  );

it.each<[string, (store: Store) => unknown]>([
  ['what all chats have', ({ storage }) => storage.sumStored()],
  ['how many all chats have', ({ storage }) => storage.countStored()],
  ['how many a chat has', ({ storage }) => storage.countStored(CHAT)],
  ['what a chat has', ({ storage }) => storage.sumStored(CHAT)],
  ['the largest of all', ({ storage }) => storage.listStored(PAGE)],
  ['the largest of a chat', ({ storage }) => storage.listStored(PAGE, CHAT)],
  ['how many chats have something', ({ storage }) => storage.countChats()],
  ['what could go of all', ({ candidates }) => candidates.largestCandidates(10)],
  ['what could go of a chat', ({ candidates }) => candidates.largestCandidates(10, CHAT)],
])('%s is told from indexes, however many models have one copy', (_, work) => {
  const bench = openBench();
  const plans = plansOf(bench, work);
  expect(plans.length).toBeGreaterThan(0);
  expect(rowsOfModels(plans)).toEqual([]);
});

it.each<[string, (store: Store) => unknown]>([
  ['what a chat has', ({ storage }) => storage.sumStored(CHAT)],
  ['how many a chat has', ({ storage }) => storage.countStored(CHAT)],
  ['the largest of a chat', ({ storage }) => storage.listStored(PAGE, CHAT)],
  ['what could go of a chat', ({ candidates }) => candidates.largestCandidates(10, CHAT)],
])('%s reads nothing of other chats', (_, work) => {
  const bench = openBench();
  expect(fullScans(bench, plansOf(bench, work))).toEqual([]);
});

it.each<[string, (store: Store) => unknown, string]>([
  [
    'whether somebody waits for room',
    ({ models }) => models.hostsWithoutRoom(),
    'SCAN models USING INDEX idx_models_no_space',
  ],
  [
    'which hosts are wanted',
    ({ hosts }) => hosts.hostsWanted(),
    'SEARCH models EXISTS USING COVERING INDEX idx_models_host_status (host_id=? AND status=?)',
  ],
  [
    'which hosts a chat wants',
    ({ hosts }) => hosts.hostsWanted(CHAT),
    'SEARCH models USING INDEX idx_models_chat (chat_id=? AND status=?)',
  ],
  [
    'what chats wait for of a repository',
    ({ storage }) => storage.awaiting('model', 'gpt2'),
    'SEARCH models USING INDEX idx_models_wanting (wants_copy_id=?)',
  ],
  [
    'what a chat waits for',
    ({ storage }) => storage.awaitedBy(CHAT),
    'SEARCH models USING INDEX idx_models_chat (chat_id=? AND status=?)',
  ],
  [
    'how many are pinned',
    ({ models }) => models.countLibrary(CHAT, { mark: 'pinned' }),
    'SEARCH models USING COVERING INDEX idx_models_chat_pinned (chat_id=?)',
  ],
  [
    'how many are off',
    ({ models }) => models.countLibrary(CHAT, { mark: 'off' }),
    'SEARCH models USING COVERING INDEX idx_models_chat_off (chat_id=?)',
  ],
  [
    'how many are held for a schedule',
    ({ models }) => models.countWaitingForSchedule(CHAT),
    'SEARCH models USING COVERING INDEX idx_models_waiting (chat_id=? AND enabled=? AND on_demand=? AND run_now=? AND scheduled=?)',
  ],
])('%s is told from an index', (_, work, step) => {
  const plans = plansOf(openBench(), work);
  expect(plans.filter((one) => one.includes(' models'))).toEqual([step]);
});

it('how many are on which host is counted without looking at each that is complete here', () => {
  const bench = openBench();
  const { store, add } = bench;
  const nas = joinHost(store);
  const statuses = ['completed', 'completed', 'completed', 'failed', 'paused', 'downloading', 'pending', 'pending'];
  for (const [at, status] of (statuses as ModelStatus[]).entries()) bringTo(store, add(`org/m${at}`).id, status);
  bringTo(store, add('org/there', { hostId: nas }).id, 'completed');
  bringTo(store, add('org/comes', { hostId: nas, chatId: GROUP }).id, 'downloading');
  const here = { hostId: 1, complete: 3, running: 1, waiting: 2, resting: 2 };
  expect(store.hosts.countByHost()).toEqual([here, { hostId: nas, complete: 1, running: 1, waiting: 0, resting: 0 }]);
  expect(store.hosts.countByHost(CHAT)).toEqual([
    here,
    { hostId: nas, complete: 1, running: 0, waiting: 0, resting: 0 },
  ]);
  expect(store.hosts.hostsWanted()).toEqual([1, nas]);
  expect(store.hosts.hostsWanted(CHAT)).toEqual([1]);
  expect(plansOf(bench, ({ hosts }) => hosts.countByHost())).toEqual([
    'SEARCH models USING COVERING INDEX idx_models_host_status (host_id>?)',
    'SEARCH models USING COVERING INDEX idx_models_host_status (host_id=? AND status=?)',
    // Without a condition SQLite adds up what each page has: https://sqlite.org/opcode.html#Count
    expect.stringMatching(/^SCAN models USING COVERING INDEX \w+$/),
  ]);
});

it('where no model is, no host is counted', () => {
  expect(openBench().store.hosts.countByHost()).toEqual([]);
});

it('how many are on one host is told from an index, but for those that still lie on another one', () => {
  const plans = plansOf(openBench(), ({ hosts }) => hosts.countOnHost(1));
  expect(plans.filter((step) => step.includes(' models'))).toEqual([
    'SEARCH models USING COVERING INDEX idx_models_host_status (host_id=?)',
    'SEARCH models USING INDEX idx_models_with_older (copy_id>?)',
  ]);
});

it.each<[string, (store: Store) => unknown]>([
  ['the order of all that waits', ({ models }) => models.order()],
  ['what still has to come', ({ models }) => models.bytesToCome(1)],
  ['what they wait for', ({ models }) => models.countWaits()],
  ['what comes by itself', ({ watching }) => watching.bytesComing()],
  ['what comes by itself at most', ({ watching }) => watching.bytesComingAtMost()],
])('%s is told from an index, which has nothing else', (_, work) => {
  const bench = openBench();
  // What runs is looked at by its rows: there is little of it.
  const ofRunning = / idx_models_(?:host_)?status /;
  const steps = plansOf(bench, work).filter((step) => / models\b/.test(step) && !ofRunning.test(step));
  expect(steps.filter((step) => !step.includes('idx_models_order'))).toEqual([]);
  expect(steps.length).toBeGreaterThan(0);
});

it('where the order ends is told from an index, however many wait', () => {
  const plans = plansOf(openBench(), ({ models }) => models.createModel({ chatId: CHAT, name: 'org/new' }));
  expect(plans).toContain('SEARCH models USING COVERING INDEX idx_models_queued');
  expect(plans.filter((step) => step.includes('idx_models_status'))).toEqual([]);
});

it('what is looked up of a library is found a slice at a time, by the slice alone', () => {
  const bench = openBench();
  const ids = ['org/a', 'org/b'].map((name) => bench.add(name).id);
  for (const id of ids) bringTo(bench.store, id, 'completed');
  const ask = { updateId: 1, chatId: CHAT, threadId: null, messageId: 2 };
  const steps = plansOf(bench, ({ renewals }) => renewals.askForNext(ask, 0)).filter((step) => / models\b/.test(step));
  expect(steps).toEqual([
    'SEARCH models USING COVERING INDEX idx_models_chat (chat_id=? AND status=? AND rowid>?)',
    'SEARCH models USING INDEX idx_models_chat (chat_id=? AND status=? AND rowid>? AND rowid<?)',
  ]);
  const { renewals } = bench.store;
  expect(renewals.askForNext(ask, 0)).toEqual({ asked: 2 });
  expect(renewals.askForNext(ask, ids[0] ?? 0)).toEqual({ asked: 1 });
  expect(renewals.askForNext(ask, ids[1] ?? 0)).toEqual({ asked: 0 });
  expect(renewals.tallyAsk(1).total).toBe(2);
});

it('which models have one of some names is told from the indexes of names', () => {
  const steps = plansOf(openBench(), ({ models }) => models.modelsNamed(CHAT, ['a', 'b']));
  expect(steps.filter((step) => / models\b/.test(step))).toEqual([
    'SEARCH models USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH models USING COVERING INDEX idx_models_names (chat_id=? AND <expr>=?)',
    expect.stringMatching(/idx_models_canonical_names \(chat_id=\? AND <expr>=\?\)$/),
  ]);
});

it('what waits of a chat and may be skipped is looked for among what waits of it', () => {
  const plans = plansOf(openBench(), ({ models }) => models.skippable(CHAT, 9));
  expect(plans).toContain('SEARCH models USING INDEX idx_models_chat (chat_id=? AND status=?)');
});

it('what still has to come takes nothing from the rows of what waits', () => {
  const bench = openBench();
  const taken = (): number => takenFromRows(bench, 'models', ({ models }) => models.bytesToCome(1));
  // Of what runs, which copy it wants: whether any, and that.
  expect(taken()).toBe(2);
  bench.raw.exec(
    `DROP INDEX idx_models_order; CREATE INDEX idx_models_order ON models (enabled) WHERE status = 'pending'`,
  );
  expect(taken()).toBeGreaterThan(2);
});

it('what each chat has is summed without asking of a copy twice, however many chats have it', async () => {
  const bench = openBench();
  const { store, raw, add } = bench;
  const have = (chatId: number, name: string, sizeBytes: number): void => {
    const { id, wantsCopyId } = add(name, {
      chatId,
      sizeBytes,
      commitSha: hash('c', 40),
      files: [fileOf('a', hash('a'), sizeBytes)],
    });
    bringTo(store, id, 'completed');
    store.copies.setComplete(wantsCopyId ?? 0, '/cache');
  };
  const chats = Array.from({ length: 20 }, (_, at) => 2000 + at);
  for (const chatId of chats) have(chatId, 'org/shared', 100);
  have(CHAT, 'org/own', 10);
  const all = vi.spyOn(Object.getPrototypeOf(raw.prepare('SELECT 1')), 'all');
  const sums = await store.storage.chatSums();
  const texts = (all.mock.contexts as { readonly source: string }[]).map(({ source }) => source);
  all.mockRestore();
  expect(texts.filter((text) => / FROM copies /.test(text))).toHaveLength(1);
  expect(sums).toHaveLength(21);
  for (const { chatId, ...sum } of sums) {
    expect(sum).toEqual(store.storage.sumStored(chatId));
    const { sharedBytes: _shared, ...count } = sum;
    expect(store.storage.countStored(chatId)).toEqual(count);
  }
  expect(store.storage.countStored()).toEqual({ copies: 2, sizeBytes: 110 });
  expect(store.storage.countStored(undefined, 2)).toEqual({ copies: 0, sizeBytes: 0 });
  expect(sums.at(-1)).toEqual({ chatId: CHAT, copies: 1, sizeBytes: 10, sharedBytes: 0 });
});

it('what lies of each repository is read a hundred copies at a time, and of who has one, only those who wait for it', async () => {
  const bench = openBench();
  const { store, raw, add } = bench;
  for (let at = 0; at < 250; at += 1) {
    const { id, wantsCopyId } = add(`org/m${at}`, {
      sizeBytes: 1,
      commitSha: hash('c', 40),
      files: [fileOf('a', hash('a'), 1)],
    });
    if (at === 7) continue;
    bringTo(store, id, 'completed');
    store.copies.setComplete(wantsCopyId ?? 0, '/cache');
  }
  const all = vi.spyOn(Object.getPrototypeOf(raw.prepare('SELECT 1')), 'all');
  const sums = await store.storage.repoSums();
  const slices = all.mock.results.map(({ value }) => (value as unknown[]).length);
  all.mockRestore();
  expect(slices).toEqual([100, 100, 50]);
  expect(sums).toHaveLength(250);
  expect(sums.filter(({ isAwaited }) => isAwaited)).toEqual([
    { type: 'model', id: 'org/m7', bytes: 0, isAwaited: true, isLeft: false },
  ]);
  const plans = plansOf(openBench(), ({ storage }) => storage.repoSums());
  expect(plans.filter((step) => / models\b/.test(step))).toEqual([
    'SEARCH models USING COVERING INDEX idx_models_copy (copy_id=?)',
    'SEARCH models USING INDEX idx_models_wanting (wants_copy_id=?)',
  ]);
});

it('of what failed lately it is not looked through all that ever has', () => {
  const plans = plansOf(openBench(), ({ watching }) => watching.countEnds('2026-11-20'));
  expect(plans.filter((step) => step.includes('download_sessions'))).toEqual([
    'SEARCH download_sessions USING INDEX idx_download_sessions_completed (completed_at>? AND completed_at<?)',
    'SEARCH download_sessions USING INDEX idx_download_sessions_status (status=?)',
    'SEARCH download_sessions USING INDEX idx_download_sessions_completed (completed_at>? AND completed_at<?)',
  ]);
});

it('whether a chat has a tag is asked of its own models, however many others have it, and of none if nobody has', () => {
  const bench = openBench();
  const known = 'SEARCH model_tags USING COVERING INDEX idx_model_tags_tag (tag=?)';
  const ask = ({ models }: Store): unknown => models.tagOf(CHAT, 'tag');
  expect(plansOf(bench, ask)).toEqual([known]);
  bench.store.models.setTags(bench.add('gpt2', { chatId: GROUP }).id, ['tag']);
  expect(plansOf(bench, ask)).toEqual([
    known,
    'SEARCH models USING COVERING INDEX idx_models_newest (chat_id=?)',
    'SEARCH model_tags USING PRIMARY KEY (model_id=? AND tag=?)',
  ]);
});

it('a library in which nothing fits is read once', () => {
  const filter = { text: ['nothing'] };
  const plans = plansOf(openBench(), (store) => libraryPage(store, CHAT, { page: 0, filter }, 8));
  expect(plans.filter((step) => / models\b/.test(step))).toHaveLength(1);
});

it('which branch is due is found without those that are planned', () => {
  const plans = plansOf(openBench(), ({ renewals }) => renewals.dueBranches('2026-11-21', '2026-11-22', 5));
  const ofBranches = plans.filter((step) => /^(?:SEARCH|SCAN) branches/.test(step));
  expect(ofBranches).toEqual([
    'SEARCH branches USING INDEX idx_branches_due (due_at=?)',
    'SEARCH branches USING INDEX idx_branches_due (due_at<?)',
    'SEARCH branches USING INDEX idx_branches_due (due_at>?)',
  ]);
});
