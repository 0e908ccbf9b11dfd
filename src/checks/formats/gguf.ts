import { type Bytes, type Cursor, cursorOf } from '../bytes/cursor.ts';
import { broken, shown, unread } from '../bytes/fault.ts';
import { packingOf } from './gguf-types.ts';
import { numbersIn, shownShape } from './product.ts';

/** What a GGUF file says of itself, as far as memory and wholeness need it. */
export interface Gguf {
  readonly tensors: number;
  readonly dataBytes: number;
  /** Numbers, short texts, and short lists of numbers, by their keys. */
  readonly values: ReadonlyMap<string, number | string | readonly number[]>;
}

const MAGIC = 'GGUF';
const DEFAULT_ALIGNMENT = 32;
const ALIGNMENT_MOST = 1024 * 1024;
/** Keys and names are short; what is longer is a broken length. llama.cpp takes keys up to 65535 bytes, and names up to 64. */
const KEY_MOST = 65_535;
const NAME_MOST = 4096;
/** ggml has four; a few more are left to those to come. */
const DIMENSIONS_MOST = 8;
const NESTED_MOST = 4;
const TEXT_KEPT = 256;
const VALUES_KEPT = 10_000;
/** One for each layer. */
const LIST_KEPT = 4096;
/** Many times what any model has: files of holes have room for more than can be counted. */
const TENSORS_MOST = 1_000_000;
const VALUES_MOST = 1_000_000;
const ITEMS_MOST = 20_000_000;
/** The least that a key with its value, and a tensor without dimensions, take. */
const VALUE_LEAST = 8 + 4 + 1;
const TENSOR_LEAST = 8 + 4 + 4 + 8;

const STRING = 8;
const ARRAY = 9;
/** How a value is read, by its type (`enum gguf_type`); texts and lists apart. */
const SCALARS: ReadonlyMap<number, readonly [bytes: number, read: (buffer: Buffer) => number]> = new Map([
  [0, [1, (buffer: Buffer) => buffer.readUInt8()]],
  [1, [1, (buffer: Buffer) => buffer.readInt8()]],
  [2, [2, (buffer: Buffer) => buffer.readUInt16LE()]],
  [3, [2, (buffer: Buffer) => buffer.readInt16LE()]],
  [4, [4, (buffer: Buffer) => buffer.readUInt32LE()]],
  [5, [4, (buffer: Buffer) => buffer.readInt32LE()]],
  [6, [4, (buffer: Buffer) => buffer.readFloatLE()]],
  [7, [1, (buffer: Buffer) => buffer.readUInt8()]],
  [10, [8, (buffer: Buffer) => Number(buffer.readBigUInt64LE())]],
  [11, [8, (buffer: Buffer) => Number(buffer.readBigInt64LE())]],
  [12, [8, (buffer: Buffer) => buffer.readDoubleLE()]],
]);

const scalarOf = (type: number): readonly [bytes: number, read: (buffer: Buffer) => number] =>
  SCALARS.get(type) ?? broken(`has a value of type ${type}, which there is not`);

/** A text that is kept, of so many bytes at most; a longer one is passed over. */
const readText = (cursor: Cursor, kept: number): string | undefined => {
  const length = cursor.u64();
  if (length <= kept) return cursor.bytes(length).toString('utf8');
  cursor.skip(length);
  return undefined;
};

const readName = (cursor: Cursor, most: number, what: string): string => {
  const at = cursor.at();
  return readText(cursor, most) ?? broken(`has ${what} of more than ${most} bytes at byte ${at}`);
};

/** What is left to be walked through of texts and lists in lists. */
interface Left {
  items: number;
}

const takeItems = (left: Left, count: number): void => {
  left.items -= count;
  if (left.items < 0) unread('has lists of more texts than a check looks at');
};

const readArray = (cursor: Cursor, left: Left, depth = 1): readonly number[] | undefined => {
  const type = cursor.u32();
  const count = cursor.u64();
  if (type === ARRAY) {
    if (depth >= NESTED_MOST || count * 12 > cursor.left()) return broken('has lists within lists that cannot be');
    takeItems(left, count);
    for (let index = 0; index < count; index += 1) readArray(cursor, left, depth + 1);
    return undefined;
  }
  if (type === STRING) {
    if (count * 8 > cursor.left()) return broken(`says that a list has ${count} texts, for which it has no room`);
    takeItems(left, count);
    for (let index = 0; index < count; index += 1) cursor.skip(cursor.u64());
    return undefined;
  }
  const [bytes, read] = scalarOf(type);
  if (count <= LIST_KEPT) return Array.from({ length: count }, () => read(cursor.bytes(bytes)));
  cursor.skip(count * bytes);
  return undefined;
};

