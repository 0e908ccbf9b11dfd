import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SELECTION, selectionKey } from '../../src/domain/files/selection.ts';
import { findModel } from '../../src/library/find.ts';
import type { Store } from '../../src/store/store.ts';
import { openLibrary } from './setup.ts';

const HERE = 1;
const ELSEWHERE = 2;

let store: Store;
beforeEach(() => {
  store = openLibrary();
});

const add = (
  name: string,
  { chatId = HERE, quantize = 'auto', revision = 'main', canonicalName = name } = {},
): number =>
  store.models.createModel({
    chatId,
    name,
    revision,
    canonicalName,
    selection: selectionKey({ ...DEFAULT_SELECTION, quantize }),
  }).id;

/** The ids found, newest first. */
const find = (text: string): number[] => {
  const found = findModel(store, HERE, text);
  if (found.kind === 'none') return [];
  return found.kind === 'one' ? [found.model.id] : found.models.map(({ id }) => id);
};

describe('a model is found', () => {
  it.each(['"org/bert"', "'org/bert'", '“org/bert”', '„org/bert“', '«bert»', '‘#1’'])('in quotes: %s', (typed) => {
    const id = add('org/bert');
    expect(find(typed)).toEqual([id]);
  });

  it.each(['"org/bert', 'org/bert"', '"', '""', '“"'])('but not with one quote, or by quotes alone: %s', (typed) => {
    add('org/bert');
    expect(find(typed)).toEqual([]);
  });

  it('by its number, in its own chat only', () => {
    const [mine, theirs] = [add('bert'), add('bert', { chatId: ELSEWHERE })];
    expect(find(`#${mine}`)).toEqual([mine]);
    expect(find(` #${mine} `)).toEqual([mine]);
    expect(find(`${mine}`)).toEqual([mine]);
    expect(find(`#${theirs}`)).toEqual([]);
    expect(find(`${theirs}`)).toEqual([]);
    expect(find('#999999999999999')).toEqual([]);
  });

  it('by where it lies, as cards write it', () => {
    const codeHash = 'a'.repeat(64);
    store.hosts.inviteHost({ name: 'nas', createdBy: HERE, codeHash, codeEndsAt: '2999-01-01T00:00:00.000Z' });
    store.hosts.joinHost(codeHash);
    const here = add('bert');
    const there = store.models.createModel({ chatId: HERE, name: 'bert', hostId: 2 }).id;
    expect(find('bert')).toEqual([there, here]);
    expect(find('bert on nas')).toEqual([there]);
    expect(find('“BERT on NAS”')).toEqual([there]);
    expect(find('ert on this machine')).toEqual([here]);
    expect(find('bert on attic')).toEqual([]);
    store.models.updateModelDetails(here, { title: 'Bert on nas' });
    expect(find('on nas')).toEqual([here]);
  });

  it('by its name in any letter case, before others that only contain it', () => {
    const [exact, longer] = [add('gpt2'), add('openai/gpt2-xl')];
    expect(find('GPT2')).toEqual([exact]);
    expect(find('gpt2-XL')).toEqual([longer]);
    expect(find('gpt')).toEqual([longer, exact]);
  });

  it('by its title, before others of which it is a part', () => {
    const [titled, longer] = [add('org/a'), add('org/b')];
    store.models.updateModelDetails(titled, { title: 'Demo 🚀' });
    store.models.updateModelDetails(longer, { title: 'demo 🚀 two' });
    expect(find('demo 🚀')).toEqual([titled]);
    expect(find('DEMO')).toEqual([longer, titled]);
    store.models.updateModelDetails(titled, { title: 'Größe' });
    expect(find('GRÖSS')).toEqual([]);
    expect(find('GRÖ')).toEqual([titled]);
  });

  it('by a link, and by the name it has on the Hub now', () => {
    const id = add('gpt2', { canonicalName: 'openai-community/gpt2' });
    add('org/gpt2');
    expect(find('https://huggingface.co/gpt2')).toEqual([id]);
    expect(find('OpenAI-Community/gpt2')).toEqual([id]);
  });

  it('by the choice or the revision, where there are several of one repository', () => {
    const [small, large] = [add('org/m', { quantize: 'Q4_K_M' }), add('org/m', { quantize: 'Q8_0' })];
    const old = add('org/m', { revision: 'v1' });
    expect(find('org/m')).toEqual([old, large, small]);
    expect(find('org/m:q4_k_m')).toEqual([small]);
    expect(find('m:Q8_0')).toEqual([large]);
    expect(find('org/m@v1')).toEqual([old]);
    const pinned = add('org/m', { revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e' });
    expect(find('org/m@607a30d')).toEqual([pinned]);
    expect(find('org/m@607a30')).toEqual([]);
    expect(find('org/m@607a30e')).toEqual([]);
    expect(find('org/m:Q2_K')).toEqual([]);
    const dynamic = add('org/m', { quantize: 'UD-Q4_K_XL' });
    expect(find('org/m:Q4_K_XL')).toEqual([dynamic]);
  });

  it('by what tells it apart alone, whole before a part of it, and not by what is usual', () => {
    const [half, brain] = [add('org/m', { quantize: 'F16' }), add('org/m', { quantize: 'BF16' })];
    const [old, usual] = [add('org/m', { revision: 'v1.5' }), add('org/m')];
    expect(find('F16')).toEqual([half]);
    expect(find('bf16')).toEqual([brain]);
    expect(find('F1')).toEqual([brain, half]);
    expect(find('v1.5')).toEqual([old]);
    for (const word of ['auto', 'main', 'quantize', 'include', 'Q8_0']) expect(find(word)).toEqual([]);
    const named = add('other/bf16-tuned');
    expect(find('BF16')).toEqual([named, brain]);
    expect(find('org/m:auto')).toEqual([usual, old]);
  });

  it('by “all” only where its label has it, and not where patterns mean exactly what fits them', () => {
    const selection = selectionKey({ ...DEFAULT_SELECTION, quantize: 'all', include: ['README.md'] });
    store.models.createModel({ chatId: HERE, name: 'org/m', revision: 'main', canonicalName: 'org/m', selection });
    expect(find('all')).toEqual([]);
    const whole = add('org/m', { quantize: 'all' });
    expect(find('all')).toEqual([whole]);
    expect(find('m:all')).toContain(whole);
  });

  it('by a name that is a number, while # still means the number', () => {
    const ids = Array.from({ length: 3 }, (_, index) => add(`org/model-${index}`));
    const named = add('2');
    expect(find('2')).toEqual([named]);
    expect(find('#2')).toEqual([ids[1]]);
  });
});

describe('nothing is found', () => {
  it.each(['', '   ', 'llama', '%', '_', '#', '#-1', '#1.5', 'a b', '../etc', '#1; drop'])('by “%s”', (text) => {
    add('gpt2');
    expect(find(text)).toEqual([]);
  });

  it('in another chat’s library', () => {
    add('gpt2', { chatId: ELSEWHERE });
    expect(find('gpt2')).toEqual([]);
  });
});

it('of many that fit, the newest few are offered and no more are read than it takes to know that there are more', () => {
  const ids = Array.from({ length: 12 }, (_, index) => add(`org/model-${index}`));
  const read = vi.spyOn(store.models, 'namedLike');
  const found = findModel(store, HERE, 'model');
  expect(found).toMatchObject({ kind: 'many', isAll: false });
  expect(read.mock.results.map(({ value }) => (value as unknown[]).length)).toEqual([9]);
  expect(find('model')).toEqual(ids.toReversed().slice(0, 8));
  for (const id of ids.slice(0, 4)) store.models.removeModel(id);
  expect(findModel(store, HERE, 'model')).toMatchObject({ kind: 'many', isAll: true });
});

it('what is meant by a part of its revision is found behind hundreds that have that part in their selections alone', () => {
  const meant = add('org/meant', { revision: 'exclude-2' });
  store.atomically(() => {
    for (let index = 0; index < 500; index += 1) add(`org/other-${index}`, { quantize: 'Q8_0' });
  });
  expect(find('exclude')).toEqual([meant]);
});
