import { text, u32, u64, word } from './gguf-file.ts';

const SAFETENSORS_HEAD = 256;

/** One tensor of bytes that fills the file; the header is padded with spaces, as the format allows. */
const safetensorsHead = (size: number, tensor: string): Uint8Array => {
  const bytes = size - SAFETENSORS_HEAD;
  const header = {
    __metadata__: { format: 'pt' },
    [tensor]: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] },
  };
  const head = Buffer.alloc(SAFETENSORS_HEAD, ' ');
  head.writeBigUInt64LE(BigInt(SAFETENSORS_HEAD - 8), 0);
  head.write(JSON.stringify(header), 8);
  return head;
};

/** Version 3, no tensors, and keys whose values are texts; `general.architecture` = `llama` comes first. */
export const ggufHead = (texts: Readonly<Record<string, string>> = {}): Uint8Array => {
  const keys = Object.entries({ 'general.architecture': 'llama', ...texts });
  const values = keys.flatMap(([key, value]) => [text(key), word(value)]);
  return Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0), u64(keys.length), ...values]);
};

/** A field of onnx.proto by its key, with a number in five bytes, so that what it counts does not move with it. */
const wideField = (key: number, value: number): Buffer =>
  Buffer.from([key, ...[0, 7, 14, 21].map((shift) => ((value >>> shift) & 127) | 128), value >>> 28]);

/** One tensor of bytes that fills the file, in a graph that does nothing. */
const onnxHead = (size: number): Uint8Array => {
  // IR version 8, operators of version 17; the graph’s name; numbers of 8 bits, and the tensor’s name.
  const start = Buffer.from([0x08, 8, 0x42, 2, 0x10, 17]);
  const graphName = Buffer.from([0x12, 1, 0x67]);
  const type = Buffer.from([0x10, 2, 0x42, 1, 0x77]);
  const field = 6;
  const inTensor = size - start.length - field - graphName.length - field;
  const numbers = inTensor - field - type.length - field;
  return Buffer.concat([
    start,
    wideField(0x3a, graphName.length + field + inTensor),
    graphName,
    wideField(0x2a, inTensor),
    wideField(0x08, numbers),
    type,
    wideField(0x4a, numbers),
  ]);
};

/** The first block of an HDF5 file, of its first version: places have eight bytes, and the file ends where it does. */
const hdf5Head = (size: number): Uint8Array => {
  const head = Buffer.alloc(56);
  head.write('\u0089HDF\r\n\u001a\n', 'latin1');
  head.set([8, 8], 13);
  head.writeBigUInt64LE(BigInt(size), 40);
  return head;
};

/**
 * The header a program looks for first in a file of this name; undefined where there is none, or no room for it.
 * @param tensor how the one in a safetensors file is called
 */
export const headFor = (path: string, size: number, tensor = 'weight'): Uint8Array | undefined => {
  if (path.endsWith('.safetensors') && size > SAFETENSORS_HEAD) return safetensorsHead(size, tensor);
  if (path.endsWith('.gguf') && size > 100) return ggufHead();
  if (path.endsWith('.onnx') && size > 100) return onnxHead(size);
  if (path.endsWith('.h5') && size > 100) return hdf5Head(size);
  return undefined;
};
