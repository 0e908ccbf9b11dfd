import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './free-port.ts';

/** Whether there is an aria2 to fetch torrents with, and to seed them. */
export const HAS_ARIA2 = spawnSync('aria2c', ['--version'], { stdio: 'ignore' }).status === 0;

export type Encodable =
  | string
  | number
  | Buffer
  | readonly Encodable[]
  | { readonly [key: string]: Encodable | undefined };

/** Bencoding (BEP 3): keys in the order of their bytes. */
export const bencode = (value: Encodable): Buffer => {
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  if (typeof value === 'string') return bencode(Buffer.from(value));
  if (typeof value === 'number') return Buffer.from(`i${value}e`);
  if (Array.isArray(value))
    return Buffer.concat([Buffer.from('l'), ...(value as Encodable[]).map(bencode), Buffer.from('e')]);
  const entries = Object.entries(value).filter((entry): entry is [string, Encodable] => entry[1] !== undefined);
  const parts = entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, of]) => [bencode(key), bencode(of)]);
  return Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')]);
};

const PIECE = 32_768;

export interface MadeTorrent {
  readonly infoHash: string;
  readonly bytes: Buffer;
  readonly magnet: string;
}

interface Making {
  readonly name: string;
  /** By their paths in the torrent; one without a path is the torrent itself. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly tracker?: string;
  readonly isPrivate?: boolean;
  /** Besides what has to be there. */
  readonly more?: Readonly<Record<string, Encodable>>;
  readonly moreInfo?: Readonly<Record<string, Encodable>>;
}

/** The file of a torrent. */
export const makeTorrent = ({ name, files, tracker, isPrivate, more, moreInfo }: Making): MadeTorrent => {
  const all = Buffer.concat(Object.values(files));
  const hashes: Buffer[] = [];
  for (let at = 0; at < all.length; at += PIECE)
    hashes.push(
      createHash('sha1')
        .update(all.subarray(at, at + PIECE))
        .digest(),
    );
  const [only] = Object.entries(files).filter(([path]) => path === '');
  const content: Record<string, Encodable> = only
    ? { length: only[1].length }
    : { files: Object.entries(files).map(([path, { length }]) => ({ length, path: path.split('/') })) };
  const info = bencode({
    name,
    'piece length': PIECE,
    pieces: Buffer.concat(hashes),
    ...(isPrivate ? { private: 1 } : {}),
    ...content,
    ...moreInfo,
  });
  const infoHash = createHash('sha1').update(info).digest('hex');
  const outer = bencode({ ...(tracker === undefined ? {} : { announce: tracker }), ...more }).subarray(1, -1);
  const bytes = Buffer.concat([Buffer.from('d'), outer, bencode('info'), info, Buffer.from('e')]);
  const link = `magnet:?xt=urn:btih:${infoHash}&dn=${encodeURIComponent(name)}`;
  return { infoHash, bytes, magnet: tracker === undefined ? link : `${link}&tr=${encodeURIComponent(tracker)}` };
};

/** A tracker on 127.0.0.1 (BEP 3 and 23): tells each peer of the others, all of them on this machine. */
export interface Tracker {
  readonly url: string;
  /** What it was asked, as paths. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export const startTracker = async (): Promise<Tracker> => {
  const ports = new Map<string, Set<number>>();
  const asked: string[] = [];
  const server = createHttp((request, response) => {
    asked.push(request.url ?? '');
    // The hash comes as bytes, which are no UTF-8.
    const hash = /info_hash=([^&]*)/.exec(request.url ?? '')?.[1] ?? '';
    const query = new URLSearchParams((request.url ?? '').split('?')[1]);
    const port = Number(query.get('port'));
    const swarm = ports.get(hash) ?? new Set();
    ports.set(hash, swarm);
    if (query.get('event') === 'stopped') swarm.delete(port);
    else swarm.add(port);
    const others = [...swarm].filter((other) => other !== port);
    const peers = Buffer.concat(others.map((other) => Buffer.from([127, 0, 0, 1, other >> 8, other & 255])));
    response.end(bencode({ interval: 1, 'min interval': 1, peers }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export interface Seeder {
  readonly close: () => Promise<void>;
}

/** Who speaks to nobody beyond this machine. */
const peer = async (
  more: readonly string[],
): Promise<{ readonly ended: Promise<unknown>; readonly kill: () => Promise<void> }> => {
  const words = [
    '--no-conf',
    '--quiet',
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--interface=127.0.0.1',
    '--check-integrity=true',
    `--listen-port=${await freePort()}`,
    `--stop-with-process=${process.pid}`,
    ...more,
  ];
  const child: ChildProcess = spawn('aria2c', words, { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '' } });
  const ended = once(child, 'exit');
  return {
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};

/** Somebody who has all of a torrent and gives it away, on this machine only. */
export const startSeeder = async (
  torrent: MadeTorrent,
  name: string,
  files: Readonly<Record<string, Buffer>>,
  bytesPerSecond?: number,
): Promise<Seeder> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-seeder-'));
  for (const [path, body] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
  await writeFile(join(folder, 'it.torrent'), torrent.bytes);
  const { kill } = await peer([
    '--seed-ratio=0',
    ...(bytesPerSecond === undefined ? [] : [`--max-upload-limit=${bytesPerSecond}`]),
    `--dir=${folder}`,
    join(folder, 'it.torrent'),
  ]);
  return {
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Somebody who wants all of a torrent, and leaves with it. */
export interface Leecher extends Seeder {
  /** Where what comes lies. */
  readonly folder: string;
  /** Resolves when all of it is there. */
  readonly done: Promise<unknown>;
}

export const startLeecher = async (torrent: MadeTorrent): Promise<Leecher> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-leecher-'));
  const file = join(folder, 'it.torrent');
  await writeFile(file, torrent.bytes);
  const { ended, kill } = await peer(['--seed-time=0', `--dir=${folder}`, file]);
  return {
    folder,
    done: ended,
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
