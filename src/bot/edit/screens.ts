import { createHash } from 'node:crypto';
import type { InlineKeyboardButton } from 'grammy/types';
import type { ChatCategory } from '../../domain/category.ts';
import { type Model, PRIORITIES } from '../../domain/model.ts';
import { CHECK_FREQUENCIES, type CheckFrequency } from '../../domain/renewals/check-frequency.ts';
import { isSameTag } from '../../domain/tags.ts';
import { categoriesOf } from '../../library/categories.ts';
import type { ModelEdit } from '../../library/read-edit.ts';
import type { Store } from '../../store/store.ts';
import { actionButton } from '../ui/buttons.ts';
import { lines, plain, type Rendering, shorten } from '../ui/text.ts';
import { type Question, text } from './text.ts';

/** What a tap leads to. */
export type Step =
  | { readonly kind: 'main' | 'priority' | 'category' | 'tags' | 'retries' | 'check' | 'done' }
  | { readonly kind: 'ask'; readonly question: Question }
  /** Changes something, and shows this afterwards. */
  | { readonly kind: 'edit'; readonly edit: ModelEdit; readonly next: 'main' | 'tags' };

/** What a button carries behind the model's number. 1 marks one of several models that a command may have meant. */
const CHOICES = {
  main: 1,
  title: 10,
  description: 20,
  priority: 30,
  category: 40,
  tags: 50,
  writeTags: 51,
  unpin: 60,
  pin: 61,
  off: 70,
  on: 71,
  retries: 80,
  done: 90,
  revision: 91,
  quantize: 92,
  include: 93,
  check: 100,
} as const;

const RETRIES: readonly (number | null)[] = [null, 0, 1, 3, 5, 10];
const CHECKS: readonly (CheckFrequency | null)[] = [null, ...CHECK_FREQUENCIES];
const TAGS_OFFERED = 12;
/** Numbers of categories and of tags begin here. */
const CATEGORIES_FROM = 1000;
const TAGS_FROM = 5000;
const TAG_NUMBERS = 5000;
const CATEGORY_NUMBERS = TAGS_FROM - CATEGORIES_FROM;
const LABEL_LIMIT = 24;

/** A name of any length as one of so many numbers, which have room in a button. */
const numberFor = (name: string, many: number): number =>
  createHash('sha256').update(name.toLowerCase()).digest().readUInt32BE() % many;

const numberOfTag = (tag: string): number => TAGS_FROM + numberFor(tag, TAG_NUMBERS);

/** By its name: its row's number grows with each category that any chat makes, and has no room some day. */
const numberOfCategory = (name: string): number => CATEGORIES_FROM + numberFor(name, CATEGORY_NUMBERS);

/** Two that have one number by chance are not both offered. */
const eachNumberOnce = <T>(all: readonly T[], numberOf: (one: T) => number): readonly T[] =>
  all.filter((one, index) => all.findIndex((other) => numberOf(other) === numberOf(one)) === index);

/** The categories of a model's chat. */
const categoriesOffered = ({ categories }: Store, { chatId }: Model): readonly ChatCategory[] =>
  eachNumberOnce(categories.listCategories(chatId), ({ name }) => numberOfCategory(name));

/** The model's own tags, then the most frequent ones of its chat. */
const tagsOffered = ({ models }: Store, { id, chatId }: Model): readonly string[] => {
  const own = models.tagsOf(id);
  const others = models
    .tallyTags(chatId, TAGS_OFFERED)
    .flatMap(({ value }) => (own.some((tag) => isSameTag(tag, value)) ? [] : [value]));
  return eachNumberOnce([...own, ...others], numberOfTag);
};

const PLAIN: Readonly<Record<number, Step>> = {
  [CHOICES.title]: { kind: 'ask', question: 'title' },
  [CHOICES.description]: { kind: 'ask', question: 'description' },
  [CHOICES.writeTags]: { kind: 'ask', question: 'tags' },
  [CHOICES.revision]: { kind: 'ask', question: 'revision' },
  [CHOICES.quantize]: { kind: 'ask', question: 'quantize' },
  [CHOICES.include]: { kind: 'ask', question: 'include' },
  [CHOICES.priority]: { kind: 'priority' },
  [CHOICES.category]: { kind: 'category' },
  [CHOICES.tags]: { kind: 'tags' },
  [CHOICES.retries]: { kind: 'retries' },
  [CHOICES.check]: { kind: 'check' },
  [CHOICES.done]: { kind: 'done' },
  [CHOICES.unpin]: { kind: 'edit', edit: { pinned: false }, next: 'main' },
  [CHOICES.pin]: { kind: 'edit', edit: { pinned: true }, next: 'main' },
  [CHOICES.off]: { kind: 'edit', edit: { enabled: false }, next: 'main' },
  [CHOICES.on]: { kind: 'edit', edit: { enabled: true }, next: 'main' },
};

/** The one of these that a choice behind a screen's own number means. */
const nthBehind = <T>(choice: number, screen: number, values: readonly T[]): T | undefined =>
  values[choice - screen - 1];

