/* bot/categories: /categories: the sections of a library, and those that a chat makes for itself. */

import { addCategory, categoriesOf, categoryCalled, editCategory, removeCategory } from '../../library/categories.ts';
import { looksOnly } from '../../people/may.ts';
import type { Store } from '../../store/store.ts';
import { defineFeature, LOOK_ONLY } from '../feature.ts';
import { type Arguments, parseArguments } from '../ui/arguments.ts';
import { answer } from '../ui/reply.ts';
import { plain, type Rendering } from '../ui/text.ts';
import { categoriesText, help, text } from './text.ts';
import { table } from '../../lib/table.ts';

const VERBS = table<'add' | 'edit' | 'remove'>({
  add: 'add',
  create: 'add',
  new: 'add',
  edit: 'edit',
  update: 'edit',
  rename: 'edit',
  remove: 'remove',
  delete: 'remove',
});

const OPTIONS = ['name', 'icon', 'description', 'order'];

const change = (
  store: Store,
  chatId: number,
  verb: 'add' | 'edit' | 'remove',
  { words, options }: Arguments,
): string => {
  const name = words.join(' ');
  if (name === '') return text.nameIt(verb);
  if (verb === 'add') return text.added(addCategory(store, chatId, name, options));
  if (verb === 'remove') {
    const removed = removeCategory(store, chatId, name);
    return text.removed(removed.name, removed.models);
  }
  if (Object.keys(options).length === 0) return text.whatShallChange(categoryCalled(store, chatId, name));
  return text.edited(editCategory(store, chatId, name, options));
};

const list = (store: Store, chatId: number): Rendering => ({ text: categoriesText(categoriesOf(store, chatId)) });

const CHANGING = { who: 'manager', refusal: text.notAllowed } as const;

/** `/categories`: the sections of a chat's library. */
export const categoriesFeature = defineFeature({
  commands: {
    categories: {
      who: 'viewer',
      usage: { form: '[add|edit|remove <name>]', does: 'the sections of the library; a chat makes its own' },
      parts: { change: { ...CHANGING, example: 'add LoRA' } },
      menu: { position: 21, description: 'The sections of the library' },
    },
  },
  actions: {},
  topic: help,
  build: ({ store }) => ({
    commands: {
      categories: async (ctx, may) => {
        const [word = '', ...rest] = ctx.match.trim().split(/\s+/u);
        const verb = VERBS[word.toLowerCase()];
        const said = async (): Promise<Rendering> => {
          if (word === '' || word.toLowerCase() === 'list') return list(store, ctx.chat.id);
          if (verb === undefined) return { text: plain(text.usage(word)) };
          if (!(await may({ part: 'change' })))
            return { text: plain(looksOnly(store, ctx.chat.id) ? LOOK_ONLY : text.notAllowed) };
          const line = rest.join(' ');
          return { text: plain(change(store, ctx.chat.id, verb, parseArguments(line, OPTIONS))) };
        };
        await answer(ctx, await said());
      },
    },
    actions: {},
  }),
});
