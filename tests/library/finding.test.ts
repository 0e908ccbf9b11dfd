import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { RepoListing } from '../../src/domain/listing.ts';
import type { SearchTerms } from '../../src/domain/search/terms.ts';
import { createSettings } from '../../src/settings/settings.ts';
import { createFinding, type Finding, type ShownList } from '../../src/library/finding/finding.ts';
import type { FoundRepo, SearchPage, SearchQuery } from '../../src/sources/port.ts';
import type { Search } from '../../src/store/downloads/searches.ts';
import type { Store } from '../../src/store/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openLibrary } from './setup.ts';

/** Not how long something takes: when it is given up. */
const WAIT = { timeout: 60_000 } as const;

const OWNER = 1;
const MEMBER = 2;
const COMMIT = 'c'.repeat(40);
const TERMS: SearchTerms = { words: 'llama', gguf: false, order: 'trending' };

const repo = (id: string, more: Partial<FoundRepo> = {}): FoundRepo => ({
  id,
  commit: COMMIT,
  gated: false,
  license: 'mit',
  task: 'text-generation',
  downloads: 12,
  lastModified: '2026-01-05T09:30:00.000Z',
  told: { parameters: { F32: 250 } },
  ...more,
});

const listing = (id: string): RepoListing => ({
  type: 'model',
  id,
  canonicalId: id,
  commit: COMMIT,
  private: false,
  gated: false,
  license: 'mit',
  pipelineTag: undefined,
  libraryName: 'transformers',
  tags: [],
  lastModified: undefined,
  files: [
    { path: 'config.json', size: 24, etag: 'a'.repeat(40) },
    { path: 'model.safetensors', size: 1000, etag: 'b'.repeat(64) },
    { path: 'pytorch_model.bin', size: 1000, etag: 'd'.repeat(64) },
  ],
});

/** A question to the Hub that is answered when the test says so. */
interface Question<In, Out> {
  readonly asked: In;
  readonly answer: (value: Out) => void;
  readonly fail: (error: unknown) => void;
}