/** What a button's choice means for a model; what is not there any more leads back to the menu. */
export const stepOf = (store: Store, model: Model, choice: number): Step => {
  const known = PLAIN[choice];
  if (known) return known;
  const edit = (change: ModelEdit | undefined, next: 'main' | 'tags' = 'main'): Step =>
    change === undefined ? { kind: 'main' } : { kind: 'edit', edit: change, next };
  if (choice >= TAGS_FROM) {
    const tag = tagsOffered(store, model).find((one) => numberOfTag(one) === choice);
    if (tag === undefined) return { kind: 'tags' };
    const has = store.models.tagsOf(model.id).some((one) => isSameTag(one, tag));
    return edit({ tags: { kind: 'some', more: has ? [] : [tag], less: has ? [tag] : [] } }, 'tags');
  }
  if (choice >= CATEGORIES_FROM) {
    const category = categoriesOffered(store, model).find(({ name }) => numberOfCategory(name) === choice);
    return edit(category && { category: category.name });
  }
  if (choice > CHOICES.check) {
    const checkFrequency = nthBehind(choice, CHOICES.check, CHECKS);
    return edit(checkFrequency === undefined ? undefined : { checkFrequency });
  }
  if (choice > CHOICES.retries) {
    const maxRetries = nthBehind(choice, CHOICES.retries, RETRIES);
    return edit(maxRetries === undefined ? undefined : { maxRetries });
  }
  if (choice > CHOICES.priority && choice < CHOICES.category) {
    const priority = nthBehind(choice, CHOICES.priority, PRIORITIES);
    return edit(priority && { priority });
  }
  return { kind: 'main' };
};

const marked = (label: string, isChosen: boolean): string => `${isChosen ? '✓ ' : ''}${shorten(label, LABEL_LIMIT)}`;

const inRows = (buttons: readonly InlineKeyboardButton[], length: number): InlineKeyboardButton[][] =>
  buttons.flatMap((_, index) => (index % length === 0 ? [buttons.slice(index, index + length)] : []));

type Draw = (store: Store, model: Model) => Rendering;

const button = ({ id }: Model, label: string, choice: number): InlineKeyboardButton =>
  actionButton(label, 'edit', `${id}:${choice}`);

const back = (model: Model): InlineKeyboardButton[] => [button(model, '‹ Back', CHOICES.main)];

const main: Draw = (store, model) => {
  const category = categoriesOf(store, model.chatId).find(({ name }) => name === model.category);
  const of = (label: string, choice: number): InlineKeyboardButton => button(model, label, choice);
  return {
    text: lines(...text.menu(model, store.models.tagsOf(model.id), category)),
    keyboard: {
      inline_keyboard: [
        [of('Title', CHOICES.title), of('Description', CHOICES.description)],
        [of('Priority', CHOICES.priority), of('Category', CHOICES.category)],
        [of('Tags', CHOICES.tags), of('Retries', CHOICES.retries)],
        [of('Newer revisions', CHOICES.check)],
        [
          model.pinned ? of('Unpin', CHOICES.unpin) : of('Pin', CHOICES.pin),
          model.enabled ? of('Switch off', CHOICES.off) : of('Switch on', CHOICES.on),
        ],
        [of('Revision', CHOICES.revision), of('Quantization', CHOICES.quantize), of('Files', CHOICES.include)],
        [of('Done', CHOICES.done)],
      ],
    },
  };
};

const priority: Draw = (_, model) => ({
  text: plain(text.whichPriority(model)),
  keyboard: {
    inline_keyboard: [
      PRIORITIES.map((word, index) =>
        button(model, marked(word, model.priority === word), CHOICES.priority + index + 1),
      ),
      back(model),
    ],
  },
});

const category: Draw = (store, model) => ({
  text: plain(text.whichCategory(model)),
  keyboard: {
    inline_keyboard: [
      ...inRows(
        categoriesOffered(store, model).map(({ name, icon }) =>
          button(model, marked(`${name} ${icon ?? ''}`.trim(), name === model.category), numberOfCategory(name)),
        ),
        2,
      ),
      back(model),
    ],
  },
});

const tags: Draw = (store, model) => {
  const own = store.models.tagsOf(model.id);
  return {
    text: plain(text.whichTags(model, own)),
    keyboard: {
      inline_keyboard: [
        ...inRows(
          tagsOffered(store, model).map((tag) =>
            button(
              model,
              marked(
                `#${tag}`,
                own.some((one) => isSameTag(one, tag)),
              ),
              numberOfTag(tag),
            ),
          ),
          2,
        ),
        [button(model, 'Write them', CHOICES.writeTags), ...back(model)],
      ],
    },
  };
};

const retries: Draw = (_, model) => ({
  text: plain(text.howManyRetries(model)),
  keyboard: {
    inline_keyboard: [
      ...inRows(
        RETRIES.map((amount, index) =>
          button(
            model,
            marked(amount === null ? 'As for all' : String(amount), model.maxRetries === amount),
            CHOICES.retries + index + 1,
          ),
        ),
        3,
      ),
      back(model),
    ],
  },
});

const check: Draw = (_, model) => ({
  text: plain(text.howOftenLooked(model)),
  keyboard: {
    inline_keyboard: [
      ...inRows(
        CHECKS.map((frequency, index) =>
          button(
            model,
            marked(frequency ?? 'As the chat says', model.checkFrequency === frequency),
            CHOICES.check + index + 1,
          ),
        ),
        2,
      ),
      back(model),
    ],
  },
});

/** What each step that only shows something shows. */
export const SCREENS: Readonly<Record<'main' | 'priority' | 'category' | 'tags' | 'retries' | 'check', Draw>> = {
  main,
  priority,
  category,
  tags,
  retries,
  check,
};
