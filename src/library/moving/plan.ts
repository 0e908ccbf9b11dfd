import { setImmediate as breathe } from 'node:timers/promises';
import { selectionKey, DEFAULT_SELECTION } from '../../domain/files/selection.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { NumberedEntry, ReadModels } from '../../domain/moving/read-models.ts';
import type { Model } from '../../domain/model.ts';
import { KEY_MISSING, lacksKey } from '../../domain/repo/web-file.ts';
import type { PersonalTokens } from '../../people/tokens/personal-tokens.ts';
import type { NewImportLine } from '../../store/moving/import-lines.ts';
import type { Store } from '../../store/store.ts';
import type { Import } from '../../store/moving/imports.ts';
import { changesOf } from './apply-details.ts';
import { entryOnHost, type EntryOnHost } from './entry-host.ts';

const WHOLE = selectionKey(DEFAULT_SELECTION);

/** The model of a library that a file means: where that says nothing of its files or its revision, any of that name. */
const modelMeant = (
  { models }: Pick<Store, 'models'>,
  chatId: number,
  { entry: { type, name, revision, selection }, hostId }: Pick<EntryOnHost, 'entry' | 'hostId'>,
): Model | undefined => {
  // Where it says no machine, that of the bot is meant first.
  const named = models
    .findModels(chatId, name)
    .filter((model) => model.repoType === type && (hostId === undefined || model.hostId === hostId))
    .toSorted((one, other) => Number(other.hostId === THIS_HOST) - Number(one.hostId === THIS_HOST));
  const isSaid = revision !== undefined || selection !== undefined;
  const fitting = isSaid
    ? named.filter(
        (model) =>
          model.revision === (revision ?? 'main') && (selection === undefined || model.selection === selection),
      )
    : named;
  return fitting.find((model) => model.revision === 'main' && model.selection === WHOLE) ?? fitting[0];
};

/** Whose file it is; nobody is asked about one without a message. */
type Planned = Pick<Import, 'id' | 'chatId' | 'messageId'>;

/** What is to be done with an entry; undefined: it is here as the file has it. */
const lineFor = (
  store: Store,
  { chatId, messageId }: Planned,
  { line, entry: said }: NumberedEntry,
): NewImportLine | undefined => {
  const meant = entryOnHost(store, said, messageId !== null);
  const { entry, refusal } = meant;
  const { name } = entry;
  if (refusal !== undefined) return { line, name, kind: 'refused', entry: null, modelId: null, about: refusal };
  const model = modelMeant(store, chatId, meant);
  if (!model && lacksKey(entry.sourceUrl ?? ''))
    return { line, name, kind: 'refused', entry: null, modelId: null, about: KEY_MISSING };
  if (!model) return { line, name, kind: 'new', entry, modelId: null, about: null };
  const changes = changesOf(model, store.models.tagsOf(model.id), entry.details);
  if (changes.length === 0) return undefined;
  return { line, name, kind: 'changed', entry, modelId: model.id, about: changes.join(', ') };
};

interface PlanDeps {
  readonly store: Store;
  readonly tokens: Pick<PersonalTokens, 'sealAddress'>;
}

/** As it may be written down. */
const sealed = ({ sealAddress }: PlanDeps['tokens'], numbered: NumberedEntry): NumberedEntry => {
  const { sourceUrl } = numbered.entry;
  return sourceUrl === undefined
    ? numbered
    : { ...numbered, entry: { ...numbered.entry, sourceUrl: sealAddress(sourceUrl) } };
};

/** So many are compared, or dropped, before everything else has its turn. */
const AT_ONCE = 50;
const DROPPED_AT_ONCE = 500;

/** Works out what a file would change, and writes it down as lines of an import, anew. @returns how many are here as they are */
export const planLines = async (
  { store, tokens }: PlanDeps,
  planned: Planned,
  { entries, refused }: Pick<ReadModels, 'entries' | 'refused'>,
): Promise<number> => {
  const { imports } = store;
  const { id, chatId } = planned;
  while (imports.dropLines(id, DROPPED_AT_ONCE) + imports.forgetLines(chatId, DROPPED_AT_ONCE) > 0) await breathe();
  let number = 0;
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    await breathe();
    const lines = entries
      .slice(at, at + AT_ONCE)
      .flatMap((entry) => lineFor(store, planned, sealed(tokens, entry)) ?? []);
    imports.addLines(id, number, lines);
    number += lines.length;
  }
  const same = entries.length - number;
  for (let at = 0; at < refused.length; at += AT_ONCE) {
    await breathe();
    const lines = refused.slice(at, at + AT_ONCE).map(
      ({ line, name, reason }): NewImportLine => ({
        line,
        name,
        kind: 'refused',
        entry: null,
        modelId: null,
        about: reason,
      }),
    );
    imports.addLines(id, number, lines);
    number += lines.length;
  }
  return same;
};
