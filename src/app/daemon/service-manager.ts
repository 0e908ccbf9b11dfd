import { spawn } from 'node:child_process';
import type { ServiceManager } from '../../config/service-manager.ts';
import { codeOf } from '../../lib/error-code.ts';
import type { Log } from '../../lib/log.ts';
import { startTicker } from '../../lib/ticker.ts';
import type { Report } from './report.ts';
import { queueLine } from './status.ts';

export interface TellingOptions {
  /** What there is to tell of; it never rejects, and is late if something hangs. */
  readonly report: () => Promise<Report>;
  readonly log: Log;
  /** How often the line that says what it does is looked at; 10 s if not given. */
  readonly lookMs?: number;
  /** After so long it counts as started, whether Telegram or Redis has answered or not; 30 s if not given. */
  readonly patienceMs?: number;
}

export interface Telling {
  /** Telegram has accepted the token, or Redis has let the host in. */
  readonly ready: () => void;
  /** It has been told to end. */
  readonly stopping: () => void;
  /** Says nothing more. */
  readonly close: () => Promise<void>;
}

const LOOK_MS = 10_000;
/** Well before systemd's own patience ends, 90 s unless a unit says otherwise: without Telegram downloads go on all the same. */
const PATIENCE_MS = 30_000;
/** It asks to be told that it was heard, and waits for that. */
const SENDING_MOST_MS = 10_000;
/** Of what it says of its own failure. */
const SAID_MOST = 500;

/** One line, whatever is in it. */
const statusLine = ({ username, host, health, queue }: Report): string => {
  if (queue === undefined) return 'Starting';
  const bad = Object.entries(health.checks).flatMap(([name, { ok, message }]) => (ok ? [] : [`${name}: ${message}`]));
  // A health check says so once it has lasted.
  const isAway = host?.isRedisReached === false && health.checks['redis']?.ok === true;
  const redis = isAway ? ['Redis cannot be reached; it is tried again and again'] : [];
  const telegram = host === undefined && username === undefined ? ['Telegram has not accepted the token yet'] : [];
  return [queueLine(queue), ...telegram, ...redis, ...bad].join('. ').replaceAll(/\s+/g, ' ');
};

/** What a restart mends is a queue that stands still; a full disk, or a Telegram out of reach, it does not. */
const isStuck = ({ health }: Report): boolean => health.checks['queue']?.ok === false;

/** What systemd-notify makes of its words goes to the socket that the environment names. @throws an error with a `code`; or that it failed */
const notify = (words: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    // Node knows no sockets for datagrams beside UDP. Without --no-block: a word of a process that has ended already is lost.
    const signal = AbortSignal.timeout(SENDING_MOST_MS);
    const child = spawn('systemd-notify', words, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let said = '';
    // First of all: where no more files may be open, it has no `stderr`, and says why a moment later.
    child.once('error', reject);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, SAID_MOST);
    });
    child.once('close', (code, ended) => {
      if (code === 0) resolve();
      else reject(new Error(`systemd-notify ended with ${code ?? ended}: ${said.trim()}`));
    });
  });

/** Sends one after the other; of what waits meanwhile only the newest of each kind. */
const createSender = (log: Log) => {
  const waiting = new Map<string, string>();
  let sending: Promise<void> | undefined;
  let isTold = false;
  let isMissing = false;

  const complain = (error: unknown): void => {
    isMissing = codeOf(error) === 'ENOENT';
    if (isTold) return;
    isTold = true;
    const why = isMissing ? ': there is no program systemd-notify; with Type=exec the unit needs none' : '';
    log.warn({ err: error }, `systemd cannot be told how hubgram is${why}`);
  };

  const sendAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const words = [...waiting].map(([name, value]) => `${name}=${value}`);
      waiting.clear();
      await notify(words).catch(complain);
    }
    sending = undefined;
  };

  return {
    send: (words: Readonly<Record<string, string>>): void => {
      if (isMissing) return;
      for (const [name, value] of Object.entries(words)) waiting.set(name, value);
      sending ??= sendAll();
    },
    idle: (): Promise<void> => sending ?? Promise.resolve(),
  };
};

/**
 * Tells the service manager that hubgram is up, what it does, that it is not stuck, and that it ends. The event loop itself says the
 * third: one that hangs says nothing, and is started anew.
 */
export const tellServiceManager = (
  { watchdogMs }: ServiceManager,
  { report, log, lookMs = LOOK_MS, patienceMs = PATIENCE_MS }: TellingOptions,
): Telling => {
  const { send, idle } = createSender(log);
  let before = '';
  let isEnding = false;

  const look = async (): Promise<void> => {
    const told = await report();
    const status = statusLine(told);
    if (isEnding) return;
    if (status !== before) send({ STATUS: status });
    before = status;
  };

  const onError = (error: unknown): void => log.debug({ err: error }, 'It could not be told how hubgram is');
  const tickers = [startTicker(lookMs, look, onError)];
  if (watchdogMs !== undefined) {
    const watch = async (): Promise<void> => {
      if (!isStuck(await report())) send({ WATCHDOG: '1' });
    };
    tickers.push(startTicker(watchdogMs / 2, watch, onError));
  }
  tickers[0]?.poke();

  const ready = (): void => {
    clearTimeout(late);
    if (isEnding) return;
    send({ READY: '1' });
    tickers[0]?.poke();
  };
  const late = setTimeout(ready, patienceMs);

  return {
    ready,
    stopping: () => {
      clearTimeout(late);
      if (isEnding) return;
      isEnding = true;
      send({ STOPPING: '1', STATUS: 'Saving what the transfers have' });
    },
    close: async () => {
      clearTimeout(late);
      isEnding = true;
      await Promise.all(tickers.map((ticker) => ticker.close()));
      await idle();
    },
  };
};
