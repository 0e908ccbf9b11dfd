import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { RepoFile, RepoListing } from '../../src/domain/listing.ts';
import type { Model } from '../../src/domain/model.ts';
import { DEFAULT_SELECTION } from '../../src/domain/files/selection.ts';
import type { AddOptions } from '../../src/domain/repo/add-options.ts';
import { insertModel } from '../../src/library/adding/insertion/insert.ts';
import type { InsertDeps, Insertion } from '../../src/library/adding/insertion/insertion.ts';
import type { AddRequest } from '../../src/store/downloads/add-requests.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from './setup.ts';
import { joinHost } from '../helpers/hosts.ts';
import { noLimits, openQuotas, type Usual } from '../helpers/quotas.ts';

const CHAT = 1;
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);

const file = (path: string, size: number, digit: string): RepoFile => ({ path, size, etag: digit.repeat(40) });
/** Two of them have the same content. */
const FILES = [file('config.json', 10, '1'), file('model.safetensors', 1000, '2'), file('copy.safetensors', 1000, '2')];

const listing = (commit: string): RepoListing => ({
  type: 'model',
  id: 'gpt2',
  canonicalId: 'openai-community/gpt2',
  commit,
  lastModified: undefined,
  files: FILES,
  gated: false,
  private: false,
  license: 'mit',
  pipelineTag: 'text-generation',
  libraryName: 'transformers',
  tags: [],
});

let store: Store;
/** What the queue was asked to do. */
let asked: string[];
let queue: InsertDeps['queue'];
beforeEach(() => {
  store = openLibrary();
  asked = [];
  const note =
    (verb: string) => (id: number, more?: { readonly commitSha: string; readonly sizeBytes: number } | string) => {
      const about = typeof more === 'object' ? [more.commitSha.charAt(0), more.sizeBytes] : (more ?? []);
      asked.push([verb, id, about].flat().join(' '));
      return true;
    };
  queue = {
    retry: note('retry'),
    resume: note('resume'),
    startNow: note('startNow'),
    renew: note('renew'),
    change: note('change'),
    setEnabled: (ids, isEnabled) => {
      asked.push(`setEnabled ${ids.join()} ${isEnabled}`);
      return ids.length;
    },
  };
});

let messages = 0;
const request = (options: AddOptions = {}, chatId = CHAT, userId = 1001): AddRequest => {
  messages += 1;
  const about = { chatId, userId, threadId: null, messageId: messages, ref: 'gpt2' };
  return store.addRequests.createAddRequest({ ...about, options: { ...options } }).request;
};

const insertWith = (limits: InsertDeps['limits'], of: AddRequest, more: Partial<Insertion> = {}): boolean =>
  insertModel(
    { store, queue, limits, log: silentLog },
    {
      request: of,
      from: 'looking_up',
      listing: listing(OLD),
      selection: DEFAULT_SELECTION,
      files: FILES,
      sizeBytes: 1010,
      ref: { type: 'model', id: 'gpt2' },
      space: { freeBytes: 5000, missingBytes: 700 },
      target: { hostId: 1, isSaid: false },
      ...more,
    },
  );
const insert = (of: AddRequest, more: Partial<Insertion> = {}): boolean => insertWith(noLimits(store), of, more);

/** The program ends where the queue is asked for something. */
const dieAt = (verb: keyof InsertDeps['queue']): void => {
  const alive = queue;
  queue = {
    ...alive,
    [verb]: () => {
      queue = alive;
      throw new Error('killed');
    },
  };
};

const modelOf = (of: AddRequest): Model =>
  store.models.getModel(store.addRequests.getAddRequest(of.id)?.modelId ?? 0) as Model;

