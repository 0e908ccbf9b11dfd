import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { findProgram } from '../../lib/files/find-program.ts';
import type { Log } from '../../lib/log.ts';
import { processStart } from '../../lib/process-start.ts';

export interface Aria2Options {
  /** For what it keeps between two runs. */
  readonly folder: string;
  /** Where programs are looked for, as PATH has it; undefined: nowhere. */
  readonly programPath: string | undefined;
  /** Whether it may ask anybody on the internet for peers. */
  readonly dht: boolean;
  readonly log: Log;
}

/** aria2 refuses something, or does not do it. */
export class Aria2Refusal extends Error {
  override readonly name = 'Aria2Refusal';
}

/** aria2 as a process of its own, which is there while somebody needs it. */
export interface Aria2 {
  /**
   * Asks it something (its manual, “RPC interface”); it is started for that if it does not run.
   * @throws AppError operational: it is not installed or does not start; Aria2Refusal; the signal's reason
   */
  readonly call: <T>(
    answer: z.ZodType<T>,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
  ) => Promise<T>;
  readonly close: () => Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly secret: string;
  readonly ended: Promise<unknown>;
}

const NOT_THERE =
  'Torrents are fetched by aria2, which is not installed on this machine. Have its owner install it (on Debian and Ubuntu: apt install aria2), then add the torrent again.';

/** Torrents of the largest size that is read, as base64. */
const REQUEST_MOST = '16M';
const START_MS = 15_000;
const LOOK_MS = 50;
const CALL_MS = 20_000;
const END_MS = 5000;
const STARTS_MOST = 3;
/** Nobody has asked it anything for so long: it is of no use. What is fetched is asked for all the time. */
const IDLE_MS = 60_000;
/** Bytes per second that it gives away, to all peers together: who gives nothing gets little. */
export const UPLOAD_MOST = 2 ** 20;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** What it is told; the secret goes by a file, since everybody on the machine can read how a program was called. */
const configuration = ({ folder, dht }: Aria2Options, port: number, secret: string): string =>
  Object.entries({
    'enable-rpc': true,
    'rpc-listen-all': false,
    'rpc-listen-port': port,
    'rpc-secret': secret,
    'rpc-max-request-size': REQUEST_MOST,
    'rpc-save-upload-metadata': false,
    'stop-with-process': process.pid,
    dir: folder,
    quiet: true,
    'no-netrc': true,
    'follow-torrent': false,
    'follow-metalink': false,
    'file-allocation': 'none',
    'auto-save-interval': 1,
    // What the disk had of it after a power cut, nobody knows: pieces are read before they are built upon.
    'check-integrity': true,
    'max-concurrent-downloads': 100,
    'max-overall-upload-limit': UPLOAD_MOST,
    'seed-time': 0,
    // What is given to others keeps nothing from being fetched.
    'bt-detach-seed-only': true,
    'bt-save-metadata': true,
    'bt-enable-lpd': false,
    'bt-tracker-timeout': 20,
    'bt-tracker-connect-timeout': 10,
    'enable-peer-exchange': dht,
    'enable-dht': dht,
    'enable-dht6': false,
    'dht-file-path': join(folder, 'dht.dat'),
    ...(dht ? { 'dht-entry-point': 'dht.transmissionbt.com:6881' } : {}),
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

const urlAt = (port: number): string => `http://127.0.0.1:${port}/jsonrpc`;
const CONFIGURATION = 'aria2.conf';
const pidFile = (folder: string): string => join(folder, 'aria2.pid');
const wasStarted = z.tuple([z.coerce.number().int().positive(), z.string()]);

const answered = z.object({ result: z.unknown(), error: z.object({ message: z.string() }).optional() }).partial();

const ask = async (
  { url, secret }: Pick<Running, 'url' | 'secret'>,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal,
): Promise<unknown> => {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: '1', method, params: [`token:${secret}`, ...params] }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
  });
  const { result, error } = answered.parse(await response.json());
  if (error) throw new Aria2Refusal(error.message);
  return result;
};

/** Where one that an earlier run has started listens; undefined: nobody knows. */
const earlierIn = async (folder: string): Promise<Pick<Running, 'url' | 'secret'> | undefined> => {
  const text = await readFile(join(folder, CONFIGURATION), 'utf8').catch(() => '');
  const [, port] = /^rpc-listen-port=(\d+)$/m.exec(text) ?? [];
  const [, secret] = /^rpc-secret=(\w+)$/m.exec(text) ?? [];
  return port === undefined || secret === undefined ? undefined : { url: urlAt(Number(port)), secret };
};

/**
 * One that an earlier run of this program has left may still write to the files: it ends by itself a moment after that, and at
 * once when it is told to.
 * @throws AppError unavailable: it does not end
 */
