import { describe, expect, it } from 'vitest';
import { readIcon } from '../../src/domain/category.ts';
import {
  addCategory,
  categoriesOf,
  categoryCalled,
  editCategory,
  removeCategory,
} from '../../src/library/categories.ts';
import { openLibrary } from './setup.ts';

const CHAT = 1;
const OTHER = 2;

const names = (store: ReturnType<typeof openLibrary>, chatId = CHAT): string[] =>
  categoriesOf(store, chatId).map(({ name }) => name);

describe('categories', () => {
  it('are those that every chat has, in their order, and then its own', () => {
    const store = openLibrary();
    addCategory(store, CHAT, ' LoRA ', { icon: '🧩', description: 'Adapters' });
    const all = ['text', 'image', 'audio', 'video', 'vision', 'embeddings', 'multimodal', 'custom'];
    expect(names(store)).toEqual([...all, 'LoRA']);
    expect(names(store, OTHER)).toEqual(all);
    expect(categoriesOf(store, CHAT).every(({ icon }) => icon !== null)).toBe(true);
    expect(categoryCalled(store, CHAT, 'lora')).toMatchObject({ icon: '🧩', description: 'Adapters', own: true });
    expect(() => categoryCalled(store, OTHER, 'LoRA')).toThrow(/no category “LoRA” here; there are text/);
  });

  it('look as this chat says, and elsewhere as before', () => {
    const store = openLibrary();
    const before = categoryCalled(store, OTHER, 'video');
    editCategory(store, CHAT, 'VIDEO', { icon: '👨‍👩‍👧', description: 'Clips', order: '1' });
    expect(categoryCalled(store, CHAT, 'video')).toMatchObject({
      icon: '👨‍👩‍👧',
      description: 'Clips',
      displayOrder: 1,
    });
    expect(categoryCalled(store, OTHER, 'video')).toEqual(before);
    editCategory(store, CHAT, 'video', { icon: 'none', description: 'None', order: 'none' });
    const { icon, description, displayOrder } = before;
    expect(categoryCalled(store, CHAT, 'video')).toMatchObject({ icon, description, displayOrder });
  });

  it('of one name in two chats are two: one is renamed and removed without the other', () => {
    const store = openLibrary();
    for (const chatId of [CHAT, OTHER]) {
      addCategory(store, chatId, 'LoRA', {});
      store.models.createModel({ chatId, name: 'org/a', category: 'LoRA' });
    }
    editCategory(store, CHAT, 'lora', { name: 'Adapters' });
    expect(store.models.listModels(CHAT)[0]?.category).toBe('Adapters');
    expect(store.models.listModels(OTHER)[0]?.category).toBe('LoRA');
    expect(removeCategory(store, CHAT, 'adapters')).toEqual({ name: 'Adapters', models: 1 });
    expect(store.models.listModels(CHAT)[0]?.category).toBe('custom');
    expect(names(store, OTHER)).toContain('LoRA');
    expect(removeCategory(store, OTHER, 'LoRA').models).toBe(1);
    expect(names(store, OTHER)).not.toContain('LoRA');
  });

  it.each([
    ['', {}, /1 to 32 characters/],
    ['x'.repeat(33), {}, /1 to 32 characters/],
    ['a,b', {}, /none of # = , :/],
    ['Failed', {}, /means something else behind \/library/],
    ['IMAGE', {}, /There is a category “IMAGE” already/],
    ['new', { icon: 'ab' }, /An icon is one emoji/],
    ['new', { order: '0' }, /from 1 to 999/],
    ['new', { description: 'x'.repeat(201) }, /1 to 200 characters/],
  ])('of the name “%s” with %j are refused', (name, look, sentence) => {
    const store = openLibrary();
    expect(() => addCategory(store, CHAT, name, look)).toThrow(sentence);
    expect(names(store)).toHaveLength(8);
  });

  it('that every chat has keep their name and cannot be removed', () => {
    const store = openLibrary();
    expect(() => editCategory(store, CHAT, 'text', { name: 'words' })).toThrow(/keeps its name/);
    expect(() => removeCategory(store, CHAT, 'text')).toThrow(/cannot be removed/);
    addCategory(store, CHAT, 'LoRA', {});
    expect(() => editCategory(store, CHAT, 'LoRA', { name: 'Text' })).toThrow(/“text” already/);
    expect(editCategory(store, CHAT, 'LoRA', { name: 'lora' }).name).toBe('lora');
  });

  it('are forty own ones at most', () => {
    const store = openLibrary();
    for (let at = 0; at < 40; at += 1) addCategory(store, CHAT, `own ${at}`, {});
    expect(() => addCategory(store, CHAT, 'one more', {})).toThrow(/40 categories/);
  });
});

it.each(['🎨', '👩🏽‍💻', '🇩🇪', '1️⃣'])('%s is one icon', (icon) => {
  expect(readIcon(` ${icon} `)).toBe(icon);
});

it.each(['a', '1', '🎨🎨', '', '🏴‍☠️x', '<b>'])('“%s” is no icon', (icon) => {
  expect(() => readIcon(icon)).toThrow(/one emoji/);
});
