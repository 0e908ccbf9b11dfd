/* checks/talks: a model that is kept open in a process of its own and answers, one at a time. */

import { addAbortListener } from 'node:events';
import { repoPaths } from '../../cache/layout.ts';
import type { Answer } from '../../domain/talks/answer.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { formatDuration } from '../../lib/text/duration.ts';
import { cacheOf } from '../folders.ts';
import {
  HEAP_MOST_MB,
  type ModelProcessOptions,
  OPEN_MOST_MS,
  residentMostBytes,
  threadsOf,
} from '../loads/model-process.ts';
import { type OwnProcess, startOwnProcess } from '../own-process.ts';
import type { AnswerLimits, OpenedAs, TalkReply, TalkTask } from './wire.ts';

/** What is to be opened. */
export interface TalkWanted {
  readonly repoFolder: string;
  readonly commit: string;
  /** The file that llama.cpp is pointed at. */
  readonly path: string;
  /** About the memory that it takes, by what its headers say. */
  readonly neededBytes: number;
  /** As much text as it shall hold at once, in tokens, if it was made for so much. */
  readonly contextTokens: number;
}

/** A model was not opened, or is open no more; the message is the end of a sentence that begins with its path. */
export class ModelGone extends Error {}

/** It did not do what it was asked, and is open as before; the end of a sentence that begins with “It”. */
export class ModelRefused extends Error {}

/** A model that is open, in a process of its own. It does one thing at a time. */
export interface OpenModel extends OpenedAs {
  /**
   * Has it write an answer. It remembers what was said before, if it is made for talks.
   * @param onText told of all that it has written so far, now and then
   * @param signal ends what it writes: the answer is what was written until then
   * @throws ModelRefused, ModelGone
   */
  readonly ask: (text: string, onText: (text: string) => void, signal: AbortSignal) => Promise<Answer>;
  /** How alike two texts are, from -1 to 1. @throws ModelRefused, ModelGone */
  readonly compare: (first: string, second: string) => Promise<number>;
  /** Resolves when it is open no more, whoever ended it. */
  readonly gone: Promise<ModelGone>;
  /** Ends its process. */
  readonly close: () => void;
}

export interface Talking {
  /** @throws ModelGone: it cannot be opened, or was not tried; the signal's reason */
  readonly open: (wanted: TalkWanted, signal: AbortSignal) => Promise<OpenModel>;
}

export interface TalkingOptions extends ModelProcessOptions, Partial<AnswerLimits> {
  readonly openMostMs?: number;
}

/** About as much as a message holds. */
const TOKENS_MOST = 1024;
/** Others wait meanwhile. */
const TIME_MOST_MS = 3 * 60_000;
/** A token of a large model takes so long on a slow machine, and reading a long text before the first: what takes longer hangs. */
const GRACE_MS = 60_000;
const COMPARE_MOST_MS = 60_000;

const endOf = (code: number | null, signal: NodeJS.Signals | null): string =>
  // Nobody here has sent that.
  signal === 'SIGKILL'
    ? 'was ended by the system, as it does where memory runs out'
    : `made llama.cpp break off (${signal ?? `code ${code}`})`;

/** What is waited for from the process. */
interface Awaited {
  readonly hear: (reply: TalkReply) => void;
  readonly gone: (why: ModelGone) => void;
}

interface Line {
  /**
   * Sends a task and waits for its answer.
   * @param hear what the answer is of a reply; undefined: it goes on
   * @throws ModelGone, what `hear` throws
   */
  readonly call: <T>(task: TalkTask, timeMostMs: number, hear: (reply: TalkReply) => T | undefined) => Promise<T>;
  readonly send: (task: TalkTask) => void;
  /** Ends the process, for this reason if it has not ended for another. */
  readonly end: (why: string) => void;
  readonly gone: Promise<ModelGone>;
}

