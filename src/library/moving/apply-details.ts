import { AppError } from '../../domain/errors.ts';
import type { EntryDetails } from '../../domain/moving/entry.ts';
import { estimateOf } from '../../domain/moving/written-entry.ts';
import type { Model } from '../../domain/model.ts';
import type { Store } from '../../store/store.ts';
import { addCategory, categoryCalled } from '../categories.ts';

/** A category of the chat by its name, made if it is not there; undefined: the chat can have no such one. */
const categoryFor = (store: Store, chatId: number, name: string): string | undefined => {
  const attempts = [() => categoryCalled(store, chatId, name), () => addCategory(store, chatId, name, {})];
  for (const attempt of attempts) {
    try {
      return attempt().name;
    } catch (error) {
      // Nothing of a model is worth less for a name that the chat cannot take.
      if (!(error instanceof AppError)) throw error;
    }
  }
  return undefined;
};

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** What is said of it. */
const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;

/** Writes down what a file says of a model, but for whether it is on; the transaction is the caller's. */
export const applyDetails = (store: Store, model: Model, details: EntryDetails): void => {
  const { id, chatId, metadata } = model;
  const { category: typed, tags, sizeEstimate, enabled: _, ...rest } = details;
  const category = typed === undefined ? undefined : categoryFor(store, chatId, typed);
  if (tags) store.models.setTags(id, tags);
  store.models.updateModelDetails(id, {
    ...given(rest),
    ...(category === undefined ? {} : { category }),
    ...(sizeEstimate === undefined || sizeEstimate === estimateOf(model)
      ? {}
      : { metadata: { ...metadata, sizeEstimate } }),
  });
};

const isSameCategory = (left: string, right: string | null): boolean => left.toLowerCase() === right?.toLowerCase();

/** What a file would change about a model, by the names of its keys. */
export const changesOf = (model: Model, tags: readonly string[], details: EntryDetails): string[] => {
  const { category, tags: wanted, sizeEstimate, maxRetries, checkFrequency, ...rest } = details;
  const simple = (Object.keys(rest) as (keyof typeof rest)[]).filter(
    (key) => rest[key] !== undefined && rest[key] !== model[key],
  );
  return [
    ...simple,
    ...(category === undefined || isSameCategory(category, model.category) ? [] : ['category']),
    ...(wanted === undefined || wanted.join(',') === tags.join(',') ? [] : ['tags']),
    ...(maxRetries === undefined || maxRetries === model.maxRetries ? [] : ['max_retries']),
    ...(checkFrequency === undefined || checkFrequency === model.checkFrequency ? [] : ['check_frequency']),
    ...(sizeEstimate === undefined || sizeEstimate === estimateOf(model) ? [] : ['size_estimate']),
  ];
};
