import { type ChatCategory, readCategoryDescription, readCategoryName, readIcon } from '../domain/category.ts';
import { AppError } from '../domain/errors.ts';
import { shorten } from '../lib/text/shorten.ts';
import type { Store } from '../store/store.ts';

/** Own ones of one chat. */
const OWN_MOST = 40;
const ORDER_MOST = 999;
/** Where models go whose category goes. */
const REST = 'custom';
const NAME_LIMIT = 40;

/** What somebody wrote about a category; `none` takes back what was said before. */
export interface CategoryLook {
  readonly icon?: string | undefined;
  readonly description?: string | undefined;
  /** 1 is first. */
  readonly order?: string | undefined;
}

/** With how many models it has. */
export interface CategoryView extends ChatCategory {
  readonly models: number;
}

/** The categories of a chat, in its order, with how many of its models are in each. */
export const categoriesOf = (store: Store, chatId: number): readonly CategoryView[] => {
  const tallies = new Map(store.models.tallyCategories(chatId).map(({ value, models }) => [value, models]));
  return store.categories.listCategories(chatId).map((one) => ({ ...one, models: tallies.get(one.name) ?? 0 }));
};

const find = (store: Store, chatId: number, name: string): ChatCategory | undefined =>
  store.categories.listCategories(chatId).find((one) => one.name.toLowerCase() === name.trim().toLowerCase());

/**
 * A category of this chat by its name, in any letter case.
 * @throws AppError validation: it has none of that name; told with those that it has
 */
export const categoryCalled = (store: Store, chatId: number, name: string): ChatCategory => {
  const category = find(store, chatId, name);
  if (category) return category;
  const names = store.categories.listCategories(chatId).map((one) => one.name);
  throw new AppError(
    'validation',
    `There is no category “${shorten(name, NAME_LIMIT)}” here; there are ${names.join(', ')}. /categories makes others.`,
  );
};

const NONE = 'none';

const readOrder = (text: string): number => {
  const order = Number(text);
  if (Number.isInteger(order) && order >= 1 && order <= ORDER_MOST) return order;
  throw new AppError(
    'validation',
    `A category’s order is a number from 1 to ${ORDER_MOST}, 1 is first; none puts it where it was.`,
  );
};

/** `none`, in any letter case, takes back what was said. */
const unless = <Value>(text: string, read: (text: string) => Value): Value | null =>
  text.trim().toLowerCase() === NONE ? null : read(text);

const readLook = ({ icon, description, order }: CategoryLook) => ({
  ...(icon === undefined ? {} : { icon: unless(icon, readIcon) }),
  ...(description === undefined ? {} : { description: unless(description, readCategoryDescription) }),
  ...(order === undefined ? {} : { displayOrder: unless(order, readOrder) }),
});

/** @throws AppError validation: no name, or no icon; constraint: the chat has it, or as many as a chat may have */
export const addCategory = (store: Store, chatId: number, typed: string, look: CategoryLook): ChatCategory => {
  const name = readCategoryName(typed);
  if (find(store, chatId, name)) throw new AppError('constraint', `There is a category “${name}” already.`);
  const own = store.categories.listCategories(chatId).filter((one) => one.own).length;
  if (own >= OWN_MOST) throw new AppError('constraint', `A chat has ${OWN_MOST} categories of its own at most.`);
  store.categories.putCategory(chatId, name, readLook(look));
  return categoryCalled(store, chatId, name);
};

/** @throws AppError validation: there is none of that name, or what was written is none; constraint: the new name is taken */
export const editCategory = (
  store: Store,
  chatId: number,
  typed: string,
  { name: newName, ...look }: CategoryLook & { readonly name?: string | undefined },
): ChatCategory => {
  const { name, own } = categoryCalled(store, chatId, typed);
  const said = readLook(look);
  const renamed = newName === undefined ? name : readCategoryName(newName);
  if (renamed !== name) {
    if (!own) throw new AppError('constraint', `“${name}” is there in every chat and keeps its name.`);
    const taken = find(store, chatId, renamed);
    if (taken && taken.name !== name) throw new AppError('constraint', `There is a category “${taken.name}” already.`);
  }
  return store.atomically(() => {
    if (renamed !== name) store.categories.renameCategory(chatId, name, renamed);
    store.categories.putCategory(chatId, renamed, said);
    return categoryCalled(store, chatId, renamed);
  });
};

/**
 * Removes a category that this chat has made; its models are `custom` then.
 * @returns its name, and how many models it had
 * @throws AppError validation: there is none of that name; constraint: it is there in every chat
 */
export const removeCategory = (
  store: Store,
  chatId: number,
  typed: string,
): { readonly name: string; readonly models: number } => {
  const { name, own } = categoryCalled(store, chatId, typed);
  if (!own) throw new AppError('constraint', `“${name}” is there in every chat and cannot be removed.`);
  return { name, models: store.categories.removeCategory(chatId, name, REST) };
};
