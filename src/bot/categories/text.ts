import { FormattedString } from '@grammyjs/parse-mode';
import type { CategoryView } from '../../library/categories.ts';
import type { ChatCategory } from '../../domain/category.ts';
import type { Topic } from '../feature.ts';
import { count, lines, shorten } from '../ui/text.ts';

const shown = ({ icon, name }: ChatCategory): string => (icon === null ? name : `${name} ${icon}`);

/** What the categories feature says. */
export const text = {
  notAllowed: 'Only an admin of this group or the bot’s owner may change its categories.',
  usage: (word: string): string =>
    `“${shorten(word, 30)}” is nothing that can be done to categories. /categories add, edit or remove, with a name behind it.`,
  nameIt: (verb: string): string => `Which category? Write its name behind: /categories ${verb} LoRA`,
  whatShallChange: ({ name }: ChatCategory): string =>
    `What shall change about “${name}”? Write it behind: /categories edit ${name} icon=🎨 description="…" order=1 name="…"`,
  added: (category: ChatCategory): string =>
    `There is a category ${shown(category)} now. /edit #12 category="${category.name}" puts a model into it.`,
  edited: (category: ChatCategory): string => `Changed: it is listed as “${shown(category)}” now.`,
  removed: (name: string, models: number): string =>
    models === 0
      ? `The category ${name} is removed.`
      : `The category ${name} is removed; ${count(models, 'model')} of it ${models === 1 ? 'is' : 'are'} under custom now.`,
} as const;

/** Telegram's 4096 characters, less the title: what is said of each is cut before the last of them is missing. */
const LINES_MOST = 4000;

const categoryLine = (category: CategoryView): string => {
  const models = category.models === 0 ? '' : ` · ${count(category.models, 'model')}`;
  const about = category.description === null ? '' : ` · ${category.description}`;
  return `${shown(category)}${models}${about}`;
};

/** The list behind /categories. */
export const categoriesText = (categories: readonly CategoryView[]): FormattedString => {
  const most = Math.floor(LINES_MOST / Math.max(1, categories.length)) - 1;
  return lines(FormattedString.b('Categories'), ...categories.map((category) => shorten(categoryLine(category), most)));
};

export const help: Topic = {
  name: 'categories',
  lines: [
    'Categories',
    'Each model has one, by its task on the Hub. /library image shows those of one; /edit #12 category=audio changes it.',
    '/categories lists them. Each chat can make its own: /categories add LoRA icon=🧩 description="Adapters" order=3',
    '/categories edit image icon=🖼 order=1 changes how one looks in this chat, also those that every chat has; name= gives an own one another name; “none” takes back what was said.',
    '/categories remove LoRA takes an own one away; its models are under custom then.',
  ],
  words: ['category', 'icon'],
};
