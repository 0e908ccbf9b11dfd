import { aboutModel, ITSELF } from '../../../domain/activity/activity.ts';
import { copyKeyOf } from '../../../domain/copy.ts';
import type { Model } from '../../../domain/model.ts';
import type { SessionMetadata } from '../../../domain/session.ts';
import { type Clock, toIso } from '../../../lib/clock.ts';
import type { Quotas } from '../../../people/quotas.ts';
import type { Store } from '../../../store/store.ts';
import type { Made } from './endings.ts';
import type { Moved } from '../moved.ts';
import { setAside } from './set-aside.ts';
import type { Settlement } from './settle.ts';

/** How often a model that waits for space on the disk is looked at again, in milliseconds. */
const SPACE_LOOK_MS = 30_000;

export interface OutcomeDeps {
  readonly store: Store;
  readonly quotas: Pick<Quotas, 'refusalOf'>;
  readonly clock: Clock;
}

/** What a run was about. */
export interface Subject {
  readonly model: Model;
  /** undefined: the run ended before its session began. */
  readonly sessionId: number | undefined;
  /** Of its copy when it began; undefined: it did not get that far. */
  readonly ofGeneration?: number | undefined;
}

/** Pending, and taken up at its place: what was fetched for both commits is not fetched again. */
const move = ({ store }: OutcomeDeps, subject: Subject, { commitSha, files, sizeBytes }: Moved): void => {
  const { model, sessionId, ofGeneration } = subject;
  const { id } = model;
  const wantsCopyId = store.copies.want(copyKeyOf({ ...model, commitSha }), { files, sizeBytes });
  if (!store.models.moveModel(id, 'downloading', 'pending', { wantsCopyId, sizeBytes, ofGeneration })) {
    store.copies.giveUp(wantsCopyId, 'nothing');
    return;
  }
  const metadata = { ...store.models.getModel(id)?.metadata, movedFrom: model.commitSha };
  store.models.updateModelDetails(id, { metadata });
  // What had come of files that the branch has no more.
  store.copies.giveUp(model.wantsCopyId, 'nothing');
  if (sessionId !== undefined) store.sessions.updateDownloadSession(sessionId, 'in_progress', { errorMessage: null });
};

type End = Extract<Settlement, { readonly kind: 'completed' | 'failed' }>;
type Wait = Extract<Settlement, { readonly kind: 'no_space' | 'backoff' | 'access' }>;

const metadataOf = (store: Store, sessionId: number): SessionMetadata | null =>
  store.sessions.getDownloadSession(sessionId)?.metadata ?? null;

const wait = ({ store, clock }: OutcomeDeps, subject: Subject, settlement: Wait): void => {
  const { model, sessionId, ofGeneration } = subject;
  const { kind } = settlement;
  const waitMs = kind === 'no_space' ? SPACE_LOOK_MS : settlement.delayMs;
  const changes = {
    reason: kind === 'access' ? 'backoff' : kind,
    notBefore: toIso(clock.now() + waitMs),
    ofGeneration,
  } as const;
  if (!store.models.moveModel(model.id, 'downloading', 'pending', changes) || sessionId === undefined) return;
  store.sessions.updateDownloadSession(sessionId, 'in_progress', {
    errorMessage: settlement.message,
    metadata: {
      ...metadataOf(store, sessionId),
      access: kind === 'access' ? settlement.access : undefined,
      errorCode: kind === 'no_space' ? kind : undefined,
    },
    ...(kind === 'backoff' ? { retryCount: settlement.retryCount } : {}),
  });
  // Once for each session, however often it is looked; of a token its owner is told, once for all sessions.
  if (kind === 'access' && settlement.access.code === 'gated')
    store.outbox.addNotice({ sessionId, modelId: model.id, chatId: model.chatId, kind: 'access_needed' });
};

/** What people can do about it depends on what it was. */
const withCode = (
  store: Store,
  sessionId: number,
  { code, access }: Extract<End, { readonly kind: 'failed' }>,
): SessionMetadata => ({
  ...metadataOf(store, sessionId),
  access,
  errorCode: code,
});

/** Where it lay before, if that was on another machine. To be called when it has what it wanted. */
const movedFrom = ({ copies }: Store, had: number | null, has: number | null): SessionMetadata['movedFrom'] => {
  const [before, now] = [had, has].map((id) => (id === null ? undefined : copies.getCopy(id)));
  if (!before || !now || before.hostId === now.hostId) return undefined;
  return { hostId: before.hostId, stays: copies.isNeeded(before.id) || before.madeBy === 'other' };
};

type Changes = Parameters<Store['sessions']['updateDownloadSession']>[2];

