import { pathFilter } from '../../domain/files/selection.ts';
import type { Source } from '../../sources/port.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { targetHostOf } from '../hosts/target-host.ts';
import { chooseFiles, withDefaults } from './chat-defaults.ts';
import { insertLongModel } from './long-lists.ts';
import { lookUpFor } from './look-up-for.ts';
import { ask, askForBranch, askForChoice, isWithoutWeights, type QuestionDeps } from './questions.ts';
import { selectionFor } from './request-selection.ts';
import { addressOf, lookUpWebFile, type WebFileDeps } from './web-files/look-up.ts';

export interface LookUpDeps extends WebFileDeps, QuestionDeps {
  readonly source: Pick<Source, 'inspect' | 'locate' | 'ofPerson'>;
  readonly queue: WebFileDeps['queue'] & QuestionDeps['queue'];
  readonly spaceFor: QuestionDeps['spaceFor'];
  /** Hosts besides huggingface.co whose links mean the Hub. */
  readonly hubHosts: readonly string[];
}

/** So many paths are named; the others are counted. */
const UNSAFE_NAMED = 5;

/**
 * Asks the source what a request means, and makes a model of it, or asks a person which of several is meant.
 * @throws AppError, why nothing could come of it; the signal's reason
 */
export const lookUp = async (deps: LookUpDeps, asked: AddRequest, signal: AbortSignal): Promise<void> => {
  const request = withDefaults(deps.settings, asked);
  const address = addressOf(request);
  if (address !== undefined) return lookUpWebFile(deps, request, address, signal);
  const { ref, selection } = selectionFor(request, deps.hubHosts);
  const listing = await lookUpFor(deps.source, { userId: request.userId, ref }, signal, pathFilter(selection));
  const chosen = await chooseFiles(deps.settings, { request, ref, selection }, listing, signal);
  const { selected, lacks, absent } = chosen;
  if (selected.kind === 'unsafe') {
    const { paths, others } = selected;
    ask(deps, request, { kind: 'unsafe', paths: paths.slice(0, UNSAFE_NAMED), total: paths.length, others });
    return;
  }
  if (selected.kind === 'choose') {
    await askForChoice(deps, request, listing, {
      ...selected,
      ...(lacks === undefined ? {} : { lacks }),
      ...(absent === undefined ? {} : { absent }),
    });
    return;
  }
  if (isWithoutWeights(listing, ref, selection)) {
    await askForBranch(deps, request, listing, selected.files.length);
    return;
  }
  const target = targetHostOf(deps, request);
  const space = await deps.spaceFor(listing, selected.files, target.hostId);
  const { files, label, totalBytes: sizeBytes, loads } = selected;
  const meant = label === undefined ? chosen.selection : { ...chosen.selection, quantize: label };
  const insertion = {
    request,
    from: 'looking_up',
    listing,
    selection: meant,
    files,
    sizeBytes,
    loads,
    ref,
    space,
    target,
    lacks,
  } as const;
  await insertLongModel(deps, insertion, signal);
  deps.queue.wake();
};
