import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findTool } from './tools.ts';
import { freePort } from './free-port.ts';

export const redisServer = findTool('redis-server');

/** A Redis of its own, on a socket in a folder of its own. */
export interface TestRedis {
  /** Of the socket. */
  readonly path: string;
  /** On 127.0.0.1, where it was asked for. */
  readonly port: number | undefined;
  readonly folder: string;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Resolves when it takes connections. */
  readonly start: () => Promise<void>;
  /** While it is not running: it knows nothing any more when it starts. */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What Redis listens on beside its socket: a port without TLS, or one with this certificate and its key, in one file. */
export type Listens = 'plain' | { readonly certificate: string };

const listenOn = (port: number, listens: Listens): readonly string[] => {
  const bound = ['--bind', '127.0.0.1'];
  if (listens === 'plain') return [...bound, '--port', String(port)];
  const { certificate } = listens;
  const files = ['--tls-cert-file', certificate, '--tls-key-file', certificate, '--tls-ca-cert-file', certificate];
  return [...bound, '--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
};

/** @param more further arguments of redis-server */
export const startRedis = async (more: readonly string[] = [], listens?: Listens): Promise<TestRedis> => {
  // A socket's path has 107 bytes at most.
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-redis-'));
  const data = join(folder, 'data');
  const path = join(folder, 'redis.sock');
  const port = listens === undefined ? undefined : await freePort();
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    await mkdir(data, { recursive: true });
    const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
    const own = ['--unixsocket', path, '--dir', data, '--maxmemory-policy', 'noeviction'];
    const on = port === undefined || listens === undefined ? ['--port', '0'] : listenOn(port, listens);
    const child = spawn(redisServer ?? 'redis-server', [...own, ...on, ...durable, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = child;
    for await (const line of createInterface({ input: child.stdout }))
      if (/ready to accept connections/i.test(line)) break;
    child.stdout.resume();
    if (!existsSync(path)) throw new Error('redis-server has not started');
  };
  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    path,
    port,
    folder,
    kill,
    start,
    forget: () => rm(data, { recursive: true, force: true }),
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
