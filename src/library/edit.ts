import { setImmediate as breathe } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import type { LibraryFilter } from '../domain/library-filter.ts';
import type { Model } from '../domain/model.ts';
import { isSameTag, readTags } from '../domain/tags.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { categoryCalled } from './categories.ts';
import type { ModelEdit, TagEdit } from './read-edit.ts';
import { moveTo, type StatusDeps } from './status-edit.ts';

export interface EditDeps extends StatusDeps {
  readonly store: Store;
  readonly queue: StatusDeps['queue'] & Pick<Queue, 'setEnabled' | 'wake'>;
}

/** What became of a model's status. */
export type StatusOutcome = 'moved' | 'verifying' | undefined;

/** What an edit came to. */
export interface Edited {
  /** As it is now. */
  readonly model: Model;
  readonly tags: readonly string[];
  readonly status: StatusOutcome;
}

const tagsAfter = (before: readonly string[], edit: TagEdit): string[] => {
  if (edit.kind === 'all') return readTags(edit.tags);
  const kept = before.filter((tag) => !edit.less.some((less) => isSameTag(less, tag)));
  return readTags([...kept, ...edit.more]);
};

/** What of an edit is kept in the row and moves nothing. */
const detailsOf = (store: Store, chatId: number, edit: ModelEdit) => {
  const { tags: _, enabled: __, status: ___, category, ...details } = edit;
  if (category === undefined) return details;
  return { ...details, category: category === null ? null : categoryCalled(store, chatId, category).name };
};

/** Writes down what an edit says of one model, save its status and whether it is on. */
const writeDown = ({ store }: EditDeps, { id, chatId }: Model, edit: ModelEdit): void => {
  const { tags } = edit;
  const details = detailsOf(store, chatId, edit);
  store.atomically(() => {
    if (tags) store.models.setTags(id, tagsAfter(store.models.tagsOf(id), tags));
    store.models.updateModelDetails(id, details);
  });
};

/** Whether what is said can be had; nothing is changed. */
const check = ({ store }: EditDeps, { id, chatId }: Model, edit: ModelEdit): void => {
  detailsOf(store, chatId, edit);
  if (edit.tags) tagsAfter(store.models.tagsOf(id), edit.tags);
};

/** What goes on from here may be something else. */
const follow = ({ queue }: EditDeps, ids: readonly number[], { enabled, priority }: ModelEdit): void => {
  if (enabled !== undefined) queue.setEnabled(ids, enabled);
  if (priority !== undefined) queue.wake();
};

const change = async (deps: EditDeps, model: Model, edit: ModelEdit): Promise<StatusOutcome> => {
  check(deps, model, edit);
  const status = edit.status === undefined ? undefined : await moveTo(deps, model, edit.status);
  writeDown(deps, model, edit);
  return status;
};

/**
 * Changes a model as somebody asked for. If its status cannot be had, nothing else is changed either.
 * @throws AppError validation, constraint or state_transition with a sentence that says what would be right; not_found: it
 * has been removed
 */
export const editModel = async (deps: EditDeps, model: Model, edit: ModelEdit): Promise<Edited> => {
  const { models } = deps.store;
  const status = await change(deps, model, edit);
  follow(deps, [model.id], edit);
  const now = models.getModel(model.id);
  if (!now) throw new AppError('not_found', 'It has been removed from this library.');
  return { model: now, tags: models.tagsOf(model.id), status };
};

/** What an edit of many came to. */
export interface BulkEdited {
  readonly changed: number;
  /** Those that were so already. */
  readonly same: number;
  /** Those that another person asked for. */
  readonly others: number;
  /** Why the first of those was refused that were, and how many were. */
  readonly refused: { readonly models: number; readonly sentence: string } | undefined;
}

/** Of one model only. */
const ALONE = { title: 'A title', description: 'A description' } as const;
/** So many are changed before everything else has its turn. */
const AT_ONCE = 50;

/** What an edit can change of a model, to be compared. */
const traits = ({ models }: Store, { id }: Pick<Model, 'id'>, edit: ModelEdit) => {
  const { tags, enabled: _, status: __, ...details } = edit;
  const now = models.getModel(id);
  const keys = Object.keys(details) as (keyof typeof details)[];
  return JSON.stringify([keys.map((key) => now?.[key]), tags && models.tagsOf(id)]);
};

/** Changes one of many. @returns whether it was not so before */
const changeOne = async (deps: EditDeps, model: Model, edit: ModelEdit): Promise<boolean> => {
  const before = traits(deps.store, model, edit);
  const status = await change(deps, model, edit);
  const isSwitched = edit.enabled !== undefined && edit.enabled !== model.enabled;
  return isSwitched || status !== undefined || traits(deps.store, model, edit) !== before;
};

/**
 * Changes all models of a chat that a filter finds.
 * @param mayEdit whether who asks may change what this person asked for
 * @throws AppError validation: what is said is of one model only, or none
 */
export const editAll = async (
  deps: EditDeps,
  chatId: number,
  filter: LibraryFilter,
  { edit, mayEdit }: { readonly edit: ModelEdit; readonly mayEdit: (requestedBy: number | null) => boolean },
): Promise<BulkEdited> => {
  for (const [key, what] of Object.entries(ALONE))
    if (edit[key as keyof typeof ALONE]) throw new AppError('validation', `${what} is given to one model at a time.`);
  detailsOf(deps.store, chatId, edit);
  const { models } = deps.store;
  const found = models.findLibrary(chatId, filter);
  const theirs = found.filter(({ requestedBy }) => mayEdit(requestedBy));
  const done: number[] = [];
  let changed = 0;
  const refusals: string[] = [];
  for (const [index, { id }] of theirs.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await breathe();
    const model = models.getModel(id);
    if (!model) continue;
    try {
      if (await changeOne(deps, model, edit)) changed += 1;
      done.push(model.id);
    } catch (error) {
      // One that cannot be changed so keeps no other from it.
      if (!(error instanceof AppError)) throw error;
      refusals.push(error.message);
    }
  }
  follow(deps, done, edit);
  const [sentence] = refusals;
  return {
    changed,
    same: done.length - changed,
    others: found.length - theirs.length,
    refused: sentence === undefined ? undefined : { models: refusals.length, sentence },
  };
};
