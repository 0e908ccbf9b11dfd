import type { Content } from '../repos/content.ts';
import type { MeasuredChunk } from './measure.ts';
import { HEADER_BYTES, headerOf, packChunk } from './packing.ts';

/** A chunk in a xorb, and the file that its bytes can be read from. */
export interface XorbChunk extends MeasuredChunk {
  readonly content: Content;
  /** Of its first byte in the content. */
  readonly at: number;
}

/** Chunks that are kept together under one name. */
export interface Xorb {
  /** 64 hex; empty as long as chunks are added. */
  hash: string;
  readonly chunks: XorbChunk[];
  /** Of the packed chunks: where each begins, header and all; one more for the end. */
  readonly offsets: number[];
  /** Of its chunks as they are in files. */
  unpackedBytes: number;
}

export const openXorb = (): Xorb => ({ hash: '', chunks: [], offsets: [0], unpackedBytes: 0 });

/** @returns its index */
export const addChunk = (xorb: Xorb, chunk: XorbChunk): number => {
  xorb.offsets.push((xorb.offsets.at(-1) ?? 0) + HEADER_BYTES + chunk.packedLength);
  xorb.unpackedBytes += chunk.length;
  return xorb.chunks.push(chunk) - 1;
};

const serialize = ({ content, at, length }: XorbChunk): Buffer => {
  const packed = packChunk(content.read(at, at + length));
  return Buffer.concat([headerOf(packed, length), packed.bytes]);
};

/** The index of the chunk that a place in the packed bytes belongs to. */
const chunkAt = (offsets: readonly number[], place: number): number => {
  let [low, high] = [0, offsets.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low;
};

/** The packed chunks as a file, made as it is read; the tables behind them, which nobody is ever sent, are left out. */
export const xorbContent = (xorb: Xorb): Pick<Content, 'size' | 'read'> => {
  const { chunks, offsets } = xorb;
  let last: { readonly index: number; readonly bytes: Buffer } | undefined;
  const packedAt = (index: number, chunk: XorbChunk): Buffer => {
    if (last?.index !== index) last = { index, bytes: serialize(chunk) };
    return last.bytes;
  };
  return {
    size: offsets.at(-1) ?? 0,
    read: (start, end) => {
      const pieces: Buffer[] = [];
      for (let index = chunkAt(offsets, start), at = start; at < end; index++) {
        const chunk = chunks[index];
        const begin = offsets[index] ?? 0;
        if (!chunk) break;
        const piece = packedAt(index, chunk).subarray(at - begin, end - begin);
        pieces.push(piece);
        at += piece.length;
      }
      return Buffer.concat(pieces);
    },
  };
};
