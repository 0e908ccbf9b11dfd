import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type FirstStartOptions, putDatabase } from './database.ts';
import { ANN, LONGEST_WAIT_MS, openStandIns, type StandInOptions, type StandIns } from './stand-ins.ts';

export { ANN };

const MAIN = join(import.meta.dirname, '../../src/start.mjs');

/**
 * A line for a program that is begun before `start.mjs`, and that hears by hooks of its own what is loaded: of what a start has kept it would
 * hear nothing. What Node makes of sources is taken from where it is kept all the same.
 */
export const KEEPS_NO_SOURCES = `{
  const module = process.getBuiltinModule('node:module');
  module.getCompileCacheDir = () => undefined;
  module.syncBuiltinESMExports();
}`;

export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: () => string;
  /** The exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Resolves once the output holds this. */
  readonly printed: (text: string | RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => Promise<number | string>;
}

const follow = (child: ChildProcess): RunningProcess => {
  let output = '';
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    output: () => output,
    exited,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const holds = (): boolean => (typeof text === 'string' ? output.includes(text) : text.test(output));
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve();
        };
        const timer = setTimeout(() => reject(new Error(`Not printed: ${String(text)}\n${output}`)), LONGEST_WAIT_MS);
        listeners.add(look);
        look();
      }),
    kill: async (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

/** Processes of hubgram between stand-ins of Telegram and the Hub. */
export interface Processes {
  /**
   * Starts the bot, or what the flags say, as a process of its own; several starts in one world are restarts.
   * @param within the words of a command that runs it
   */
  readonly start: (
    env?: Record<string, string>,
    flags?: readonly string[],
    within?: readonly string[],
  ) => RunningProcess;
  /** Kills those that still run. */
  readonly end: () => Promise<void>;
}

export const createProcesses = (standIns: Pick<StandIns, 'folder' | 'env'>): Processes => {
  const processes: RunningProcess[] = [];
  return {
    start: (env = {}, flags = [], within = []) => {
      const [command = process.execPath, ...words] = [...within, process.execPath, MAIN, ...flags];
      const child = spawn(command, words, {
        cwd: standIns.folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...standIns.env, ...env },
      });
      const running = follow(child);
      processes.push(running);
      return running;
    },
    end: async () => {
      for (const { child, exited } of processes) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
        await exited;
      }
    },
  };
};

/** The bot as a process of its own, between stand-ins of Telegram and the Hub. */
export type World = StandIns & Pick<Processes, 'start'>;

export const openWorld = async (options: StandInOptions & FirstStartOptions = {}): Promise<World> => {
  const standIns = await openStandIns(options);
  putDatabase(standIns.dataDir, options);
  const processes = createProcesses(standIns);
  return {
    ...standIns,
    start: processes.start,
    close: async () => {
      await processes.end();
      await standIns.close();
    },
  };
};
