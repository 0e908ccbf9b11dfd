import { addAbortListener } from 'node:events';
import { type OwnProcessOptions, startOwnProcess } from './own-process.ts';

/** What a process of its own is asked, and what it may take for that. */
export interface Asked<Reply, Result>
  extends Pick<OwnProcessOptions<Reply>, 'module' | 'heapMostMb' | 'residentMostBytes' | 'env'> {
  /** What it is sent; it answers by messages. */
  readonly task: object;
  readonly timeMostMs: number;
  /** @returns what came of it; undefined: it goes on. @throws what is to be told instead */
  readonly onReply: (reply: Reply) => Result | undefined;
  /** What came of it where it has to be ended. @throws what is to be told instead */
  readonly onTooMuch: (what: 'time' | 'memory') => Result;
  /** What came of it where it ended without an answer. @throws what is to be told instead */
  readonly onEnd: (code: number | null, signal: NodeJS.Signals | null) => Result;
}

/**
 * Has a process of its own do something that may take it down, or never end. It is ended when this settles.
 * @returns what `asked` makes of its answer, or of its end; rejects with what it throws, or with the signal's reason
 */
export const askProcess = <Reply, Result>(asked: Asked<Reply, Result>, signal: AbortSignal): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  /** What is known first counts. */
  const settle = (result: () => Result | undefined): void => {
    try {
      const value = result();
      if (value === undefined) return;
      resolve(value);
    } catch (error) {
      reject(error);
    }
    child.kill();
  };
  const ended = (): void => {
    leaving[Symbol.dispose]();
    clearTimeout(late);
  };
  const child = startOwnProcess<Reply>({
    ...asked,
    onReply: (reply) => settle(() => asked.onReply(reply)),
    onTooMuchMemory: () => settle(() => asked.onTooMuch('memory')),
    onEnd: (code, endSignal) => {
      ended();
      settle(() => asked.onEnd(code, endSignal));
    },
    onError: (error) => {
      ended();
      reject(error);
    },
  });
  const leaving = addAbortListener(signal, () => {
    reject(signal.reason);
    child.kill();
  });
  const late = setTimeout(() => settle(() => asked.onTooMuch('time')), asked.timeMostMs);
  child.send(asked.task);
  return promise;
};
