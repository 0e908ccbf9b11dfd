import { type Bytes, cursorOf } from '../bytes/cursor.ts';
import { broken, Fault, shown, Unread, unread } from '../bytes/fault.ts';
import { bytesOfType } from './pickle/joblib.ts';
import { type Imports, readPickle } from './pickle/pickle.ts';
import { numbersIn, shownShape } from './product.ts';
import { readTorch } from './torch.ts';
import { bytesOfEntry, headOfEntry, isZip, readZip, type ZipEntry } from './zip.ts';

/** Arrays of numpy. */
export interface Arrays {
  readonly arrays: number;
  readonly dataBytes: number;
}

/** https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
const MAGIC = Buffer.from('\u0093NUMPY', 'latin1');
const HEADER_MOST = 4000;
/** Of a packed array this is unpacked to see how it begins. */
const HEAD = 4096;
const ARRAYS_MOST = 20_000;
/** Objects, all together. */
const OBJECTS_MOST = 256 * 1024 * 1024;
/** As numpy writes it. Python would take it in other words too, and of two values for one key the last: such a header is left. */
const HEADER =
  /^\{'descr': '([^'\\]*)', 'fortran_order': (?:True|False), 'shape': \(((?:\d+,)?|\d+(?:, \d+)+)\), \} *\n?$/;

const isArray = (bytes: Bytes): boolean => bytes.size >= MAGIC.length && bytes.read(0, MAGIC.length).equals(MAGIC);

interface Header {
  readonly type: string;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
}

const readHeader = (bytes: Bytes): Header => {
  const cursor = cursorOf(bytes);
  cursor.skip(MAGIC.length);
  const version = cursor.u8();
  cursor.skip(1);
  if (version < 1 || version > 3) unread('is an array of a version that a check does not know');
  const length = version === 1 ? cursor.u16() : cursor.u32();
  if (length > HEADER_MOST) unread('has a header that is longer than a check reads');
  const header =
    HEADER.exec(cursor.bytes(length).toString('latin1')) ?? unread('has a header that a check does not read');
  const [, type = '', shape = ''] = header;
  return { type, shape: [...shape.matchAll(/\d+/g)].map(Number), start: cursor.at() };
};

/** What an array says of itself, against the size that it has. @returns true: its values are objects, which are a pickle */
const checkArray = ({ type, shape, start }: Header, size: number): boolean => {
  const each = bytesOfType(type) ?? unread('is an array of a form that a check does not know');
  const count = numbersIn(shape) ?? broken(`has a shape that cannot be: ${shownShape(shape)}`);
  if (each === 'object') return true;
  const needed = start + count * each;
  if (size < needed) broken(`has ${size} bytes, but its numbers end at byte ${needed}`);
  return false;
};

/** Reads what an array says of itself; values that are objects are a pickle, of which nothing is run. @throws Fault or Unread */
const readArray = (bytes: Bytes, imports: Imports): Arrays => {
  const header = readHeader(bytes);
  if (checkArray(header, bytes.size)) {
    const cursor = cursorOf(bytes);
    cursor.jump(header.start);
    readPickle(cursor, imports);
  }
  return { arrays: 1, dataBytes: bytes.size - header.start };
};

const within = <T>({ name }: ZipEntry, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    const what = `holds “${shown(name)}”, which ${error instanceof Error ? error.message : ''}`;
    if (error instanceof Fault) return broken(what);
    if (error instanceof Unread) return unread(what);
    throw error;
  }
};

/** Reads the arrays of an archive, whatever they are called: numpy looks at how they begin. @throws Fault or Unread */
const readArrays = (bytes: Bytes, imports: Imports): Arrays => {
  let [arrays, dataBytes, objects] = [0, 0, 0];
  const entries = readZip(bytes);
  if (entries.length > ARRAYS_MOST) unread('is an archive of more arrays than a check looks at');
  for (const entry of entries) {
    const head = headOfEntry(bytes, entry, HEAD);
    if (!isArray(head)) continue;
    within(entry, () => {
      const header = readHeader(head);
      if (checkArray(header, entry.size)) {
        objects += entry.size;
        if (objects > OBJECTS_MOST) unread('is of more objects than a check looks at');
        readArray(bytesOfEntry(bytes, entry), imports);
      }
      arrays += 1;
      dataBytes += entry.size - header.start;
    });
  }
  return { arrays, dataBytes };
};

/**
 * Reads what numpy would load of a file: an array, an archive of arrays, and otherwise a pickle, whatever its name is.
 * @param imports what it would import is added to it, whatever becomes of the rest
 * @throws Fault or Unread
 */
export const readNumpy = (bytes: Bytes, imports: Imports): Arrays => {
  if (isZip(bytes)) return readArrays(bytes, imports);
  return isArray(bytes)
    ? readArray(bytes, imports)
    : { arrays: 0, dataBytes: readTorch(bytes, imports, true).dataBytes };
};
