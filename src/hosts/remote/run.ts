import { isLeftRunning } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { shared } from '../../lib/async/shared.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import {
  type Envelope,
  type Form,
  MessageLost,
  readMessage,
  removeMessage,
  renewMessage,
  writeMessage,
} from '../wire/form.ts';
import type { RunKind, Wish } from '../wire/jobs.ts';
import { answerTo } from '../wire/names.ts';
import { type Ended, type Found, type HostQueue, refusedBy } from './host-queue.ts';
import type { Wishes } from './wishes.ts';

/** What is to run on a host. */
export interface RunAsked<Asked extends object, Answer extends object> {
  /** The same for what is the same, also after a restart of the bot: whoever asks again joins what runs. */
  readonly id: string;
  readonly kind: RunKind;
  readonly asks: Form<Asked>;
  readonly asked: Asked;
  readonly answers: Form<Answer>;
  readonly wish: Wish;
  readonly signal: AbortSignal;
  /** Is told how far it is, as the host says it; nobody has looked at it yet. */
  readonly onProgress: (progress: unknown) => void;
  /** It is there already: an earlier process of the bot has asked for it. */
  readonly onJoined?: (() => void) | undefined;
  /** @throws MessageRefused: such an answer there cannot be to what was asked */
  readonly check: (answer: Answer) => void;
}

