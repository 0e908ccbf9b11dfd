/* library: what a chat owns, and all that people may see and do of it; the bot only puts it into words. */

import type { Model } from '../domain/model.ts';
import { parseRepoRef, type RepoRef } from '../domain/repo/repo.ts';
import { modelLabel } from '../domain/repo/model-label.ts';
import { parseSelectionKey } from '../domain/files/selection.ts';
import type { AddRequest } from '../store/downloads/add-requests.ts';
import type { NamedModel } from '../store/downloads/library-lists.ts';
import type { Store } from '../store/store.ts';
import { isCommit } from '../domain/hashes.ts';
import { unquote } from '../lib/text/quotes.ts';
import { hostNamed } from './hosts/find-host.ts';

export type Found =
  | { readonly kind: 'one'; readonly model: Model }
  /** The newest few of `total`. */
  | { readonly kind: 'many'; readonly models: readonly Model[]; readonly total: number }
  | { readonly kind: 'none' };

/** More matches than this are not offered as buttons; the person is asked to say more. */
const MATCH_LIMIT = 8;

/** The first few, whole. */
const wholeOf = ({ models }: Store, named: readonly NamedModel[]): readonly Model[] =>
  named.slice(0, MATCH_LIMIT).flatMap(({ id }) => models.getModel(id) ?? []);

const foundOf = (store: Store, named: readonly NamedModel[]): Found => {
  const models = wholeOf(store, named);
  const [first] = models;
  if (!first) return { kind: 'none' };
  return named.length === 1 ? { kind: 'one', model: first } : { kind: 'many', models, total: named.length };
};

type Wanted = Pick<RepoRef, 'id' | 'revision' | 'tag'> & {
  /** On which machine; any, if not given. */
  readonly hostId?: number;
};

/** A reference as `/add` takes it, a link too; anything else is taken for part of a name. */
const readWanted = (text: string): Wanted => {
  try {
    return parseRepoRef(text);
  } catch {
    return { id: text };
  }
};

/** As cards and lists write it. */
const ON_HOST = /^(.*\S)\s+on\s+(this machine|\S+)$/i;

/** The same with the machine that is named behind it, if there is one of that name. */
const readWithHost = (store: Store, typed: string): Wanted | undefined => {
  const [, text = '', word = ''] = ON_HOST.exec(typed) ?? [];
  const host = word === '' ? undefined : hostNamed(store, word);
  return host && { ...readWanted(text), hostId: host.id };
};

const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** A commit may be shortened, as messages show it. */
const isRevision = (revision: string, wanted: string): boolean =>
  revision === wanted || (isCommit(revision) && wanted.length >= 7 && revision.startsWith(wanted));

/** As `/add` understood it: `:Q4_K_XL` where there was only `UD-Q4_K_XL`. */
const isTag = (quantize: string, tag: string): boolean => isSame(quantize, tag) || isSame(quantize, `UD-${tag}`);

/** Whether a word is the label behind `:` in its name. */
const isLabelled = ({ selection }: NamedModel, word: string): boolean => {
  const { quantize } = parseSelectionKey(selection);
  return quantize !== 'auto' && isTag(quantize, word);
};

/** What stands behind `:` or `@`, and where it lies, tells models of one repository apart. */
const fitsRest = (model: NamedModel, { revision, tag, hostId }: Wanted): boolean =>
  (hostId === undefined || model.hostId === hostId) &&
  (revision === undefined || isRevision(model.revision, revision)) &&
  (tag === undefined || isTag(parseSelectionKey(model.selection).quantize, tag));

const named = (store: Store, chatId: number, wanted: Wanted, numbered: Found): Found => {
  const models = store.models.namedLike(chatId, wanted.id).filter((model) => fitsRest(model, wanted));
  const exact = models.filter(
    ({ name, canonicalName }) => isSame(name, wanted.id) || isSame(canonicalName ?? '', wanted.id),
  );
  if (exact.length > 0) return foundOf(store, exact);
  if (numbered.kind === 'one') return numbered;
  const part = wanted.id.toLowerCase();
  const titled = models.filter(({ title }) => title !== null && isSame(title, wanted.id));
  if (titled.length > 0) return foundOf(store, titled);
  const likely = models.filter(
    (model) => `${model.name}\n${model.title ?? ''}`.toLowerCase().includes(part) || isLabelled(model, wanted.id),
  );
  if (likely.length > 0) return foundOf(store, likely);
  return foundOf(
    store,
    models.filter((model) =>
      modelLabel({ ...model, hostName: null })
        .toLowerCase()
        .includes(part),
    ),
  );
};

const NONE: Found = { kind: 'none' };

/**
 * The model of this chat that a person means by `#12` or `12`, by its repo id or link (any letter case, with `:Q4_K_M`
 * or `@revision` if there are several, and with `on nas`), by its title, or by a part of its name or title, or by what tells it apart
 * from others of its repository, such as `Q4_K_M`. An exact name wins over a number without `#`, that over a title, and that over parts. Quotes around all of it, as in a shell, say nothing.
 */
export const findModel = (store: Store, chatId: number, text: string): Found => {
  const typed = unquote(text.trim());
  if (typed === '') return NONE;
  const number = /^#?(\d{1,15})$/.exec(typed)?.[1];
  const byNumber = number === undefined ? undefined : store.models.getModel(Number(number));
  const numbered: Found = byNumber?.chatId === chatId ? { kind: 'one', model: byNumber } : NONE;
  if (typed.startsWith('#') && number !== undefined) return numbered;
  const wanted = readWithHost(store, typed);
  const found = wanted ? named(store, chatId, wanted, NONE) : NONE;
  // A title may have such words, too.
  return found.kind === 'none' ? named(store, chatId, readWanted(typed), numbered) : found;
};

/** The model with this number, if it is one of this chat. */
export const modelIn = ({ models }: Store, chatId: number | undefined, id: number): Model | undefined => {
  const model = models.getModel(id);
  return model?.chatId === chatId ? model : undefined;
};

/** The look-up with this number, if it is one of this chat. */
export const requestIn = ({ addRequests }: Store, chatId: number | undefined, id: number): AddRequest | undefined => {
  const request = addRequests.getAddRequest(id);
  return request?.chatId === chatId ? request : undefined;
};

/** The models of this chat that are what a reference names: any of its repository, or of the revision or label in it. */
export const findSame = (store: Store, chatId: number, ref: RepoRef): readonly Model[] =>
  wholeOf(
    store,
    store.models
      .namedLike(chatId, ref.id)
      .filter(
        (model) =>
          model.repoType === ref.type &&
          (isSame(model.name, ref.id) || isSame(model.canonicalName ?? '', ref.id)) &&
          fitsRest(model, ref),
      ),
  );

/** The model of the library that a request is to change; undefined if it adds one, or if that model is gone. */
export const changedBy = (store: Store, { chatId, options }: AddRequest): Model | undefined =>
  options?.replaces === undefined ? undefined : modelIn(store, chatId, options.replaces);
