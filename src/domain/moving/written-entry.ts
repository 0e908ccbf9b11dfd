import { parseSelectionKey, selectionKey } from '../files/selection.ts';
import type { Model } from '../model.ts';
import { shownAddress } from '../repo/web-file.ts';

const UNITS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
] as const;

/** A size as the format has it, in KB, MB or GB: `1.6GB`. */
const formatEstimate = (bytes: number): string => {
  const [unit, factor] = UNITS.find(([, least]) => bytes >= least) ?? (['KB', 1e3] as const);
  return `${Number((bytes / factor).toPrecision(3))}${unit}`;
};

/** How large a model is said to be: in the words that came with it, or as it is known. */
export const estimateOf = ({ sizeBytes, metadata }: Pick<Model, 'sizeBytes' | 'metadata'>): string | undefined =>
  metadata?.sizeEstimate ?? (sizeBytes === null ? undefined : formatEstimate(sizeBytes));

const known = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

const WHOLE = selectionKey({ quantize: 'auto', include: [], exclude: [] });

/** What tells it apart from other models of its repository, as far as it is not what anybody means who says nothing. */
const filesOf = ({ revision, selection }: Pick<Model, 'revision' | 'selection'>) => {
  const { quantize, include, exclude, storableOnly } = parseSelectionKey(selection);
  return {
    ...(revision === 'main' ? {} : { revision }),
    ...(selection === WHOLE ? {} : { quantize }),
    ...(include.length > 0 ? { include } : {}),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(storableOnly ? { storable_only: true } : {}),
  };
};

/** A model as one of a `models.json`, to be written as JSON. */
export const writtenEntry = (model: Model, tags: readonly string[]): object => {
  const { name, repoType, sizeBytes, maxRetries, sourceUrl, hostName: host } = model;
  return {
    // A reader that knows models only must not take a dataset for one.
    name: repoType === 'dataset' ? `datasets/${name}` : name,
    // What lets its bearer in is not for whoever gets the file: they put theirs there.
    ...known({ source_url: sourceUrl && shownAddress(sourceUrl), sha256: model.metadata?.webFile?.sha256 }),
    ...known({ description: model.description, size_estimate: estimateOf(model) }),
    priority: model.priority,
    tags,
    enabled: model.enabled,
    status: model.status,
    ...filesOf(model),
    // Of the machine of the bot nothing is said: elsewhere that is another one.
    ...known({ host }),
    ...known({ title: model.title, category: model.category }),
    ...(model.pinned ? { pinned: true } : {}),
    ...known({ max_retries: maxRetries, check_frequency: model.checkFrequency, size_bytes: sizeBytes }),
  };
};
