import { type Bytes, type Cursor, cursorOf } from '../bytes/cursor.ts';
import { broken, Fault, shown, Unread, unread } from '../bytes/fault.ts';
import { unpacked } from './packed.ts';
import { type Imports, type Pickle, readPickle } from './pickle/pickle.ts';
import { bytesOfEntry, checkUnpacked, isZip, readZip, type ZipEntry } from './zip.ts';

/** What PyTorch would load of a file, or another program that reads pickles. */
export interface Torch {
  readonly storages: number;
  readonly dataBytes: number;
}

/** How `torch.save` began before 1.6: a pickle of the number 0x1950a86a20f9469cfc6c. */
const LEGACY = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
const TAR_BLOCK = 512;
/** The number, the version, facts about the machine, the object, and the keys of what lies behind them. */
const LEGACY_PICKLES = 5;
/** Before each stretch of numbers stands how many there are. */
const COUNT_BYTES = 8;

const startsWith = (bytes: Bytes, magic: Buffer): boolean =>
  bytes.size >= magic.length && bytes.read(0, magic.length).equals(magic);

/** Of an archive: the numbers lie in a folder named as the pickle, each under its key, and no fewer than it says. */
const checkStorages = (pickleName: string, { storages }: Pickle, entries: ReadonlyMap<string, ZipEntry>): number => {
  const folder = pickleName.replace(/\.pkl$/, '');
  let dataBytes = 0;
  for (const [key, bytes] of storages.sizes) {
    const entry = entries.get(`${folder}/${key}`);
    if (!entry) return broken(`lacks the numbers of a tensor (“${shown(key, 40)}”)`);
    if (bytes !== undefined && entry.size < bytes)
      broken(`has ${entry.size} bytes for a tensor that needs ${bytes} (“${shown(key, 40)}”)`);
    dataBytes += entry.size;
  }
  return dataBytes;
};

/** PyTorch finds `DATA.PKL` as well (miniz), and Python reads no further than a zero. */
const PICKLE = /\.pkl(?:$|\0)/i;

const ARCHIVE = /\.(?:zip|pt|pth|ckpt|npz|tar|tgz|gz)$/i;

const readArchive = (bytes: Bytes, imports: Imports): Torch => {
  const all = readZip(bytes);
  const entries = new Map(all.map((entry) => [entry.name, entry]));
  // Also those of one name: which of them is loaded nobody knows.
  const pickles = all.filter(({ name }) => PICKLE.test(name));
  if (pickles.length === 0) unread('is an archive without a pickle');
  checkUnpacked(pickles);
  let [storages, dataBytes] = [0, 0];
  for (const entry of pickles) {
    const pickle = readPickle(cursorOf(bytesOfEntry(bytes, entry)), imports);
    dataBytes += checkStorages(entry.name, pickle, entries);
    storages += pickle.storages.sizes.size;
  }
  const inner = all.find(({ name }) => ARCHIVE.test(name));
  if (inner) unread(`holds another archive (“${shown(inner.name, 40)}”), which is not looked into`);
  return { storages, dataBytes };
};

const readLegacy = (bytes: Bytes, imports: Imports): Torch => {
  const cursor = cursorOf(bytes);
  const pickles = Array.from({ length: LEGACY_PICKLES }, () => readPickle(cursor, imports));
  const sizes = [...new Map(pickles.flatMap(({ storages }) => [...storages.sizes])).values()];
  const known = sizes.filter((size) => size !== undefined);
  if (known.length < sizes.length) return unread('has numbers of a form that a check does not know');
  const dataBytes = known.reduce((sum, size) => sum + size, 0);
  const needed = cursor.at() + sizes.length * COUNT_BYTES + dataBytes;
  if (needed > bytes.size) broken(`has ${bytes.size} bytes, but its tensors end at byte ${needed}`);
  return { storages: sizes.length, dataBytes };
};

const NAME = /^[A-Za-z_][\w.]*$/;

/** What some `.bin` of another kind does not happen to look like: it names things as Python does, and calls them. */
const isPlausible = ({ names, calls }: Imports): boolean =>
  calls && [...names].some((name) => name === undefined || NAME.test(name));

/** Of `tar`, by the sum of its first header (POSIX.1, pax): so PyTorch wrote until 2017, and reads it whatever name its first file has. */
const isTar = (bytes: Bytes): boolean => {
  if (bytes.size < TAR_BLOCK) return false;
  const header = bytes.read(0, TAR_BLOCK);
  const [, octal] = /^[ \0]*([0-7]+)[ \0]*$/.exec(header.toString('latin1', 148, 156)) ?? [];
  if (octal === undefined) return false;
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === Number.parseInt(octal, 8);
};

/** What follows the first pickle is loaded by some, PyTorch among them if the first is its number in other words. */
const readFurther = (cursor: Cursor, imports: Imports): void => {
  try {
    while (cursor.left() > 0) readPickle(cursor, imports);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    unread('goes on behind its pickle with what a check does not know');
  }
};

/** A program that knows nothing of arrays in a pickle takes their numbers for opcodes: what it would import before it stumbles. */
const readWithoutArrays = (bytes: Bytes, imports: Imports): void => {
  const found: Imports = { names: new Set(), calls: false };
  try {
    readPickle(cursorOf(bytes), found);
  } catch (error) {
    if (!(error instanceof Fault || error instanceof Unread)) throw error;
  }
  for (const name of found.names) if (name === undefined ? found.calls : NAME.test(name)) imports.names.add(name);
};

/** Pickles, one behind the other, as Python's pickle reads the first, and joblib. */
const readPickles = (bytes: Bytes, imports: Imports): void => {
  const cursor = cursorOf(bytes);
  if (readPickle(cursor, imports, true).arrays > 0) readWithoutArrays(bytes, imports);
  readFurther(cursor, imports);
};

const hasProtocol = (bytes: Bytes): boolean => {
  const [proto = 0, version = 0] = bytes.size < 2 ? [] : bytes.read(0, 2);
  return proto === 0x80 && version <= 5;
};

/**
 * Reads a file that is loaded by running it, and runs nothing of it.
 * @param imports what it would import is added to it, whatever becomes of the rest
 * @param isSurely false: its name may mean something else, and what is no pickle is none
 * @throws Fault or Unread
 */
export const readTorch = (bytes: Bytes, imports: Imports, isSurely: boolean): Torch => {
  if (isZip(bytes)) return readArchive(bytes, imports);
  if (isTar(bytes)) return unread('is an archive of a form that PyTorch wrote until 2017');
  if (startsWith(bytes, LEGACY)) return readLegacy(bytes, imports);
  const whole = isSurely ? unpacked(bytes) : bytes;
  try {
    readPickles(whole, imports);
  } catch (error) {
    if (!(error instanceof Fault) || isSurely || hasProtocol(bytes) || isPlausible(imports)) throw error;
    imports.names.clear();
    return unread('is of no form that a check knows');
  }
  return { storages: 0, dataBytes: whole.size };
};
