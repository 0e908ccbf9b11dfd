import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Envelope, type Form, readMessage, removeMessage, writeMessage } from '../wire/form.ts';
import { answerTo } from '../wire/names.ts';
import { type Answer, type Asked, QUESTIONS, type QuestionName } from '../wire/questions.ts';
import { type Ended, type HostQueue, refusedBy } from './host-queue.ts';

/** How long the lists of a question wait for the host. */
const KEPT_MS = 300_000;
/** No disk takes so long to answer a question; a host that says that it is there, and answers none, would be waited for without end. */
const ANSWERED_MS = 1_800_000;

interface Waiting {
  /** The process that was there when it was asked: another one knows nothing of it. */
  readonly process: string;
  /** By the clock that only goes forward. */
  readonly since: number;
  readonly ended: (ended: Ended) => void;
  readonly failed: (error: unknown) => void;
}

/** Asks a host, and waits as long as it is there, half an hour at most. */
export interface QuestionDesk {
  /** @throws AppError unavailable: the host is away, went away, or does not answer; whatever it has answered */
  readonly ask: <Name extends QuestionName>(name: Name, asked: Asked<Name>) => Promise<Answer<Name>>;
  /** Looks at what was answered: of this question, or of all. */
  readonly look: (id?: string) => Promise<void>;
}

interface DeskDeps {
  readonly queue: HostQueue;
  /** The process of the host that is there; undefined: it is away. */
  readonly process: () => string | undefined;
  /** @returns what people are told of a host that is not there */
  readonly away: () => AppError;
  readonly host: string;
  readonly clock: Pick<Clock, 'monotonic'>;
}

const formOf = (name: QuestionName): { readonly asks: Form<object>; readonly answers: Form<object> } => QUESTIONS[name];

/** Nothing is asked at first. Whoever makes it has it look now and then, and when something has ended. */
export const createQuestionDesk = ({ queue, process, away, host, clock }: DeskDeps): QuestionDesk => {
  const waiting = new Map<string, Waiting>();

  const lookAt = async (id: string, { process: asked, since, ended, failed }: Waiting): Promise<void> => {
    try {
      const found = await queue.find(id);
      if (found?.ended) ended(found.ended);
      // Redis has forgotten it, or nobody is there who would answer it.
      else if (!found || process() !== asked) failed(away());
      else if (clock.monotonic() - since >= ANSWERED_MS)
        failed(new AppError('unavailable', `${host} is there and does not answer. Look at its log.`));
    } catch (error) {
      failed(error);
    }
  };

  const ending = (id: string, asked: string): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const waits = { process: asked, since: clock.monotonic(), ended: resolve, failed: reject };
      waiting.set(id, waits);
      // It may have been answered before anybody waited.
      void lookAt(id, waits);
    });

  const read = async (name: QuestionName, id: string, { ending: end }: Ended): Promise<object> => {
    if (end.kind !== 'done') throw refusedBy(end, host);
    const given = { id: answerTo(id), given: end.answer };
    try {
      return await readMessage(queue.mail, formOf(name).answers, given);
    } finally {
      await removeMessage(queue.mail, given.id, end.answer).catch(() => undefined);
    }
  };

  const ask = async (name: QuestionName, value: object): Promise<object> => {
    const there = process();
    if (there === undefined) throw away();
    const id = `q-${randomUUID()}`;
    let envelope: Envelope | undefined;
    try {
      envelope = await writeMessage(queue.mail, formOf(name).asks, { id, keptMs: KEPT_MS, value });
      await queue.add(name, id, envelope);
      return await read(name, id, await ending(id, there));
    } catch (error) {
      throw queue.told(error);
    } finally {
      waiting.delete(id);
      if (envelope) void queue.remove(id, envelope).catch(() => undefined);
    }
  };

  return {
    ask: async <Name extends QuestionName>(name: Name, asked: Asked<Name>) => (await ask(name, asked)) as Answer<Name>,
    look: async (id) => {
      const all = id === undefined ? [...waiting] : [...waiting].filter(([one]) => one === id);
      for (const [one, waits] of all) await lookAt(one, waits);
    },
  };
};