const asCompleted = (
  store: Store,
  sessionId: number,
  { sizeBytes }: Extract<End, { readonly kind: 'completed' }>,
  { had, has }: { readonly had: number | null; readonly has: number | null },
): Changes => {
  const moved = movedFrom(store, had, has);
  return {
    bytesDownloaded: sizeBytes,
    totalBytes: sizeBytes,
    errorMessage: null,
    ...(moved ? { metadata: { ...metadataOf(store, sessionId), movedFrom: moved } } : {}),
  };
};

const asFailed = (store: Store, sessionId: number, failed: Extract<End, { readonly kind: 'failed' }>): Changes => ({
  errorMessage: failed.message,
  errorStack: failed.stack ?? null,
  metadata: withCode(store, sessionId, failed),
});

/** It has what it wanted: the copy before could be loaded until now, and what waits to be read of it is read in the one that it has. */
const leave = (store: Store, model: Subject['model'], had: number | null, has: number | null): void => {
  if (had !== null && has !== null && !store.copies.isHad(had)) store.verifications.readInstead(model.id, had, has);
  if (!setAside(store, model, had)) store.copies.giveUp(had, 'ours');
};

const end = ({ store }: OutcomeDeps, { model, sessionId, ofGeneration }: Subject, settlement: End): void => {
  const { kind } = settlement;
  const changes =
    kind === 'completed'
      ? { downloadPath: settlement.snapshotPath, sizeBytes: settlement.sizeBytes, runNow: false }
      : {};
  const { copyId: had = null, wantsCopyId: has = null } = store.models.getModel(model.id) ?? {};
  if (!store.models.moveModel(model.id, 'downloading', kind, { ...changes, ofGeneration }) || sessionId === undefined)
    return;
  if (kind === 'completed' && has !== null) store.copies.setComplete(has, settlement.snapshotPath);
  const ended =
    kind === 'completed'
      ? asCompleted(store, sessionId, settlement, { had, has })
      : asFailed(store, sessionId, settlement);
  store.sessions.updateDownloadSession(sessionId, kind, ended);
  store.activity.noteActivity({
    userId: ITSELF,
    chatId: model.chatId,
    action: `download_${kind}`,
    result: kind === 'completed' ? 'done' : 'failed',
    metadata: { ...aboutModel(model), ...(kind === 'failed' && { error: settlement.code ?? 'fault' }) },
  });
  store.outbox.addNotice({ sessionId, modelId: model.id, chatId: model.chatId, kind });
  if (kind === 'completed') leave(store, model, had, has);
};

/**
 * Writes down what became of a run: row, session and notice. To be called inside a transaction, so that all of it
 * happens or nothing. Each move is a compare-and-set: if somebody moved the row meanwhile, theirs holds; and what was begun for a
 * generation of its copy that is over changes nothing.
 */
export const writeOutcome = (deps: OutcomeDeps, subject: Subject, settlement: Settlement): void => {
  switch (settlement.kind) {
    case 'stopped':
      // Who stopped it moved the row before all bytes were counted: its card is to be drawn once more.
      deps.store.models.updateModelDetails(subject.model.id, {});
      return;
    case 'shutdown':
    case 'host_away': {
      const reason = settlement.kind === 'shutdown' ? 'shutdown' : 'interrupted';
      const { model, ofGeneration } = subject;
      deps.store.models.moveModel(model.id, 'downloading', 'pending', { reason, ofGeneration });
      return;
    }
    case 'moved':
      move(deps, subject, settlement.to);
      return;
    case 'no_space':
    case 'backoff':
    case 'access':
      wait(deps, subject, settlement);
      return;
    case 'failed':
    case 'completed':
      end(deps, subject, settlement);
  }
};

/**
 * The copy is complete: for what waits for its schedule, or for another try, nothing is left to fetch. To be called in the
 * transaction that settles the run; what waits for a person, what is paused, and what somebody may not have stays as it is.
 * @returns how many are complete with it
 */
export const completeWaiting = (deps: OutcomeDeps, copyId: number | null, made: Made): number => {
  const { store } = deps;
  const waiting = copyId === null ? [] : store.models.waitingFor(copyId);
  let completed = 0;
  for (const model of waiting) {
    if (deps.quotas.refusalOf(model)?.of === 'bytes') continue;
    if (!made.revisions.has(model.revision) || !store.models.moveModel(model.id, 'pending', 'downloading')) continue;
    const { snapshotPath, sizeBytes } = made;
    const { id: sessionId } = store.sessions.startOrContinue(model.id, sizeBytes);
    writeOutcome(deps, { model, sessionId }, { kind: 'completed', snapshotPath, sizeBytes });
    completed += 1;
  }
  return completed;
};
