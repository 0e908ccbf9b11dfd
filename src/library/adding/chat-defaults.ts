import { AppError } from '../../domain/errors.ts';
import { type ChosenFromList, selectFromList } from '../../domain/files/listing-thread.ts';
import type { Selection } from '../../domain/files/selection.ts';
import type { RepoListing } from '../../domain/listing.ts';
import { INFERENCE_SERVER } from '../../domain/pulls/pull-job.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { optionsOf } from './request-selection.ts';

/** What is taken of a repository. */
export interface Choice {
  readonly selection: Selection;
  readonly selected: ChosenFromList;
  /** The quantization that is usual in this chat, where the repository has nothing of that kind. */
  readonly lacks?: string;
  /** The quantization that was named, where the repository has nothing of that kind and there are others to choose from. */
  readonly absent?: string;
}

const START: Readonly<Record<'schedule' | 'now' | 'wait', AddOptions['when']>> = {
  schedule: undefined,
  now: 'now',
  wait: 'later',
};

/** A request with what is usual in its chat where it says nothing. What changes a model of the library says all that it means. */
export const withDefaults = (settings: Pick<Settings, 'chat'>, request: AddRequest): AddRequest => {
  const options = optionsOf(request);
  if (options.replaces !== undefined) return request;
  const usual = settings.chat(request.chatId, request.userId);
  const when = options.when ?? START[usual.start];
  const category = options.category ?? usual.default_category;
  const init = options.init ?? usual.check_after_download;
  return {
    ...request,
    options: {
      ...options,
      ...(init ? { init } : {}),
      ...(when ? { when } : {}),
      ...(category === undefined ? {} : { category }),
    },
  };
};

/** Whether a request leaves it to us which quantization is taken. */
const leavesOpen = (request: AddRequest, ref: RepoRef): boolean => {
  const { quantize, include, replaces } = optionsOf(request);
  const names = [quantize, ref.tag, ref.path, ref.folder, include, replaces];
  return ref.type === 'model' && names.every((name) => name === undefined);
};

/** What a request means, with what its reference and its options come to. */
interface Meant {
  readonly request: AddRequest;
  readonly ref: RepoRef;
  readonly selection: Selection;
}

/**
 * Chooses files by the quantization that is usual in a chat, if the repository has something of that kind; else by the selection.
 * @throws as `selectFromList`
 */
export const chooseUsual = async (
  listing: RepoListing,
  selection: Selection,
  quantize: string,
  signal: AbortSignal,
): Promise<Choice> => {
  const asked = async (): Promise<Choice> => ({
    selection,
    selected: await selectFromList(listing, selection, signal),
  });
  if (quantize === selection.quantize) return asked();
  const usual = { ...selection, quantize };
  try {
    return { selection: usual, selected: await selectFromList(listing, usual, signal) };
  } catch (error) {
    // Nothing of that kind is in it. What else is wrong with it is told of what was asked for.
    if (!(error instanceof AppError) || error.code !== 'validation') throw error;
    return { ...(await asked()), lacks: quantize };
  }
};

/** What was named is not in the repository: the question which of the others, if there are several and somebody can be asked. */
const chooseInstead = async (
  { request, selection }: Meant,
  listing: RepoListing,
  signal: AbortSignal,
): Promise<Choice | undefined> => {
  if (request.quiet || request.chatId === INFERENCE_SERVER) return undefined;
  const open = { ...selection, quantize: 'auto' };
  const selected = await selectFromList(listing, open, signal);
  return selected.kind === 'choose' ? { selection: open, selected, absent: selection.quantize } : undefined;
};

/** Files by the quantization that was named. `auto`, written out, is the usual choice without a question, as it is promised. */
const chooseNamed = async (meant: Meant, listing: RepoListing, signal: AbortSignal): Promise<Choice> => {
  const { quantize } = meant.selection;
  const isUsual = quantize === 'auto' && (optionsOf(meant.request).quantize ?? meant.ref.tag) !== undefined;
  try {
    return await chooseUsual(listing, meant.selection, isUsual ? 'latest' : quantize, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation') throw error;
    const instead = await chooseInstead(meant, listing, signal);
    if (instead) return instead;
    throw error;
  }
};

/**
 * Chooses the files that a request means: where it names no quantization, the one that is usual in its chat, if the repository has it.
 * Of the thousands that a file may name nobody wants to be asked about each: of a quiet request the suggested one is taken.
 * @throws as `selectFromList`
 */
export const chooseFiles = async (
  settings: Pick<Settings, 'chat'>,
  meant: Meant,
  listing: RepoListing,
  signal: AbortSignal,
): Promise<Choice> => {
  const { request, ref } = meant;
  const choice = leavesOpen(request, ref)
    ? await chooseUsual(listing, meant.selection, settings.chat(request.chatId).default_quantize, signal)
    : await chooseNamed(meant, listing, signal);
  const { selection, selected } = choice;
  if (!request.quiet || selected.kind !== 'choose' || selected.suggested === undefined) return choice;
  const suggested = { ...selection, quantize: selected.suggested };
  return { ...choice, selected: await selectFromList(listing, suggested, signal) };
};
