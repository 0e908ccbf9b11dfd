import { table } from '../../lib/table.ts';
import { type Bytes, type Cursor, cursorOf } from '../bytes/cursor.ts';
import { broken, shown, unread } from '../bytes/fault.ts';
import { numbersIn, shownShape } from './product.ts';

export interface Onnx {
  readonly tensors: number;
  /** Of all its numbers, also of those in other files. */
  readonly dataBytes: number;
  /** Other files that hold numbers of it, as they are written, relative to its folder; with the bytes that they must have. */
  readonly external: ReadonlyMap<string, number>;
}

/**
 * Fields of onnx.proto that lead to tensors, by message; all else is passed over.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const LEADS: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: 'graph', 8: 'opset', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
  opset: {},
};
type Message = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor' | 'entry' | 'opset';

/** Bits of a number by `TensorProto.DataType`; texts (8) have no size. */
const BITS = table<number>({
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
});

/**
 * Since this version a model says which operators it means, mostly behind its graph: it is the last that a cut file loses.
 * https://github.com/onnx/onnx/blob/main/onnx/checker.cc (“model with IR version >= 3 must specify opset_import”)
 */
const IR_WITH_OPSETS = 3;

/** Graphs lie within loops and branches of graphs. */
const NESTED_MOST = 64;
const TENSORS_MOST = 2_000_000;
const TEXT_MOST = 4096;

const VARINT = 0;
const FIXED64 = 1;
const BLOCK = 2;
const FIXED32 = 5;

const readVarint = (cursor: Cursor): number => {
  let value = 0;
  for (let shift = 1, index = 0; index < 10; index += 1, shift *= 128) {
    const byte = cursor.u8();
    // Above what a number holds stand the signs of negative ones only.
    if (index < 7) value += (byte & 127) * shift;
    if (byte < 128) return value;
  }
  return broken(`has a number without an end at byte ${cursor.at()}`);
};

interface Tensor {
  name: string;
  sides: number[];
  type: number;
  raw: number | undefined;
  isExternal: boolean;
  readonly entries: Map<string, string>;
}

interface Walk {
  readonly cursor: Cursor;
  tensors: number;
  dataBytes: number;
  graphs: number;
  /** The version of the format itself; 0: it does not say. */
  irVersion: number;
  opsets: number;
  readonly external: Map<string, number>;
}

const textOf = (cursor: Cursor, length: number): string => {
  if (length > TEXT_MOST) broken(`has a name of ${length} bytes at byte ${cursor.at()}`);
  return cursor.bytes(length).toString('utf8');
};

const bytesOfTensor = ({ name, sides, type }: Tensor): number | undefined => {
  if (type === 8) return undefined;
  const bits = BITS[type];
  if (bits === undefined) return unread(`has numbers of a form that a check does not know (type ${type})`);
  const numbers = numbersIn(sides);
  return numbers === undefined
    ? broken(`gives its tensor “${shown(name)}” a shape that cannot be: ${shownShape(sides)}`)
    : Math.ceil((numbers * bits) / 8);
};

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

const settle = (walk: Walk, tensor: Tensor): void => {
  const { name, entries, raw, isExternal } = tensor;
  walk.tensors += 1;
  if (walk.tensors > TENSORS_MOST) unread('has more tensors than a check looks at');
  const bytes = bytesOfTensor(tensor);
  if (isExternal) {
    const location = entries.get('location') ?? broken(`does not say where its tensor “${shown(name)}” lies`);
    const length = wholeNumber(entries.get('length')) ?? bytes ?? 0;
    if (bytes !== undefined && length < bytes)
      broken(`gives its tensor “${shown(name)}” ${length} bytes of “${shown(location)}”; it needs ${bytes}`);
    const end = (wholeNumber(entries.get('offset')) ?? 0) + length;
    walk.external.set(location, Math.max(end, walk.external.get(location) ?? 0));
  } else if (raw !== undefined && bytes !== undefined && raw !== bytes) {
    broken(`gives its tensor “${shown(name)}” ${raw} bytes; its shape needs ${bytes}`);
  }
  walk.dataBytes += bytes ?? 0;
};

const addSide = (tensor: Tensor, side: number): void => {
  if (tensor.sides.length >= 64) broken(`gives its tensor “${shown(tensor.name)}” more than 64 dimensions`);
  tensor.sides.push(side);
};

