import { THIS_HOST } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { QueueDeps, QueueOptions } from '../deps.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { Places } from '../hosts/places.ts';
import type { Removals } from '../removals.ts';
import type { TakeOver } from '../take-over.ts';
import { type CopyRun, startCopyRun } from './copy-run.ts';

/** The runs that are under way: each copy is got once, for all models that want it. */
export interface Runs {
  /** A claimed model joins the run of the copy that it wants, or takes a place of its own. */
  readonly begin: (model: Model) => void;
  readonly of: (modelId: number) => CopyRun | undefined;
  /** Copies that are being got. */
  readonly copies: () => number[];
  /** Resolves when this copy is not being got any more; undefined if it is not. */
  readonly endOf: (copyId: number) => Promise<void> | undefined;
  /** All that have not ended. */
  readonly alive: ReadonlySet<CopyRun>;
  /** Stops all of them, and those that would begin. Resolves when they have ended. */
  readonly close: () => Promise<void>;
}

export interface RunsDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly places: Pick<Places, 'take' | 'decide'>;
  readonly diskSpace: (hostId: number) => DiskSpace;
  readonly removals: Pick<Removals, 'under'>;
  readonly takeOver: TakeOver;
  /** A run has ended, and is none of them any more. */
  readonly afterRun: (run: CopyRun, ended: Awaited<CopyRun['done']>) => void;
}

interface RunsState extends RunsDeps {
  /** The newest run of each copy; an older one may still be on its way out. */
  readonly runs: Map<number, { readonly run: CopyRun; readonly end: Promise<void> }>;
  /** The newest run of each model. */
  readonly byModel: Map<number, CopyRun>;
  readonly alive: Set<CopyRun>;
  isClosed: boolean;
}

/** What is got for a model; one that was made without a commit is alone with what it wants. */
const copyOf = ({ id, wantsCopyId }: Model): number => wantsCopyId ?? -id;

const start = (state: RunsState, model: Model): Promise<void> => {
  const { removals, runs, alive, byModel, takeOver } = state;
  const copy = copyOf(model);
  const folder = repoFolderName({ type: model.repoType, id: model.name });
  const here = model.hostId === THIS_HOST ? takeOver.pending() : undefined;
  const before = [runs.get(copy)?.end, removals.under(model.hostId, folder), here].filter((each) => each !== undefined);
  const run = startCopyRun({ ...state, diskSpace: state.diskSpace(model.hostId), before }, model);
  const end = run.done.then((ended) => {
    alive.delete(run);
    for (const [id, other] of byModel) if (other === run) byModel.delete(id);
    if (runs.get(copy)?.run === run) runs.delete(copy);
    state.afterRun(run, ended);
  });
  runs.set(copy, { run, end });
  byModel.set(model.id, run);
  alive.add(run);
  if (state.isClosed) run.stop('shutdown');
  state.places.decide(model.hostId, run.decided);
  return end;
};

const begin = (state: RunsState, model: Model): void => {
  const running = state.runs.get(copyOf(model));
  if (running?.run.join(model)) {
    state.byModel.set(model.id, running.run);
    return;
  }
  // The run before it is on its way out: this one takes its place.
  if (running) {
    void start(state, model);
    return;
  }
  state.places
    .take(model.hostId, async () => {
      await start(state, model);
      // As long as one follows the other.
      for (let next = state.runs.get(copyOf(model)); next; next = state.runs.get(copyOf(model))) await next.end;
    })
    .catch((error: unknown) => state.log.error({ err: error, model: model.id }, 'A run got lost'));
};

const close = async (state: RunsState): Promise<void> => {
  state.isClosed = true;
  const runs = [...state.alive];
  for (const run of runs) run.stop('shutdown');
  await Promise.all(runs.map((run) => run.done));
};

/** None runs yet. */
export const createRuns = (deps: RunsDeps): Runs => {
  const state: RunsState = { ...deps, runs: new Map(), byModel: new Map(), alive: new Set(), isClosed: false };
  const { runs, byModel, alive } = state;
  return {
    begin: (model) => begin(state, model),
    of: (modelId) => {
      const run = byModel.get(modelId);
      return run?.has(modelId) ? run : undefined;
    },
    copies: () => [...runs.keys()],
    endOf: (copyId) => runs.get(copyId)?.end,
    alive,
    close: () => close(state),
  };
};
