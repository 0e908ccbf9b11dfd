import { AppError, isForNow, messageOf } from '../../domain/errors.ts';
import { webFileParts } from '../../domain/repo/web-file.ts';
import { parseSelectionKey } from '../../domain/files/selection.ts';
import type { ModelEntry } from '../../domain/moving/entry.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { mayStillChange } from '../../people/may.ts';
import type { Queue } from '../../queue/queue.ts';
import type { ImportLine } from '../../store/moving/import-lines.ts';
import type { Import } from '../../store/moving/imports.ts';
import type { Store } from '../../store/store.ts';
import type { Adding } from '../adding/add.ts';
import { applyDetails } from './apply-details.ts';
import { hostIdOf } from './entry-host.ts';

/** Models of one file that are looked up at one time: what people add by hand in that chat waits behind so many. */
const OPEN_MOST = 6;
/** Models that change in one look. */
const CHANGED_AT_ONCE = 20;
/** Before a person who may not ask for more is asked for more again, or an import is looked at again in which something is wrong. */
const PAUSE_MS = 15_000;
/** Far below any message of Telegram, and below what groups that became supergroups have left behind. */
const NO_MESSAGE = -1_000_000_000;

export interface BringingDeps {
  readonly store: Store;
  readonly adding: Pick<Adding, 'request' | 'again'>;
  readonly queue: Pick<Queue, 'setEnabled' | 'wake'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

interface BringingState extends BringingDeps {
  /** Until when an import is left alone, by the clock that only goes forward. */
  readonly paused: Map<number, number>;
  /** The same of one in which something is wrong. */
  readonly broken: Map<number, number>;
}

const optionsFor = (
  { name, revision, selection, sourceUrl, sha256, details }: ModelEntry,
  { starts, messageId }: Import,
): AddOptions => ({
  ...(selection === undefined ? {} : parseSelectionKey(selection)),
  ...(revision === undefined ? {} : { revision }),
  ...(sourceUrl === undefined ? {} : { name: webFileParts(name)?.name ?? name }),
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(starts ? {} : { when: 'later' }),
  ...(messageId === null ? { ofMachine: true } : {}),
  details,
});

const refOf = ({ type, name, sourceUrl }: ModelEntry): string =>
  sourceUrl ?? (type === 'dataset' ? `datasets/${name}` : name);

/** Has a model looked up. @throws AppError constraint: the person may not ask for more now */
const ask = ({ store, adding }: BringingState, made: Import, line: ImportLine): void => {
  const { entry, requestId, number } = line;
  if (!entry) {
    store.imports.setLine(line, 'failed', {
      about: 'What was to come cannot be read any more. Import the file again.',
    });
    return;
  }
  if (requestId !== null) {
    adding.again(requestId);
    store.imports.setLine(line, 'asked');
    return;
  }
  const { id, chatId, userId, threadId, messageId } = made;
  const request = adding.request({
    chatId,
    userId,
    threadId,
    messageId: messageId !== null && messageId > 0 ? messageId : NO_MESSAGE - id,
    part: number,
    ref: refOf(entry),
    options: { ...optionsFor(entry, made), ...hostIdOf(store, entry) },
    quiet: true,
  });
  store.imports.setLine(line, 'asked', { requestId: request.id });
};

/** @returns whether anything was done */
const askNext = (state: BringingState, made: Import): boolean => {
  const { store, clock, paused } = state;
  const { id } = made;
  if ((paused.get(id) ?? 0) > clock.monotonic()) return false;
  paused.delete(id);
  const room = OPEN_MOST - store.imports.countOpen(id);
  const lines = room > 0 ? store.imports.listLines(id, 'new', 'planned', { limit: room }) : [];
  for (const line of lines) {
    try {
      ask(state, made, line);
    } catch (error) {
      if (!(error instanceof AppError) || isForNow(error)) throw error;
      if (error.code !== 'constraint') store.imports.setLine(line, 'failed', { about: error.message });
      else {
        // Somebody may ask for so much at a time: it goes on by itself.
        paused.set(id, clock.monotonic() + PAUSE_MS);
        store.imports.updateImport(id, { errorMessage: messageOf(error) });
        return false;
      }
    }
  }
  return lines.length > 0;
};

const noteAnswers = ({ store: { imports } }: BringingState, { id }: Import): boolean => {
  const answered = imports.answeredLines(id, OPEN_MOST);
  for (const { number, state, errorMessage } of answered) {
    const line = { importId: id, number };
    if (state === 'failed') imports.setLine(line, 'failed', { about: errorMessage ?? 'It could not be looked up.' });
    else imports.setLine(line, 'done');
  }
  return answered.length > 0;
};

const changeNext = ({ store, queue }: BringingState, { id, chatId }: Import): boolean => {
  const lines = store.imports.listLines(id, 'changed', 'planned', { limit: CHANGED_AT_ONCE });
  const changed = store.atomically(() =>
    lines.flatMap((line) => {
      const model = line.modelId === null ? undefined : store.models.getModel(line.modelId);
      if (model?.chatId !== chatId || !line.entry) {
        store.imports.setLine(line, 'failed', { about: 'It has been removed from this library meanwhile.' });
        return [];
      }
      const { details } = line.entry;
      applyDetails(store, model, details);
      return [{ line, id: model.id, enabled: details.enabled }];
    }),
  );
  for (const isEnabled of [true, false]) {
    const ids = changed.filter(({ enabled }) => enabled === isEnabled).map((one) => one.id);
    if (ids.length > 0) queue.setEnabled(ids, isEnabled);
  }
  // After a kill until now all of it is done once more.
  store.atomically(() => {
    for (const { line } of changed) store.imports.setLine(line, 'done');
  });
  if (lines.length > 0) queue.wake();
  return lines.length > 0;
};

const isThrough = ({ store: { imports } }: BringingState, { id }: Import): boolean =>
  imports.tallyLines(id).every(({ kind, state }) => kind === 'refused' || (state !== 'planned' && state !== 'asked'));

const LET_GO_ON = 'The bot’s owner has to allow changes here first; then it goes on by itself.';

const step = (state: BringingState, made: Import): void => {
  const { imports } = state.store;
  const { id, userId, chatId, messageId, errorMessage } = made;
  const hasAnswers = noteAnswers(state, made);
  // What was downloading goes on without who is not let in any more; nothing new begins. The machine's own file needs nobody.
  if (messageId !== null && !mayStillChange(state.store, userId, chatId)) {
    if (errorMessage !== LET_GO_ON) imports.updateImport(id, { errorMessage: LET_GO_ON });
    return;
  }
  const done = [hasAnswers, changeNext(state, made), askNext(state, made)];
  if (isThrough(state, made)) imports.moveImport(made.id, 'bringing', 'done', { errorMessage: null });
  else if (done.includes(true)) imports.updateImport(made.id, { errorMessage: null });
};

/** What is wrong with one is no reason for the others: it is left alone for a while. @throws what is wrong with all: a full disk, a busy database */
const stepAlone = (state: BringingState, made: Import): void => {
  const { broken, clock, log } = state;
  if ((broken.get(made.id) ?? 0) > clock.monotonic()) return;
  broken.delete(made.id);
  try {
    step(state, made);
  } catch (error) {
    if (isForNow(error)) throw error;
    broken.set(made.id, clock.monotonic() + PAUSE_MS);
    log.error({ err: error, import: made.id }, 'An import could not go on');
  }
};

/**
 * Brings files in, a few models of each at a time.
 * @returns goes on with one, as far as its turn has come @throws what is wrong with all: a full disk, a busy database
 */
export const createBringing = (deps: BringingDeps): ((made: Import) => void) => {
  const state: BringingState = { ...deps, paused: new Map(), broken: new Map() };
  return (made) => stepAlone(state, made);
};