const createQuestions = <In, Out>() => {
  const open: Question<In, Out>[] = [];
  const all: In[] = [];
  const ask = (asked: In, signal: AbortSignal): Promise<Out> =>
    new Promise((resolve, reject) => {
      all.push(asked);
      open.push({ asked, answer: resolve, fail: reject });
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const next = (): Promise<Question<In, Out>> =>
    vi.waitFor(() => {
      const question = open.shift();
      if (!question) throw new Error('Nothing is asked');
      return question;
    }, WAIT);
  return { ask, next, all, openCount: () => open.length };
};

const openBench = () => {
  let nowMs = 0;
  const clock = { ...systemClock, monotonic: () => nowMs };
  const store = openLibrary(clock);
  for (const userId of [OWNER, MEMBER]) {
    store.users.upsertUser({ userId, firstName: `Person ${userId}`, username: null });
    store.users.setRole(userId, userId === OWNER ? 'owner' : 'member');
  }
  const searches = createQuestions<SearchQuery, SearchPage>();
  const sizes = createQuestions<string, RepoListing>();
  let message = 0;
  const open = (): Finding => {
    const finding = createFinding({
      store,
      settings: createSettings(store, { given: {}, log: silentLog }),
      source: {
        search: searches.ask,
        inspect: ({ id }, signal) => sizes.ask(id, signal),
        repoUrl: ({ id }) => `https://hub.test/${id}`,
      },
      clock,
      log: silentLog,
    });
    onTestFinished(() => finding.close());
    finding.start();
    return finding;
  };
  return {
    store,
    searches,
    sizes,
    open,
    pass: (ms: number) => {
      nowMs += ms;
    },
    request: (finding: Finding, chatId = OWNER, userId = chatId): Search => {
      message += 1;
      return finding.request({ chatId, userId, threadId: null, messageId: message, terms: TERMS });
    },
    /** Waits until a search is in this state. */
    is: (id: number, state: Search['state']): Promise<Search> =>
      vi.waitFor(() => {
        const search = store.searches.getSearch(id);
        if (search?.state !== state) throw new Error(`It is ${search?.state}`);
        return search;
      }, WAIT),
  };
};

const listOf = ({ id, chatId, turn }: Search): ShownList => ({ searchId: id, chatId, turn });
const stateOf = (store: Store, id: number): string | undefined => store.searches.getSearch(id)?.state;

describe('a search', () => {
  it('shows at once what its answer tells, and to the byte what can be found out', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const { id } = request(open());
    (await searches.next()).answer({ found: [repo('org/a'), repo('org/b', { told: {} })], next: undefined });
    const first = await is(id, 'sizing');
    expect(first.hits.map(({ size }) => size)).toEqual([{ kind: 'about', bytes: 1000 }, undefined]);
    (await sizes.next()).answer(listing('org/a'));
    (await sizes.next()).fail(new AppError('unavailable', 'Not now.'));
    const { hits } = await is(id, 'shown');
    // config.json and model.safetensors: the .bin is its twin.
    expect(hits.map(({ size }) => size)).toEqual([{ kind: 'exact', bytes: 1024 }, undefined]);
    expect(hits[0]).toEqual({
      id: 'org/a',
      commit: COMMIT,
      gated: false,
      license: 'mit',
      task: 'text-generation',
      downloads: 12,
      lastModified: '2026-01-05T09:30:00.000Z',
      size: { kind: 'exact', bytes: 1024 },
    });
  });

  it('asks once for what a commit takes, whoever finds it', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const finding = open();
    const { id } = request(finding);
    (await searches.next()).answer({ found: [repo('org/a')], next: undefined });
    (await sizes.next()).answer(listing('org/a'));
    await is(id, 'shown');
    const again = request(finding, MEMBER);
    (await searches.next()).answer({ found: [repo('org/a')], next: undefined });
    expect((await is(again.id, 'shown')).hits[0]?.size).toEqual({ kind: 'exact', bytes: 1024 });
    expect(sizes.all).toEqual(['org/a']);
  });

  it('tells what would come where another quantization is usual in the chat, and asks for that once too', async () => {
    const { store, request, open, searches, sizes, is } = openBench();
    const finding = open();
    store.chatSettings.setChatSetting(MEMBER, 'default_quantize', 'Q8_0');
    const files = ['Q4_K_M', 'Q8_0'].map((label, at) => ({
      path: `name-${label}.gguf`,
      size: 500 * (at + 1),
      etag: 'b'.repeat(64),
    }));
    const found = async (chatId: number): Promise<unknown> => {
      const { id } = request(finding, chatId);
      (await searches.next()).answer({ found: [repo('org/a'), repo('org/b')], next: undefined });
      (await sizes.next()).answer({ ...listing('org/a'), files });
      // It has nothing of that kind.
      (await sizes.next()).answer(listing('org/b'));
      return (await is(id, 'shown')).hits.map(({ size }) => size);
    };
    expect(await found(MEMBER)).toEqual([
      { kind: 'exact', bytes: 1000, label: 'Q8_0' },
      { kind: 'exact', bytes: 1024 },
    ]);
    expect(await found(OWNER)).toEqual([
      { kind: 'exact', bytes: 500, label: 'Q4_K_M' },
      { kind: 'exact', bytes: 1024 },
    ]);
    const again = request(finding, MEMBER);
    (await searches.next()).answer({ found: [repo('org/a')], next: undefined });
    expect((await is(again.id, 'shown')).hits[0]?.size).toMatchObject({ bytes: 1000 });
    expect(sizes.all).toHaveLength(4);
  });

  it('says nothing of a repository whose weights lie in other branches: what is in main is no model', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const { id } = request(open());
    (await searches.next()).answer({ found: [repo('org/exl2', { told: {} })], next: undefined });
    const files = [{ path: 'config.json', size: 155, etag: 'a'.repeat(40) }];
    (await sizes.next()).answer({
      ...listing('org/exl2'),
      files,
      branches: ['4.0bpw'],
      branchBytes: { '4.0bpw': 5000 },
    });
    expect((await is(id, 'shown')).hits[0]?.size).toBeUndefined();
  });

  it('leaves the rest as guesses once the Hub has had enough', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const { id } = request(open());
    (await searches.next()).answer({ found: [repo('org/a'), repo('org/b')], next: undefined });
    (await sizes.next()).fail(new AppError('rate_limited', 'Enough.'));
    const { hits } = await is(id, 'shown');
    expect(hits.map(({ size }) => size?.kind)).toEqual(['about', 'about']);
    expect(sizes.all).toEqual(['org/a']);
  });

  it('says what went wrong, and is asked for once more', async () => {
    const { request, open, searches, is } = openBench();
    const finding = open();
    const { id } = request(finding);
    (await searches.next()).fail(new AppError('unavailable', 'The Hub is not well.'));
    const failed = await is(id, 'failed');
    expect(failed).toMatchObject({ errorMessage: 'The Hub is not well.', hits: [] });
    expect(finding.again(listOf(failed), OWNER)).toBe('done');
    (await searches.next()).answer({ found: [], next: undefined });
    expect(await is(id, 'shown')).toMatchObject({ errorMessage: null, hits: [] });
  });

  it('that the end of the program cut off is asked for again, and sizes are not', async () => {
    const { request, open, searches, is, store } = openBench();
    const first = open();
    const sized = request(first);
    (await searches.next()).answer({ found: [repo('org/a')], next: undefined });
    await is(sized.id, 'sizing');
    const cut = request(first, MEMBER);
    await searches.next();
    await first.close();
    expect([stateOf(store, sized.id), stateOf(store, cut.id)]).toEqual(['sizing', 'searching']);
    open();
    expect(stateOf(store, sized.id)).toBe('shown');
    (await searches.next()).answer({ found: [], next: undefined });
    await is(cut.id, 'shown');
  });

  it('is one for one message, however often that is handled', () => {
    const { open, store } = openBench();
    const finding = open();
    const wanted = { chatId: OWNER, userId: OWNER, threadId: null, messageId: 7, terms: TERMS };
    expect(finding.request(wanted).id).toBe(finding.request(wanted).id);
    expect(store.searches.openSearchesOf(OWNER)).toBe(1);
  });
});

