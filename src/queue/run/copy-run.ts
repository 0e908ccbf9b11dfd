/* queue/run: a copy being got for all models that want it, from its claim to one settled end. */

import type { RepoFile } from '../../domain/listing.ts';
import type { Model } from '../../domain/model.ts';
import { repoFolderName } from '../../domain/repo/repo.ts';
import type { NamedLimit, RunningCopy } from '../../copies/executor.ts';
import type { QueueDeps, QueueOptions } from '../deps.ts';
import type { DiskSpace } from '../disk-space.ts';
import { speedLimitOf } from '../limits.ts';
import { createEndingInRows, type EndingInRows, generationNow } from './ending/in-rows.ts';
import { endingsOf, type Made } from './ending/endings.ts';
import type { Live } from './live.ts';
import { beginSession, createMember, type Member, partWith, watch } from './member.ts';
import { type StopKind, StopReason } from './stop-reason.ts';
import { jobFor, mostBytesFor, type Part } from './terms.ts';
import { noteWhoMadeIt } from './who-made-it.ts';

/** A copy that is being got right now, for all models that are downloading and want it. */
export interface CopyRun {
  /** Where the copy is to lie. */
  readonly hostId: number;
  readonly models: () => readonly Model[];
  readonly has: (modelId: number) => boolean;
  /** As one of its models sees it; the first one unless told. */
  readonly live: (modelId?: number) => Live | undefined;
  /** Another claimed model wants the same copy. @returns false if the run is about to end */
  readonly join: (model: Model) => boolean;
  /** The run stops with its last model. @returns resolves when the run has nothing to do with that model any more */
  readonly leave: (modelId: number, kind: StopKind) => Promise<unknown>;
  /** All of them. */
  readonly stop: (kind: StopKind) => void;
  /** Bytes that came over the network for it until now. */
  readonly received: () => number;
  /** To be called about once a second. */
  readonly sample: (now: number) => void;
  /** The limit of a schedule may be another one now. */
  readonly adjustSpeed: () => void;
  /** Resolves when it is known whether there is room for it, or it has to wait for something else first. */
  readonly decided: Promise<void>;
  /** Why what became of it cannot be written down yet, as a sentence; undefined if that is not so. */
  readonly trouble: () => string | undefined;
  /** Resolves when it is settled what became of all its models, `lost` if that could not be written; never rejects. */
  readonly done: EndingInRows['ended'];
}

export interface CopyRunDeps extends QueueDeps {
  readonly options: QueueOptions;
  readonly diskSpace: DiskSpace;
  /** What must have ended before this may touch files: an earlier run of the same copy, a deletion in its folder. */
  readonly before: readonly Promise<unknown>[];
}

/** What a run knows about itself; filled as it goes. */
interface RunState {
  readonly deps: CopyRunDeps;
  /** The one that it began with: what the copy is, all of them know. */
  readonly first: Model;
  readonly members: Map<number, Member>;
  readonly abort: AbortController;
  readonly decided: PromiseWithResolvers<void>;
  readonly ending: EndingInRows;
  /** `opening`: its models' sessions have not begun; `closing`: nobody joins any more. */
  stage: 'opening' | 'open' | 'closing';
  running: RunningCopy | undefined;
  /** One for each branch or tag by which it is wanted. */
  readonly parts: RunningCopy[];
  /** The part of it that is under way, and how fast it may go. */
  current: { readonly part: RunningCopy; limit: NamedLimit | undefined } | undefined;
  giveBack: (() => void) | undefined;
  /** Of the copy when it began to be got. */
  generation: number | undefined;
}

const repoFolderOf = ({ repoType: type, name: id }: Model): string => repoFolderName({ type, id });

const modelsOf = ({ members }: RunState): Model[] => [...members.values()].map(({ model }) => model);

const start = (state: RunState, part: Part): RunningCopy => {
  const { deps, first, abort } = state;
  const job = jobFor(deps.store, modelsOf(state), { first, part });
  const running = deps.hosts.of(first.hostId).start(job, abort.signal);
  state.current = { part: running, limit: job.limit };
  state.parts.push(running);
  return running;
};

/** By which branches and tags it is wanted: a ref is written for each. */
const nextRevision = (state: RunState, written: ReadonlySet<string>): string | undefined => {
  const { deps, first } = state;
  const waiting = first.wantsCopyId === null ? [] : deps.store.models.waitingFor(first.wantsCopyId);
  const wanted = [...modelsOf(state), ...waiting];
  return wanted.find(({ revision }) => !written.has(revision))?.revision;
};

