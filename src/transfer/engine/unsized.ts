import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { networkFailure } from '../../domain/failures/network-failure.ts';
import { inFolder } from '../../lib/folder.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import { isRight } from '../files/blob-file.ts';
import { hashedAs } from '../files/blob-hash.ts';
import type { Hasher } from '../files/hasher.ts';
import type { Answer } from '../http/wire.ts';
import type { BlobProgress } from './blob.ts';
import type { BlobWanted } from './blob-wanted.ts';
import type { Taker } from './fair-share.ts';
import type { LocatedBlob } from './locator.ts';
import type { RangeRequestDeps } from './range-request.ts';

export interface UnsizedDeps extends Pick<RangeRequestDeps, 'userAgent' | 'clock' | 'allow' | 'foreignWire'> {
  readonly hasher: Hasher;
  readonly checkFloor: () => Promise<void>;
  /** Bytes have come over the network. */
  readonly onReceived: (bytes: number) => void;
}

/** What came of it. */
export interface Arrived {
  readonly size: number;
  /** SHA-256, 64 hex. */
  readonly digest: string;
}

/** A file on its way of which nobody knows how long it is. */
export interface Unsized {
  readonly progress: () => BlobProgress;
  /** Resolves when it has its final name and the disk has it. Rejects with an AppError, or the reason for which it was left. */
  readonly done: Promise<Arrived>;
  /** Nobody wants it any more; resolves when nothing of it is left. */
  readonly leave: (reason: unknown) => Promise<void>;
}

export interface UnsizedWanted extends Omit<BlobWanted, 'size'> {
  /** It may become no longer; as long as there is room for it if not given. */
  readonly mostBytes?: number | undefined;
}

/** Of a server that sends on and on. Tried again it would be the same, and fill the disk for others each time. */
const tooLong = (why: string): AppError =>
  new AppError('constraint', `${why}, and its server does not say how long it is. Nothing of it is kept.`);

/** `O_NOFOLLOW`: a link that somebody put in its place must not lead the bytes elsewhere. */
const ANEW = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
/** So much is written before it is looked again at the room on the disk. */
const FLOOR_EVERY = 16 * 1024 * 1024;

interface Run extends UnsizedDeps {
  readonly wanted: UnsizedWanted;
  readonly taker: Taker;
  readonly abort: AbortController;
  received: number;
  lastByteAt: number;
  verifying: boolean;
}

const ask = async ({ foreignWire, userAgent, abort }: Run, location: LocatedBlob): Promise<Answer> => {
  const headers = { ...location.headers, 'user-agent': userAgent, 'accept-encoding': 'identity' };
  const answer = await foreignWire.get(new URL(location.url), headers, abort.signal);
  const encoding = answer.header('content-encoding') ?? 'identity';
  if (answer.status === 200 && encoding === 'identity') return answer;
  answer.discard();
  throw new AppError(
    'unavailable',
    answer.status === 200 ? 'The server compressed what must come as it is.' : `The server answered ${answer.status}.`,
  );
};

/** From the beginning to the end, as it comes. */
const receive = async (run: Run, answer: Answer): Promise<void> => {
  const { wanted, taker, abort, clock, allow, onReceived } = run;
  const checkFloor = wanted.checkFloor ?? run.checkFloor;
  const { mostBytes = Infinity } = wanted;
  const part = await inFolder(dirname(wanted.partPath), () => open(wanted.partPath, ANEW, 0o666));
  try {
    let checkedAt = -FLOOR_EVERY;
    for await (const chunk of answer.body) {
      if (run.received - checkedAt >= FLOOR_EVERY) {
        await checkFloor();
        checkedAt = run.received;
      }
      await allow(chunk.length, abort.signal);
      await taker.speedLimit?.allow(chunk.length, abort.signal);
      await part.writev([chunk], run.received);
      run.received += chunk.length;
      if (run.received > mostBytes)
        throw tooLong(`The file is longer than the ${formatBytes(mostBytes)} that it may take`);
      run.lastByteAt = clock.monotonic();
      onReceived(chunk.length);
    }
    await part.datasync();
  } finally {
    await part.close();
  }
};

const verify = async ({ wanted, hasher, abort, received }: Run): Promise<string> => {
  const hash = hasher.begin(wanted.partPath, received, hashedAs({ ...wanted, isUnhashed: true }));
  abort.signal.addEventListener('abort', hash.drop, { once: true });
  hash.advance(received);
  const digest = await hash.digest;
  if (isRight({ ...wanted, size: received }, digest)) return digest;
  throw new AppError('corrupt', 'The file that came is not what its sha256 says.');
};

const fetchAll = async (run: Run): Promise<Arrived> => {
  const { wanted, abort } = run;
  const { partPath, finalPath } = wanted;
  let host = '';
  try {
    const location = await wanted.resolve(abort.signal);
    host = new URL(location.url).host;
    const answer = await ask(run, location);
    try {
      await receive(run, answer);
    } finally {
      answer.discard();
    }
    run.verifying = true;
    const digest = await verify(run);
    abort.signal.throwIfAborted();
    await inFolder(dirname(finalPath), () => rename(partPath, finalPath));
    return { size: run.received, digest };
  } catch (error) {
    // It cannot be gone on with: where it would, nobody knows.
    await rm(partPath, { force: true }).catch(() => undefined);
    abort.signal.throwIfAborted();
    const network = networkFailure(error, host);
    const failure = network instanceof AppError ? network : diskFailure(error, partPath);
    const fillsDisk = failure instanceof AppError && failure.code === 'no_space' && run.received > 0;
    throw fillsDisk ? tooLong(`The file fills the disk with its ${formatBytes(run.received)}`) : failure;
  }
};

/** Fetches a file whose server does not say how long it is: in one piece, over a connection of its own, and from the beginning each time. */
export const fetchUnsized = (deps: UnsizedDeps, wanted: UnsizedWanted, taker: Taker): Unsized => {
  const run: Run = {
    ...deps,
    wanted,
    taker,
    abort: new AbortController(),
    received: 0,
    lastByteAt: 0,
    verifying: false,
  };
  const done = fetchAll(run);
  return {
    progress: () => ({
      ready: run.received,
      received: run.received,
      lastByteAt: run.lastByteAt,
      verifying: run.verifying,
      note: undefined,
    }),
    done,
    leave: async (reason) => {
      run.abort.abort(reason);
      await done.catch(() => undefined);
    },
  };
};
