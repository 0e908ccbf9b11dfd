const SAFETENSORS_HEAD = 256;

/** One tensor of bytes that fills the file; the header is padded with spaces, as the format allows. */
const safetensorsHead = (size: number): Uint8Array => {
  const bytes = size - SAFETENSORS_HEAD;
  const header = {
    __metadata__: { format: 'pt' },
    weight: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] },
  };
  const head = Buffer.alloc(SAFETENSORS_HEAD, ' ');
  head.writeBigUInt64LE(BigInt(SAFETENSORS_HEAD - 8), 0);
  head.write(JSON.stringify(header), 8);
  return head;
};

const ggufString = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
};

/** GGUF's number for strings. */
const STRING = Buffer.from([8, 0, 0, 0]);

/** Version 3, no tensors, and keys whose values are texts; `general.architecture` = `llama` comes first. */
export const ggufHead = (texts: Readonly<Record<string, string>> = {}): Uint8Array => {
  const keys = Object.entries({ 'general.architecture': 'llama', ...texts });
  const numbers = Buffer.alloc(20);
  numbers.writeUInt32LE(3, 0);
  numbers.writeBigUInt64LE(BigInt(keys.length), 12);
  const values = keys.flatMap(([key, text]) => [ggufString(key), STRING, ggufString(text)]);
  return Buffer.concat([Buffer.from('GGUF'), numbers, ...values]);
};

/** The header a program looks for first in a file of this name; undefined where there is none, or no room for it. */
export const headFor = (path: string, size: number): Uint8Array | undefined => {
  if (path.endsWith('.safetensors') && size > SAFETENSORS_HEAD) return safetensorsHead(size);
  if (path.endsWith('.gguf') && size > 100) return ggufHead();
  return undefined;
};
