import { mkdir, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Magnet } from '../../domain/repo/magnet.ts';
import type { Filling, FillRequest } from '../port.ts';
import { Aria2Refusal } from './aria2.ts';
import { type Metadata, type MetadataDeps, trackersFor } from './metadata.ts';
import type { Metainfo } from './metainfo.ts';

export interface FillDeps extends MetadataDeps {
  readonly metadata: Pick<Metadata, 'find'>;
  /** How many are being filled: a limit for all is shared between them. */
  readonly running: Set<string>;
  /** Others are not given this one any more: it is going to be fetched. */
  readonly makeWay: (infoHash: string) => Promise<void>;
  /** How long nobody may send anything, in milliseconds; 10 min if not given. */
  readonly silenceMs?: number | undefined;
}

const LOOK_MS = 500;
const SILENCE_MS = 600_000;
/** How long aria2 may take to close its files. */
const CLOSE_MS = 20_000;

const digits = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);

const statusSchema = z.object({
  status: z.enum(['active', 'waiting', 'paused', 'error', 'complete', 'removed']),
  connections: digits,
  errorCode: z.string().optional(),
  verifiedLength: z.string().optional(),
  verifyIntegrityPending: z.string().optional(),
  files: z.array(z.object({ index: digits, path: z.string(), completedLength: digits })),
});
type Status = z.infer<typeof statusSchema>;
const KEYS = ['status', 'connections', 'errorCode', 'verifiedLength', 'verifyIntegrityPending', 'files'];

interface State extends FillDeps {
  readonly request: FillRequest;
  readonly stop: AbortSignal;
  ready: number;
  received: number;
  /** Undefined until what lay there has been read. */
  base: number | undefined;
  isChecking: boolean;
  peers: number;
}

/** By the paths that are wanted: the numbers that the torrent has for them. @throws AppError integrity: it holds no such file */
const indexesOf = ({ files: wanted }: FillRequest, { files, isSingle }: Metainfo): ReadonlyMap<number, string> => {
  const known = new Map(files.map(({ path, index, size }) => [path, { index, size }]));
  return new Map(
    wanted.map(({ path, size }) => {
      // One that is alone may have another name here.
      const found = isSingle ? files[0] : known.get(path);
      if (found?.size !== size)
        throw new AppError('integrity', 'The torrent holds other files than when it was added.');
      return [found.index, path];
    }),
  );
};

/** What aria2 says of an end that it did not want (its manual, “EXIT STATUS”). */
const failureOf = ({ errorCode = '' }: Status): AppError =>
  errorCode === '9'
    ? new AppError('no_space', 'The disk is full.')
    : new AppError('unavailable', `aria2 could not go on with that torrent (its code is ${errorCode || 'unknown'}).`);

const limitOf = ({ request, running }: State): string => {
  const limit = request.speedLimit();
  // Zero would mean none at all.
  return limit === undefined ? '0' : String(Math.max(1024, Math.floor(limit / Math.max(1, running.size))));
};

const note = (state: State, { files, connections, verifiedLength, verifyIntegrityPending }: Status): void => {
  const ready = files.reduce((sum, { completedLength }) => sum + completedLength, 0);
  state.isChecking = verifiedLength !== undefined || verifyIntegrityPending === 'true';
  state.peers = connections;
  if (!state.isChecking) {
    const more = ready - (state.base ?? ready);
    state.base = ready;
    if (more > 0) {
      state.received += more;
      state.request.onReceived(more);
    }
  }
  state.ready = ready;
};

/** Looks at it until all of it is there. */
const follow = async (state: State, gid: string, wanted: ReadonlyMap<number, string>): Promise<Status> => {
  const { aria2, request, stop, silenceMs = SILENCE_MS } = state;
  let [limit, silentMs, received] = ['', 0, 0];
  for (;;) {
    const all = await aria2.call(statusSchema, 'aria2.tellStatus', [gid, KEYS], stop);
    const status = { ...all, files: all.files.filter(({ index }) => wanted.has(index)) };
    note(state, status);
    if (status.status === 'complete') return status;
    if (status.status === 'error' || status.status === 'removed') throw failureOf(status);
    await request.checkFloor();
    const next = limitOf(state);
    if (next !== limit)
      await aria2.call(z.unknown(), 'aria2.changeOption', [gid, { 'max-download-limit': next }], stop);
    limit = next;
    silentMs = state.received > received || state.isChecking ? 0 : silentMs + LOOK_MS;
    received = state.received;
    if (silentMs >= silenceMs)
      throw new AppError('stalled', 'Nobody who has that torrent has sent anything for a while.');
    await pass(LOOK_MS, undefined, { signal: stop });
  }
};

