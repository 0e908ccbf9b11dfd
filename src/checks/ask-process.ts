import { fork } from 'node:child_process';
import { addAbortListener } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startTicker } from '../lib/ticker.ts';

/** What a process of its own is asked, and what it may take for that. */
export interface Asked<Reply, Result> {
  /** The module that it runs, which has to call `endWithTheBot`. */
  readonly module: URL;
  /** What it is sent; it answers by messages. */
  readonly task: object;
  /** Of JavaScript's own memory. Where it is reached, the process ends with SIGABRT. */
  readonly heapMostMb: number;
  /** Of all the memory that it has in use, files that are mapped into it too. Looked at where the system has /proc. */
  readonly residentMostBytes?: number;
  readonly timeMostMs: number;
  /** @returns what came of it; undefined: it goes on. @throws what is to be told instead */
  readonly onReply: (reply: Reply) => Result | undefined;
  /** What came of it where it has to be ended. @throws what is to be told instead */
  readonly onTooMuch: (what: 'time' | 'memory') => Result;
  /** What came of it where it ended without an answer. @throws what is to be told instead */
  readonly onEnd: (code: number | null, signal: NodeJS.Signals | null) => Result;
}

/** A process takes a few hundred megabytes between two looks, if it hurries. */
const LOOK_MS = 100;

/** The memory that a process has in use, in bytes; undefined where nobody says. */
const residentBytes = async (pid: number): Promise<number | undefined> => {
  // It has ended meanwhile, or this is another system: nothing is known then, and nothing is wrong.
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
};

/**
 * Has a process of its own do something that may take it down, or never end. It knows nothing of what the bot knows, and is ended
 * when this settles.
 * @returns what `asked` makes of its answer, or of its end; rejects with what it throws, or with the signal's reason
 */
export const askProcess = <Reply, Result>(asked: Asked<Reply, Result>, signal: AbortSignal): Promise<Result> => {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  const child = fork(fileURLToPath(asked.module), {
    execArgv: [`--max-old-space-size=${asked.heapMostMb}`],
    // It needs nothing of what the bot knows.
    env: {},
    serialization: 'advanced',
    // Nothing is sent through the first: it is how a process that is busy learns that the bot has gone (bot-watch.ts).
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  /** What is known first counts. */
  const settle = (result: () => Result | undefined): void => {
    try {
      const value = result();
      if (value === undefined) return;
      resolve(value);
    } catch (error) {
      reject(error);
    }
    child.kill('SIGKILL');
  };
  const leaving = addAbortListener(signal, () => {
    reject(signal.reason);
    child.kill('SIGKILL');
  });
  const late = setTimeout(() => settle(() => asked.onTooMuch('time')), asked.timeMostMs);
  const { residentMostBytes = Infinity } = asked;
  const look = async (): Promise<void> => {
    const bytes = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if (bytes !== undefined && bytes > residentMostBytes) settle(() => asked.onTooMuch('memory'));
  };
  const watch = residentMostBytes === Infinity ? undefined : startTicker(LOOK_MS, look, reject);
  const ended = (): void => {
    leaving[Symbol.dispose]();
    clearTimeout(late);
    void watch?.close();
  };
  child.on('message', (reply) => settle(() => asked.onReply(reply as Reply)));
  child.once('error', (error) => {
    ended();
    reject(error);
  });
  child.once('exit', (code, endSignal) => {
    ended();
    settle(() => asked.onEnd(code, endSignal));
  });
  child.send(asked.task, (error) => {
    // Why it has ended is told by its end.
    if (error) child.kill('SIGKILL');
  });
  return promise;
};
