import type { Model } from '../domain/model.ts';
import type { AddOptions } from '../domain/repo/add-options.ts';
import { parseSelectionKey } from '../domain/files/selection.ts';
import { refuse } from '../domain/errors.ts';
import type { AddRequest, NewAddRequest } from '../store/downloads/add-requests.ts';
import type { Adding } from './adding/add.ts';

/** Which files of which revision a model is to have from now on; what is not given stays. */
export interface FileEdit {
  readonly revision?: string;
  readonly quantize?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export const FILE_KEYS = ['revision', 'quantize', 'quant', 'include', 'exclude'] as const;
export type FileKey = (typeof FILE_KEYS)[number];

/** Patterns parted by commas; `none` for none. */
const readPatterns = (text: string): string[] =>
  /^(none|-|—)$/iu.test(text.trim())
    ? []
    : text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');

/** What somebody wrote as `key=value`; undefined if nothing of it is about files. */
export const readFileEdit = (options: Readonly<Partial<Record<FileKey, string>>>): FileEdit | undefined => {
  const { revision, quantize = options.quant, include, exclude } = options;
  if (revision === undefined && quantize === undefined && include === undefined && exclude === undefined)
    return undefined;
  return {
    ...(revision === undefined ? {} : { revision: revision.trim() }),
    ...(quantize === undefined ? {} : { quantize: quantize.trim() }),
    ...(include === undefined ? {} : { include: readPatterns(include) }),
    ...(exclude === undefined ? {} : { exclude: readPatterns(exclude) }),
  };
};

/** The repository of a model, as a reference. */
export const refOf = ({ repoType, name }: Model): string => `${repoType === 'dataset' ? 'datasets/' : ''}${name}`;

/**
 * What a look-up is asked for that changes a model’s files. Another quantization means its own files: patterns that chose those
 * of the one before would leave nothing of it.
 */
export const optionsFor = (model: Model, edit: FileEdit): AddOptions => {
  const { quantize, include, exclude, storableOnly } = parseSelectionKey(model.selection);
  const isAnotherChoice = edit.quantize !== undefined;
  return {
    revision: edit.revision ?? model.revision,
    quantize: edit.quantize ?? quantize,
    include: edit.include ?? (isAnotherChoice ? [] : include),
    exclude: edit.exclude ?? (isAnotherChoice ? [] : exclude),
    ...(storableOnly ? { storableOnly } : {}),
    replaces: model.id,
  };
};

/**
 * Has the repository looked up anew, and the model be what was found. What it has stays until the new is verified; of that, what
 * lies on the disk is not fetched.
 * @param asked by whose message
 * @throws AppError constraint: more than one person may ask for; validation: no revision, or a file from a web address
 */
export const changeFiles = (
  adding: Pick<Adding, 'request'>,
  model: Model,
  edit: FileEdit,
  asked: Pick<NewAddRequest, 'chatId' | 'userId' | 'threadId' | 'messageId'>,
): AddRequest => {
  if (model.sourceUrl !== null)
    refuse(`${model.name} is one file from a web address: there are no others to choose from, and no revisions.`);
  return adding.request({ ...asked, ref: refOf(model), options: optionsFor(model, edit) });
};
