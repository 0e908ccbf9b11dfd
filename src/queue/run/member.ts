import { isScheduled, type Model } from '../../domain/model.ts';
import { aboutModel, ITSELF } from '../../domain/activity/activity.ts';
import type { DownloadSession } from '../../domain/session.ts';
import type { RunningCopy } from '../../copies/executor.ts';
import type { QueueDeps } from '../deps.ts';
import { createLive, type Live } from './live.ts';
import { createProgress, type Progress } from './progress.ts';

/** A model in the run of the copy that it wants: it has a session of its own, that counts what comes while it is there. */
export interface Member {
  readonly model: Model;
  session: DownloadSession | undefined;
  live: Live | undefined;
  progress: Progress | undefined;
}

/** A model that joins a run: nothing of it has begun yet. */
export const createMember = (model: Model): Member => ({
  model,
  session: undefined,
  live: undefined,
  progress: undefined,
});

/** What joins the lines about a model in a run: its number, what is got for it, and the session that goes on over restarts. */
export const idsOf = ({ model, session }: Pick<Member, 'model' | 'session'>) => ({
  model: model.id,
  name: model.name,
  copy: model.wantsCopyId,
  session: session?.uuid,
});

/** Its session goes on, or a new one begins. */
export const beginSession = ({ store, log }: Pick<QueueDeps, 'store' | 'log'>, member: Member): void => {
  const { model } = member;
  const scheduleRun = isScheduled(model) ? store.schedules.openRunOf(model.chatId) : undefined;
  const scheduleId = scheduleRun?.scheduleId ?? undefined;
  const open = store.sessions.openSession(model.id);
  member.session = store.atomically(() => {
    // One that goes on was noted when it began.
    if (open?.status !== 'in_progress')
      store.activity.logActivity(ITSELF, model.chatId, 'download_started', aboutModel(model));
    return store.sessions.startOrContinue(model.id, model.sizeBytes ?? 0, scheduleId);
  });
  const goesOn = open?.uuid === member.session.uuid;
  log.info({ ...idsOf(member), bytes: model.sizeBytes }, goesOn ? 'A download goes on' : 'A download begins');
};

/** @param joins what has come until now is not its doing */
export const watch = (
  { store, clock }: Pick<QueueDeps, 'store' | 'clock'>,
  member: Member,
  running: Pick<RunningCopy, 'state'>,
  joins: boolean,
): void => {
  const { session } = member;
  if (!session) return;
  const startedAt = clock.monotonic();
  member.live = createLive(running, { startedAt, readyBefore: session.bytesDownloaded, joins });
  member.progress = createProgress(store, session, member.live, startedAt);
};

/** It goes while others stay: how much had come is written down, and its card shows that. */
export const partWith = ({ store, clock, log }: Pick<QueueDeps, 'store' | 'clock' | 'log'>, member: Member): void => {
  try {
    store.atomically(() => {
      member.progress?.save(clock.monotonic());
      store.models.updateModelDetails(member.model.id, {});
    });
  } catch (error) {
    // What was written a few seconds ago stands there; nothing of the disk is lost.
    log.error({ err: error, model: member.model.id }, 'How much of a download had come could not be written down');
  }
};