export interface RunDeps {
  readonly queue: HostQueue;
  readonly wishes: Wishes;
  readonly host: string;
  readonly isThere: () => boolean;
  /** Has the host look at what is wanted; whether it does or not. */
  readonly nudge: () => void;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** A run, from the bot's side, until it has ended. */
export interface Run {
  readonly id: string;
  /** Does what there is to do: puts it there, hears how far it is, has it stopped, or ends. @throws when Redis is away */
  readonly look: () => Promise<void>;
  readonly wish: () => Wish;
  readonly setWish: (wish: Wish) => void;
}

export interface RunTold<Answer> {
  /** Another run of the same name is told first that it has ended. */
  readonly mayBegin: () => boolean;
  /** Before whoever waits for it hears of it. */
  readonly onSettled: () => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** The lists of a run lie there so long, and are renewed long before. */
const KEPT_MS = 24 * 3_600_000;
const RENEW_MS = 3_600_000;
/** A host that is there has stopped by then; what has not is not waited for any longer. */
const STOPPING_MS = 5000;

/** What lies in Redis for a run. */
const createPutting = <Asked extends object>(
  { queue, wishes, nudge, clock }: RunDeps,
  { id, kind, asks, asked }: Pick<RunAsked<Asked, object>, 'id' | 'kind' | 'asks' | 'asked'>,
) => {
  let envelope: Envelope | undefined;
  let renewedAt = 0;
  let wishThere: string | undefined;
  const write = async (): Promise<Envelope> => {
    renewedAt = clock.monotonic();
    envelope = await writeMessage(queue.mail, asks, { id, keptMs: KEPT_MS, value: asked });
    return envelope;
  };
  const putWish = async (wish: Wish): Promise<void> => {
    const text = JSON.stringify(wish);
    if (text === wishThere) return;
    await wishes.put(id, text);
    wishThere = text;
    nudge();
  };
  return {
    putWish,
    /** After this the host has all it needs, whatever had been there. */
    putAll: async (wish: Wish): Promise<void> => {
      wishThere = undefined;
      await putWish(wish);
      await queue.add(kind, id, await write());
    },
    renew: async (): Promise<void> => {
      if (envelope === undefined || clock.monotonic() - renewedAt < RENEW_MS) return;
      renewedAt = clock.monotonic();
      if (!(await renewMessage(queue.mail, id, envelope, KEPT_MS))) await write();
    },
    /** @returns false: the host has it in hand, and is to end it */
    takeAway: () => wishes.takeAway(id, envelope),
  };
};

/** @returns has it stopped, and says whether that is over: nobody waits for a host, or a Redis, that is away */
const createStopping = (
  { queue, wishes, host, isThere, nudge, clock, log }: RunDeps,
  { id, signal, onProgress }: Pick<RunAsked<object, object>, 'id' | 'signal' | 'onProgress'>,
  takeAway: () => Promise<boolean>,
): (() => Promise<boolean>) => {
  let since: number | undefined;
  /** What has begun tells how far it came when it ends; only then it is taken away. */
  const hasEnded = async (): Promise<boolean> => {
    await wishes.stop(id);
    const found = await queue.find(id);
    if (found) onProgress(found.progress);
    return found === undefined || found.ended !== undefined || found.progress === 0;
  };
  return async () => {
    // The next process of the bot asks for it again, or takes it back.
    if (isLeftRunning(signal)) return true;
    since ??= clock.monotonic();
    try {
      if ((await hasEnded()) && (await takeAway())) return true;
      if (!isThere() || clock.monotonic() - since >= STOPPING_MS) return true;
    } catch (error) {
      wishes.takeBackLater(id);
      log.info({ err: error, host, run: id }, 'Redis is away: what is stopped on a host stops when it is back');
      return true;
    }
    nudge();
    return false;
  };
};

/** @throws the failure of the host; MessageRefused, MessageLost: of its answer */
const readAnswer = async <Answer extends object>(
  { queue, host }: RunDeps,
  { id, answers, check }: Pick<RunAsked<object, Answer>, 'id' | 'answers' | 'check'>,
  { ending }: Ended,
): Promise<{ readonly answer: Answer } | { readonly failure: Error }> => {
  if (ending.kind !== 'done') return { failure: refusedBy(ending, host) };
  const given = { id: answerTo(id), given: ending.answer };
  const answer = await readMessage(queue.mail, answers, given);
  check(answer);
  await removeMessage(queue.mail, given.id, ending.answer);
  return { answer };
};

/** @returns what there is of it in Redis; what is there at first, an earlier process of the bot has put there */
const createFinding = (
  { queue }: RunDeps,
  { id, onJoined }: Pick<RunAsked<object, object>, 'id' | 'onJoined'>,
): (() => Promise<Found | undefined>) => {
  let isKnown = false;
  return async () => {
    const found = await queue.find(id);
    if (found && !isKnown) onJoined?.();
    isKnown = true;
    return found;
  };
};

/**
 * The end of a run that an earlier process of the bot has begun, which nothing was done for yet: `look` does, until it has ended there,
 * or is not waited for any longer.
 */
export const createEnding = (deps: RunDeps, id: string, onSettled: () => void): Pick<Run, 'id' | 'look'> => {
  const asked = { id, signal: AbortSignal.abort(), onProgress: () => undefined };
  const hasStopped = createStopping(deps, asked, () => deps.wishes.takeAway(id));
  let isSettled = false;
  const look = async (): Promise<void> => {
    if (isSettled || !(await hasStopped())) return;
    isSettled = true;
    onSettled();
  };
  return { id, look: shared(look) };
};

/** A run that nothing was done for yet: `look` does. */
export const createRun = <Asked extends object, Answer extends object>(
  deps: RunDeps,
  asked: RunAsked<Asked, Answer>,
  { mayBegin, onSettled, resolve, reject }: RunTold<Answer>,
): Run => {
  const { id, signal, onProgress } = asked;
  const { putWish, putAll, renew, takeAway } = createPutting(deps, asked);
  let { wish } = asked;
  const hasStopped = createStopping(deps, asked, takeAway);
  const find = createFinding(deps, asked);
  let isSettled = false;

  const settle = (): void => {
    isSettled = true;
    onSettled();
  };
  const stop = async (): Promise<void> => {
    if (!(await hasStopped())) return;
    settle();
    reject(signal.reason);
  };
  const end = async (ended: Ended): Promise<void> => {
    const { kind } = ended.ending;
    if (kind === 'stopped' || kind === 'lost') {
      // It was stopped when it was not wanted, and now it is.
      await deps.queue.remove(id);
      return putAll(wish);
    }
    const read = await readAnswer(deps, asked, ended);
    // It goes before anybody hears of it: whoever is killed in between asks again, and all is on the disk.
    await takeAway();
    settle();
    if ('answer' in read) resolve(read.answer);
    else reject(read.failure);
  };
  const step = async (): Promise<void> => {
    if (isSettled) return;
    if (signal.aborted) return stop();
    if (!mayBegin()) return;
    const found = await find();
    // It is new, or Redis has forgotten it.
    if (found === undefined) return putAll(wish);
    onProgress(found.progress);
    if (found.ended) return end(found.ended);
    await putWish(wish);
    await renew();
  };
  /** What a host puts there that cannot be ends the run; that Redis is away does not. */
  const look = async (): Promise<void> => {
    try {
      await step();
    } catch (error) {
      // The lists of its answer were not read in time: what it has made is there, and it answers at once.
      if (error instanceof MessageLost) return end({ ending: { kind: 'lost' } });
      const told = deps.queue.told(error);
      if (!(told instanceof AppError) || told.code === 'unavailable') throw error;
      await takeAway();
      settle();
      reject(told);
    }
  };
  return {
    id,
    look: shared(look),
    wish: () => wish,
    setWish: (next) => {
      wish = next;
    },
  };
};
