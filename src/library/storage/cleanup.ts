import { setImmediate as breathe } from 'node:timers/promises';
import { aboutModel, ITSELF } from '../../domain/activity/activity.ts';
import type { Hosts } from '../../copies/hosts.ts';
import { INFERENCE_SERVER } from '../../domain/pulls/pull-job.ts';
import { AppError } from '../../domain/errors.ts';
import { THIS_HOST } from '../../domain/hosts/host.ts';
import { type Clock, toIso } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker, type Ticker } from '../../lib/ticker.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Candidate } from '../../store/storage/candidates.ts';
import type { Cleanup as CleanupRow, CleanupModel, NewCleanupModel } from '../../store/storage/cleanups.ts';
import { planRemoval } from '../remove.ts';
import { lastUsed, type LastUsedDeps, type Used } from './last-used.ts';

/** Models that nobody uses go by themselves, where an owner has said so: announced first, and only while nobody objects. */
export interface Cleanup {
  /** Tells each chat what would go; to be called once a night. */
  readonly announce: () => Promise<void>;
  /** Removes what was announced long enough ago. */
  readonly look: () => Promise<void>;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

export interface CleanupDeps extends LastUsedDeps {
  readonly hosts: Pick<Hosts, 'of' | 'isThere'>;
  readonly queue: Pick<Queue, 'remove'>;
  readonly isOn: () => boolean;
  /** After so many days without use a model may go. */
  readonly ageDays: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** How long people have to object, counted from when Telegram took the announcement. */
export const NOTICE_MS = 3 * DAY_MS;
const LOOK_MS = 60_000;
/** More than this between two looks is no time in which anybody could object: the process stood still. */
const RAN_MOST_MS = 10 * LOOK_MS;
const AT_ONCE = 100;
/** A list of more is read by nobody; the others come in the next one. */
const ANNOUNCED_MOST = 200;

const isUnused = ({ ageDays, clock }: CleanupDeps, { at }: Used): boolean => clock.now() - at >= ageDays() * DAY_MS;

/** `away`: its machine is away, or does not say it. */
const lastUsedThere = async (deps: CleanupDeps, copy: Candidate): Promise<Used | 'away' | undefined> => {
  if (!deps.hosts.isThere(copy.hostId)) return 'away';
  try {
    return await lastUsed(deps, copy);
  } catch (error) {
    if (copy.hostId === THIS_HOST || !(error instanceof AppError)) throw error;
    // It has gone away meanwhile, its disk is broken, or it says what cannot be. What lies on the other machines does not wait for it.
    deps.log.warn({ err: error, host: copy.hostId, copy: copy.id }, 'A machine does not say when something was used');
    return 'away';
  }
};

/** The models of a copy as they stand in the announcements of their chats. */
const entriesOf = ({ store }: CleanupDeps, copy: Candidate, used: Used): (NewCleanupModel & { chatId: number })[] =>
  store.candidates.havingCopy(copy.id).flatMap((modelId) => {
    const model = store.models.getModel(modelId);
    if (!model) return [];
    const { chatId, repoType, name, revision, selection, title } = model;
    const usage = { usedAt: toIso(used.at), usedBy: used.by };
    return { chatId, modelId, repoType, name, revision, selection, title, sizeBytes: copy.sizeBytes, ...usage };
  });

const announce = async (deps: CleanupDeps, signal: AbortSignal): Promise<void> => {
  const { store } = deps;
  if (!deps.isOn()) return;
  const chats = new Map<number, NewCleanupModel[]>();
  const busy = new Set(store.cleanups.announcedCleanups().map(({ chatId }) => chatId));
  for (let afterId = 0; ; ) {
    const copies = store.candidates.candidatesAfter(afterId, AT_ONCE);
    for (const copy of copies) {
      if (signal.aborted) return;
      afterId = copy.id;
      const used = await lastUsedThere(deps, copy);
      if (used === undefined || used === 'away' || !isUnused(deps, used)) continue;
      const entries = entriesOf(deps, copy, used);
      // What several chats have is announced to all of them at once, or to none: nobody's files go over their heads. An inference server
      // is told nothing, and so could not object.
      const staysOut = entries.some(
        ({ chatId }) =>
          chatId === INFERENCE_SERVER || busy.has(chatId) || (chats.get(chatId)?.length ?? 0) >= ANNOUNCED_MOST,
      );
      if (staysOut) continue;
      for (const { chatId, ...entry } of entries) chats.set(chatId, [...(chats.get(chatId) ?? []), entry]);
    }
    if (copies.length < AT_ONCE) break;
    await breathe();
  }
  for (const [chatId, models] of chats)
    store.atomically(() => {
      const cleanupId = store.cleanups.createCleanup(chatId, models);
      if (cleanupId === undefined) return;
      store.activity.logActivity(ITSELF, chatId, 'cleanup_announced', { models: models.length });
      store.outbox.addNotice({ chatId, kind: 'cleanup', payload: { cleanupId } });
    });
};

/** Both clocks must say so: the one on the wall may have been set, and the other one stands still while nothing runs. */
const isDue = ({ announcedAt, ranMs }: CleanupRow, now: number): boolean =>
  announcedAt !== null && ranMs >= NOTICE_MS && now - Date.parse(announcedAt) >= NOTICE_MS;

/** `later`: another chat that has it was told a moment after this one, or its machine is away. */
type Verdict = 'goes' | 'stays' | 'later';

/** What cannot be decided yet: it stays in the end, so that nothing waits for it for ever. */
const later = (ranMs: number): Verdict => (ranMs < NOTICE_MS + DAY_MS ? 'later' : 'stays');

/** Every chat that has it must have been told, and nobody of them may keep it. */
const askChats = ({ store, clock }: CleanupDeps, copyId: number, ranMs: number): Verdict => {
  const entries = store.candidates.havingCopy(copyId).map((id) => store.cleanups.announcedModel(id));
  if (!entries.every((entry) => entry?.fate === 'announced' || entry?.fate === 'going')) return 'stays';
  const areDue = entries.every((entry) => {
    const cleanup = entry && store.cleanups.getCleanup(entry.cleanupId);
    return cleanup !== undefined && isDue(cleanup, clock.now());
  });
  if (areDue) return 'goes';
  return later(ranMs);
};

/** Whether nothing has happened since the announcement that keeps it. */
const verdictOn = async (deps: CleanupDeps, entry: CleanupModel, ranMs: number): Promise<Verdict> => {
  const { store } = deps;
  const copyId = store.models.getModel(entry.modelId)?.copyId ?? null;
  const copy = copyId === null ? undefined : store.candidates.candidate(copyId);
  const used = copy && (await lastUsedThere(deps, copy));
  if (used === 'away') return later(ranMs);
  if (!copy || !used || !isUnused(deps, used) || toIso(used.at) > entry.usedAt) return 'stays';
  return askChats(deps, copy.id, ranMs);
};

const removeOne = async (deps: CleanupDeps, entry: CleanupModel, ranMs: number): Promise<Verdict> => {
  const { store, queue } = deps;
  const model = store.models.getModel(entry.modelId);
  const end = (fate: CleanupModel['fate']): Verdict => {
    store.atomically(() => {
      store.cleanups.setFate(entry.id, fate);
      if (fate !== 'removed') return;
      const chatId = store.cleanups.getCleanup(entry.cleanupId)?.chatId ?? 0;
      store.activity.logActivity(ITSELF, chatId, 'cleaned_up', aboutModel({ ...entry, id: entry.modelId }));
    });
    return fate === 'removed' ? 'goes' : 'stays';
  };
  // Removed, and killed before that was noted.
  if (!model) return end(entry.fate === 'going' ? 'removed' : 'stays');
  const verdict = await verdictOn(deps, entry, ranMs);
  if (verdict === 'later') return 'later';
  const { freedBytes } = await planRemoval(store, model);
  // Somebody may have said in the very last moment that it stays.
  const now = store.cleanups.cleanupModel(entry.id)?.fate;
  if (now === 'kept') return 'stays';
  if (verdict === 'stays') return end('stays');
  store.cleanups.setFate(entry.id, 'going', { sizeBytes: freedBytes });
  // It can be brought back for a while, as if somebody had removed it.
  queue.remove(model.id, { taking: 'ours', freedBytes });
  return end('removed');
};

const carryOut = async (deps: CleanupDeps, { id, chatId, ranMs }: CleanupRow, signal: AbortSignal): Promise<void> => {
  const { store, log } = deps;
  let isWaiting = false;
  for (const entry of store.cleanups.cleanupModels(id)) {
    if (signal.aborted) return;
    if (entry.fate !== 'announced' && entry.fate !== 'going') continue;
    if ((await removeOne(deps, entry, ranMs)) === 'later') isWaiting = true;
  }
  if (isWaiting) return;
  const { models, sizeBytes } = store.cleanups.sumFate(id, ['removed']);
  store.atomically(() => {
    store.cleanups.setCleanupState(id, 'done');
    if (models > 0) store.outbox.addNotice({ chatId, kind: 'cleanup_done', payload: { cleanupId: id } });
  });
  log.info({ cleanup: id, chat: chatId, models, bytes: sizeBytes }, 'A clean-up is done');
};

/** Nothing is announced before a night comes. */
export const createCleanup = (deps: CleanupDeps): Cleanup => {
  const { store, clock, log } = deps;
  const closing = new AbortController();
  let ticker: Ticker | undefined;
  let last = clock.monotonic();

  const look = async (): Promise<void> => {
    const passed = clock.monotonic() - last;
    last += passed;
    const open = store.cleanups.announcedCleanups();
    if (open.length === 0) return;
    if (!deps.isOn()) {
      for (const { id } of open) store.cleanups.setCleanupState(id, 'called_off');
      return;
    }
    store.cleanups.addRan(Math.min(passed, RAN_MOST_MS));
    store.cleanups.noteAnnounced();
    for (const cleanup of store.cleanups.announcedCleanups()) {
      if (!isDue(cleanup, clock.now())) continue;
      try {
        await carryOut(deps, cleanup, closing.signal);
      } catch (error) {
        // What one chat has cannot be removed now: that is no reason for the others.
        log.error({ err: error, cleanup: cleanup.id }, 'A clean-up could not be carried out');
      }
    }
  };

  return {
    announce: () => announce(deps, closing.signal),
    look,
    start: () => {
      ticker = startTicker(LOOK_MS, look, (error) => log.error({ err: error }, 'The clean-up could not be looked at'));
    },
    close: async () => {
      closing.abort();
      await ticker?.close();
    },
  };
};
