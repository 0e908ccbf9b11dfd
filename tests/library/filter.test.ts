import { expect, it } from 'vitest';
import type { LibraryFilter } from '../../src/domain/library-filter.ts';
import { readTags } from '../../src/domain/tags.ts';
import { readFilter, toggle, toggleTag } from '../../src/library/filter.ts';
import { joinHost } from '../helpers/hosts.ts';
import { openLibrary } from './setup.ts';

const CHAT = 1;

const open = () => {
  const store = openLibrary();
  const { id } = store.models.createModel({ chatId: CHAT, name: 'org/a', category: 'image' });
  store.models.setTags(id, ['Demo day', 'largest']);
  return store;
};

const read = (line: string, options = {}): LibraryFilter =>
  readFilter(open(), CHAT, { words: line === '' ? [] : line.split(' '), options });

it.each<[string, LibraryFilter]>([
  ['', {}],
  ['all', {}],
  ['FAILED', { word: 'failed' }],
  ['Image', { category: 'image' }],
  // No model of this chat has it: it may be part of a name.
  ['audio', { text: ['audio'] }],
  ['#new', { tags: ['new'] }],
  ['largest', { sort: 'largest' }],
  ['#largest', { tags: ['largest'] }],
  ['#12', { text: ['#12'] }],
  [
    'pinned completed image llama 3 smallest',
    { word: 'completed', sort: 'smallest', mark: 'pinned', category: 'image', text: ['llama', '3'] },
  ],
  [
    'category:IMAGE status:failed tag:new Sort:name',
    { category: 'image', word: 'failed', tags: ['new'], sort: 'name' },
  ],
  ['org:a', { text: ['org:a'] }],
])('“/library %s” means %j', (line, filter) => {
  expect(read(line)).toEqual(filter);
});

it('a word with spaces is a tag if there is one', () => {
  expect(readFilter(open(), CHAT, { words: ['demo DAY'], options: {} })).toEqual({ tags: ['Demo day'] });
});

it('a machine is meant by its name, where there are several, and behind “on” also that of the bot', () => {
  const store = open();
  const line = (typed: string): LibraryFilter => readFilter(store, CHAT, { words: typed.split(' '), options: {} });
  expect(line('gpt2 on this machine')).toEqual({ text: ['gpt2', 'on', 'this', 'machine'] });
  joinHost(store);
  expect(line('gpt2 on NAS failed')).toEqual({ text: ['gpt2'], on: 'nas', word: 'failed' });
  expect(line('nas')).toEqual({ on: 'nas' });
  expect(line('on this machine')).toEqual({ on: 'this machine' });
  expect(line('on here largest')).toEqual({ on: 'this machine', sort: 'largest' });
  expect(line('here on gpu')).toEqual({ text: ['here', 'on', 'gpu'] });
  expect(readFilter(store, CHAT, { words: [], options: { on: 'Nas' } })).toEqual({ on: 'nas' });
  expect(() => readFilter(store, CHAT, { words: [], options: { on: 'gpu' } })).toThrow(
    'No machine is called “gpu”. There are here, nas.',
  );
});

it('options say what they are', () => {
  const options = { status: 'Paused', category: 'IMAGE', tag: 'a, b', text: 'x y', sort: 'name' };
  expect(read('', options)).toEqual({
    word: 'paused',
    category: 'image',
    tags: ['a', 'b'],
    text: ['x', 'y'],
    sort: 'name',
  });
});

it.each([
  [{ status: 'faild' }, /There is no status “faild”; there are pending/],
  [{ sort: 'weight' }, /sorted by newest, oldest.*“weight” is none/],
  [{ tag: 'x'.repeat(65) }, /64 characters at most/],
])('%j is refused with what would be right', (options, sentence) => {
  expect(() => read('', options)).toThrow(sentence);
});

it('however much is written, little is looked for', () => {
  const { text = [] } = read(Array.from({ length: 500 }, () => 'y'.repeat(150)).join(' '));
  expect([text.length, text[0]?.length]).toEqual([8, 100]);
});

it('a second tap takes back what the first one chose', () => {
  const once = toggle(toggleTag({ sort: 'name' }, 'nlp'), 'word', 'failed');
  expect(once).toEqual({ sort: 'name', tags: ['nlp'], word: 'failed' });
  expect(toggle(toggleTag(once, 'NLP'), 'word', 'failed')).toEqual({ sort: 'name', tags: [] });
  expect(toggle(once, 'word', 'paused').word).toBe('paused');
});

it('tags are each there once, on one line, without the # before them', () => {
  expect(readTags(['#nlp', ' NLP ', '', 'two\nlines', '<b>_x_</b> 🚀'])).toEqual(['nlp', 'two lines', '<b>_x_</b> 🚀']);
  expect(() => readTags(['a,b'])).toThrow(/“a,b” holds a comma/);
  expect(() => readTags(Array.from({ length: 31 }, (_, at) => `t${at}`))).toThrow(/30 tags at most.*31/);
});

it('counts the models of a library once, however many words are looked for', () => {
  const store = open();
  let counted = 0;
  const models = {
    ...store.models,
    tallyCategories: (chatId: number) => {
      counted += 1;
      return store.models.tallyCategories(chatId);
    },
  };
  const words = Array.from({ length: 1000 }, (_, at) => `word${at}`);
  expect(readFilter({ ...store, models }, CHAT, { words: [...words, 'IMAGE'], options: {} })).toMatchObject({
    category: 'image',
  });
  expect(counted).toBe(1);
});