/** Resolves when it writes nothing any more. */
export const end = async ({ aria2, signal }: Pick<FillDeps, 'aria2' | 'signal'>, gid: string): Promise<void> => {
  const isOpen = async (): Promise<boolean> => {
    const { status } = await aria2.call(
      statusSchema.pick({ status: true }),
      'aria2.tellStatus',
      [gid, ['status']],
      signal,
    );
    return status === 'active' || status === 'waiting';
  };
  try {
    await aria2.call(z.unknown(), 'aria2.forceRemove', [gid], signal).catch(() => undefined);
    for (let waited = 0; waited < CLOSE_MS && (await isOpen()); waited += LOOK_MS / 10) await pass(LOOK_MS / 10);
    await aria2.call(z.unknown(), 'aria2.removeDownloadResult', [gid], signal);
  } catch {
    // It has ended, and all that it did.
  }
};

/** Where each of them lies: within the folder, whatever names a stranger has given. */
const pathsOf = async (
  { request: { folder } }: State,
  { files }: Status,
  wanted: ReadonlyMap<number, string>,
): Promise<ReadonlyMap<string, string>> => {
  const root = (await realpath(folder)) + sep;
  const paths = new Map<string, string>();
  for (const { index, path } of files) {
    const real = await realpath(path).catch(() => resolve(path));
    if (!real.startsWith(root)) throw new AppError('integrity', 'aria2 has put a file of that torrent elsewhere.');
    paths.set(wanted.get(index) ?? '', real);
  }
  return paths;
};

const run = async (state: State, magnet: Magnet): Promise<ReadonlyMap<string, string>> => {
  const { aria2, metadata, request, running, stop } = state;
  const metainfo = await metadata.find(magnet, stop);
  const wanted = indexesOf(request, metainfo);
  const trackers = await trackersFor(state, magnet, metainfo.isPrivate);
  const { infoHash } = magnet;
  // aria2 has each torrent once; of this one other files are coming.
  while (running.has(infoHash)) await pass(LOOK_MS, undefined, { signal: stop });
  running.add(infoHash);
  try {
    await state.makeWay(infoHash);
    await mkdir(request.folder, { recursive: true });
    const options = {
      dir: await realpath(request.folder),
      'select-file': [...wanted.keys()].join(','),
      'bt-tracker': trackers.join(','),
      'max-download-limit': limitOf(state),
      // Parts of what is not wanted lie in the same pieces.
      'bt-remove-unselected-file': 'false',
    };
    const torrent = metainfo.bytes.toString('base64');
    // Not broken off in between: it would go on, and nobody would know of it.
    const gid = await aria2
      .call(z.string(), 'aria2.addTorrent', [torrent, [], options], state.signal)
      .catch((error: unknown) => {
        if (!(error instanceof Aria2Refusal)) throw error;
        throw new AppError('unavailable', 'aria2 does not take that torrent.', { cause: error });
      });
    try {
      stop.throwIfAborted();
      return await pathsOf(state, await follow(state, gid, wanted), wanted);
    } finally {
      await end(state, gid);
    }
  } finally {
    running.delete(infoHash);
  }
};

/** Has aria2 fetch files of a torrent into a folder. */
export const fillFromTorrent = (deps: FillDeps, magnet: Magnet, request: FillRequest, signal: AbortSignal): Filling => {
  const stop = AbortSignal.any([signal, deps.signal]);
  const state: State = { ...deps, request, stop, ready: 0, received: 0, base: undefined, isChecking: true, peers: 0 };
  const done = run(state, magnet).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return {
    progress: () => ({
      ready: state.ready,
      received: state.received,
      isChecking: state.isChecking,
      peers: state.peers,
    }),
    done,
  };
};