/** A process, and whoever waits for it. */
const createLine = (mostBytes: number, env: TalkingOptions['cardsEnv']): Line => {
  const { promise: gone, resolve } = Promise.withResolvers<ModelGone>();
  let why: ModelGone | undefined;
  let awaited: Awaited | undefined;
  const end = (reason: string): void => {
    why ??= new ModelGone(reason);
    awaited?.gone(why);
    child.kill();
  };
  const child: OwnProcess = startOwnProcess<TalkReply>({
    module: new URL('talk-process.ts', import.meta.url),
    heapMostMb: HEAP_MOST_MB,
    residentMostBytes: mostBytes,
    env,
    onReply: (reply) => awaited?.hear(reply),
    onTooMuchMemory: () => end(`took more than ${formatBytes(mostBytes)} of memory, and was left`),
    onEnd: (code, signal) => {
      why ??= new ModelGone(endOf(code, signal));
      awaited?.gone(why);
      resolve(why);
    },
    onError: (error) => end(`could not be tried: ${error instanceof Error ? error.message : String(error)}`),
  });
  return {
    send: child.send,
    end,
    gone,
    call: (task, timeMostMs, hear) => {
      const { promise, resolve: answer, reject } = Promise.withResolvers<NonNullable<ReturnType<typeof hear>>>();
      if (why) return Promise.reject(why);
      const late = setTimeout(
        () => end(`gave no answer within ${formatDuration(timeMostMs)}, and was left`),
        timeMostMs,
      );
      const settle = (): void => {
        clearTimeout(late);
        awaited = undefined;
      };
      awaited = {
        hear: (reply) => {
          try {
            const heard = hear(reply);
            if (heard === undefined) return;
            answer(heard as NonNullable<typeof heard>);
          } catch (error) {
            reject(error);
          }
          settle();
        },
        gone: (reason) => {
          reject(reason);
          settle();
        },
      };
      child.send(task);
      return promise;
    },
  };
};

const refused = (reply: TalkReply): undefined => {
  if (reply.kind === 'refused') throw new ModelRefused(reply.reason);
  return undefined;
};

/** Opens models of the copies that lie in these folders, to talk to them. */
export const createTalking = (options: TalkingOptions): Talking => {
  const { runtimesDir, openMostMs = OPEN_MOST_MS } = options;
  const { tokensMost = TOKENS_MOST, timeMostMs = TIME_MOST_MS } = options;
  const threads = threadsOf(options);

  const askOver =
    ({ call, send }: Line): OpenModel['ask'] =>
    async (text, onText, signal) => {
      const stop = addAbortListener(signal, () => send({ kind: 'stop' }));
      try {
        return await call({ kind: 'ask', text, tokensMost, timeMostMs }, timeMostMs + GRACE_MS, (reply) => {
          if (reply.kind === 'writing') onText(reply.text);
          return reply.kind === 'answered' ? reply.answer : refused(reply);
        });
      } finally {
        stop[Symbol.dispose]();
      }
    };

  const openOver = async (line: Line, { path, repoFolder, commit, contextTokens }: TalkWanted): Promise<OpenedAs> => {
    const file = repoPaths(cacheOf(options, repoFolder), repoFolder).entry(commit, path);
    const task = { kind: 'open', runtimesDir, file, threads, contextTokens } as const;
    return line.call(task, openMostMs, (reply) => {
      if (reply.kind === 'failed' || reply.kind === 'unknown') throw new ModelGone(reply.reason);
      return reply.kind === 'opened' ? reply : undefined;
    });
  };

  return {
    open: async (wanted, signal) => {
      signal.throwIfAborted();
      const line = createLine(residentMostBytes(options, wanted.neededBytes), options.cardsEnv);
      const leaving = addAbortListener(signal, () => line.end('was left'));
      try {
        const { talk, loadMs } = await openOver(line, wanted);
        return {
          talk,
          loadMs,
          ask: askOver(line),
          compare: (first, second) =>
            line.call({ kind: 'compare', first, second }, COMPARE_MOST_MS, (reply) =>
              reply.kind === 'compared' ? reply.cosine : refused(reply),
            ),
          gone: line.gone,
          close: () => line.end('was closed'),
        };
      } catch (error) {
        line.end('was not opened');
        throw signal.aborted ? signal.reason : error;
      } finally {
        leaving[Symbol.dispose]();
      }
    },
  };
};
