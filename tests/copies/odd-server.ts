import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteRange } from '../../src/domain/listing.ts';
import { createCopies, type Copies, type CopiesOptions } from '../../src/copies/copies.ts';
import type { LocatedBlob } from '../../src/transfer/engine/locator.ts';
import type { RunningCopy } from '../../src/copies/executor.ts';
import type { Ask } from '../../src/sources/port.ts';
import type { Sources } from '../../src/copies/snapshot-run.ts';
import { createRunningClock } from '../helpers/clock.ts';
import { lendHasher } from '../helpers/lent-hasher.ts';
import { createEgress } from '../../src/lib/net/egress.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface OddServer {
  readonly origin: string;
  /** Connections that were ever opened to it. */
  readonly sockets: () => number;
  readonly requests: readonly IncomingMessage[];
  readonly close: () => Promise<void>;
}

/** A server on 127.0.0.1 that answers as a test wants it to. */
export const startServer = async (answer: Answer): Promise<OddServer> => {
  let sockets = 0;
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: () => sockets,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Bytes that look like nothing else, always the same: the keystream of AES-128 in counter mode, which processors have. */
export const bytesOf = (size: number): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, 11), Buffer.alloc(16)).update(Buffer.alloc(size));

export const askedRange = (request: IncomingMessage): ByteRange => {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  return { start: Number(start), end: Number(end) + 1 };
};

/** The answer of a server that does all right. */
export const sendRange = (content: Buffer, request: IncomingMessage, response: ServerResponse): void => {
  const { start, end } = askedRange(request);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end - 1}/${content.length}`,
    'content-length': end - start,
    etag: '"one"',
  });
  response.end(content.subarray(start, end));
};

export interface OneFile {
  readonly copies: Copies;
  readonly etag: string;
  readonly cacheDir: string;
  readonly resolved: () => number;
  readonly start: (signal?: AbortSignal) => RunningCopy;
  /** Whether the blob has its name and its content. */
  readonly published: () => Promise<'right' | 'wrong' | 'absent'>;
  readonly close: () => Promise<void>;
}

type Location = Pick<LocatedBlob, 'url'> & Partial<LocatedBlob>;

/** Pauses between tries pass so many times faster than they would. */
const PACE = 8;
const COMMIT = 'c'.repeat(40);

/** A transfer of one file that lies where `locate` says, with a cache of its own. */
export const oneFile = async (
  content: Buffer,
  locate: (ask: Ask) => Location | Promise<Location>,
  options: Partial<CopiesOptions> = {},
): Promise<OneFile> => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-odd-'));
  const etag = createHash('sha256').update(content).digest('hex');
  let resolved = 0;
  const hub: Sources['hub'] = {
    locate: async ({ commit }, _signal, ask) => {
      resolved += 1;
      if (!ask) throw new Error('the connections of the transfer were not offered');
      return { headers: {}, etag, size: content.length, commit, ...(await locate(ask)) };
    },
  };
  const copies = createCopies({
    sources: { hub },
    egress: createEgress({ endpoints: ['http://127.0.0.1'], allowedHosts: [] }),
    cacheDir: folder,
    connections: 4,
    userAgent: 'hubgram/test',
    stallTimeoutMs: () => 5000 * PACE,
    bandwidthLimit: () => undefined,
    minFreeBytes: () => 0,
    hasher: lendHasher(),
    clock: createRunningClock(undefined, PACE),
    ...options,
  });
  return {
    copies,
    etag,
    cacheDir: folder,
    resolved: () => resolved,
    start: (signal = new AbortController().signal) =>
      copies.start(
        {
          source: 'hub',
          type: 'model',
          id: 'odd',
          commit: COMMIT,
          revision: 'main',
          files: [{ path: 'file.bin', size: content.length, etag }],
        },
        signal,
      ),
    published: async () => {
      const path = join(folder, 'models--odd/snapshots', COMMIT, 'file.bin');
      const found = await readFile(path).catch(() => undefined);
      if (!found) return 'absent';
      return found.equals(content) ? 'right' : 'wrong';
    },
    close: async () => {
      await copies.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
