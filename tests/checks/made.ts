import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type CheckWanted, createChecks } from '../../src/checks/checks.ts';
import { type Headers, readHeaders } from '../../src/checks/read-headers.ts';
import type { RepoFile } from '../../src/domain/listing.ts';

/** Small files of each form, written byte by byte. */

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u16 = (value: number): Buffer => u32(value).subarray(0, 2);
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

export const safetensorsOf = (header: object | string, data: Buffer, length?: number | bigint): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([u64(length ?? text.length), text, data]);
};

/** Two tensors of 12 and 4 bytes. */
export const TWO = {
  __metadata__: { format: 'pt' },
  'a.weight': { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
  'b.weight': { dtype: 'BF16', shape: [2, 1], data_offsets: [12, 16] },
};
export const twoTensors = (): Buffer => safetensorsOf(TWO, Buffer.alloc(16, 7));

const ggufText = (text: string): Buffer => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)]);

export interface GgufTensor {
  readonly name: string;
  readonly sides: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export interface GgufMade {
  readonly version?: number;
  readonly values?: Readonly<Record<string, number | string | readonly string[] | readonly number[]>>;
  readonly tensors: readonly GgufTensor[];
  readonly data: Buffer;
  readonly counts?: readonly [tensors: number | bigint, values: number | bigint];
}

const ggufValue = (value: number | string | readonly string[] | readonly number[]): Buffer => {
  if (typeof value === 'string') return Buffer.concat([u32(8), ggufText(value)]);
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)]);
  const isText = typeof value[0] === 'string';
  const items = value.map((one) => (typeof one === 'string' ? ggufText(one) : u32(one)));
  return Buffer.concat([u32(9), u32(isText ? 8 : 4), u64(value.length), ...items]);
};

export const ggufOf = ({ version = 3, values = {}, tensors, data, counts }: GgufMade): Buffer => {
  const entries = Object.entries(values);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(counts?.[0] ?? tensors.length),
    u64(counts?.[1] ?? entries.length),
    ...entries.flatMap(([key, value]) => [ggufText(key), ggufValue(value)]),
    ...tensors.flatMap(({ name, sides, type, offset }) => [
      ggufText(name),
      u32(sides.length),
      ...sides.map(u64),
      u32(type),
      u64(offset),
    ]),
  ]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), data]);
};

