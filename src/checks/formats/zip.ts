import { constants, inflateRawSync } from 'node:zlib';
import { type Bytes, bytesOfBuffer, cursorOf, partOf } from '../bytes/cursor.ts';
import { broken, shown, unread } from '../bytes/fault.ts';

/** A file in an archive, as its directory says. */
export interface ZipEntry {
  readonly name: string;
  /** Unpacked. */
  readonly size: number;
  readonly packedSize: number;
  readonly isStored: boolean;
  readonly method: number;
  /** Of its bytes in the archive. */
  readonly start: number;
}

/** APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16. */
const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const BEGINS = Buffer.from('PK\u0003\u0004', 'latin1');
const END_SIZE = 22;
const COMMENT_MOST = 65_535;
const ENTRY_LEAST = 46;
const LOCAL_LEAST = 30;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const ENTRIES_MOST = 500_000;
/** Of a file that is unpacked to be looked at. */
const UNPACKED_MOST = 64 * 1024 * 1024;
/** Of all of them in an archive: one packed stretch may be many files. */
const ALL_UNPACKED_MOST = 4 * UNPACKED_MOST;

/** Whether it begins as an archive does. */
export const isZip = (bytes: Bytes): boolean =>
  bytes.size >= BEGINS.length && bytes.read(0, BEGINS.length).equals(BEGINS);

interface Directory {
  readonly entries: number;
  readonly start: number;
  readonly end: number;
}

/** Loaders take the last of what looks like an end, whatever its comment says. */
const findEnd = (bytes: Bytes): number => {
  const length = Math.min(bytes.size, END_SIZE + COMMENT_MOST);
  const tail = bytes.read(bytes.size - length, length);
  for (let at = tail.length - END_SIZE; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END) continue;
    if (at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length) return bytes.size - length + at;
    break;
  }
  return broken('is an archive without its directory: its end is missing');
};

const misplaced = (): never => broken('is an archive whose directory is not where it says');

/** Of 64 bits, which loaders believe wherever it is there; undefined: it is not. */
const readWideDirectory = (bytes: Bytes, at: number): (Directory & { readonly size: number }) | undefined => {
  if (at < 20) return undefined;
  const cursor = cursorOf(bytes);
  cursor.jump(at - 20);
  if (cursor.u32() !== LOCATOR_64) return undefined;
  cursor.skip(4);
  const end = cursor.u64();
  cursor.jump(end);
  if (cursor.u32() !== END_64) misplaced();
  cursor.skip(28);
  const [entries, size] = [cursor.u64(), cursor.u64()];
  return { entries, size, start: cursor.u64(), end };
};

/** One directory, in whatever way it is looked for: two of them could say two things, to this check and to a loader. */
const readDirectory = (bytes: Bytes): Directory => {
  const at = findEnd(bytes);
  const cursor = cursorOf(bytes);
  cursor.jump(at + 10);
  const short = { entries: cursor.u16(), size: cursor.u32(), start: cursor.u32() };
  const wide = readWideDirectory(bytes, at);
  const { entries, size, start, end } = wide ?? { ...short, end: at };
  const isSame =
    wide === undefined ||
    ([FULL_16, entries].includes(short.entries) &&
      [FULL_32, size].includes(short.size) &&
      [FULL_32, start].includes(short.start));
  if (!isSame || start + size !== end) misplaced();
  return { entries, start, end };
};

type Sizes = Pick<ZipEntry, 'size' | 'packedSize'> & { readonly local: number };

/** What does not fit into 32 bits stands in an extra field, in this order, each only where it did not fit. */
const wideSizes = (extra: Buffer, { size, packedSize, local }: Sizes): Sizes => {
  const cursor = cursorOf(bytesOfBuffer(extra));
  while (cursor.left() >= 4) {
    const [kind, length] = [cursor.u16(), cursor.u16()];
    const end = cursor.at() + length;
    if (kind === 1)
      return {
        size: size === FULL_32 ? cursor.u64() : size,
        packedSize: packedSize === FULL_32 ? cursor.u64() : packedSize,
        local: local === FULL_32 ? cursor.u64() : local,
      };
    cursor.jump(Math.min(end, cursor.size));
  }
  return { size, packedSize, local };
};