describe('a list', () => {
  /** A search that shows its first page of three. */
  const openList = async () => {
    const bench = openBench();
    const finding = bench.open();
    const { id } = bench.request(finding);
    (await bench.searches.next()).answer({ found: [], next: 'second' });
    return { ...bench, finding, id, shown: await bench.is(id, 'shown') };
  };

  it('is turned to the next page and back, each asked for by where it begins', async () => {
    const { finding, searches, is, id, shown } = await openList();
    expect(finding.turnTo(listOf(shown), OWNER, 1)).toBe('done');
    const second = await searches.next();
    expect(second.asked).toMatchObject({ words: 'llama', cursor: 'second', limit: 5 });
    second.answer({ found: [], next: 'third' });
    const { cursors, page, ...rest } = await is(id, 'shown');
    expect([page, cursors]).toEqual([1, ['second', 'third']]);
    finding.turnTo(listOf({ cursors, page, ...rest }), OWNER, 0);
    const first = await searches.next();
    expect(first.asked.cursor).toBeUndefined();
    first.answer({ found: [], next: 'second' });
    await is(id, 'shown');
  });

  it('begins anew in another order', async () => {
    const { finding, searches, is, id, shown } = await openList();
    finding.turnTo(listOf(shown), OWNER, 1);
    (await searches.next()).answer({ found: [], next: undefined });
    expect(finding.sortBy(listOf(await is(id, 'shown')), OWNER, 2)).toBe('done');
    const asked = await searches.next();
    expect(asked.asked).toMatchObject({ order: 'recent' });
    expect(asked.asked.cursor).toBeUndefined();
  });

  it.each([
    [
      'a page that nobody has seen the beginning of',
      (finding: Finding, list: ShownList) => finding.turnTo(list, OWNER, 5),
    ],
    ['an order that there is not', (finding: Finding, list: ShownList) => finding.sortBy(list, OWNER, 9)],
    [
      'a list of before',
      (finding: Finding, list: ShownList) => finding.turnTo({ ...list, turn: list.turn + 1 }, OWNER, 1),
    ],
  ])('is not turned to %s', async (_name, tap) => {
    const { finding, shown, searches } = await openList();
    expect(tap(finding, listOf(shown))).toBe('changed');
    expect(searches.openCount()).toBe(0);
  });

  it('belongs to its chat', async () => {
    const { finding, shown } = await openList();
    expect(finding.turnTo({ ...listOf(shown), chatId: MEMBER }, OWNER, 1)).toBe('gone');
    expect(finding.hitAt({ ...listOf(shown), chatId: MEMBER }, 0)).toBeUndefined();
  });

  it('that another has taken the place of has no hits any more', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const finding = open();
    const { id } = request(finding);
    (await searches.next()).answer({ found: [repo('org/a')], next: 'second' });
    (await sizes.next()).answer(listing('org/a'));
    const shown = await is(id, 'shown');
    expect(finding.hitAt(listOf(shown), 0)?.id).toBe('org/a');
    expect(finding.hitAt(listOf(shown), 1)).toBeUndefined();
    finding.turnTo(listOf(shown), OWNER, 1);
    expect(finding.hitAt(listOf(shown), 0)).toBeUndefined();
  });

  it('turned while sizes come is not told the sizes of before', async () => {
    const { request, open, searches, sizes, is } = openBench();
    const finding = open();
    const { id } = request(finding);
    (await searches.next()).answer({ found: [repo('org/a')], next: 'second' });
    const sizing = await is(id, 'sizing');
    const late = await sizes.next();
    finding.turnTo(listOf(sizing), OWNER, 1);
    const second = await searches.next();
    late.answer(listing('org/a'));
    second.answer({ found: [repo('org/b')], next: undefined });
    (await sizes.next()).answer(listing('org/b'));
    expect((await is(id, 'shown')).hits.map((hit) => hit.id)).toEqual(['org/b']);
  });
});

