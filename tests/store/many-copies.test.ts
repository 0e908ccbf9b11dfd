import { expect, it } from 'vitest';
import { libraryPage } from '../../src/library/library-page.ts';
import type { Store } from '../../src/store/store.ts';
import { fullScans, plansOf } from './plans.ts';
import { CHAT, GROUP, openBench } from './setup.ts';

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
  ['what a chat has', ({ storage }) => storage.sumStored(CHAT)],
  ['the largest of all', ({ storage }) => storage.listStored(PAGE)],
  ['the largest of a chat', ({ storage }) => storage.listStored(PAGE, CHAT)],
  ['how many chats have something', ({ storage }) => storage.countChats()],
  ['which chats have something', ({ storage }) => storage.chatSums()],
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
    'how many are on which host',
    ({ hosts }) => hosts.countByHost(),
    'SCAN models USING COVERING INDEX idx_models_host_status',
  ],
  [
    'how many are on one host',
    ({ hosts }) => hosts.sumOnHost(1),
    'SEARCH models USING COVERING INDEX idx_models_host_status (host_id=?)',
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
])('%s is told from an index', (_, work, step) => {
  const plans = plansOf(openBench(), work);
  expect(plans.filter((one) => one.includes(' models'))).toEqual([step]);
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
