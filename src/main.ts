import { flushCompileCache } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { App, Ready } from './app/app.ts';
import type { HostReady } from './app/host.ts';
import type { Outcome, Surroundings } from './app/daemon/commands.ts';
import type { Word } from './app/daemon/start.ts';
import type { Config } from './config/config.ts';
import type { CommandLine } from './config/flags.ts';
import type { ErrorCode } from './domain/errors.ts';
import type { AdjustableLog, Log } from './lib/log.ts';

/** npm hands on the Ctrl-C that the terminal has sent to both: what comes so soon after is no second wish. */
const ONE_WISH_MS = 1000;
/** Whatever hangs: after this the program ends all the same. */
const CLOSING_MS = 9500;

const EXIT_ASKED = 0;
const EXIT_FAULT = 1;
/** As the Linux Standard Base has it for the status of a service. */
const EXIT_NOT_RUNNING = 3;
/** What starting again would not mend, each by a code of its own. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = { configuration: 2, refused_token: 3, held: 4 };

// Before anything that takes time: until somebody listens, a signal ends the process with a code that is no success, and
// the first process of a container does not even notice it.
const stop = new AbortController();
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const hear = (signal: NodeJS.Signals): void => stop.abort(signal);
for (const signal of SIGNALS) process.on(signal, hear);
// A terminal that closes: to everything in it, and from whoever runs there once more, which is no second wish whenever it comes.
process.on('SIGHUP', hear);
stop.signal.addEventListener('abort', () => {
  // Whoever means it ends it at once after that.
  const hearNoMore = (): void => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
  setTimeout(hearNoMore, ONE_WISH_MS).unref();
});
const { collectSooner, openAsCache, prepareProcess } = await import('./app/process.ts');
const { tellServiceManager } = await import('./app/daemon/service-manager.ts');
const { VERSION } = await import('./app/version.ts');
const { loadConfig } = await import('./config/config.ts');
const { describeConfig } = await import('./config/description.ts');
const { HELP, parseCommandLine } = await import('./config/flags.ts');
const { AppError } = await import('./domain/errors.ts');
const { systemClock } = await import('./lib/clock.ts');
const { redact } = await import('./lib/text/redact.ts');
const { createLog } = await import('./log/log.ts');

/**
 * What only the bot needs, or only a host: half of what a host would load is of no use to it.
 * Node writes what it keeps when it ends; a bot runs for months, and may be killed. Later it would keep everybody waiting for as
 * long as the event loop may never stand still.
 */
const load = async <T>(sources: Promise<T>): Promise<T> => {
  const loaded = await sources;
  flushCompileCache();
  // A signal that came meanwhile is heard before anything is begun.
  await setImmediate();
  return loaded;
};

// Whoever reads it may have gone, as `head` goes: what is said then is lost, and that ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Whoever has started this in the background hears how it went; nobody else listens. */
const tell = (word: Word): void => {
  if (process.connected) process.send?.(word, undefined, {}, () => undefined);
};

const sampleText = (hub: string): string =>
  `\nhuggingface.co does not answer, so the models there are made up. Their pages: ${hub}`;

/** Says it here, and to whoever has started this in the background. */
const say = (says: string): void => {
  print(says);
  tell({ hubgram: 'is ready', says });
};

const announceHost = ({ name, cacheDir }: HostReady): void =>
  say(`hubgram ${VERSION} is the host ${name}. Models go to ${cacheDir}`);

const announce = ({ username, cacheDir, page, sampleHub, ownerLink }: Ready): void => {
  const lines = [`hubgram ${VERSION} is running as @${username}. Models go to ${cacheDir}`];
  if (page !== undefined)
    lines.push(
      `\nThe playground is open: ${page}\nWrite /add gpt2 there.${sampleHub === undefined ? '' : sampleText(sampleHub)}\n`,
    );
  if (ownerLink !== undefined) {
    lines.push(`\nOpen this link to become owner of this bot. It works once, within an hour:\n${ownerLink}\n`);
  }
  say(lines.join('\n'));
};