const readValue = (cursor: Cursor, left: Left): number | string | readonly number[] | undefined => {
  const type = cursor.u32();
  if (type === STRING) return readText(cursor, TEXT_KEPT);
  if (type === ARRAY) return readArray(cursor, left);
  const [bytes, read] = scalarOf(type);
  return read(cursor.bytes(bytes));
};

interface TensorInfo {
  readonly name: string;
  readonly sides: readonly number[];
  readonly type: number;
  readonly offset: number;
}

const readTensor = (cursor: Cursor): TensorInfo => {
  const name = readName(cursor, NAME_MOST, 'the name of a tensor');
  const dimensions = cursor.u32();
  if (dimensions > DIMENSIONS_MOST) broken(`gives its tensor “${shown(name)}” ${dimensions} dimensions`);
  const sides = Array.from({ length: dimensions }, () => cursor.u64());
  return { name, sides, type: cursor.u32(), offset: cursor.u64() };
};

const sizeOf = ({ name, sides, type }: TensorInfo): number => {
  const packing = packingOf(type);
  if (!packing) return unread(`has a tensor “${shown(name)}” of type ${type}, which this check does not know`);
  const numbers = numbersIn(sides);
  const [row = 1] = sides;
  const bytes = ((numbers ?? NaN) / packing.numbers) * packing.bytes;
  if (row % packing.numbers === 0 && Number.isSafeInteger(bytes)) return bytes;
  return broken(`gives its tensor “${shown(name)}” a shape that its type cannot have: ${shownShape(sides)}`);
};

const padded = (bytes: number, alignment: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Where the data of all tensors ends, counted from its beginning. A loader takes them one behind the other
 * (`gguf_init_from_file`: each offset must be what the sizes before it come to).
 */
const endOf = (tensors: readonly TensorInfo[], alignment: number): number => {
  let due = 0;
  let end = 0;
  for (const tensor of tensors) {
    const { name, offset } = tensor;
    if (offset !== due) broken(`has its tensor “${shown(name)}” at byte ${offset} of the data, where ${due} was due`);
    end = offset + sizeOf(tensor);
    due = padded(end, alignment);
  }
  return end;
};

const readCounts = (cursor: Cursor): { readonly tensors: number; readonly values: number } => {
  if (cursor.bytes(4).toString('latin1') !== MAGIC) broken('does not begin as a GGUF file does');
  const version = cursor.u32();
  if (version > 0 && version % 65_536 === 0) unread('is for machines with the other order of bytes');
  if (version === 1) unread('is of the first version of its format, which llama.cpp reads no more');
  if (version !== 2 && version !== 3) broken(`says that it is of version ${version}; 2 and 3 are known`);
  const [tensors, values] = [cursor.u64(), cursor.u64()];
  if (tensors * TENSOR_LEAST + values * VALUE_LEAST > cursor.left())
    broken(`says that it has ${tensors} tensors and ${values} values, for which it has no room`);
  if (tensors > TENSORS_MOST) unread(`says that it has ${tensors} tensors, more than a check looks at`);
  if (values > VALUES_MOST) unread(`says that it has ${values} values, more than a check looks at`);
  return { tensors, values };
};

const alignmentOf = (values: Gguf['values']): number => {
  const alignment = values.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  const isPower = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment));
  return isPower && alignment >= 1 && alignment <= ALIGNMENT_MOST
    ? alignment
    : broken('has an alignment that cannot be');
};

/**
 * Reads what stands before the data and holds it against the file: every tensor in the size of its type, at its place, and the
 * last one to its end.
 * @throws Fault or Unread
 */
export const readGguf = (bytes: Bytes): Gguf => {
  const cursor = cursorOf(bytes);
  const counts = readCounts(cursor);
  const values = new Map<string, number | string | readonly number[]>();
  const left: Left = { items: ITEMS_MOST };
  for (let index = 0; index < counts.values; index += 1) {
    const key = readName(cursor, KEY_MOST, 'a key');
    const value = readValue(cursor, left);
    if (value !== undefined && key.length <= TEXT_KEPT && values.size < VALUES_KEPT) values.set(key, value);
  }
  const alignment = alignmentOf(values);
  const tensors = Array.from({ length: counts.tensors }, () => readTensor(cursor));
  const dataBytes = endOf(tensors, alignment);
  const needed = tensors.length === 0 ? cursor.at() : padded(cursor.at(), alignment) + dataBytes;
  if (needed > bytes.size) broken(`has ${bytes.size} bytes, but its tensors end at byte ${needed}`);
  return { tensors: tensors.length, dataBytes, values };
};
