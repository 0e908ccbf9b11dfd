import type { Checks, CheckState, Headers } from '../../checks/checks.ts';
import type { Loading } from '../../checks/loads/loading.ts';
import type { Place } from '../../checks/loads/place.ts';
import { type CheckResult, isBadNews } from '../../domain/checks/check.ts';
import { fitsIn } from '../../domain/checks/fits.ts';
import type { Loads } from '../../domain/checks/loads.ts';
import type { Copy } from '../../domain/copy.ts';
import { AppError, isBusy, messageOf, refuse } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Memory } from '../../domain/memory.ts';
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
   * Has the copy that a model has looked into, when its turn comes: one at a time on the machine.
   * @param contextTokens for how long a text memory is counted; the usual length if left out
   * @returns why it is not
   */
  readonly request: (model: Model, contextTokens?: number) => CheckRefusal | undefined;
  /** How far it is; undefined if it waits for its turn, or nobody has asked. */
  readonly progress: (copyId: number) => CheckState | undefined;
  /** Goes on with what a restart has interrupted. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface CheckingDeps {
  readonly store: Pick<Store, 'copies' | 'checks' | 'models' | 'outbox' | 'atomically'>;
  readonly checks: Checks;
  /** Without it nothing is loaded. */
  readonly loading?: Loading | undefined;
  /** What chats have set; without it all is as usual. */
  readonly settings?: Pick<Settings, 'chat'>;
  /** Shared with talks, which load models too. */
  readonly place: Place;
  /** What the machine has to load models into. */
  readonly memory: () => Promise<Memory>;
  readonly log: Log;
}

/**
 * What comes to be checked without anybody's word, as a copy that is complete anew, is seen by then, and so is what is to be
 * told; in milliseconds.
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

type Running = Map<number, () => CheckState | undefined>;

/** Loading it is for seeing that it works, not for long texts. */
const LOADED_TOKENS = 512;

/** Has it loaded, if it can be, and there is memory for that now. */
const load = async (
  { loading, memory, place: loadingPlace }: CheckingDeps,
  place: { readonly repoFolder: string; readonly commit: string },
  { loadable, need }: Headers,
  signal: AbortSignal,
): Promise<Loads | undefined> => {
  if (!loading || !loadable || !need) return undefined;
  if (!loading.isInstalled(loadable.runtime)) return { kind: 'no_runtime', runtime: loadable.runtime };
  const release = await loadingPlace.take(signal);
  try {
    const { neededBytes, freeBytes: free, gpuBytes } = fitsIn(await memory(), need, LOADED_TOKENS);
    // What a card does not take the machine's memory has to.
    const freeBytes = free + (loading.usesCards(loadable.runtime) ? gpuBytes : 0);
    if (neededBytes > freeBytes) return { kind: 'no_memory', neededBytes, freeBytes };
    return await loading.load({ ...place, ...loadable, neededBytes }, signal);
  } finally {
    release();
  }
};

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
  const { store, checks, memory, log } = deps;
  const copy = completeCopy(deps, one.copyId);
  if (!copy) return;
  let outcome: CheckOutcome;
  try {
    if (copy.hostId !== THIS_HOST)
      refuse('It lies on another machine: only what lies on this one can be looked into yet.', 'unavailable');
    const files = await store.copies.readCopyFiles(copy.id);
    signal.throwIfAborted();
    const place = { repoFolder: repoFolderName({ type: copy.repoType, id: copy.name }), commit: copy.commitSha };
    const run = checks.start({ ...place, files }, signal);
    running.set(copy.id, run.state);
    const headers = await run.done;
    const { whole, need, loadable } = headers;
    const fits = need && fitsIn(await memory(), need, one.contextTokens ?? usualContext(deps, copy.id));
    const done = { filesDone: files.length, filesTotal: files.length };
    if (loadable) running.set(copy.id, () => ({ ...done, currentFile: loadable.path, isLoading: true }));
    const loads = await load(deps, place, headers, signal);
    outcome = { result: { whole, ...(fits ? { fits } : {}), ...(loads ? { loads } : {}) } satisfies CheckResult };
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
    const now = store.checks.checkOf(copy.id);
    // Somebody has asked for another length of text meanwhile.
    if (now?.contextTokens === one.contextTokens && isSame(copy, completeCopy(deps, copy.id)))
      store.checks.settleCheck(copy.id, outcome);
  });
};

/** Told in one look; the others with the next one. */
const TOLD_AT_ONCE = 50;

/** Who has not asked with `/check` looks at no card: bad news of a check that came by itself are told, once for each download. */
const tell = ({ store }: CheckingDeps): void => {
  for (const { modelId, chatId, check: found } of store.checks.untoldChecks(TOLD_AT_ONCE))
    store.atomically(() => {
      const isBad = found.state === 'refused' || (found.result !== null && isBadNews(found.result));
      if (isBad) store.outbox.addNotice({ kind: 'check_failed', modelId, chatId });
      store.checks.setCheckTold(modelId);
    });
};

/** Looks into copies that people want to have looked into: as rows, one at a time for the machine, in the order in which they were asked for. */
export const createChecking = (deps: CheckingDeps): Checking => {
  const { store, log } = deps;
  const running: Running = new Map();
  const turns = createInTurn<CopyCheck & { readonly id: number; readonly chatId: number }>({
    next: (except) => {
      const one = store.checks.nextCheck(except);
      return one ? [{ ...one, id: one.copyId, chatId: EVERYBODY }] : [];
    },
    run: (one, signal) => check(deps, running, one, signal),
    atOnce: 1,
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
    progress: (copyId) => running.get(copyId)?.(),
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
