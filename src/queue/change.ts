import { copyKeyOf } from '../domain/copy.ts';
import type { FilesInBrief } from '../domain/files/loads/files-in-brief.ts';
import type { Loads } from '../domain/files/loads/loads.ts';
import type { Model } from '../domain/model.ts';
import type { ModelMetadata } from '../domain/model-metadata.ts';
import type { RepoFile } from '../domain/listing.ts';
import type { Store } from '../store/store.ts';
import type { Removals } from './removals.ts';
import type { CopyRun } from './run/copy-run.ts';

/** A newer revision of what is completed. */
export interface Renewal {
  readonly commitSha: string;
  readonly files: readonly RepoFile[];
  readonly sizeBytes: number;
  /** What loads them, if that was found out with them: no card has to read a long list for it. */
  readonly loads?: Loads | undefined;
}

/** What is kept of a list with the model that is to have it. */
export const briefIn = ({ commitSha, files, loads }: Renewal): FilesInBrief | undefined =>
  loads && { commit: commitSha, count: files.length, loads };

interface ChangeDeps {
  readonly store: Store;
  readonly removals: Pick<Removals, 'begin'>;
  /** The run in which a model is. */
  readonly runOf: (id: number) => Pick<CopyRun, 'leave'> | undefined;
  /** There may be something new to claim. */
  readonly claim: () => void;
}

/** What a model is to be from now on: other files of its repository, or another revision. */
export interface Change extends Renewal {
  /** The repository's id, if that is another one than before. */
  readonly name?: string;
  readonly revision: string;
  /** Canonical JSON. */
  readonly selection: string;
  readonly metadata: ModelMetadata;
  /** The host on which it shall lie, if that is another one than before. */
  readonly hostId?: number;
  /**
   * What it has now and will not have any more is kept, and a person asked: how many bytes that are, `unknown` if nobody has
   * counted. Without it, that goes by itself.
   */
  readonly leftOver?: number | 'unknown';
}

/** What it was when it got what it has, and is again if somebody takes the change back. */
export const hadOf = ({ copyId, revision, tokenOf, metadata }: Model): ModelMetadata['had'] => {
  if (copyId === null) return undefined;
  if (metadata?.had?.copyId === copyId) return metadata.had;
  if (metadata === null) return { copyId, revision, tokenOf, metadata };
  const { had: _, ...about } = metadata;
  return { copyId, revision, tokenOf, metadata: about };
};

/** It wants this copy; what stands still goes on standing still, unless it has that copy. */
const pointTo = ({ store }: ChangeDeps, model: Model, wantsCopyId: number, sizeBytes: number): void => {
  const { id, status, copyId } = model;
  if (status === 'paused' && copyId === wantsCopyId) {
    // Back to what it has: nothing is to be fetched, and nobody has to start that.
    if (store.models.isCancelled(id)) store.sessions.createDownloadSession(id);
    store.models.moveModel(id, status, 'pending', { toEnd: true, runNow: true, wantsCopyId, sizeBytes });
    return;
  }
  if (status === 'completed' || status === 'failed')
    store.models.moveModel(id, status, 'pending', { toEnd: true, wantsCopyId, sizeBytes });
  else store.models.wantCopy(id, wantsCopyId);
};

/** Reasons to wait that are of the machine on which it was tried. */
const MACHINES: readonly Model['statusReason'][] = ['backoff', 'no_space'];

/** What it was when it got what it has: a second change before the first came true alters nothing about that. */
const beforeOf = (model: Model, { leftOver }: Change): ModelMetadata['before'] => {
  if (leftOver === undefined || model.copyId === null) return undefined;
  const { revision } = model.metadata?.before ?? model;
  return { revision, ...(leftOver === 'unknown' ? {} : { bytes: leftOver }) };
};

/**
 * A model wants other files. What it has can be loaded until the new ones are verified, and goes then; what of them is on the
 * disk already is not fetched again.
 * @returns false if there is no such model
 * @throws AppError integrity: the library has another model that is what this one would be
 */
export const changeModel = (deps: ChangeDeps, id: number, change: Change): boolean => {
  const { store, runOf, claim, removals } = deps;
  const { commitSha, files, sizeBytes, revision, selection } = change;
  const changed = store.atomically(() => {
    const model = store.models.getModel(id);
    if (!model) return undefined;
    const { wantsCopyId: before } = model;
    const { name = model.name, hostId = model.hostId } = change;
    const stops = store.models.moveModel(id, 'downloading', 'pending');
    const wantsCopyId = store.copies.want(copyKeyOf({ ...model, name, commitSha, selection, hostId }), {
      files,
      sizeBytes,
    });
    pointTo(deps, model, wantsCopyId, sizeBytes);
    const brief = briefIn(change);
    const about = { ...change.metadata, ...(brief ? { filesInBrief: brief } : {}) };
    const metadata = { ...about, before: beforeOf(model, change), had: hadOf(model) };
    // What kept it from one machine says nothing of another.
    const isFree = hostId !== model.hostId && MACHINES.includes(model.statusReason);
    const waits = isFree ? { statusReason: null, notBefore: null } : {};
    store.models.updateModelDetails(id, { name, revision, selection, sizeBytes, metadata, hostId, ...waits });
    if (before !== wantsCopyId) store.copies.giveUp(before, 'nothing');
    return { stops };
  });
  if (!changed) return false;
  if (changed.stops) void runOf(id)?.leave(id, 'pause');
  removals.begin();
  claim();
  return true;
};