describe('what was looked up', () => {
  it('becomes a model with its files and a card that takes over the request’s message', () => {
    const asking = request({ priority: 'high', description: 'for the demo', when: 'now' });
    store.addRequests.setAddRequestCard(asking.id, 77);
    expect(insert(asking)).toBe(true);
    expect(store.addRequests.getAddRequest(asking.id)?.state).toBe('added');
    const model = modelOf(asking);
    expect(model).toMatchObject({
      name: 'gpt2',
      revision: 'main',
      canonicalName: 'openai-community/gpt2',
      commitSha: OLD,
      status: 'pending',
      statusReason: null,
      sizeBytes: 1010,
      category: 'text',
      license: 'mit',
      priority: 'high',
      description: 'for the demo',
      requestedBy: 1001,
      runNow: true,
      metadata: { presentBytes: 310, freeAfterBytes: 4300, gated: false, private: false },
    });
    expect(store.models.modelFiles(model.id)).toHaveLength(3);
    expect(store.cards.cardOf(model.id)).toMatchObject({ messageId: 77, replyTo: asking.messageId });
    expect(asked).toEqual([]);
  });

  it('for later waits for a person', () => {
    const asking = request({ when: 'later' });
    insert(asking);
    expect(modelOf(asking)).toMatchObject({
      statusReason: 'schedule',
      scheduled: false,
      onDemand: true,
      runNow: false,
    });
  });

  it('is nothing any more if the person left it meanwhile', () => {
    const asking = request();
    store.addRequests.moveAddRequest(asking.id, 'looking_up', 'cancelled');
    expect(insert(asking)).toBe(false);
    expect(store.models.countModels(CHAT)).toBe(0);
  });

  it('is inserted once, whatever is pressed twice', () => {
    const asking = request();
    expect([insert(asking), insert(asking)]).toEqual([true, false]);
    expect(store.models.countModels(CHAT)).toBe(1);
  });

  it('is another model with another revision, another choice or in another chat', () => {
    insert(request());
    insert(request(), { ref: { type: 'model', id: 'gpt2', revision: 'v1' } });
    insert(request(), { selection: { ...DEFAULT_SELECTION, quantize: 'Q4_K_M' } });
    insert(request({}, 2));
    expect([store.models.countModels(CHAT), store.models.countModels(2)]).toEqual([3, 1]);
    expect(asked).toEqual([]);
  });
});

describe('asked for again, a model', () => {
  const existing = (moves: readonly Model['status'][], hostId = 1): number => {
    const first = request();
    insert(first, { target: { hostId, isSaid: false } });
    const { id } = modelOf(first);
    let from: Model['status'] = 'pending';
    for (const to of moves) {
      store.models.moveModel(id, from, to);
      from = to;
    }
    return id;
  };
  /** What the queue was asked to do, then what the person is told. */
  const again = (options: AddOptions = {}, more: Partial<Insertion> = {}): (string | null | undefined)[] => {
    asked = [];
    const second = request(options);
    insert(second, { space: { freeBytes: 5000, missingBytes: 0 }, ...more });
    expect(store.models.countModels(CHAT)).toBe(1);
    return [...asked, store.addRequests.getAddRequest(second.id)?.outcome];
  };

  it('that is complete stays as it is', () => {
    existing(['downloading', 'completed']);
    expect(again()).toEqual(['here']);
  });

  it('that is complete is brought to a newer commit', () => {
    const id = existing(['downloading', 'completed']);
    expect(again({}, { listing: listing(NEW) })).toEqual([`renew ${id} b 1010`, 'renewed']);
  });

  it('is asked for again, though the program ended in the middle', () => {
    const id = existing(['downloading', 'completed']);
    const second = request();
    const newer = { listing: listing(NEW), space: { freeBytes: 5000, missingBytes: 0 } };
    dieAt('renew');
    expect(() => insert(second, newer)).toThrow('killed');
    expect(store.addRequests.getAddRequest(second.id)?.state).toBe('looking_up');
    asked = [];
    expect(insert(second, newer)).toBe(true);
    expect([...asked, store.addRequests.getAddRequest(second.id)?.outcome]).toEqual([`renew ${id} b 1010`, 'renewed']);
  });

  it('that was to be something else is changed, though the program ended in the middle', () => {
    const id = existing(['downloading', 'completed']);
    const second = request({ replaces: id, revision: 'v2' });
    const other = { ref: { type: 'model', id: 'gpt2', revision: 'v2' } } as const;
    dieAt('change');
    expect(() => insert(second, other)).toThrow('killed');
    expect(store.addRequests.getAddRequest(second.id)).toMatchObject({ state: 'looking_up', modelId: null });
    asked = [];
    expect(insert(second, other)).toBe(true);
    expect([...asked, modelOf(second).id]).toEqual([`change ${id} a 1010`, id]);
  });

  it('that was complete is fetched again if its files are gone', () => {
    const id = existing(['downloading', 'completed']);
    expect(again({}, { space: { freeBytes: 5000, missingBytes: 1 } })).toEqual([`renew ${id} a 1010`, 'refetched']);
  });

  it('that is complete on another machine stays as it is: what is missing here is not gone from there', () => {
    const id = existing(['downloading', 'completed'], joinHost(store));
    const missing = { space: { freeBytes: 5000, missingBytes: 1 } };
    expect(again({}, missing)).toEqual(['here']);
    const there = { ...missing, target: { hostId: 2, isSaid: false } };
    expect(again({}, there)).toEqual([`renew ${id} a 1010`, 'refetched']);
  });

  it('that has failed is tried again, at the newer commit if there is one', () => {
    const id = existing(['downloading', 'failed']);
    expect(again()).toEqual([`retry ${id}`, 'retried']);
    expect(again({ when: 'later' })).toEqual([`retry ${id} later`, 'retried']);
    expect(again({}, { listing: listing(NEW) })).toEqual([`renew ${id} b 1010`, 'renewed']);
  });

  it('that is paused goes on', () => {
    const id = existing(['paused']);
    expect(again()).toEqual([`resume ${id}`, 'resumed']);
    expect(again({ when: 'now' })).toEqual([`resume ${id} now`, 'resumed']);
  });

  it('that was cancelled begins anew', () => {
    const id = existing(['paused']);
    store.sessions.updateDownloadSession(store.sessions.createDownloadSession(id).id, 'cancelled');
    expect(again()).toEqual([`resume ${id}`, 'anew']);
  });

  it('that waits in the queue or is under way is left alone', () => {
    existing([]);
    expect(again()).toEqual(['waits']);
    expect(again({ when: 'later' })).toEqual(['waits']);
  });

  it('that is being downloaded is left alone', () => {
    existing(['downloading']);
    expect(again({ when: 'now' })).toEqual(['running']);
  });

  it('that waits starts when it is asked for now', () => {
    const id = existing([]);
    expect(again({ when: 'now' })).toEqual([`startNow ${id}`, 'started']);
  });

  it('that waits for its schedule starts, unless it is asked for later again', () => {
    const id = existing([]);
    store.models.updateModelDetails(id, { statusReason: 'schedule', scheduled: true });
    expect(again({ when: 'later' })).toEqual(['waits']);
    expect(again()).toEqual([`startNow ${id}`, 'started']);
  });
});

