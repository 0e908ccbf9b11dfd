import { type Chunk, fileHash, hashToHex, hmac } from '@huggingface/xetchunk-wasm';
import type { Content } from '../repos/content.ts';
import { createCutter } from './cuts.ts';
import { packChunk } from './packing.ts';

/** Keys the hash of a chunk's bytes (huggingface.co/docs/xet/hashing, DATA_KEY). */
const DATA_KEY = Buffer.from('6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229', 'hex');

/** Read at a time. */
const SLICE = 1 << 20;

/** A chunk of a file as it would lie in a xorb. */
export interface MeasuredChunk {
  /** As it is written: 64 hex. */
  readonly hash: string;
  readonly length: number;
  readonly scheme: number;
  readonly packedLength: number;
}

/** All that is known of a file once its bytes were gone through. */
export interface Measured {
  readonly xetHash: string;
  /** As in `MeasuredChunk`, in the order of the file. */
  readonly chunks: readonly MeasuredChunk[];
}

/** BLAKE3 keyed with DATA_KEY; the library's name for it is what its own use is. */
export const chunkHash = (bytes: Uint8Array): Uint8Array => hmac(bytes, DATA_KEY);

/** The bytes of each chunk of a file, in order. */
function* chunksOf(content: Content): Generator<Buffer> {
  const cutter = createCutter();
  let open: Buffer[] = [];
  for (let at = 0; at < content.size; at += SLICE) {
    let slice = content.read(at, Math.min(at + SLICE, content.size));
    for (let end = cutter.next(slice); end !== undefined; end = cutter.next(slice)) {
      yield Buffer.concat([...open, slice.subarray(0, end)]);
      open = [];
      slice = slice.subarray(end);
    }
    if (slice.length > 0) open.push(slice);
  }
  if (open.length > 0) yield Buffer.concat(open);
}

/** Goes through all bytes of a file, which takes its time: some 100 MB/s. */
export const measure = (content: Content): Measured => {
  const hashed: Chunk[] = [];
  const chunks: MeasuredChunk[] = [];
  for (const bytes of chunksOf(content)) {
    const { length } = bytes;
    const hash = chunkHash(bytes);
    const packed = packChunk(bytes);
    hashed.push({ hash, length });
    chunks.push({ hash: hashToHex(hash), length, scheme: packed.scheme, packedLength: packed.bytes.length });
  }
  return { xetHash: hashToHex(fileHash(hashed)), chunks };
};
