import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AppError } from '../../src/domain/errors.ts';
import { readMagnet } from '../../src/domain/repo/magnet.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { METAINFO_MOST, readMetainfo } from '../../src/sources/torrent/metainfo.ts';
import { allowedTrackers } from '../../src/sources/torrent/trackers.ts';
import { createTorrentSource } from '../../src/sources/torrent/torrent-source.ts';
import { bencode, makeTorrent } from '../helpers/torrents.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

const A = Buffer.alloc(100_000, 'a');
const B = Buffer.from('b');
const TRACKER = 'http://tracker.example.org/key/announce';

describe('the file of a torrent', () => {
  it('says what is in it; addresses in it are not kept', () => {
    const made = makeTorrent({
      name: 'Model',
      files: { 'a.gguf': A, 'more/b': B },
      tracker: TRACKER,
      isPrivate: true,
      more: {
        'announce-list': [[TRACKER], ['udp://other.example.org:1']],
        'url-list': 'http://10.0.0.1/',
        nodes: [['10.0.0.1', 1]],
      },
    });
    const { bytes, ...found } = readMetainfo(made.bytes);
    expect(found).toStrictEqual({
      infoHash: made.infoHash,
      name: 'Model',
      isSingle: false,
      isPrivate: true,
      files: [
        { index: 1, path: 'a.gguf', size: A.length },
        { index: 2, path: 'more/b', size: 1 },
      ],
      padding: [],
      trackers: [TRACKER, 'udp://other.example.org:1'],
    });
    expect(bytes.includes('10.0.0.1')).toBe(false);
    expect(readMetainfo(bytes).infoHash).toBe(made.infoHash);
  });

  it('may be of one file, and its name be given in UTF-8 beside another one', () => {
    const made = makeTorrent({ name: 'a.gguf', files: { '': A }, moreInfo: { 'name.utf-8': 'ä.gguf' } });
    expect(readMetainfo(made.bytes)).toMatchObject({
      isSingle: true,
      isPrivate: false,
      files: [{ index: 1, path: 'ä.gguf', size: A.length }],
    });
  });

  it('counts what fills up pieces, and leaves it out', () => {
    const length = 5;
    const files = [
      { length: A.length, path: ['a'] },
      { length, path: ['.pad', '5'], attr: 'p' },
      { length: 1, path: ['b'] },
    ];
    const made = makeTorrent({ name: 'M', files: { a: A }, moreInfo: { files } });
    expect(readMetainfo(made.bytes).files).toStrictEqual([
      { index: 1, path: 'a', size: A.length },
      { index: 3, path: 'b', size: 1 },
    ]);
  });

  const multi = (path: readonly string[]): Buffer =>
    makeTorrent({ name: 'M', files: { a: A }, moreInfo: { files: [{ length: 1, path }] } }).bytes;
  const good = makeTorrent({ name: 'a', files: { '': A } }).bytes;

  it.each([
    ['an upper folder', multi(['..', 'a']), /lead elsewhere/],
    ['an absolute path', multi(['', 'etc', 'passwd']), /lead elsewhere/],
    ['a slash in a name', multi(['a/../../b']), /lead elsewhere/],
    ['a backslash', multi(['..\\a']), /lead elsewhere/],
    ['a zero byte', multi(['a\u0000']), /lead elsewhere/],
    ['no path', multi([]), /lead elsewhere/],
    // qbittorrent/qBittorrent#7038: letters of two bytes each, which other disks count once.
    ['a name of more than a disk takes', multi([`${'ж'.repeat(127)}.d`]), /has 256 bytes, and disks here take 255/],
    ['an own name like that', makeTorrent({ name: 'ж'.repeat(128), files: { a: A } }).bytes, /its name has 256 bytes/],
    [
      'one path twice',
      makeTorrent({
        name: 'M',
        files: { a: A },
        moreInfo: {
          files: [
            { length: 1, path: ['a'] },
            { length: 2, path: ['a'] },
          ],
        },
      }).bytes,
      /two of them/,
    ],
    ['a name that leads up', makeTorrent({ name: '..', files: { a: A } }).bytes, /its name/],
    ['a name with a slash', makeTorrent({ name: 'a/b', files: { a: A } }).bytes, /its name/],
    ['no name', makeTorrent({ name: '', files: { a: A } }).bytes, /its name/],
    ['a negative length', makeTorrent({ name: 'a', files: { '': A }, moreInfo: { length: -1 } }).bytes, /how long/],
    [
      'a length beyond its hashes',
      makeTorrent({ name: 'a', files: { '': A }, moreInfo: { length: 2 ** 50 } }).bytes,
      /too few/,
    ],
    ['nothing in it', makeTorrent({ name: 'a', files: { '': A }, moreInfo: { length: 0 } }).bytes, /nothing in it/],
    ['the second version only', bencode({ info: { name: 'a', 'file tree': {}, 'piece length': 1 } }), /BitTorrent 2/],
    ['no info', bencode({ announce: TRACKER }), /nothing of its content/],
    ['no dictionary', bencode(['a']), /damaged/],
    ['a web page', Buffer.from('<html></html>'), /damaged/],
    ['nothing at all', Buffer.alloc(0), /damaged/],
    ['one byte too few', good.subarray(0, -1), /damaged/],
    ['one byte too many', Buffer.concat([good, Buffer.from('e')]), /damaged/],
    ['a length of more than there is', Buffer.from('d4:info999999999:'), /damaged/],
    ['a number that is none', Buffer.from('d4:infoi1-2ee'), /damaged/],
    ['a number without an end', Buffer.from(`d4:infoi${'1'.repeat(100)}`), /damaged/],
    ['a key twice', Buffer.from('d4:infode4:infodee'), /damaged/],
    ['lists in lists without end', Buffer.from(`d4:info${'l'.repeat(200_000)}`), /damaged/],
    ['more than is read', Buffer.alloc(METAINFO_MOST + 1), /larger than 8 MB/],
  ])('is refused with %s', (_, bytes, sentence) => expect(() => readMetainfo(bytes)).toThrow(sentence));

  it('is refused in a sentence wherever one byte of it is another one', () => {
    const ends = Array.from({ length: 80 }, (_, at) => {
      const bent = Buffer.from(good);
      bent.writeUInt8(bent.readUInt8(at) ^ 0x15, at);
      try {
        return readMetainfo(bent).infoHash;
      } catch (error) {
        return (error as AppError).code;
      }
    });
    expect(ends.filter((end) => end === 'validation').length).toBeGreaterThan(40);
    // The others are torrents of other names and hashes.
    expect(ends.filter((end) => end !== 'validation' && !/^[0-9a-f]{40}$/.test(end))).toStrictEqual([]);
  });
});

