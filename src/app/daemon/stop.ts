import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/error-code.ts';
import { processStart } from '../../lib/process-start.ts';
import { pidFileOf, readPidFile } from './pid-file.ts';
import { askReport } from './report-socket.ts';
import { findRunning, hasEnded, type Kill } from './running.ts';
import { otherKind } from './other-kind.ts';
import { type Typed, typed } from './typed.ts';

export interface StopOptions {
  readonly kill: Kill;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Gets a sentence while it is waited for. */
  readonly say: (sentence: string) => void;
  readonly type?: Typed;
  /** How long its end is waited for; 15 s if not given. It takes 10 s at most unless something hangs. */
  readonly patienceMs?: number;
}

export interface Stopped {
  readonly text: string;
  /** No hubgram of this data folder runs any more. */
  readonly ok: boolean;
}

const PATIENCE_MS = 15_000;
const LOOK_MS = 50;
const TELL_MS = 3000;
/** One that hangs does not say what it is; whoever stops it means it. */
const ASK_MS = 1000;

/** A number that is left of one that was killed; whoever has it now is left alone. */
const clearPidFile = (config: Config): string => {
  const path = pidFileOf(config);
  const left = readPidFile(path);
  if (typeof left !== 'number') return '';
  const says = ` ${path} named process ${left}, which is none of ours or has ended; nothing was sent to it`;
  try {
    rmSync(path, { force: true });
  } catch (error) {
    return `${says}. The file is still there: it cannot be removed (${codeOf(error)}).`;
  }
  return `${says}, and the file is gone.`;
};

const refusal = (pid: number, error: unknown): Stopped | undefined => {
  if (codeOf(error) === 'ESRCH') return undefined;
  const why =
    codeOf(error) === 'EPERM' ? 'it belongs to another user. Stop it as that user, or as root' : String(error);
  return { ok: false, text: `Process ${pid} cannot be told to end: ${why}.` };
};

const waitForEnd = async (
  pid: number,
  start: string | undefined,
  { kill, clock, say, patienceMs = PATIENCE_MS }: StopOptions,
): Promise<boolean> => {
  const begun = clock.monotonic();
  let told = 0;
  for (;;) {
    if (hasEnded(pid, start, kill)) return true;
    const waitedMs = clock.monotonic() - begun;
    if (waitedMs >= patienceMs) return false;
    if (waitedMs >= (told + 1) * TELL_MS) {
      told += 1;
      say(`Still waiting: it saves what its transfers have (${Math.floor(waitedMs / 1000)} s).`);
    }
    await sleep(LOOK_MS);
  }
};

/** Tells the hubgram of this data folder to end, and waits until it has. Nothing is ever sent to a process that is none. */
export const stopRunning = async (config: Config, options: StopOptions): Promise<Stopped> => {
  const { type = typed } = options;
  const running = findRunning(config, options.kill);
  if (running.is === 'none') return { ok: true, text: `hubgram does not run.${clearPidFile(config)}` };
  if (running.is === 'elsewhere') {
    const text = `A hubgram uses the data folder that cannot be stopped from here: ${running.who}. Stop it where it was started.`;
    return { ok: false, text };
  }
  const { pid } = running;
  const start = processStart(pid);
  const other = otherKind(config, await askReport(config, ASK_MS));
  if (other !== undefined) return { ok: false, text: other };
  try {
    options.say(`Stopping hubgram, process ${pid} …`);
    options.kill(pid, 'SIGTERM');
  } catch (error) {
    const refused = refusal(pid, error);
    if (refused) return refused;
  }
  if (await waitForEnd(pid, start, options)) return { ok: true, text: 'hubgram has ended.' };
  const text = `Process ${pid} has not ended yet; “${type('status')}” tells whether it does. “kill -9 ${pid}” ends it at once: what has arrived stays, and the next start goes on there.`;
  return { ok: false, text };
};