/** The beginning of a file's bytes stands behind a header of its own. */
const startOf = (bytes: Bytes, name: string, local: number): number => {
  // Of each of many files: no window is read for it.
  const cursor = cursorOf(partOf(bytes, local, LOCAL_LEAST));
  if (cursor.u32() !== LOCAL) broken(`is an archive in which “${shown(name)}” is not where its directory says`);
  cursor.skip(22);
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()];
  return local + LOCAL_LEAST + nameLength + extraLength;
};

/** The files of an archive, each within its bounds. @throws Fault or Unread */
export const readZip = (bytes: Bytes): readonly ZipEntry[] => {
  const { entries: count, start: directory, end } = readDirectory(bytes);
  if (directory > end || count * ENTRY_LEAST > end - directory)
    broken(`is an archive that says it has ${count} files, for which its directory has no room`);
  if (count > ENTRIES_MOST) unread('is an archive of more files than a check looks at');
  const cursor = cursorOf(bytes);
  cursor.jump(directory);
  return Array.from({ length: count }, () => {
    if (cursor.u32() !== ENTRY) broken(`is an archive whose directory is damaged at byte ${cursor.at() - 4}`);
    cursor.skip(6);
    const method = cursor.u16();
    cursor.skip(8);
    const [packed, unpacked] = [cursor.u32(), cursor.u32()];
    const [nameLength, extraLength, commentLength] = [cursor.u16(), cursor.u16(), cursor.u16()];
    cursor.skip(8);
    const offset = cursor.u32();
    const name = cursor.bytes(nameLength).toString('utf8');
    const sizes = wideSizes(cursor.bytes(extraLength), { size: unpacked, packedSize: packed, local: offset });
    cursor.skip(commentLength);
    const { size, packedSize, local } = sizes;
    const start = startOf(bytes, name, local);
    if (start + packedSize > directory)
      broken(
        `is an archive in which “${shown(name)}” ends at byte ${start + packedSize}, behind where its directory begins`,
      );
    const isStored = method === STORED;
    if (isStored && packedSize !== size) broken(`is an archive that gives “${shown(name)}” two sizes`);
    return { name, size, packedSize, isStored, method, start };
  });
};

const cannotUnpack = ({ name }: Pick<ZipEntry, 'name'>): never =>
  broken(`is an archive in which “${shown(name)}” cannot be unpacked`);

/** What is packed of these files may be unpacked, one after the other. @throws Unread */
export const checkUnpacked = (entries: readonly ZipEntry[]): void => {
  const packed = entries.filter(({ isStored }) => !isStored);
  if (packed.reduce((sum, { size }) => sum + size, 0) > ALL_UNPACKED_MOST)
    unread('holds more that is packed than a check unpacks');
};

/** The content of a file in an archive. @throws Fault or Unread */
export const bytesOfEntry = (bytes: Bytes, { name, start, packedSize, size, isStored, method }: ZipEntry): Bytes => {
  if (isStored) return partOf(bytes, start, packedSize);
  if (method !== DEFLATED) return unread(`holds “${shown(name)}” packed in a way that a check does not know`);
  if (size > UNPACKED_MOST || packedSize > UNPACKED_MOST)
    return unread(`holds “${shown(name)}” packed, and larger than a check unpacks`);
  let content: Buffer;
  try {
    content = inflateRawSync(bytes.read(start, packedSize), { maxOutputLength: UNPACKED_MOST });
  } catch {
    return cannotUnpack({ name });
  }
  return content.length === size
    ? bytesOfBuffer(content)
    : broken(`is an archive that gives “${shown(name)}” two sizes`);
};

/** How a file in an archive begins: so many bytes of it, or fewer where it has no more. @throws Fault or Unread */
export const headOfEntry = (bytes: Bytes, entry: ZipEntry, most: number): Bytes => {
  const { start, packedSize, isStored } = entry;
  const length = Math.min(packedSize, most);
  if (isStored) return partOf(bytes, start, length);
  if (packedSize <= most || entry.method !== DEFLATED) return bytesOfEntry(bytes, entry);
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_MOST };
  try {
    return bytesOfBuffer(inflateRawSync(bytes.read(start, length), options).subarray(0, most));
  } catch {
    return cannotUnpack(entry);
  }
};