describe('trackers', () => {
  const resolve = async (name: string) => {
    if (name === 'gone.example.org') throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    return [
      { address: /^[\d.:a-f]+$/.test(name) ? name : name === 'inside.example.org' ? '10.0.0.1' : '1.1.1.1', family: 4 },
    ];
  };
  const ask = (allowedHosts: readonly string[], ...trackers: string[]) =>
    allowedTrackers(createEgress({ endpoints: [], allowedHosts, resolve }), trackers);

  it('in private places are not asked, by address or by name, whatever is spoken there', async () => {
    const inside = [
      'http://127.0.0.1/announce',
      'udp://10.0.0.1:6969/announce',
      'udp://inside.example.org:1',
      'https://localhost/',
      'http://[::1]:80/',
      'http://169.254.169.254/latest',
    ];
    const { allowed, refusal } = await ask([], ...inside, 'udp://public.example.org:1', 'http://gone.example.org/');
    expect(allowed).toStrictEqual(['udp://public.example.org:1']);
    expect(refusal).toMatch(/no public place.*HUBGRAM_ALLOWED_HOSTS/);
  });

  it('in allowed ones are', async () => {
    const all = ['udp://10.0.0.1:6969/announce', 'udp://inside.example.org:1'];
    expect((await ask(['10.0.0.0/8'], ...all)).allowed).toStrictEqual(all);
  });
});

/** One that has no aria2. */
const openWithout = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubgram-torrent-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const egress = createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] });
  const source = createTorrentSource({ ...NO_KEYS, folder, programPath: folder, dht: false, egress, log: silentLog });
  onTestFinished(source.close);
  const made = makeTorrent({ name: 'a', files: { '': A }, tracker: 'http://127.0.0.1:1/announce' });
  const { signal } = new AbortController();
  const ask = () => source.inspect({ type: 'model', id: '', url: made.magnet }, signal);
  return { source, made, ask, known: join(folder, 'torrents', 'known') };
};

it('without aria2, it is said what to install, and a torrent whose file is known is understood all the same', async () => {
  const { source, made, ask, known } = await openWithout();
  await expect(ask()).rejects.toThrow(/apt install aria2/);
  expect(readMagnet(await source.keep(made.bytes))).toStrictEqual(readMagnet(made.magnet));
  expect(await ask()).toMatchObject({ commit: made.infoHash, files: [{ path: 'a', size: A.length }] });
  expect(await readdir(known)).toStrictEqual([`${made.infoHash}.torrent`]);
});

it('the file of a torrent that two people send at once is kept for both', async () => {
  const { source, made, known } = await openWithout();
  const kept = await Promise.all(Array.from({ length: 8 }, () => source.keep(made.bytes)));
  expect(new Set(kept).size).toBe(1);
  expect(await readdir(known)).toStrictEqual([`${made.infoHash}.torrent`]);
});

it('what was looked up of torrents goes after a day that names them nowhere, save what somebody looks at just now', async () => {
  const { source, made, ask, known } = await openWithout();
  const [named, unnamed, fresh] = ['b', 'c', 'd'].map((name) => makeTorrent({ name, files: { '': A } }));
  if (!named || !unnamed || !fresh) throw new Error('There are three.');
  for (const one of [made, named, unnamed, fresh]) await source.keep(one.bytes);
  const fileOf = ({ infoHash }: { readonly infoHash: string }): string => `${infoHash}.torrent`;
  // Of one that a kill has left half-written.
  const half = `${'0'.repeat(40)}.torrent.tmp`;
  await writeFile(join(known, half), 'd4:');
  const dayAgo = new Date(systemClock.now() - 24 * 3_600_000);
  for (const name of [...[made, named, unnamed].map(fileOf), half]) await utimes(join(known, name), dayAgo, dayAgo);
  await ask();
  expect(await source.forget((infoHash) => infoHash === named.infoHash)).toBe(2);
  expect((await readdir(known)).toSorted()).toStrictEqual([made, named, fresh].map(fileOf).toSorted());
});

it.each([
  ['emptied', Buffer.alloc(0)],
  ['cut off', makeTorrent({ name: 'a', files: { '': A } }).bytes.subarray(0, 60)],
])('what was kept of a torrent and a power cut has %s is asked of its peers again', async (_, left) => {
  const { source, made, ask, known } = await openWithout();
  await source.keep(made.bytes);
  await writeFile(join(known, `${made.infoHash}.torrent`), left);
  await expect(ask()).rejects.toThrow(/apt install aria2/);
});

it('a disk that does not take the file of a torrent is what is told', async () => {
  const { source, made, known } = await openWithout();
  await mkdir(join(known, '..'), { recursive: true });
  await writeFile(known, '');
  await expect(source.keep(made.bytes)).rejects.toMatchObject({ code: 'operational', message: /lies where a folder/ });
});
