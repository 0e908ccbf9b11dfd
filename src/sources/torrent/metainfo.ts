import { createHash } from 'node:crypto';
import { refuse } from '../../domain/errors.ts';
import { isSafePath } from '../../domain/repo/repo.ts';
import { type Bencoded, NotBencoded, readDictionary } from './bencode.ts';

export interface TorrentFile {
  /** Its number in the torrent, from 1: so aria2 counts. */
  readonly index: number;
  /** Below the torrent's own folder; of a torrent of one file, its name. */
  readonly path: string;
  readonly size: number;
}

/** What a torrent's file says (BEP 3), checked. */
export interface Metainfo {
  /** SHA-1 of `info`, 40 hex. */
  readonly infoHash: string;
  /** What its author calls it. */
  readonly name: string;
  /** One file, and no folder. */
  readonly isSingle: boolean;
  /** Only its trackers may tell of peers (BEP 27). */
  readonly isPrivate: boolean;
  readonly files: readonly TorrentFile[];
  /** What only fills up pieces (BEP 47): zeros. */
  readonly padding: readonly TorrentFile[];
  readonly trackers: readonly string[];
  /** The same with nothing in it but what is hashed: no address of anything. */
  readonly bytes: Buffer;
}

/** A torrent of 400 GB in pieces of 1 MB has 8 MB. */
export const METAINFO_MOST = 8 * 1024 * 1024;

/** The longest name that ext4, XFS, Btrfs and APFS take. */
const PART_BYTES_MOST = 255;

type Dictionary = ReadonlyMap<string, Bencoded>;

const isDictionary = (value: Bencoded | undefined): value is Dictionary => value instanceof Map;
const listOf = (value: Bencoded | undefined): readonly Bencoded[] => (Array.isArray(value) ? value : []);
const textOf = (value: Bencoded | undefined): string | undefined =>
  Buffer.isBuffer(value) ? value.toString('utf8') : undefined;

const noTorrent = (why: string): never => refuse(`That is no torrent that can be fetched: ${why}.`);

/** A path or a name as its author meant it, if it can be a file here. */
const partsOf = (file: Dictionary): readonly string[] => {
  const named = listOf(file.get('path.utf-8'));
  return (named.length > 0 ? named : listOf(file.get('path'))).map((part) => textOf(part) ?? '');
};

const sizeOf = (file: Dictionary): number => {
  const size = file.get('length');
  return typeof size === 'number' && size >= 0 ? size : noTorrent('it does not say how long its files are');
};

/** What only fills up pieces (BEP 47), and is no file that anybody wants. */
const isPadding = (file: Dictionary, path: string): boolean =>
  textOf(file.get('attr'))?.includes('p') === true || /(?:^|\/)_____padding_file_/.test(path);

/** In letters of two or three bytes each names are made on disks that count letters (qbittorrent/qBittorrent#7038). */
const checkLength = (what: string, parts: readonly string[]): void => {
  const long = parts.map((part) => Buffer.byteLength(part)).find((bytes) => bytes > PART_BYTES_MOST);
  if (long !== undefined) noTorrent(`${what} has ${long} bytes, and disks here take ${PART_BYTES_MOST}`);
};

const nameIn = (info: Dictionary): string => {
  const name = textOf(info.get('name.utf-8')) ?? textOf(info.get('name')) ?? '';
  checkLength('its name', [name]);
  return isSafePath(name) && !name.includes('/') ? name : noTorrent('its name cannot be that of a file or a folder');
};

const filesOf = (info: Dictionary): Pick<Metainfo, 'files' | 'padding'> => {
  const files: TorrentFile[] = [];
  const padding: TorrentFile[] = [];
  const paths = new Set<string>();
  for (const [at, file] of listOf(info.get('files')).entries()) {
    if (!isDictionary(file)) return noTorrent('its list of files cannot be read');
    const path = partsOf(file).join('/');
    if (isPadding(file, path)) {
      padding.push({ index: at + 1, path, size: sizeOf(file) });
      continue;
    }
    checkLength('the name of one of its files', partsOf(file));
    const isPlain = isSafePath(path) && partsOf(file).every((part) => !part.includes('/')) && !paths.has(path);
    if (!isPlain) return noTorrent('one of its files has a name that would lead elsewhere, or that two of them have');
    paths.add(path);
    files.push({ index: at + 1, path, size: sizeOf(file) });
  }
  return { files, padding };
};

const trackersOf = (entries: Dictionary): string[] => {
  const tiers = listOf(entries.get('announce-list')).flatMap((tier) => listOf(tier));
  const all = [entries.get('announce'), ...tiers].flatMap((tracker) => textOf(tracker) ?? []);
  return [...new Set(all)];
};

const checked = (bytes: Buffer): Metainfo => {
  const { entries, spans } = readDictionary(bytes);
  const [info, raw] = [entries.get('info'), spans.get('info')];
  if (!isDictionary(info) || !raw) return noTorrent('it says nothing of its content');
  const pieces = info.get('pieces');
  if (!Buffer.isBuffer(pieces) || pieces.length === 0)
    return noTorrent(info.has('file tree') ? 'it is for BitTorrent 2 only' : 'it has no hashes');
  const pieceLength = info.get('piece length');
  const name = nameIn(info);
  const isSingle = !info.has('files');
  const { files, padding } = isSingle
    ? { files: [{ index: 1, path: name, size: sizeOf(info) }], padding: [] }
    : filesOf(info);
  const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length === 0 || bytesTotal === 0) return noTorrent('there is nothing in it');
  if (typeof pieceLength !== 'number' || pieceLength <= 0 || (pieces.length / 20) * pieceLength < bytesTotal)
    return noTorrent('it has too few hashes for its files');
  return {
    infoHash: createHash('sha1').update(raw).digest('hex'),
    name,
    isSingle,
    isPrivate: info.get('private') === 1,
    files,
    padding,
    trackers: trackersOf(entries),
    bytes: Buffer.concat([Buffer.from('d4:info'), raw, Buffer.from('e')]),
  };
};

/**
 * Reads the file of a torrent, whoever has made it.
 * @throws AppError validation: it is none, or holds what no disk of ours may take
 */
export const readMetainfo = (bytes: Buffer): Metainfo => {
  if (bytes.length > METAINFO_MOST) noTorrent(`its file is larger than ${METAINFO_MOST / 2 ** 20} MB`);
  try {
    return checked(bytes);
  } catch (error) {
    if (error instanceof NotBencoded) return noTorrent('its file is damaged, or something else');
    throw error;
  }
};
