/* library/checking: which copies are looked into, in turn, and when anew. */

import type { Checkers } from '../../checks/checker.ts';
import type { CheckState } from '../../checks/checks.ts';
import { isBadNews } from '../../domain/checks/check.ts';
import type { Copy } from '../../domain/copy.ts';
import { AppError, isBusy, messageOf } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Store } from '../../store/store.ts';
import type { CheckOutcome, CopyCheck } from '../../store/verifying/copy-checks.ts';
import { createInTurn } from '../finding/in-turn.ts';

/** Why a model is not checked. */
export type CheckRefusal = 'not_complete' | 'dataset' | 'already';

export interface Checking {
  /**
   * Has the copy that a model has looked into, when its turn comes: one at a time on each machine, and by the machine that it lies on.
   * @param contextTokens for how long a text memory is counted; the usual length if left out
   * @returns why it is not
   */
  readonly request: (model: Model, contextTokens?: number) => CheckRefusal | undefined;
  /** How far it is; undefined if it waits for its turn, or nobody has asked. */
  readonly progress: (copyId: number) => CheckState | undefined;
  /** Whether a machine is heard of; what lies on one that is not is looked into when it is back. */
  readonly isThere: (hostId: number) => boolean;
  /** Goes on with what a restart has interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface CheckingDeps {
  readonly store: Pick<Store, 'copies' | 'checks' | 'models' | 'outbox' | 'atomically'>;
  readonly checkers: Checkers;
  /** What chats have set; without it all is as usual. */
  readonly settings?: Pick<Settings, 'chat'>;
  readonly log: Log;
}

/**
 * What comes to be checked without anybody's word, as a copy that is complete anew, is seen by then, and so are what is to be told and
 * a machine that is back; in milliseconds.
 */
const LOOK_MS = 2000;
/** In-turn asks whose it is: nobody's, since a copy belongs to all who have it. */
const EVERYBODY = 0;

const completeCopy = ({ store }: CheckingDeps, id: number): Copy | undefined => {
  const copy = store.copies.getCopy(id);
  return copy?.state === 'complete' ? copy : undefined;
};

/** What it is found in is what is there: otherwise it says nothing, and is found out once more. */
const isSame = (before: Copy, after: Copy | undefined): boolean =>
  after?.generation === before.generation &&
  after.filesGone === before.filesGone &&
  after.filesBroken === before.filesBroken;

/** What is being checked, by copy. */
type Running = Map<number, { readonly hostId: number; state: () => CheckState | undefined }>;

/** Of those that have one copy so many are asked what they want. */
const CHATS_MOST = 100;

/** For how long a text memory is counted where nobody says: a copy belongs to all who have it, and the longest counts. */
const usualContext = ({ store, settings }: CheckingDeps, copyId: number): number | undefined => {
  const wanted = settings
    ? store.models
        .chatsWithCopy(copyId)
        .slice(0, CHATS_MOST)
        .map((chatId) => settings.chat(chatId).check_context)
    : [];
  return wanted.length > 0 ? Math.max(...wanted) : undefined;
};

const check = async (deps: CheckingDeps, running: Running, one: CopyCheck, signal: AbortSignal): Promise<void> => {
  const { store, checkers, log } = deps;
  const copy = completeCopy(deps, one.copyId);
  if (!copy) return;
  const now: NonNullable<ReturnType<Running['get']>> = { hostId: copy.hostId, state: () => undefined };
  running.set(copy.id, now);
  let outcome: CheckOutcome;
  try {
    const files = await store.copies.readCopyFiles(copy.id);
    signal.throwIfAborted();
    const repoFolder = repoFolderName({ type: copy.repoType, id: copy.name });
    const contextTokens = one.contextTokens ?? usualContext(deps, copy.id);
    const run = checkers.of(copy.hostId).start({ repoFolder, commit: copy.commitSha, files, contextTokens }, signal);
    now.state = run.state;
    outcome = { result: await run.done };
  } catch (error) {
    // It is checked from its beginning when the program starts again.
    if (signal.aborted) return;
    // What was found could not be written down: that says nothing of the files.
    if (isBusy(error)) throw error;
    if (!(error instanceof AppError)) log.error({ err: error, copy: copy.id }, 'A copy could not be checked');
    outcome = { errorMessage: messageOf(error) };
  } finally {
    running.delete(copy.id);
  }
  store.atomically(() => {
    const wanted = store.checks.checkOf(copy.id);
    // Somebody has asked for another length of text meanwhile.
    if (wanted?.contextTokens === one.contextTokens && isSame(copy, completeCopy(deps, copy.id)))
      store.checks.settleCheck(copy.id, outcome);
  });
};

/** Told in one look; the others with the next one. */
const TOLD_AT_ONCE = 50;

/**
 * Who has not asked with `/check` looks at no card: bad news of a check that came by itself are told, once for each download,
 * and once for all where a machine says of each that it looks into none.
 */
const tell = ({ store }: CheckingDeps): void => {
  for (const { modelId, chatId, check: found } of store.checks.untoldChecks(TOLD_AT_ONCE))
    store.atomically(() => {
      const isRefused = found.state === 'refused' && !store.checks.isRefusalTold(modelId);
      const isBad = isRefused || (found.result !== null && isBadNews(found.result));
      if (isBad) store.outbox.addNotice({ kind: 'check_failed', modelId, chatId });
      store.checks.setCheckTold(modelId);
    });
};

/** Looks into copies that people want to have looked into: as rows, one at a time on each machine, in the order in which they were asked for. */
export const createChecking = (deps: CheckingDeps): Checking => {
  const { store, checkers, log } = deps;
  const running: Running = new Map();
  const turns = createInTurn<CopyCheck & { readonly id: number; readonly chatId: number }>({
    next: (except) => {
      const busy = new Set([...running.values()].map(({ hostId }) => hostId));
      const free = checkers.there().filter((hostId) => !busy.has(hostId));
      const one = free.length === 0 ? undefined : store.checks.nextCheck(except, free);
      return one ? [{ ...one, id: one.copyId, chatId: EVERYBODY }] : [];
    },
    run: (one, signal) => check(deps, running, one, signal),
    atOnce: Number.POSITIVE_INFINITY,
    log,
  });
  let ticker: ReturnType<typeof startTicker> | undefined;
  return {
    request: (model, contextTokens) => {
      if (model.repoType !== 'model') return 'dataset';
      if (model.status !== 'completed' || model.copyId === null) return 'not_complete';
      if (!store.checks.requestCheck(model.copyId, contextTokens ?? null)) return 'already';
      turns.pump();
      return undefined;
    },
    progress: (copyId) => running.get(copyId)?.state(),
    isThere: (hostId) => checkers.there().includes(hostId),
    start: () => {
      const look = (): void => {
        turns.pump();
        tell(deps);
      };
      ticker ??= startTicker(LOOK_MS, look, (error) => log.error({ err: error }, 'Checks could not go on'));
      turns.pump();
    },
    close: async () => {
      await ticker?.close();
      await turns.close();
    },
  };
};