/** What llama.cpp's own programs write of a small model: two layers, two tensors, a vocabulary. */
export const smallGguf = (changes: Partial<GgufMade> = {}): Buffer =>
  ggufOf({
    values: {
      'general.architecture': 'llama',
      'llama.block_count': 2,
      'llama.context_length': 2048,
      'llama.embedding_length': 64,
      'llama.attention.head_count': 4,
      'llama.attention.head_count_kv': 2,
      'tokenizer.ggml.tokens': ['<s>', 'a', 'b'],
    },
    tensors: [
      { name: 'token_embd.weight', sides: [32, 3], type: 8, offset: 0 },
      { name: 'output_norm.weight', sides: [16], type: 0, offset: 128 },
    ],
    data: Buffer.alloc(128 + 64, 3),
    ...changes,
  });

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
};
export const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
export const block = (field: number, ...parts: readonly (Buffer | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};

/** An ONNX file with so many graphs within graphs, and nothing in them. From the inside out, each says how long it is and what it is, in front. */
export const nestedOnnx = (times: number): Buffer => {
  const heads: Buffer[] = [];
  let length = 0;
  const wrap = (field: number): void => {
    const head = Buffer.concat([varint(field * 8 + 2), varint(length)]);
    heads.push(head);
    length += head.length;
  };
  for (let index = 0; index < times; index += 1) for (const field of [6, 5, 1]) wrap(field);
  wrap(7);
  return Buffer.concat(heads.toReversed());
};

/** A tensor of six float32 numbers, with its numbers or with where they lie. */
export const onnxTensor = (numbers: Buffer | { location: string; offset: number; length: number }): Buffer => {
  const head = [number(1, 2), number(1, 3), number(2, 1), block(8, 'w')];
  if (Buffer.isBuffer(numbers)) return Buffer.concat([...head, block(9, numbers)]);
  const entries = Object.entries(numbers).map(([key, value]) => block(13, block(1, key), block(2, String(value))));
  return Buffer.concat([...head, ...entries, number(14, 1)]);
};

const onnxValue = (name: string, shape: readonly (number | string)[]): Buffer[] => {
  const sides = shape.map((side) => block(1, typeof side === 'number' ? number(1, side) : block(2, side)));
  return [block(1, name), block(2, block(1, number(1, 1), block(2, ...sides)))];
};

/**
 * `y = x + w`, as onnx.helper writes it.
 * @param shape of x and y; without it they are not described, and nothing runs it
 */
export const onnxOf = (tensor: Buffer, shape?: readonly (number | string)[], operation = 'Add'): Buffer => {
  const node = block(1, block(1, 'x'), block(1, 'w'), block(2, 'y'), block(4, operation));
  const opset = block(8, number(2, 17));
  const values = shape ? [block(11, ...onnxValue('x', shape)), block(12, ...onnxValue('y', shape))] : [];
  return Buffer.concat([number(1, 8), opset, block(7, node, block(2, 'g'), block(5, tensor), ...values)]);
};

/** An archive as PyTorch writes it: nothing is packed, unless it says so. */
export const zipOf = (files: Readonly<Record<string, Buffer>>, packed = false): Buffer => {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  /** What stands there under several names is packed once. */
  const made = new Map<Buffer, Buffer>();
  for (const [name, content] of Object.entries(files)) {
    const data = packed ? (made.get(content) ?? deflateRawSync(content)) : content;
    made.set(content, data);
    const sizes = [u32(0), u32(data.length), u32(content.length), u16(Buffer.byteLength(name)), u16(0)];
    const shared = [u16(20), u16(0), u16(packed ? 8 : 0), u32(0), ...sizes];
    const header = Buffer.concat([u32(0x04034b50), ...shared, Buffer.from(name)]);
    directory.push(u32(0x02014b50), u16(20), ...shared, u16(0), u16(0), u16(0), u32(0), u32(offset), Buffer.from(name));
    local.push(header, data);
    offset += header.length + data.length;
  }
  const list = Buffer.concat(directory);
  const count = u16(Object.keys(files).length);
  return Buffer.concat([...local, list, u32(0x06054b50), u32(0), count, count, u32(list.length), u32(offset), u16(0)]);
};

const COMMIT = 'c'.repeat(40);
const FOLDER = 'models--org--made';

export interface MadeCopy {
  readonly files: readonly RepoFile[];
  readonly cacheDir: string;
  readonly wanted: CheckWanted;
  /** In this process. */
  readonly read: () => Promise<Headers>;
  /** As the bot does it, in another one. */
  readonly check: () => Promise<Headers>;
  readonly placeOf: (path: string) => string;
  readonly remove: () => void;
}

/** Puts files into a cache of their own, as a snapshot. @param listed what is listed of them, where it differs from what lies there */
export const copyOf = (
  contents: Readonly<Record<string, Buffer | string>>,
  listed: readonly RepoFile[] = [],
  limits?: Parameters<typeof createChecks>[1],
): MadeCopy => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'checks-'));
  const files = Object.entries(contents).map(([path, content]): RepoFile => {
    const place = join(cacheDir, FOLDER, 'snapshots', COMMIT, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    const etag = createHash('sha256').update(content).digest('hex');
    return { path, size: Buffer.byteLength(content), etag };
  });
  const all = [...files.filter(({ path }) => listed.every((other) => other.path !== path)), ...listed];
  const wanted = { repoFolder: FOLDER, commit: COMMIT, files: all };
  return {
    files: all,
    cacheDir,
    wanted,
    read: () => readHeaders({ cacheDir, ...wanted }, () => undefined),
    check: () => createChecks({ cacheDir }, limits).start(wanted, new AbortController().signal).done,
    placeOf: (path) => join(cacheDir, FOLDER, 'snapshots', COMMIT, path),
    remove: () => rmSync(cacheDir, { recursive: true, force: true }),
  };
};

/** What a check says of these files. */
export const checked = async (
  contents: Readonly<Record<string, Buffer | string>>,
  listed?: readonly RepoFile[],
): Promise<Headers> => {
  const copy = copyOf(contents, listed);
  try {
    return await copy.read();
  } finally {
    copy.remove();
  }
};