/** Node would print a stray error as it is, and grammY's hold the token in their depths: the log hides it. */
const catchStrays = (log: AdjustableLog): void => {
  const end = (error: unknown): void => {
    log.error({ err: error }, 'hubgram stops because of a fault that nobody caught');
    log.flush();
    process.exit(EXIT_FAULT);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
};

/** What failed is told, and becomes an exit code. */
const codeFor = (error: unknown, log: Log): number => {
  if (!(error instanceof AppError)) {
    log.error({ err: error }, 'hubgram stops because of a fault');
    tell({ hubgram: 'has failed', says: `hubgram stopped because of a fault: ${redact(String(error))}` });
    return EXIT_FAULT;
  }
  // It may quote a word, or a name in the file, that is none: somebody has put a token in the wrong place.
  const says = redact(error.message);
  complain(says);
  tell({ hubgram: 'has failed', says });
  return EXIT_CODES[error.code] ?? EXIT_FAULT;
};

/** The bot, or a host of one. */
type Running<Told> = Pick<App, 'report' | 'close'> & {
  readonly run: (signal: AbortSignal, onReady: (ready: Told) => void) => Promise<void>;
};

const runUntilStopped = async <Told>(
  app: Running<Told>,
  {
    serviceManager,
    log,
    onReady,
  }: Pick<Config, 'serviceManager'> & { readonly log: AdjustableLog; readonly onReady: (ready: Told) => void },
): Promise<number> => {
  const telling = serviceManager && tellServiceManager(serviceManager, { report: app.report, log });
  stop.signal.addEventListener('abort', () => telling?.stopping());
  try {
    await app.run(stop.signal, (ready) => {
      onReady(ready);
      telling?.ready();
    });
    return EXIT_ASKED;
  } catch (error) {
    return codeFor(error, log);
  } finally {
    const leave = (): void => {
      log.flush();
      process.exit(EXIT_FAULT);
    };
    setTimeout(leave, CLOSING_MS).unref();
    await app.close().catch((error: unknown) => log.error({ err: error }, 'Not everything closed cleanly'));
    await telling?.close();
  }
};

const surroundings = (argv: readonly string[]): Surroundings => {
  // Whoever reads it has enough, as `head` does.
  const unread = new AbortController();
  process.stdout.on('error', () => unread.abort());
  return {
    // Before all else: behind `--` it would be a word.
    command: [
      process.execPath,
      ...process.execArgv,
      fileURLToPath(new URL('start.mjs', import.meta.url)),
      '--foreground',
      ...argv,
    ],
    kill: (pid, signal) => void process.kill(pid, signal),
    signal: AbortSignal.any([stop.signal, unread.signal]),
    clock: systemClock,
    print,
    complain,
    isTerminal: process.stdout.isTTY,
  };
};

/** Commands that look, or wait, and have nothing to bring to an end. */
const ENDED_AT_ONCE: readonly unknown[] = ['doctor', 'status', 'stop'];

const endWhenTold = ({ command }: CommandLine): void => {
  if (!ENDED_AT_ONCE.includes(command)) return;
  const end = (): never => process.exit(EXIT_FAULT);
  if (stop.signal.aborted) end();
  stop.signal.addEventListener('abort', end);
};

const codeOf = (outcome: Outcome): number =>
  typeof outcome === 'object'
    ? outcome.code
    : { done: EXIT_ASKED, fault: EXIT_FAULT, 'not running': EXIT_NOT_RUNNING }[outcome];

const start = async (argv: readonly string[]): Promise<number> => {
  let log = createLog({ level: 'info' });
  try {
    const commandLine = parseCommandLine(argv);
    if (commandLine.help || commandLine.version) {
      print(commandLine.help ? HELP : VERSION);
      return EXIT_ASKED;
    }
    endWhenTold(commandLine);
    const read = (): Config => loadConfig({ argv, cwd: process.cwd() });
    if (commandLine.command === 'doctor') {
      const { diagnose } = await import('./app/doctor/doctor.ts');
      const { text, ok } = await diagnose({ read, asJson: commandLine.json, clock: systemClock });
      print(text);
      return ok ? EXIT_ASKED : EXIT_FAULT;
    }
    const config = read();
    if (commandLine.checkConfig) {
      print(describeConfig(config));
      return EXIT_ASKED;
    }
    log = createLog({ level: config.logLevel });
    catchStrays(log);
    const staysHere = commandLine.command === 'start' && (commandLine.foreground || config.foreground);
    if (commandLine.command !== undefined && !staysHere) {
      const { obey } = await import('./app/daemon/commands.ts');
      const outcome = await obey(commandLine, config, surroundings(argv));
      if (outcome !== undefined) return codeOf(outcome);
    }
    if (commandLine.command === 'restore') {
      const { restore } = await import('./app/restore.ts');
      const [file = ''] = commandLine.words;
      print(await restore(config, { file, cwd: process.cwd(), clock: systemClock, log }));
      return EXIT_ASKED;
    }
    if (config.isHost) {
      const { openHost } = await load(import('./app/host.ts'));
      const host = openHost(config, { clock: systemClock, log, onCache: openAsCache });
      prepareProcess(config);
      const onReady = (ready: HostReady): void => {
        collectSooner();
        announceHost(ready);
      };
      return await runUntilStopped(host, { ...config, log, onReady });
    }
    const { openApp } = await load(import('./app/app.ts'));
    const app = openApp(config, {
      clock: systemClock,
      log,
      onCache: openAsCache,
      onLoaded: collectSooner,
      reread: read,
    });
    prepareProcess(config);
    return await runUntilStopped(app, { ...config, log, onReady: announce });
  } catch (error) {
    return codeFor(error, log);
  }
};

// A signal that came while the sources were loaded is heard before anything is begun.
await setImmediate();
process.exitCode = await start(process.argv.slice(2));
