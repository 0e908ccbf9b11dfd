import { packLz4 } from './lz4.ts';

/** How a chunk lies in a xorb (huggingface.co/docs/xet/xorb). */
export const SCHEMES = { none: 0, lz4: 1, groupedLz4: 2 } as const;

export const HEADER_BYTES = 8;
/** By so many bytes is judged what packing would save. */
const TRIED = 4096;
/** Packed only if it saves a twentieth. */
const WORTHWHILE = 0.95;

/** All first bytes of each four, then all second ones, and so on. */
export const groupBytes = (bytes: Uint8Array): Buffer => {
  const grouped = Buffer.allocUnsafe(bytes.length);
  let to = 0;
  for (let group = 0; group < 4; group++) {
    for (let from = group; from < bytes.length; from += 4) grouped[to++] = bytes[from] ?? 0;
  }
  return grouped;
};

export interface PackedChunk {
  readonly scheme: number;
  readonly bytes: Buffer;
}

const PACKERS = [
  { scheme: SCHEMES.lz4, pack: packLz4 },
  { scheme: SCHEMES.groupedLz4, pack: (bytes: Buffer) => packLz4(groupBytes(bytes)) },
] as const;

/** Packs a chunk in the way that makes its first bytes smallest, or leaves it as it is. The same bytes give the same. */
export const packChunk = (bytes: Buffer): PackedChunk => {
  const tried = bytes.subarray(0, TRIED);
  const [best] = PACKERS.map((packer) => ({ packer, length: packer.pack(tried).length })).toSorted(
    (a, b) => a.length - b.length,
  );
  if (best && best.length < WORTHWHILE * tried.length) {
    const packed = best.packer.pack(bytes);
    if (packed.length < bytes.length) return { scheme: best.packer.scheme, bytes: packed };
  }
  return { scheme: SCHEMES.none, bytes };
};

/** Version, packed length, scheme, unpacked length; lengths in three bytes, the lowest first. */
export const headerOf = ({ scheme, bytes }: PackedChunk, length: number): Buffer => {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(bytes.length, 1, 3);
  header.writeUInt8(scheme, 4);
  header.writeUIntLE(length, 5, 3);
  return header;
};
