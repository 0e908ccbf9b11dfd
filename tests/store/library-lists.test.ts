import { describe, expect, it } from 'vitest';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import { LIBRARY_SORTS, type LibraryFilter } from '../../src/domain/library-filter.ts';
import type { Store } from '../../src/store/store.ts';
import { type Bench, CHAT, GROUP, openBench } from './setup.ts';
import { fullScans, plansOf } from './plans.ts';

const PAGE = { limit: 20, offset: 0 };

/** Puts a small library into a bench. */
const furnish = (): Bench => {
  const bench = openBench();
  const { add, store, clock } = bench;
  const put = (name: string, sizeBytes: number, category: string, tags: readonly string[]): number => {
    clock.move(1000);
    const { id } = add(name, { sizeBytes, category });
    store.models.setTags(id, tags);
    return id;
  };
  put('org/b', 30, 'text', ['nlp', 'Small']);
  const done = put('org/a', 20, 'image', ['small']);
  store.models.updateModelDetails(done, { title: 'zeta' });
  put('org/c_d', 10, 'text', []);
  const off = put('org/cxd', 40, 'text', ['NLP']);
  add('other/x', { chatId: GROUP, sizeBytes: 99 });
  store.models.moveModel(done, 'pending', 'downloading');
  store.models.moveModel(done, 'downloading', 'completed', { downloadPath: '/cache/a' });
  store.models.updateModelDetails(off, { enabled: false, description: 'for the demo, 50% off' });
  return bench;
};

const namesOf = ({ store }: Bench, filter: LibraryFilter, page = PAGE): string[] =>
  store.models.listLibrary(CHAT, filter, page).map(({ name }) => name.slice('org/'.length));

describe('a list of a library', () => {
  it.each<[LibraryFilter, string[]]>([
    [{}, ['cxd', 'c_d', 'a', 'b']],
    [{ word: 'completed' }, ['a']],
    [{ category: 'text' }, ['cxd', 'c_d', 'b']],
    [{ tags: ['nlp'] }, ['cxd', 'b']],
    [{ tags: ['NLP', 'small'] }, ['b']],
    [{ mark: 'off' }, ['cxd']],
    [{ mark: 'pinned' }, []],
    [{ text: ['C_D'] }, ['c_d']],
    [{ text: ['%'] }, ['cxd']],
    [{ text: ['zet'] }, ['a']],
    [{ text: ['mal'] }, ['a', 'b']],
    [{ text: ['org', 'demo'] }, ['cxd']],
    [{ category: 'text', tags: ['nlp'], word: 'completed' }, []],
  ])('shows what fits all of %j', (filter, names) => {
    const bench = furnish();
    expect(namesOf(bench, filter)).toEqual(names);
    expect(bench.store.models.sumLibrary(CHAT, filter).models).toBe(names.length);
  });

  it('is in the order that is asked for', () => {
    const bench = furnish();
    const orders = LIBRARY_SORTS.map((sort) => [sort, namesOf(bench, { sort }).join(' ')]);
    expect(Object.fromEntries(orders)).toEqual({
      newest: 'cxd c_d a b',
      oldest: 'b a c_d cxd',
      // By its title, where somebody gave it one.
      name: 'b c_d cxd a',
      largest: 'cxd b a c_d',
      smallest: 'c_d a b cxd',
      changed: 'cxd a c_d b',
    });
  });

  it('is summed as a whole, however few of it are read', () => {
    const bench = furnish();
    expect(namesOf(bench, { sort: 'name' }, { limit: 2, offset: 1 })).toEqual(['c_d', 'cxd']);
    expect(bench.store.models.sumLibrary(CHAT, {})).toEqual({ models: 4, sizeBytes: 100, completedBytes: 20 });
  });

  it('tells what it can be filtered by, each with how many there are', () => {
    const { store } = furnish();
    expect(store.models.tallyWords(CHAT)).toEqual([
      { value: 'pending', models: 3 },
      { value: 'completed', models: 1 },
    ]);
    expect(store.models.tallyCategories(CHAT)).toEqual([
      { value: 'image', models: 1 },
      { value: 'text', models: 3 },
    ]);
    // Written in different letters, it is one tag all the same.
    const [most] = store.models.tallyTags(CHAT, 1);
    expect([most?.value.toLowerCase(), most?.models]).toEqual(['nlp', 2]);
    expect(store.models.tagOf(CHAT, 'SMALL')?.toLowerCase()).toBe('small');
    expect(store.models.tagOf(GROUP, 'small')).toBeUndefined();
  });
});

