import type { Buffers } from './buffers.ts';

interface Piece {
  readonly buffer: Buffer;
  readonly length: number;
}

/** The body of one answer on its way from the socket to whoever takes it. */
export interface SocketBody {
  /** Bytes that have not come yet. */
  readonly left: () => number;
  /** Memory for the next bytes, never more than are left; undefined: there is no room, pause. */
  readonly room: () => Buffer | undefined;
  /** So many bytes were written into `room()`. */
  readonly filled: (bytes: number) => void;
  /** Bytes that came elsewhere; copied. */
  readonly append: (bytes: Buffer) => void;
  /** No more will come. What came before is still handed over. */
  readonly fail: (error: unknown) => void;
  readonly pieces: () => AsyncGenerator<Uint8Array, void>;
  /** Gives back all memory. */
  readonly drop: () => void;
}

export interface BodyOptions {
  readonly length: number;
  readonly buffers: Buffers;
  /** The most that is handed over in one piece. */
  readonly pieceBytes: () => number;
  /** There is room again. */
  readonly onRoom: () => void;
}

/** Pieces that wait while one is written. */
const READY_MOST = 1;
/** A piece that somebody waits for is filled no longer than this. */
const KEEP_MS = 100;
/** However low a bandwidth limit is: smaller pieces only cost. */
const PIECE_LEAST = 4096;

interface Core extends BodyOptions {
  readonly ready: Piece[];
  /** What came while there was no room: TLS gives what it has decrypted whether it is wanted or not. */
  spilt: Buffer[];
  current: Buffer | undefined;
  used: number;
  cap: number;
  /** When the first room in `current` was given. */
  since: number;
  left: number;
  failure: { readonly error: unknown } | undefined;
  isOver: boolean;
  /** Somebody waits for a piece. */
  wake: (() => void) | undefined;
  /** Memory may be free again. */
  readonly freed: () => void;
}

const giveBack = (core: Core, { buffer }: Piece): void => core.buffers.giveBack(buffer);

/** What is being filled, as a piece. */
const takeCurrent = (core: Core): Piece[] => {
  const { current } = core;
  core.current = undefined;
  return current ? [{ buffer: current, length: core.used }] : [];
};

const handOver = (core: Core): void => {
  core.ready.push(...takeCurrent(core));
  core.wake?.();
};

const takeMemory = (core: Core): Buffer | undefined => {
  const { buffers, pieceBytes } = core;
  if (core.ready.length >= READY_MOST) return undefined;
  const memory = buffers.take();
  if (!memory) buffers.whenFree(core.freed);
  core.used = 0;
  core.since = performance.now();
  core.cap = Math.min(memory?.length ?? 0, Math.max(PIECE_LEAST, Math.floor(pieceBytes())));
  return memory;
};

const room = (core: Core): Buffer | undefined => {
  if (core.isOver || core.left === 0 || core.spilt.length > 0) return undefined;
  core.current ??= takeMemory(core);
  return core.current?.subarray(core.used, Math.min(core.cap, core.used + core.left));
};

const filled = (core: Core, bytes: number): void => {
  core.used += bytes;
  core.left -= bytes;
  // A slow connection's bytes are not kept back. Only here: until it has read, the socket has the memory to read into.
  const isLate = core.wake !== undefined && performance.now() - core.since > KEEP_MS;
  if (core.used >= core.cap || core.left === 0 || isLate) handOver(core);
};

const append = (core: Core, bytes: Buffer): void => {
  let rest = bytes;
  while (rest.length > 0 && core.left > 0 && !core.isOver) {
    const target = room(core);
    if (!target) {
      core.spilt.push(Buffer.from(rest));
      return;
    }
    const taken = rest.copy(target);
    filled(core, taken);
    rest = rest.subarray(taken);
  }
};

const freed = (core: Core): void => {
  const { spilt } = core;
  core.spilt = [];
  for (const bytes of spilt) append(core, bytes);
  if (!core.isOver) core.onRoom();
};

const drop = (core: Core): void => {
  core.isOver = true;
  core.spilt = [];
  for (const piece of [...takeCurrent(core), ...core.ready.splice(0)]) giveBack(core, piece);
  core.wake?.();
};

const hasMore = (core: Core): boolean => !core.isOver && (core.left > 0 || core.ready.length > 0);

async function* pieces(core: Core): AsyncGenerator<Uint8Array, void> {
  while (hasMore(core)) {
    // What came before the connection broke is handed over too.
    if (core.failure && core.used > 0) handOver(core);
    const piece = core.ready.shift();
    if (piece) {
      try {
        yield piece.buffer.subarray(0, piece.length);
      } finally {
        giveBack(core, piece);
      }
      core.freed();
    } else if (core.failure) {
      drop(core);
      throw core.failure.error;
    } else {
      await new Promise<void>((resolve) => {
        core.wake = resolve;
      });
      core.wake = undefined;
    }
  }
}

/** A body of `length` bytes; the memory for it is borrowed. */
export const createSocketBody = (options: BodyOptions): SocketBody => {
  const core: Core = {
    ...options,
    ready: [],
    spilt: [],
    current: undefined,
    used: 0,
    cap: 0,
    since: 0,
    left: options.length,
    failure: undefined,
    isOver: false,
    wake: undefined,
    freed: () => freed(core),
  };
  return {
    left: () => core.left,
    room: () => room(core),
    filled: (bytes) => filled(core, bytes),
    append: (bytes) => append(core, bytes),
    fail: (error) => {
      core.failure ??= { error };
      core.wake?.();
    },
    pieces: () => pieces(core),
    drop: () => drop(core),
  };
};
