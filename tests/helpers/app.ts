import { type App, openApp, type Ready } from '../../src/app/app.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/log/log.ts';
import { createRunningClock, type TestClock } from './clock.ts';
import { type FirstStartOptions, putDatabase } from './database.ts';
import { lendHasher } from './lent-hasher.ts';
import { ANN, openStandIns, type StandInOptions, type StandIns } from './stand-ins.ts';

export interface RunningApp {
  readonly app: App;
  /** What it had to tell when Telegram had accepted the token. */
  readonly ready: Ready;
  /** Resolves when it has ended. @throws what `run` threw */
  readonly ended: Promise<void>;
  /** Ends it as a signal would; what it opened is closed after that. @throws what `run` threw */
  readonly stop: () => Promise<void>;
}

/** The whole app in this process, between stand-ins of Telegram and the Hub. One clock is everybody's, theirs too. */
export interface AppWorld extends StandIns {
  readonly clock: TestClock;
  /** What all starts have logged so far, as JSON. */
  readonly logged: () => string;
  /**
   * Resolves when Telegram has accepted the token; several starts in one world, each after the end of the one before, are
   * restarts.
   * @param env settings besides those that `StandIns.env` holds
   * @throws what `run` throws; everything is closed then
   */
  readonly start: (env?: Record<string, string>, flags?: readonly string[]) => Promise<RunningApp>;
  /** Writes something; Ann, in her private chat, unless something else is said. @returns the message's id */
  readonly say: (text: string, userId?: number, chatId?: number) => number;
  readonly waitFor: StandIns['telegram']['waitFor'];
}

export interface AppWorldOptions extends StandInOptions, FirstStartOptions {
  /** One that can be moved and runs faster than others if not given: nobody has to wait for what is paced. */
  readonly clock?: TestClock;
  /** How long Telegram may leave a call of the bot without an answer. */
  readonly callTimeoutSeconds?: number;
  /** Whether it hashes as a program does, in a thread of its own; in one that others have, too, if not given. */
  readonly hasOwnHasher?: boolean;
}

/** Cards that move every few seconds move at once; few enough that a busy machine does not look as if it had stood still. */
const PACE = 4;

/** For a test that counts bytes, on a busy machine too: whoever seems to have stood still asks for what was on its way again… */
export const COUNTING = { clock: createRunningClock() } satisfies AppWorldOptions;
/**
 * …and several connections ask for the ends of each other's ranges, the more so the faster a Hub answers. Where bytes are held each may have too few
 * to write any.
 */
export const ONE_CONNECTION = { HUBGRAM_CONNECTIONS: '1' };

/**
 * Runs an app until Telegram has accepted its token.
 * @param unheard of whose end nobody has asked
 */
const begin = async (app: App, unheard: Set<Promise<void>>): Promise<RunningApp> => {
  const stop = new AbortController();
  const { promise: isReady, resolve } = Promise.withResolvers<Ready>();
  const ended = app.run(stop.signal, resolve);
  const early = ended.then(() => {
    throw new Error('It ended before it was ready');
  });
  try {
    const ready = await Promise.race([isReady, early]);
    // From now on whoever stops it hears of what failed, or whoever closes the world.
    early.catch(() => undefined);
    unheard.add(ended);
    return {
      app,
      ready,
      ended,
      stop: async () => {
        unheard.delete(ended);
        stop.abort();
        await app.close();
        await ended;
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
};

export const openAppWorld = async (options: AppWorldOptions = {}): Promise<AppWorld> => {
  const { clock = createRunningClock(undefined, PACE), callTimeoutSeconds } = options;
  const standIns = await openStandIns({
    telegram: { clock, ...options.telegram },
    hub: { clock, ...options.hub },
  });
  const { telegram, folder, dataDir } = standIns;
  putDatabase(dataDir, options);
  const apps: App[] = [];
  const unheard = new Set<Promise<void>>();
  const lines: string[] = [];
  return {
    ...standIns,
    clock,
    logged: () => lines.join(''),
    start: async (env = {}, flags = []) => {
      const given = { HUBGRAM_TIMEZONE: 'UTC', ...standIns.env, ...env };
      const read = (): Config => loadConfig({ argv: flags, env: given, cwd: folder });
      const config = read();
      const log = createLog({ level: config.logLevel, readable: false, write: (line) => void lines.push(line) });
      const parts = { clock, log, reread: read, hasher: options.hasOwnHasher ? undefined : lendHasher() };
      const app = openApp(config, { ...parts, ...(callTimeoutSeconds && { callTimeoutSeconds }) });
      apps.push(app);
      return begin(app, unheard);
    },
    say: (text, userId = ANN, chatId = userId) => telegram.say(userId, chatId, text).message_id,
    waitFor: telegram.waitFor,
    close: async () => {
      try {
        for (const app of apps) await app.close();
        await Promise.all(unheard);
      } finally {
        await standIns.close();
      }
    },
  };
};
