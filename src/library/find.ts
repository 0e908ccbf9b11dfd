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
  /** The newest few; `isAll`: there are no more. */
  | { readonly kind: 'many'; readonly models: readonly Model[]; readonly isAll: boolean }
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
  return named.length === 1
    ? { kind: 'one', model: first }
    : { kind: 'many', models, isAll: named.length <= MATCH_LIMIT };
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

/** The labels behind `:` in names that a word may be; `auto` is none, and with patterns no name has `all`. */
const labelsOf = (word: string): readonly string[] =>
  isSame(word, 'auto') || isSame(word, 'all') ? [] : [word, `UD-${word}`];

/** What stands behind `:` or `@`, and where it lies, tells models of one repository apart. */
const fitsRest = (model: NamedModel, { revision, tag, hostId }: Wanted): boolean =>
  (hostId === undefined || model.hostId === hostId) &&
  (revision === undefined || isRevision(model.revision, revision)) &&
  (tag === undefined || isTag(parseSelectionKey(model.selection).quantize, tag));

/** One more than are offered says that there are more. Of what stands behind a name, no statement knows whether it fits. */
const mostOf = ({ revision, tag, hostId }: Wanted): number | undefined =>
  revision === undefined && tag === undefined && hostId === undefined ? MATCH_LIMIT + 1 : undefined;

/** So many are read first of those of which a part of the selection is meant: mostly their labels have it, too. */
const TOLD_APART_FIRST = 500;

/** By a part of what is written behind their names. */
const labelledLike = ({ models }: Store, chatId: number, wanted: Wanted): readonly NamedModel[] => {
  const part = wanted.id.toLowerCase();
  const isMeant = (model: NamedModel): boolean =>
    fitsRest(model, wanted) &&
    modelLabel({ ...model, hostName: null })
      .toLowerCase()
      .includes(part);
  const first = models.toldApartBy(chatId, wanted.id, TOLD_APART_FIRST);
  const meant = first.filter(isMeant);
  return first.length < TOLD_APART_FIRST || meant.length > MATCH_LIMIT
    ? meant
    : models.toldApartBy(chatId, wanted.id).filter(isMeant);
};

const newestFirst = (models: readonly NamedModel[]): readonly NamedModel[] =>
  [...new Map(models.map((model) => [model.id, model])).values()].toSorted((one, other) => other.id - one.id);

const exactly = ({ models }: Store, chatId: number, wanted: Wanted): readonly NamedModel[] =>
  models.namedExactly(chatId, wanted.id).filter((model) => fitsRest(model, wanted));

const named = (store: Store, chatId: number, wanted: Wanted, numbered: Found): Found => {
  const exact = exactly(store, chatId, wanted);
  if (exact.length > 0) return foundOf(store, exact);
  if (numbered.kind === 'one') return numbered;
  const titles = store.models
    .titled(chatId)
    .flatMap((model) => (model.title !== null && fitsRest(model, wanted) ? [{ ...model, title: model.title }] : []));
  const titled = titles.filter(({ title }) => isSame(title, wanted.id));
  if (titled.length > 0) return foundOf(store, titled);
  const part = wanted.id.toLowerCase();
  const likely = newestFirst([
    ...store.models
      .namedLike(chatId, wanted.id, labelsOf(wanted.id), mostOf(wanted))
      .filter((model) => fitsRest(model, wanted)),
    ...titles.filter(({ title }) => title.toLowerCase().includes(part)),
  ]);
  return foundOf(store, likely.length > 0 ? likely : labelledLike(store, chatId, wanted));
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
    exactly(store, chatId, ref).filter(({ repoType }) => repoType === ref.type),
  );

/** The model of the library that a request is to change; undefined if it adds one, or if that model is gone. */
export const changedBy = (store: Store, { chatId, options }: AddRequest): Model | undefined =>
  options?.replaces === undefined ? undefined : modelIn(store, chatId, options.replaces);
