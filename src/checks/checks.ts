import { AppError } from '../domain/errors.ts';
import { askProcess } from './ask-process.ts';
import type { CheckReply } from './check-process.ts';
import { type CopyFolders, cacheOf } from './folders.ts';
import type { CheckState, CheckTask, Headers } from './read-headers.ts';

export type { CheckState, Headers };

/** A copy that is to be looked into. */
export type CheckWanted = Omit<CheckTask, 'cacheDir'>;

export interface RunningCheck {
  /** What it looks like now; undefined before the first file. */
  readonly state: () => CheckState | undefined;
  /** Rejects with an AppError if the disk refuses or a header takes more memory than it may, or with the signal's reason. */
  readonly done: Promise<Headers>;
}

/** Reads what the files of a copy say of themselves, and runs nothing of them: in a process of its own, in bounded memory. */
export interface Checks {
  readonly start: (wanted: CheckWanted, signal: AbortSignal) => RunningCheck;
}

/** A header of a hundred million bytes is more than any model has, and takes about this much once it is read. */
const MEMORY_MOST_MB = 1024;
/** No repository that people made takes a minute; one that was made to take long is left, so that others have their turn. */
const TIME_MOST_MS = 10 * 60_000;
/** Their list goes to the thread in one piece. */
const FILES_MOST = 20_000;

interface Run {
  state: CheckState | undefined;
}

/** A process that runs out of its own memory ends itself so; a thread would take the whole program with it. */
const OUT_OF_MEMORY: NodeJS.Signals = 'SIGABRT';
/** So the system ends it where there is none left for anybody: nobody else sends that. */
const BY_THE_SYSTEM: NodeJS.Signals = 'SIGKILL';

const endedBy = (code: number | null, signal: NodeJS.Signals | null, { state }: Run): Error => {
  const path = state?.currentFile ?? 'A file';
  if (signal === BY_THE_SYSTEM)
    return new AppError(
      'constraint',
      `“${path}” was being read when the system ended that, as it does where memory runs out.`,
    );
  if (signal !== OUT_OF_MEMORY)
    return new Error(`A process that looks into files has ended without an answer, with ${signal ?? `code ${code}`}`);
  return new AppError(
    'constraint',
    `“${path}” says so much of itself that it takes more memory than a check may have.`,
  );
};

const tooMany = ({ files }: CheckWanted): AppError =>
  new AppError('constraint', `It has ${files.length} files; a check looks into ${FILES_MOST} at most.`);

const tooLong = (timeMostMs: number): AppError => {
  const most = `${timeMostMs / 60_000} minutes`;
  return new AppError('constraint', `Reading what its files say of themselves took longer than ${most}, and was left.`);
};

interface Limits {
  readonly memoryMostMb: number;
  readonly timeMostMs: number;
}

const LIMITS: Limits = { memoryMostMb: MEMORY_MOST_MB, timeMostMs: TIME_MOST_MS };

const read = (task: CheckTask, run: Run, { memoryMostMb, timeMostMs }: Limits, signal: AbortSignal): Promise<Headers> =>
  askProcess<CheckReply, Headers>(
    {
      module: new URL('check-process.ts', import.meta.url),
      task,
      heapMostMb: memoryMostMb,
      timeMostMs,
      onReply: (reply) => {
        if (reply.kind === 'refused') throw new AppError(reply.code, reply.message);
        if (reply.kind === 'read') return reply.headers;
        run.state = reply.state;
        return undefined;
      },
      onTooMuch: () => {
        throw tooLong(timeMostMs);
      },
      onEnd: (code, endSignal) => {
        throw endedBy(code, endSignal, run);
      },
    },
    signal,
  );

/** Looks into copies that lie in these folders. */
export const createChecks = (folders: CopyFolders, limits: Partial<Limits> = {}): Checks => ({
  start: (wanted, signal) => {
    const run: Run = { state: undefined };
    const isLong = wanted.files.length > FILES_MOST;
    const task = { ...wanted, cacheDir: cacheOf(folders, wanted.repoFolder) };
    const done = isLong ? Promise.reject(tooMany(wanted)) : read(task, run, { ...LIMITS, ...limits }, signal);
    return { state: () => run.state, done };
  },
});
