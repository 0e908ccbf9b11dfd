/* app/daemon: start, stop, status and logs of the hubgram that runs, which takes no orders but a signal. */

import type { CommandLine } from '../../config/flags.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import { table } from '../../lib/table.ts';
import { logsOf } from './logs.ts';
import type { Kill } from './running.ts';
import { startInBackground } from './start.ts';
import { statusOf } from './status.ts';
import { stopRunning } from './stop.ts';
import { type Typed, typedFor } from './typed.ts';

export interface Surroundings {
  /** The program and its words, as it would run in the foreground. */
  readonly command: readonly [string, ...string[]];
  readonly kill: Kill;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Gets what was asked for, in whole lines. */
  readonly print: (text: string) => void;
  /** Gets what went wrong, and what it waits for. */
  readonly complain: (text: string) => void;
  /** A person is looking at what is printed. */
  readonly isTerminal: boolean;
}

/** What came of a command. `code`: the exit code of the hubgram that was started and ended. */
export type Outcome = 'done' | 'fault' | 'not running' | { readonly code: number };

/** What to type for the others. */
const waysOf = (type: Typed): string =>
  `How it is: ${type('status')}. What it logs: ${type('logs')}. Its end: ${type('stop')}`;

/** Who is waited for at a start, and what looks why nobody answers. */
const awaited = ({ isHost }: Config): { readonly what: string; readonly look: string } =>
  isHost
    ? { what: 'Redis has not let it in yet', look: 'npm start -- host doctor' }
    : { what: 'Telegram has not answered yet', look: 'npm run doctor' };

const start = async (commandLine: CommandLine, config: Config, surroundings: Surroundings): Promise<Outcome> => {
  const { print, complain } = surroundings;
  const type = typedFor(commandLine);
  const { what, look } = awaited(config);
  const onSilence = (): void => complain(`${what}; that is waited for, up to a minute in all …`);
  const started = await startInBackground(config, { ...surroundings, onSilence, type });
  if (started.is === 'ended') {
    complain(started.says === '' ? 'hubgram does not run.' : `${started.says}\nSo hubgram does not run.`);
    return { code: started.code };
  }
  const ways = waysOf(type);
  if (started.is === 'waiting') {
    complain(
      `hubgram runs in the background, process ${started.pid}, and ${what}. It goes on asking. “${look}” looks why.\n${ways}`,
    );
    return 'fault';
  }
  print(`${started.says}\nIt runs in the background, process ${started.pid}. ${ways}`);
  return 'done';
};

type Command = (commandLine: CommandLine, config: Config, surroundings: Surroundings) => Promise<Outcome>;

const COMMANDS = table<Command>({
  start,
  stop: async (commandLine, config, { kill, clock, print, complain }) => {
    const { text, ok } = await stopRunning(config, { kill, clock, say: print, type: typedFor(commandLine) });
    (ok ? print : complain)(text);
    return ok ? 'done' : 'fault';
  },
  status: async (commandLine, config, { kill, clock, print }) => {
    const { text, is } = await statusOf(config, { asJson: commandLine.json, kill, clock, type: typedFor(commandLine) });
    print(text);
    return is === 'well' ? 'done' : is === 'unwell' ? 'fault' : 'not running';
  },
  logs: async ({ tail, follow }, config, surroundings) => {
    await logsOf(config, { tail, follow, ...surroundings });
    return 'done';
  },
});

/** Carries out what is about the hubgram of this configuration, which may be running; undefined if that is not what was asked for. */
export const obey = async (
  commandLine: CommandLine,
  config: Config,
  surroundings: Surroundings,
): Promise<Outcome | undefined> => COMMANDS[commandLine.command ?? '']?.(commandLine, config, surroundings);