const make = async (state: RunState, files: readonly RepoFile[]): Promise<Made> => {
  const revisions = new Set<string>();
  const most = await mostBytesFor(state.deps, modelsOf(state));
  state.abort.signal.throwIfAborted();
  let made: Omit<Made, 'revisions'> = { snapshotPath: '', sizeBytes: 0 };
  // What has joined by another branch finds everything there.
  for (;;) {
    const revision = nextRevision(state, revisions);
    if (revision === undefined) return { ...made, revisions };
    revisions.add(revision);
    const running = start(state, { files, revision, ...most });
    if (!state.running) {
      state.running = running;
      for (const member of state.members.values()) watch(state.deps, member, running, false);
    }
    const { snapshotPath, learned } = await running.done;
    made = { snapshotPath, sizeBytes: running.state().bytesTotal, ...(learned ? { learned } : {}) };
  }
};

const download = async (state: RunState): Promise<Made> => {
  const { deps, first, abort } = state;
  const { signal } = abort;
  if (deps.before.length > 0) {
    // That may take its time, and others need not wait for it.
    state.decided.resolve();
    await Promise.all(deps.before);
  }
  signal.throwIfAborted();
  state.generation = generationNow(deps.store, first);
  for (const member of state.members.values()) beginSession(deps, member);
  state.stage = 'open';
  const files = await deps.store.models.readModelFiles(first.id);
  signal.throwIfAborted();
  const { wantsCopyId: copyId, commitSha: commit } = first;
  await noteWhoMadeIt({ store: deps.store, copies: deps.hosts.of(first.hostId) }, copyId, files);
  state.giveBack = await deps.diskSpace.reserve({ copyId, repoFolder: repoFolderOf(first), files, commit });
  state.decided.resolve();
  signal.throwIfAborted();
  return make(state, files);
};

const runToItsEnd = async (state: RunState): Promise<void> => {
  const { deps, members, abort, ending } = state;
  const close = (): void => {
    state.stage = 'closing';
  };
  const endings = await endingsOf(deps, members, () => download(state).finally(close), abort.signal);
  state.decided.resolve();
  ending.write(endings, { generation: state.generation, giveBack: state.giveBack });
};

/** A limit that cannot be read now is looked at again in a second; until then the one before holds. */
const adjustSpeed = ({ deps, first, current }: RunState): void => {
  if (!current || first.wantsCopyId === null) return;
  try {
    const limit = speedLimitOf(deps.store, first.wantsCopyId);
    if (limit?.name === current.limit?.name && limit?.bytesPerSecond === current.limit?.bytesPerSecond) return;
    current.limit = limit;
    current.part.setLimit(limit);
  } catch (error) {
    deps.log.debug({ err: error, copy: first.wantsCopyId }, 'The speed limit of a schedule could not be read');
  }
};

const join = (state: RunState, model: Model): boolean => {
  const { deps, members, abort, stage, running } = state;
  if (stage === 'closing' || abort.signal.aborted) return false;
  const member = createMember(model);
  if (stage === 'open') beginSession(deps, member);
  members.set(model.id, member);
  if (running) watch(deps, member, running, true);
  adjustSpeed(state);
  return true;
};

const leave = async (state: RunState, modelId: number, kind: StopKind): Promise<void> => {
  const { deps, members, abort, ending } = state;
  const member = members.get(modelId);
  if (!member) return;
  if (members.size > 1 && !ending.isUnwritten()) {
    members.delete(modelId);
    partWith(deps, member);
    adjustSpeed(state);
    return;
  }
  if (members.size === 1) abort.abort(new StopReason(kind));
  ending.tryAgain();
  await ending.ended;
};

const sample = (state: RunState, now: number): void => {
  const { ending, members } = state;
  if (ending.isUnwritten()) {
    ending.tryWhenDue(now);
    return;
  }
  for (const { live, progress } of members.values()) {
    live?.sample(now);
    progress?.sample(now);
  }
};

/** Gets the copy that a claimed model wants, until what became of it is settled for all that have joined. */
export const startCopyRun = (deps: CopyRunDeps, first: Model): CopyRun => {
  const state: RunState = {
    deps,
    first,
    members: new Map([[first.id, createMember(first)]]),
    abort: new AbortController(),
    decided: Promise.withResolvers<void>(),
    ending: createEndingInRows(deps, first),
    stage: 'opening',
    running: undefined,
    parts: [],
    current: undefined,
    giveBack: undefined,
    generation: undefined,
  };
  const { members, abort, ending } = state;
  void deps.log.within({ copy: first.wantsCopyId }, () => runToItsEnd(state));
  return {
    hostId: first.hostId,
    models: () => modelsOf(state),
    has: (modelId) => members.has(modelId),
    live: (modelId) => (modelId === undefined ? [...members.values()][0] : members.get(modelId))?.live,
    join: (model) => join(state, model),
    leave: (modelId, kind) => leave(state, modelId, kind),
    stop: (kind) => {
      if (kind === 'shutdown') ending.isLastTry();
      abort.abort(new StopReason(kind));
      ending.tryAgain();
    },
    received: () => state.parts.reduce((sum, part) => sum + part.state().bytesReceived, 0),
    sample: (now) => sample(state, now),
    adjustSpeed: () => adjustSpeed(state),
    trouble: ending.trouble,
    decided: state.decided.promise,
    done: ending.ended,
  };
};
