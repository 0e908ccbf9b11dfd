import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../../domain/listing.ts';
import { openUnnoticed } from '../../lib/files/unnoticed.ts';
import type { Turns } from '../../lib/async/turns.ts';
import type { Span } from '../chunks/plan.ts';

/** Another file of this machine of which parts are those of a blob. */
export interface Near {
  readonly path: string;
  /** Which parts, in order: to be found out when it is its turn. @throws the signal's reason */
  readonly spans: (signal: AbortSignal) => Promise<readonly Span[]>;
  /** What was put together with it is not what its name says. */
  readonly wasWrong: () => void;
}

/** A blob that takes what lies near. */
export interface Gathering {
  readonly missing: readonly ByteRange[];
  /** @throws AppError no_space, operational */
  readonly write: (data: Uint8Array, position: number) => Promise<void>;
  readonly wrote: (range: ByteRange) => void;
  readonly signal: AbortSignal;
  readonly inTurn: Turns;
}

const PIECE = 1024 * 1024;
/** Where fewer bytes are missing, to find out what of them lies here takes as long as to fetch them. */
export const GATHERED_FROM = 8 * 1024 * 1024;
/** What is begun with while that is asked, in case nothing does: so much at most, and this part of the file. */
const EARLY_MOST = 8 * 1024 * 1024;
const EARLY_PART = 1 / 64;
/** Each connection has so much of that. */
export const EARLY_PIECE = 512 * 1024;

/** What files may fetch of themselves while that is asked: those of a copy have it together. */
export interface Early {
  /** In bytes. */
  left: number;
}

/** Nothing has been begun with. */
export const createEarly = (): Early => ({ left: EARLY_MOST });

/** @returns what may be fetched of a file before it is known whether it lies here, in bytes */
export const earlyBytes = (size: number): number => Math.min(EARLY_MOST, Math.floor(size * EARLY_PART));

const missingIn = ({ from, to, bytes }: Span, missing: readonly ByteRange[]): Span[] =>
  missing.flatMap(({ start, end }) => {
    const first = Math.max(start, to);
    const last = Math.min(end, to + bytes);
    return last > first ? [{ from: from + first - to, to: first, bytes: last - first }] : [];
  });

/** @returns false if it cannot be read, or ends before */
const copy = async (file: FileHandle, span: Span, gathering: Gathering, piece: Buffer): Promise<boolean> => {
  for (let at = 0; at < span.bytes; ) {
    gathering.signal.throwIfAborted();
    const wanted = Math.min(piece.length, span.bytes - at);
    const { bytesRead } = await file.read(piece, 0, wanted, span.from + at).catch(() => ({ bytesRead: 0 }));
    if (bytesRead === 0) return false;
    const start = span.to + at;
    await gathering.write(piece.subarray(0, bytesRead), start);
    gathering.wrote({ start, end: start + bytesRead });
    at += bytesRead;
  }
  return true;
};

const copyAll = async (near: Near, gathering: Gathering): Promise<boolean> => {
  const { signal, missing } = gathering;
  const spans = await near.spans(signal);
  if (spans.length === 0) return false;
  const file = await openUnnoticed(near.path).catch(() => undefined);
  if (!file) return false;
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (const span of spans.flatMap((each) => missingIn(each, missing)))
      if (!(await copy(file, span, gathering, piece))) break;
    return true;
  } finally {
    await file.close();
  }
};

/**
 * Copies what of a blob lies in another file. That there is nothing to copy is no failure: whatever is missing comes over the network.
 * @returns the other file, if a part of the blob may be from there
 * @throws the signal's reason; what `near` and `write` throw
 */
export const gather = async (
  near: Promise<Near | undefined> | undefined,
  gathering: Gathering,
): Promise<Near | undefined> => {
  const { signal, inTurn } = gathering;
  const found = await near;
  if (!found) return undefined;
  return (await inTurn(signal, () => copyAll(found, gathering))) ? found : undefined;
};
