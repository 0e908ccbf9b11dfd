import type { Checker } from '../../checks/checker.ts';
import type { Executor, RunningCopy } from '../../copies/executor.ts';
import { repoOfFolder } from '../../domain/repo/repo.ts';
import type { Clock } from '../../lib/clock.ts';
import { checkedForm, checkForm } from '../wire/checks.ts';
import { type Envelope, type Form, type Mail, MessageRefused, readMessage, writeMessage } from '../wire/form.ts';
import { copyForm, copyStateToSend, madeForm, madeToSend, verdictForm, verifyForm, type Wish } from '../wire/jobs.ts';
import { answerTo } from '../wire/names.ts';

/** A job as it was taken from the queue. */
export interface TakenJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data: unknown;
  readonly updateProgress: (state: object) => Promise<void>;
}

/** What is made or read again on this machine now. */
export interface RunTold {
  readonly kind: 'copy' | 'verify';
  /** The repository, or the folder of a file from elsewhere. */
  readonly what: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Bytes come over the network. */
  readonly isReceiving: boolean;
  /** They should: no server has asked to wait. */
  readonly isAwaited: boolean;
}

/** What carries out on this machine. */
export interface BeginDeps {
  readonly copies: Executor;
  /** Without it nothing is looked into here. */
  readonly checker?: Checker | undefined;
  readonly clock: Clock;
}

interface Beginning {
  readonly mail: Mail;
  readonly job: TakenJob;
  readonly id: string;
  readonly wish: Wish;
  readonly signal: AbortSignal;
}

/** A run that was begun, of whichever kind. */
interface Begun {
  readonly setLimit: RunningCopy['setLimit'];
  /** undefined: it moves no bytes worth telling of. */
  readonly told: () => RunTold | undefined;
  /** As it goes over. */
  readonly state: () => object;
  /** Resolves when it has ended. */
  readonly answer: (to: Mail) => Promise<Envelope>;
}

/** How long the lists of an ending lie there for whoever comes to read it. */
const ENDING_KEPT_MS = 24 * 3_600_000;

const answerWith =
  <Answer extends object>(id: string, form: Form<Answer>, done: Promise<Answer>): Begun['answer'] =>
  async (mail) =>
    writeMessage(mail, form, { id: answerTo(id), keptMs: ENDING_KEPT_MS, value: await done });

const nothing = (): undefined => undefined;

type Kind = (deps: BeginDeps, run: Beginning) => Promise<Begun>;

const copy: Kind = async ({ copies, clock }, { mail, job, id, wish, signal }) => {
  const asked = await readMessage(mail, copyForm, { id, given: job.data });
  const running = copies.start({ ...asked, ...(wish.limit && { limit: wish.limit }) }, signal);
  return {
    setLimit: running.setLimit,
    told: () => {
      const { phase, bytesReady: bytesDone, bytesTotal, note } = running.state();
      const isReceiving = phase === 'receiving';
      const isAwaited = isReceiving && note?.kind !== 'rate_limited';
      return { kind: 'copy', what: asked.id, bytesDone, bytesTotal, isReceiving, isAwaited };
    },
    state: () => copyStateToSend(running.state(), clock.monotonic()),
    answer: answerWith(id, madeForm, running.done.then(madeToSend)),
  };
};

const verify: Kind = async ({ copies }, { mail, job, id, signal }) => {
  const asked = await readMessage(mail, verifyForm, { id, given: job.data });
  const running = copies.verify(asked, signal);
  return {
    setLimit: nothing,
    told: () => {
      const { bytesDone, bytesTotal } = running.state();
      const what = repoOfFolder(asked.repoFolder)?.id ?? asked.repoFolder;
      return { kind: 'verify', what, bytesDone, bytesTotal, isReceiving: false, isAwaited: false };
    },
    state: running.state,
    answer: answerWith(id, verdictForm, running.done),
  };
};

const check =
  (checker: Checker): Kind =>
  async (_, { mail, job, id, signal }) => {
    const running = checker.start(await readMessage(mail, checkForm, { id, given: job.data }), signal);
    return {
      setLimit: nothing,
      told: nothing,
      state: () => running.state() ?? {},
      answer: answerWith(id, checkedForm, running.done),
    };
  };

const kindOf = ({ checker }: BeginDeps, name: string): Kind | undefined => {
  if (name === 'copy') return copy;
  if (name === 'verify') return verify;
  return name === 'check' && checker ? check(checker) : undefined;
};

/**
 * Begins what a job asks for.
 * @throws MessageRefused: it is none of the kinds there are, or not as agreed; MessageLost
 */
export const begin = async (deps: BeginDeps, run: Beginning): Promise<Begun> => {
  const { name } = run.job;
  const kind = kindOf(deps, name);
  if (!kind) throw new MessageRefused(`There is no kind of run “${name.slice(0, 40)}”.`);
  return kind(deps, run);
};
