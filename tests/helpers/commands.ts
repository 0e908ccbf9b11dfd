import { obey, type Outcome } from '../../src/app/daemon/commands.ts';
import { loadConfig } from '../../src/config/config.ts';
import { parseCommandLine } from '../../src/config/flags.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { StandIns } from './stand-ins.ts';

/** What a command has come to. */
export interface Ran {
  readonly code: number | string;
  readonly output: string;
}

/** As `main.ts` has it, of what starts nothing. */
const CODES: Readonly<Record<Extract<Outcome, string>, number>> = { done: 0, fault: 1, 'not running': 3 };

/**
 * Carries out `status`, `stop` or `logs` in this process: to look at a hubgram that runs it takes none of its own.
 * @param env settings besides those of the stand-ins
 * @throws Error: something else is to be carried out
 */
export const commandsOf =
  (standIns: Pick<StandIns, 'folder' | 'env'>) =>
  async (words: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
    const argv = words.split(' ');
    const commandLine = parseCommandLine(argv);
    if (commandLine.command === 'start') throw new Error('What starts a hubgram is a program');
    const lines: string[] = [];
    const say = (text: string): void => void lines.push(`${text}\n`);
    const config = loadConfig({
      argv,
      env: { HUBGRAM_TIMEZONE: 'UTC', ...standIns.env, ...env },
      cwd: standIns.folder,
    });
    const outcome = await obey(commandLine, config, {
      command: [process.execPath],
      kill: (pid, signal) => void process.kill(pid, signal),
      signal: new AbortController().signal,
      clock: systemClock,
      print: say,
      complain: say,
      isTerminal: false,
    });
    if (typeof outcome !== 'string') throw new Error(`${words} is no command that looks at a hubgram`);
    return { code: CODES[outcome], output: lines.join('') };
  };