describe('whoever asks is told at the end', () => {
  const GROUP = -4001;
  const BOB = 1002;

  it('also who asks for what another one’s request waits for', () => {
    const first = request({ when: 'later' }, GROUP);
    insert(first);
    insert(request({}, GROUP, BOB));
    insert(request({}, GROUP, BOB));
    expect(store.followers.followersOf(modelOf(first).id)).toEqual([BOB]);
  });

  it('also who asks again for what has failed, or what another one has paused', () => {
    const first = request({}, GROUP);
    insert(first);
    const { id } = modelOf(first);
    store.models.moveModel(id, 'pending', 'downloading');
    store.models.moveModel(id, 'downloading', 'failed');
    insert(request({}, GROUP, BOB));
    store.models.moveModel(id, 'failed', 'pending');
    store.models.moveModel(id, 'pending', 'paused');
    insert(request({}, GROUP, 1003));
    expect(new Set(store.followers.followersOf(id))).toEqual(new Set([BOB, 1003]));
  });

  it('but not twice who asked first, and not who asks for what is here', () => {
    const first = request({}, GROUP);
    insert(first);
    const { id } = modelOf(first);
    insert(request({}, GROUP));
    store.models.moveModel(id, 'pending', 'downloading');
    store.models.moveModel(id, 'downloading', 'completed', { downloadPath: '/cache' });
    insert(request({}, GROUP, BOB), { space: { freeBytes: 5000, missingBytes: 0 } });
    expect(store.followers.followersOf(id)).toEqual([]);
  });
});

it('a model that is one too many by the time it is looked up does not come, and what is here is found all the same', () => {
  const usual: Usual = {};
  const limits = { quotas: openQuotas(store, usual) };
  const place = (of: AddRequest): boolean => insertWith(limits, of);
  const first = request();
  place(first);
  usual.person = { models: 1 };
  const other = request({}, CHAT);
  expect(() => insertWith(limits, other, { ref: { type: 'model', id: 'org/other' } })).toThrow(
    /^You have 1 model and may have 1: this would be one more\./,
  );
  expect(store.addRequests.getAddRequest(other.id)?.state).toBe('looking_up');
  expect(store.models.countModels(CHAT)).toBe(1);
  expect(place(request())).toBe(true);
  const machine = request({ ofMachine: true });
  insertWith(limits, machine, { ref: { type: 'model', id: 'org/machine' } });
  expect(store.models.countModels(CHAT)).toBe(2);
});