const endEarlier = async (folder: string): Promise<void> => {
  const text = await readFile(pidFile(folder), 'utf8').catch(() => '');
  const known = wasStarted.safeParse(/^(\d+) (\S+)$/.exec(text.trim())?.slice(1)).data;
  if (!known) return;
  const [pid, started] = known;
  const isThere = (): boolean => processStart(pid) === started;
  const earlier = isThere() ? await earlierIn(folder) : undefined;
  if (earlier) await ask(earlier, 'aria2.forceShutdown', [], AbortSignal.timeout(CALL_MS)).catch(() => undefined);
  for (let waited = 0; isThere(); waited += LOOK_MS) {
    if (waited >= START_MS) throw new AppError('unavailable', 'aria2, which an earlier run has left, does not end.');
    await pass(LOOK_MS);
  }
};

const isUp = async (running: Running): Promise<boolean> => {
  try {
    await ask(running, 'aria2.getVersion', [], AbortSignal.timeout(CALL_MS));
    return true;
  } catch {
    return false;
  }
};

const end = async ({ child, ended }: Running): Promise<void> => {
  const patience = new AbortController();
  child.kill('SIGTERM');
  await Promise.race([ended, pass(END_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  child.kill('SIGKILL');
  await ended;
};

/** @returns undefined if it ended at once: something else has taken its port, say */
const tryToStart = async (options: Aria2Options, program: string): Promise<Running | undefined> => {
  const { folder } = options;
  const [port, secret] = [await freePort(), randomBytes(24).toString('hex')];
  const file = join(folder, CONFIGURATION);
  await rm(file, { force: true });
  await writeFile(file, configuration(options, port, secret), { mode: 0o600, flag: 'wx' });
  // Nothing of what this program was told goes to it.
  const child = spawn(program, [`--conf-path=${file}`], { stdio: 'ignore', env: {}, cwd: folder });
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = (): void => {
      isOver = true;
      resolve();
    };
    child.once('exit', over).once('error', over);
  });
  const running: Running = { child, url: urlAt(port), secret, ended };
  const { pid } = child;
  if (pid !== undefined)
    await writeFile(pidFile(folder), `${pid} ${processStart(pid) ?? '-'}\n`).catch(async (error: unknown) => {
      // One that the next start does not know of would write beside it.
      await end(running);
      throw error;
    });
  for (let waited = 0; !isOver && waited < START_MS; waited += LOOK_MS) {
    if (await isUp(running)) return running;
    await pass(LOOK_MS);
  }
  if (!isOver) await end(running);
  return undefined;
};

const start = async (options: Aria2Options): Promise<Running> => {
  const program = await findProgram('aria2c', options.programPath);
  if (program === undefined) throw new AppError('operational', NOT_THERE);
  const onDisk = (error: unknown): never => {
    throw diskFailure(error, join(options.folder, CONFIGURATION));
  };
  await mkdir(options.folder, { recursive: true }).catch(onDisk);
  await endEarlier(options.folder);
  for (let tries = 0; tries < STARTS_MOST; tries += 1) {
    const running = await tryToStart(options, program).catch(onDisk);
    if (!running) continue;
    options.log.info({ pid: running.child.pid }, 'aria2 runs, for torrents');
    return running;
  }
  throw new AppError('operational', 'aria2, which fetches torrents, does not start on this machine.');
};

/** Nothing is started before it is asked something. */
export const createAria2 = (options: Aria2Options): Aria2 => {
  let current: Promise<Running> | undefined;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;
  const endIdle = (): void => {
    const last = current;
    current = undefined;
    void last?.then(end).catch(() => undefined);
  };
  const running = (): Promise<Running> => {
    if (isClosed) throw new AppError('operational', 'hubgram ends.');
    if (current) return current;
    const mine = start(options);
    current = mine;
    const forget = (): void => {
      if (current === mine) current = undefined;
    };
    void mine.then(({ ended }) => ended).then(forget, forget);
    return mine;
  };
  return {
    call: async (answer, method, params, signal) => {
      signal.throwIfAborted();
      // Not ended as idle while this is asked: what it was given to do would be gone.
      clearTimeout(idle);
      const asked = await running();
      try {
        return answer.parse(await ask(asked, method, params, signal));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Aria2Refusal) throw error;
        throw new AppError('unavailable', 'aria2, which fetches torrents, has ended or does not answer.', {
          cause: error,
        });
      } finally {
        clearTimeout(idle);
        if (!isClosed) idle = setTimeout(endIdle, IDLE_MS).unref();
      }
    },
    close: async () => {
      isClosed = true;
      clearTimeout(idle);
      const last = await current?.catch(() => undefined);
      if (last) await end(last);
    },
  };
};
