/* queue/run/ending: what becomes of a run: decided once, written down with its notice, and told in the log. */

import type { CopyMade } from '../../../copies/executor.ts';
import { copyKeyOf } from '../../../domain/copy.ts';
import { AppError } from '../../../domain/errors.ts';
import type { DownloadSession } from '../../../domain/session.ts';
import type { HeldCopy } from '../../../store/downloads/copies.ts';
import type { QueueDeps, QueueOptions } from '../../deps.ts';
import type { Member } from '../member.ts';
import { lookUpAnew } from '../moved.ts';
import { settle, type Settlement } from './settle.ts';
import { stoppedBy } from '../stop-reason.ts';

/** A copy that is complete. */
export interface Made {
  readonly snapshotPath: string;
  readonly sizeBytes: number;
  readonly learned?: CopyMade['learned'];
  /** Branches and tags that lead to it on the disk. */
  readonly revisions: ReadonlySet<string>;
}

/** What becomes of a run's models. */
export interface Endings {
  readonly settlements: ReadonlyMap<Member, Settlement>;
  /** Set if everything is there. */
  readonly made: Made | undefined;
  /** To be called when they are rows. */
  readonly letGo: () => void;
}

export interface EndingsDeps extends QueueDeps {
  readonly options: Pick<QueueOptions, 'maxRetries'>;
}

/** What the row says of its session; a database that cannot be read keeps no run from ending. */
const sessionNow = ({ store, log }: EndingsDeps, { session, model }: Member): DownloadSession | undefined => {
  try {
    return session && store.sessions.getDownloadSession(session.id);
  } catch (error) {
    log.error({ err: error, model: model.id }, 'The session of a download could not be read');
    return session;
  }
};

/** What somebody has said of this model since it began counts as well. */
const maxRetriesOf = ({ store, log, options }: EndingsDeps, { model }: Member): number => {
  try {
    return store.models.getModel(model.id)?.maxRetries ?? options.maxRetries();
  } catch (error) {
    log.error({ err: error, model: model.id }, 'How often a download may be tried could not be read');
    return model.maxRetries ?? options.maxRetries();
  }
};

/** One reason for all; how often it was tried counts each session for itself. */
const settleOne = (deps: EndingsDeps, member: Member, error: unknown, signal: AbortSignal): Settlement => {
  const session = sessionNow(deps, member);
  const reference = session?.uuid ?? `model ${member.model.id}`;
  const stopped = stoppedBy(signal);
  const isAway = !deps.hosts.isThere(member.model.hostId);
  if (stopped === undefined && !isAway && !(error instanceof AppError)) {
    deps.log.error({ err: error, model: member.model.id, reference }, 'A download failed for a reason of ours');
  }
  return settle(error, {
    stopped,
    isAway,
    retryCount: session?.retryCount ?? 0,
    maxRetries: maxRetriesOf(deps, member),
    access: session?.metadata?.access,
    bytesReceived: member.live?.bytes(deps.clock.monotonic()).received ?? 0,
    random: deps.random(),
    reference,
  });
};

const isGone = (error: unknown): boolean => error instanceof AppError && error.code === 'gone';

interface LookedUp {
  readonly settlement?: Extract<Settlement, { readonly kind: 'moved' }>;
  readonly error?: unknown;
}

/** Where a branch is now whose commit is gone, and its list written down. */
const lookUp = async (
  { source, store }: EndingsDeps,
  { model }: Member,
  held: HeldCopy[],
  signal: AbortSignal,
): Promise<LookedUp> => {
  try {
    const to = await lookUpAnew(source, model, signal);
    held.push(await store.copies.list(copyKeyOf({ ...model, commitSha: to.commitSha }), to, signal));
    return { settlement: { kind: 'moved', to } };
  } catch (error) {
    return { error };
  }
};

const NOTHING_HELD = (): void => undefined;

/** The commit is gone: each branch and tag by which it is wanted is looked up once. */
const moved = async (
  deps: EndingsDeps,
  members: ReadonlyMap<number, Member>,
  signal: AbortSignal,
): Promise<Endings> => {
  const held: HeldCopy[] = [];
  const found = new Map<string, LookedUp>();
  for (const member of members.values()) {
    const { revision } = member.model;
    if (!found.has(revision)) found.set(revision, await lookUp(deps, member, held, signal));
  }
  const settlementOf = (member: Member): Settlement => {
    const { settlement, error } = found.get(member.model.revision) ?? {};
    const isStopped = stoppedBy(signal) !== undefined;
    return settlement && !isStopped ? settlement : settleOne(deps, member, error, signal);
  };
  return {
    settlements: new Map([...members.values()].map((member) => [member, settlementOf(member)])),
    made: undefined,
    letGo: () => held.forEach((copy) => copy.letGo()),
  };
};

/** What follows for each model from how the download ended. */
export const endingsOf = async (
  deps: EndingsDeps,
  members: ReadonlyMap<number, Member>,
  download: () => Promise<Made>,
  signal: AbortSignal,
): Promise<Endings> => {
  const all = (settlementOf: (member: Member) => Settlement): Endings['settlements'] =>
    new Map([...members.values()].map((member) => [member, settlementOf(member)]));
  try {
    const made = await download();
    const { snapshotPath, sizeBytes } = made;
    const stopped = stoppedBy(signal);
    // Who stopped it at the last moment has moved the row; on a shutdown, what is complete is complete.
    const isComplete = stopped === undefined || stopped === 'shutdown';
    const settlement: Settlement = isComplete ? { kind: 'completed', snapshotPath, sizeBytes } : { kind: 'stopped' };
    return { settlements: all(() => settlement), made: isComplete ? made : undefined, letGo: NOTHING_HELD };
  } catch (error) {
    if (isGone(error) && !signal.aborted) return moved(deps, members, signal);
    return {
      settlements: all((member) => settleOne(deps, member, error, signal)),
      made: undefined,
      letGo: NOTHING_HELD,
    };
  }
};