describe('models that words may mean', () => {
  const names = (models: readonly { readonly name: string }[]): string[] => models.map(({ name }) => name);

  it('are read by a part of their names, by all of them, and by titles', () => {
    const { store } = furnish();
    expect(names(store.models.namedLike(CHAT, 'C_D', []))).toEqual(['org/c_d']);
    expect(names(store.models.namedLike(CHAT, 'org/', []))).toEqual(['org/cxd', 'org/c_d', 'org/a', 'org/b']);
    expect(names(store.models.namedLike(CHAT, 'org/', [], 2))).toEqual(['org/cxd', 'org/c_d']);
    expect(names(store.models.namedLike(CHAT, 'other', []))).toEqual([]);
    expect(names(store.models.namedExactly(CHAT, 'ORG/A'))).toEqual(['org/a']);
    expect(names(store.models.namedExactly(CHAT, 'org/'))).toEqual([]);
    expect(names(store.models.titled(CHAT))).toEqual(['org/a']);
  });

  it('are read by what tells them apart, where that is not what is usual', () => {
    const { add, store } = openBench();
    const choice = (quantize: string): string => selectionKey({ ...DEFAULT_SELECTION, quantize });
    add('org/usual');
    add('org/q4', { selection: choice('Q4_K_M') });
    add('org/ud', { selection: choice('UD-Q4_K_M') });
    add('org/v2', { revision: 'v2' });
    const labels = ['q4_k_m', 'UD-q4_k_m'];
    expect(names(store.models.namedLike(CHAT, 'none', labels))).toEqual(['org/ud', 'org/q4']);
    expect(names(store.models.namedLike(CHAT, 'none', ['q4']))).toEqual([]);
    expect(names(store.models.toldApartBy(CHAT, 'q4_K'))).toEqual(['org/ud', 'org/q4']);
    expect(names(store.models.toldApartBy(CHAT, 'q4_K', 1))).toEqual(['org/ud']);
    expect(names(store.models.toldApartBy(CHAT, 'V2'))).toEqual(['org/v2']);
    for (const usual of ['auto', 'main', 'include'])
      expect(names(store.models.toldApartBy(CHAT, usual))).not.toContain('org/usual');
  });

  it.each<[string, (store: Store) => unknown]>([
    ['a part of a name', ({ models }) => models.namedLike(CHAT, 'x', ['x'], 9)],
    ['what tells them apart', ({ models }) => models.toldApartBy(CHAT, 'x', 9)],
  ])(
    'are looked for by %s in an index that has all of it, and rows are read of those alone that are told',
    (_, work) => {
      const steps = plansOf(openBench(), work).filter((step) => / models\b/.test(step));
      expect(steps).toEqual([
        'SEARCH models USING INTEGER PRIMARY KEY (rowid=?)',
        'SEARCH models USING COVERING INDEX sqlite_autoindex_models_1 (chat_id=?)',
      ]);
    },
  );

  it('are found by their whole name or a title without looking at others', () => {
    const steps = plansOf(openBench(), ({ models }) => [models.namedExactly(CHAT, 'x'), models.titled(CHAT)]);
    expect(steps.filter((step) => /SEARCH models/.test(step))).toEqual([
      'SEARCH models USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH models USING COVERING INDEX idx_models_names (chat_id=? AND <expr>=?)',
      'SEARCH models USING INDEX idx_models_canonical_names (chat_id=? AND <expr>=?)',
      'SEARCH models USING INDEX idx_models_titled (chat_id=?)',
    ]);
  });
});