/** Shapes are written one by one, or packed. */
const readSides = (cursor: Cursor, tensor: Tensor, end: number): void => {
  while (cursor.at() < end) addSide(tensor, readVarint(cursor));
};

/** Fields of a tensor that are not messages. @returns true: it was read */
const readTensorBlock = (cursor: Cursor, tensor: Tensor, field: number, length: number): boolean => {
  if (field === 1) readSides(cursor, tensor, cursor.at() + length);
  else if (field === 8) tensor.name = textOf(cursor, length);
  else if (field === 9) tensor.raw = length;
  return field === 1 || field === 8;
};

interface Inside {
  readonly message: Message;
  readonly end: number;
  readonly depth: number;
  readonly tensor?: Tensor | undefined;
  readonly entry?: string[];
}

const newTensor = (): Tensor => ({
  name: '',
  sides: [],
  type: 0,
  raw: undefined,
  isExternal: false,
  entries: new Map(),
});

const enter = (walk: Walk, outside: Inside, message: Message, length: number): void => {
  if (outside.depth >= NESTED_MOST) unread('has graphs within graphs beyond what a check follows');
  if (message === 'graph') walk.graphs += 1;
  if (message === 'opset') walk.opsets += 1;
  const tensor = message === 'tensor' ? newTensor() : outside.tensor;
  const entry = ['', ''];
  readMessage(walk, { message, end: walk.cursor.at() + length, depth: outside.depth + 1, tensor, entry });
  if (message === 'tensor' && tensor) settle(walk, tensor);
  if (message === 'entry') outside.tensor?.entries.set(entry[0] ?? '', entry[1] ?? '');
};

const readBlock = (walk: Walk, inside: Inside, field: number): void => {
  const { cursor } = walk;
  const length = readVarint(cursor);
  const { message, end, tensor, entry } = inside;
  if (cursor.at() + length > end) {
    const what = end === cursor.size ? `has ${cursor.size} bytes` : `has a part that ends at byte ${end}`;
    broken(`${what}, but what it says of itself needs ${cursor.at() + length}`);
  }
  const lead = LEADS[message][field];
  if (lead) return enter(walk, inside, lead, length);
  if (message === 'tensor' && tensor && readTensorBlock(cursor, tensor, field, length)) return undefined;
  if (message === 'entry' && entry && (field === 1 || field === 2)) entry[field - 1] = textOf(cursor, length);
  else cursor.skip(length);
  return undefined;
};

const readNumber = (walk: Walk, { message, tensor }: Inside, field: number): void => {
  const value = readVarint(walk.cursor);
  if (message === 'model' && field === 1) walk.irVersion = value;
  if (message !== 'tensor' || !tensor) return;
  if (field === 1) addSide(tensor, value);
  if (field === 2) tensor.type = value;
  if (field === 14) tensor.isExternal = value === 1;
};

const readMessage = (walk: Walk, inside: Inside): void => {
  const { cursor } = walk;
  while (cursor.at() < inside.end) {
    const at = cursor.at();
    const tag = readVarint(cursor);
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (field === 0) broken(`has something at byte ${at} that is no field`);
    if (wire === VARINT) readNumber(walk, inside, field);
    else if (wire === BLOCK) readBlock(walk, inside, field);
    else if (wire === FIXED64) cursor.skip(8);
    else if (wire === FIXED32) cursor.skip(4);
    else broken(`has something at byte ${at} that is no field`);
  }
  if (cursor.at() !== inside.end) broken(`has a part that does not end where it should, at byte ${inside.end}`);
};

/**
 * Walks through a model without loading it: every part within its bounds, a graph, tensors in the size of their shape.
 * @throws Fault or Unread
 */
export const readOnnx = (bytes: Bytes): Onnx => {
  const counts = { tensors: 0, dataBytes: 0, graphs: 0, irVersion: 0, opsets: 0 };
  const walk: Walk = { ...counts, cursor: cursorOf(bytes), external: new Map() };
  readMessage(walk, { message: 'model', end: bytes.size, depth: 0 });
  if (walk.graphs === 0) broken('holds no graph');
  if (walk.irVersion === 0) broken('does not say of which version of ONNX it is');
  if (walk.irVersion >= IR_WITH_OPSETS && walk.opsets === 0) broken('does not say which operators it means');
  const { tensors, dataBytes, external } = walk;
  return { tensors, dataBytes, external };
};
