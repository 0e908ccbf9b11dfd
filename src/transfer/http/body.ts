import type { Buffers } from './buffers.ts';

interface Piece {
  readonly buffer: Buffer;
  readonly length: number;
}

/** The body of one answer on its way from the socket to whoever takes it. */
export interface Body {
  /** Bytes that have not come yet. */
  readonly left: () => number;
  /** Memory for the next bytes, never more than are left; undefined: none is free, pause. */
  readonly target: () => Buffer | undefined;
  /** So many bytes were written into `target()`. */
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
  /** Memory is free again. */
  readonly onFree: () => void;
}

/** Pieces that wait while one is written. */
const READY_MOST = 1;
/** A piece that somebody waits for is filled no longer than this. */
const KEEP_MS = 100;
/** However low a bandwidth limit is: smaller pieces only cost. */
const PIECE_LEAST = 4096;

interface BodyState extends BodyOptions {
  readonly ready: Piece[];
  /** What came while no memory was free: TLS gives what it has decrypted whether it is wanted or not. */
  spilt: Buffer[];
  current: Buffer | undefined;
  used: number;
  cap: number;
  /** When memory in `current` was given first. */
  since: number;
  left: number;
  failure: { readonly error: unknown } | undefined;
  isOver: boolean;
  /** Somebody waits for a piece. */
  wake: (() => void) | undefined;
  /** Memory may be free again. */
  readonly freed: () => void;
}

const giveBack = (state: BodyState, { buffer }: Piece): void => state.buffers.giveBack(buffer);

/** What is being filled, as a piece. */
const takeCurrent = (state: BodyState): Piece[] => {
  const { current } = state;
  state.current = undefined;
  return current ? [{ buffer: current, length: state.used }] : [];
};

const handOver = (state: BodyState): void => {
  state.ready.push(...takeCurrent(state));
  state.wake?.();
};

const takeMemory = (state: BodyState): Buffer | undefined => {
  const { buffers, pieceBytes } = state;
  if (state.ready.length >= READY_MOST) return undefined;
  const memory = buffers.take();
  if (!memory) buffers.whenFree(state.freed);
  state.used = 0;
  state.since = performance.now();
  state.cap = Math.min(memory?.length ?? 0, Math.max(PIECE_LEAST, Math.floor(pieceBytes())));
  return memory;
};

const targetIn = (state: BodyState): Buffer | undefined => {
  if (state.isOver || state.left === 0 || state.spilt.length > 0) return undefined;
  state.current ??= takeMemory(state);
  return state.current?.subarray(state.used, Math.min(state.cap, state.used + state.left));
};

const filled = (state: BodyState, bytes: number): void => {
  state.used += bytes;
  state.left -= bytes;
  // A slow connection's bytes are not kept back. Only here: until it has read, the socket has the memory to read into.
  const isLate = state.wake !== undefined && performance.now() - state.since > KEEP_MS;
  if (state.used >= state.cap || state.left === 0 || isLate) handOver(state);
};

const append = (state: BodyState, bytes: Buffer): void => {
  let rest = bytes;
  while (rest.length > 0 && state.left > 0 && !state.isOver) {
    const target = targetIn(state);
    if (!target) {
      state.spilt.push(Buffer.from(rest));
      return;
    }
    const taken = rest.copy(target);
    filled(state, taken);
    rest = rest.subarray(taken);
  }
};

const freed = (state: BodyState): void => {
  const { spilt } = state;
  state.spilt = [];
  for (const bytes of spilt) append(state, bytes);
  if (!state.isOver) state.onFree();
};

const drop = (state: BodyState): void => {
  state.isOver = true;
  state.spilt = [];
  for (const piece of [...takeCurrent(state), ...state.ready.splice(0)]) giveBack(state, piece);
  state.wake?.();
};

const hasMore = (state: BodyState): boolean => !state.isOver && (state.left > 0 || state.ready.length > 0);

async function* pieces(state: BodyState): AsyncGenerator<Uint8Array, void> {
  while (hasMore(state)) {
    // What came before the connection broke is handed over too.
    if (state.failure && state.used > 0) handOver(state);
    const piece = state.ready.shift();
    if (piece) {
      try {
        yield piece.buffer.subarray(0, piece.length);
      } finally {
        giveBack(state, piece);
      }
      state.freed();
    } else if (state.failure) {
      drop(state);
      throw state.failure.error;
    } else {
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
      state.wake = undefined;
    }
  }
}

/** A body of `length` bytes; the memory for it is borrowed. */
export const createBody = (options: BodyOptions): Body => {
  const state: BodyState = {
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
    freed: () => freed(state),
  };
  return {
    left: () => state.left,
    target: () => targetIn(state),
    filled: (bytes) => filled(state, bytes),
    append: (bytes) => append(state, bytes),
    fail: (error) => {
      state.failure ??= { error };
      state.wake?.();
    },
    pieces: () => pieces(state),
    drop: () => drop(state),
  };
};