describe('tags', () => {
  it('keep the order in which they were written, and go with their model', () => {
    const { add, store, raw } = openBench();
    const { id } = add('org/a');
    store.models.setTags(id, ['z', 'a', 'm']);
    expect(store.models.tagsOf(id)).toEqual(['z', 'a', 'm']);
    store.models.removeModel(id);
    expect(raw.prepare('SELECT count(*) FROM model_tags').pluck().get()).toBe(0);
  });

  it('with a comma are refused, and those before stay', () => {
    const { add, store } = openBench();
    const { id } = add('org/a');
    store.models.setTags(id, ['one']);
    expect(() => store.models.setTags(id, ['two', 'a,b'])).toThrow('tag_has_no_comma');
    expect(store.models.tagsOf(id)).toEqual(['one']);
  });
});

describe('a view', () => {
  it('has one number for one filter, and is its own chat’s', () => {
    const { store } = openBench();
    const id = store.libraryViews.keep(CHAT, { word: 'failed', sort: 'newest' });
    expect(store.libraryViews.keep(CHAT, { sort: 'newest', tags: [], word: 'failed' })).toBe(id);
    expect(store.libraryViews.keep(CHAT, {})).toBe(0);
    expect(store.libraryViews.read(CHAT, id)).toEqual({ word: 'failed' });
    expect(store.libraryViews.read(GROUP, id)).toBeUndefined();
    expect(store.libraryViews.read(GROUP, 0)).toEqual({});
  });

  it('is forgotten when a hundred have come after it', () => {
    const { store } = openBench();
    const ids = Array.from({ length: 101 }, (_, at) => store.libraryViews.keep(CHAT, { text: [`t${at}`] }));
    expect(store.libraryViews.read(CHAT, ids[0] ?? 0)).toBeUndefined();
    expect(store.libraryViews.read(CHAT, ids[1] ?? 0)).toEqual({ text: ['t1'] });
  });
});

describe('plans', () => {
  const filters: readonly LibraryFilter[] = [
    ...LIBRARY_SORTS.map((sort) => ({ sort })),
    { word: 'cancelled' },
    { category: 'text', sort: 'name' },
    { tags: ['nlp'] },
    { text: ['llama'], sort: 'largest' },
  ];

  it.each(filters)('of a list by %j reads no other chat’s models', (filter) => {
    const bench = openBench();
    const plans = plansOf(bench, ({ models }) => {
      models.listLibrary(CHAT, filter, PAGE);
      models.sumLibrary(CHAT, filter);
    });
    expect(plans).not.toEqual([]);
    expect(fullScans(bench, plans)).toEqual([]);
    expect(plans.filter((step) => step.startsWith('SEARCH models') && !/chat_id=\?|rowid=\?/.test(step))).toEqual([]);
  });

  it.each(LIBRARY_SORTS)('of all by “%s” sorts nothing', (sort) => {
    const plans = plansOf(openBench(), ({ models }) => models.listLibrary(CHAT, { sort }, PAGE));
    expect(plans.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });

  it('of the choices read no other chat’s models, and no model’s whole row for a sum', () => {
    const bench = openBench();
    const plans = plansOf(bench, ({ models }) => {
      models.tallyCategories(CHAT);
      models.tallyTags(CHAT, 12);
      models.tagOf(CHAT, 'nlp');
    });
    expect(fullScans(bench, plans)).toEqual([]);
    const sums = plansOf(bench, ({ models }) => models.sumLibrary(CHAT, {}));
    expect(sums).toEqual([expect.stringContaining('COVERING INDEX')]);
  });
});
