import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../domain/errors.ts';
import { codeOf } from '../../lib/error-code.ts';
import { redact } from '../../lib/text/redact.ts';
import { foldersOf } from '../folders.ts';
import { findRunning, type Kill } from './running.ts';
import { type Typed, typed } from './typed.ts';

/** What a hubgram that was started in the background tells whoever started it. */
const wordSchema = z.discriminatedUnion('hubgram', [
  z.object({ hubgram: z.literal('is ready'), says: z.string() }),
  z.object({ hubgram: z.literal('has failed'), says: z.string() }),
]);

export type Word = z.infer<typeof wordSchema>;

/**
 * - `up`: Telegram has accepted the token, or Redis has let the host in. `says` is what it has to tell people.
 * - `waiting`: it runs, and that has not answered yet.
 * - `ended`: it did not come up, or was told to end meanwhile. `code` is its exit code.
 */
export type Started =
  | { readonly is: 'up'; readonly pid: number; readonly says: string }
  | { readonly is: 'waiting'; readonly pid: number }
  | { readonly is: 'ended'; readonly code: number; readonly says: string };

export interface StartOptions {
  /** The program and its words, as it would run in the foreground. */
  readonly command: readonly [string, ...string[]];
  readonly kill: Kill;
  /** Aborted if whoever waits has had enough: what was started is told to end. */
  readonly signal: AbortSignal;
  readonly type?: Typed;
  /** Told once if it takes long. */
  readonly onSilence?: () => void;
  /** After how long that is; 8 s if not given. */
  readonly silenceMs?: number;
  /** How long Telegram is waited for; a minute if not given. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;
/** The database may be migrated meanwhile; whoever sees nothing for longer thinks that it hangs. */
const SILENCE_MS = 8000;

/** Of what it has written when it died, the end. */
const LAST_WORDS = 4000;

/** What Node itself says when it dies: no log line, and nowhere else to be read. */
const lastWordsOf = (config: Config): string => join(foldersOf(config).dataDir, 'logs', 'start.log');

/** @throws AppError operational: the data folder cannot be written */
const openLastWords = (config: Config): number => {
  const path = lastWordsOf(config);
  try {
    mkdirSync(foldersOf(config).dataDir, { recursive: true, mode: 0o700 });
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new AppError('operational', `${path} cannot be written (${codeOf(error)}): hubgram needs its data folder.`, {
      cause: error,
    });
  }
};

const readLastWords = (config: Config): string => {
  try {
    return redact(readFileSync(lastWordsOf(config), 'utf8').slice(-LAST_WORDS).trim());
  } catch {
    return '';
  }
};

/** In a session of its own, so that neither the end of the terminal nor a Ctrl-C there reaches it. */
const begin = (config: Config, [program, ...words]: StartOptions['command']): ChildProcess => {
  const lastWords = openLastWords(config);
  try {
    return spawn(program, words, { detached: true, windowsHide: true, stdio: ['ignore', 'ignore', lastWords, 'ipc'] });
  } finally {
    closeSync(lastWords);
  }
};

interface Told {
  /** The first word that says how it went. */
  readonly word: Promise<Word>;
  /** The exit code; 1 if a signal ended it. */
  readonly ended: Promise<number>;
}

const listenTo = (child: ChildProcess): Told => ({
  word: new Promise((resolve) => {
    child.on('message', (message) => {
      const read = wordSchema.safeParse(message);
      if (read.success) resolve(read.data);
    });
  }),
  ended: Promise.race([
    once(child, 'exit').then(([code]) => (code as number | null) ?? 1),
    once(child, 'error').then(([error]) => {
      throw error;
    }),
  ]),
});

const waitFor = async (
  config: Config,
  child: ChildProcess,
  { signal, patienceMs = PATIENCE_MS, onSilence = () => undefined, silenceMs = SILENCE_MS }: StartOptions,
): Promise<Started> => {
  const { word, ended } = listenTo(child);
  const heard = word.then(async (one) => (one.hubgram === 'is ready' ? one : { ...one, code: await ended }));
  const gone = ended.then(async (code) => {
    // What it said before it ended may be heard after.
    const said = await Promise.race([word, sleep(100, undefined)]);
    return { code, says: said?.says ?? readLastWords(config) };
  });
  const waited = new AbortController();
  const late = sleep(patienceMs, 'late' as const, { signal: AbortSignal.any([signal, waited.signal]) }).catch(
    () => 'enough' as const,
  );
  const silence = setTimeout(onSilence, silenceMs);
  try {
    const first = await Promise.race([heard, gone, late]);
    const pid = child.pid ?? 0;
    if (first === 'late') return { is: 'waiting', pid };
    if (first === 'enough') {
      child.kill('SIGTERM');
      return { is: 'ended', code: await ended, says: 'It was told to end before it was up.' };
    }
    if ('code' in first) return { is: 'ended', ...first };
    return { is: 'up', pid, says: first.says };
  } finally {
    clearTimeout(silence);
    waited.abort();
  }
};

/**
 * Runs hubgram in the background, and waits until it is up.
 * @throws AppError held: one runs already; operational: the data folder cannot be written
 */
export const startInBackground = async (config: Config, options: StartOptions): Promise<Started> => {
  const running = findRunning(config, options.kill);
  if (running.is !== 'none') {
    const who =
      running.is === 'here'
        ? `process ${running.pid}, since ${running.since.slice(0, 16).replace('T', ' ')} UTC`
        : running.who;
    throw new AppError('held', `hubgram runs already: ${who}. “${(options.type ?? typed)('stop')}” ends it.`);
  }
  const child = begin(config, options.command);
  try {
    return await waitFor(config, child, options);
  } finally {
    // It goes on without us.
    if (child.connected) child.disconnect();
    child.unref();
  }
};