describe('many searches', () => {
  it('of one chat keep another waiting for one of them at most', async () => {
    const { request, open, searches, store } = openBench();
    const finding = open();
    const many = Array.from({ length: 6 }, () => request(finding, OWNER).id);
    const { id } = request(finding, MEMBER);
    // Two are asked for at once.
    (await searches.next()).answer({ found: [], next: undefined });
    await expect.poll(() => searches.all).toHaveLength(3);
    const [, third] = [await searches.next(), await searches.next()];
    third.answer({ found: [], next: undefined });
    await expect.poll(() => stateOf(store, id)).toBe('shown');
    expect(many.filter((one) => stateOf(store, one) === 'shown')).toHaveLength(1);
  });

  it('of one person are as many as one person may, save for owners', async () => {
    const { request, open, pass, searches, is } = openBench();
    const finding = open();
    const searchOnce = async (userId: number): Promise<void> => {
      const { id } = request(finding, userId);
      (await searches.next()).answer({ found: [], next: undefined });
      await is(id, 'shown');
    };
    for (let nth = 0; nth < 15; nth += 1) await searchOnce(MEMBER);
    pass(60_000);
    expect(() => request(finding, MEMBER)).toThrow(
      'You have asked for 15 pages within 5 min 00 s, as many as one person may. The next may come in 4 min 00 s.',
    );
    for (let nth = 0; nth < 16; nth += 1) await searchOnce(OWNER);
    pass(240_000);
    await searchOnce(MEMBER);
  });

  it('of one person that wait are few', () => {
    const { request, open } = openBench();
    const finding = open();
    for (let nth = 0; nth < 3; nth += 1) request(finding, MEMBER);
    expect(() => request(finding, MEMBER)).toThrow('3 of your searches are not answered yet');
  });

  it('of a chat are forgotten, but for the newest fifty', () => {
    const { request, open, store } = openBench();
    const finding = open();
    const ids = Array.from({ length: 53 }, () => request(finding).id);
    expect(ids.map((id) => store.searches.getSearch(id) !== undefined)).toEqual(ids.map((_, nth) => nth >= 3));
  });
});
