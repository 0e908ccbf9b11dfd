import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTicker } from '../lib/ticker.ts';

/** What a process of its own runs, and what it may take for that. */
export interface OwnProcessOptions<Reply> {
  /** The module that it runs, which has to call `endWithTheBot`. */
  readonly module: URL;
  /** Of JavaScript's own memory. Where it is reached, the process ends with SIGABRT. */
  readonly heapMostMb: number;
  /** Of all the memory that it has in use, files that are mapped into it too. Looked at where the system has /proc. */
  readonly residentMostBytes?: number;
  /** All of its environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly onReply: (reply: Reply) => void;
  /** It takes more memory than it may. Whoever is told ends it. */
  readonly onTooMuchMemory: () => void;
  /** Told once, when it is gone and all that it has said is heard. */
  readonly onEnd: (code: number | null, signal: NodeJS.Signals | null) => void;
  /** It could not be started, or not be looked at. */
  readonly onError: (error: unknown) => void;
}

/** A process that may go down, or never end; it knows nothing of what the bot knows. */
export interface OwnProcess {
  readonly send: (message: object) => void;
  readonly kill: () => void;
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

/** Where Node keeps what it makes of sources, if this program has that kept: a quarter of the time until such a process can begin. */
const compileCache = (): Readonly<Record<string, string>> => {
  // In the folder that Node is given it makes one for each version of itself, and says that one.
  const ofThisVersion = getCompileCacheDir();
  return ofThisVersion === undefined ? {} : { NODE_COMPILE_CACHE: dirname(ofThisVersion) };
};

/** How Node finds sources, which it is told before it looks for the first: a fifth of the processor's time until such a process can begin. */
const SOURCES = new URL('../own-sources.mjs', import.meta.url).href;

/**
 * Where what is new begins with a megabyte, what is loaded fills that again and again, and V8 looks for what may go, which is hardly anything:
 * a sixth of the processor's time of opening a model.
 */
const NEW_SPACE = '--min-semi-space-size=8';

/** Starts a process of its own. */
export const startOwnProcess = <Reply>(options: OwnProcessOptions<Reply>): OwnProcess => {
  const {
    module,
    heapMostMb,
    residentMostBytes = Infinity,
    env = {},
    onReply,
    onTooMuchMemory,
    onEnd,
    onError,
  } = options;
  const child = fork(fileURLToPath(module), {
    execArgv: [`--max-old-space-size=${heapMostMb}`, NEW_SPACE, `--import=${SOURCES}`],
    // It needs nothing else of what the bot knows.
    env: { ...compileCache(), ...env },
    serialization: 'advanced',
    // Nothing is sent through the first: it is how a process that is busy learns that the bot has gone (bot-watch.mjs).
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  const look = async (): Promise<void> => {
    const bytes = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if (bytes !== undefined && bytes > residentMostBytes) onTooMuchMemory();
  };
  const watch = residentMostBytes === Infinity ? undefined : startTicker(LOOK_MS, look, onError);
  child.on('message', (reply) => onReply(reply as Reply));
  child.once('error', (error) => {
    void watch?.close();
    onError(error);
  });
  child.once('exit', (code, signal) => {
    void watch?.close();
    const tell = (): void => onEnd(code, signal);
    // What it has said before is heard before.
    if (child.connected) child.once('disconnect', tell);
    else tell();
  });
  const kill = (): void => void child.kill('SIGKILL');
  return {
    send: (message) => {
      // Where no more files may be open there is no channel to one that was not begun: `error` says why.
      if (!child.connected) return;
      child.send(message, (error) => {
        // Why it has ended is told by its end.
        if (error) kill();
      });
    },
    kill,
  };
};
