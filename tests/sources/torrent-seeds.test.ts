import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { z } from 'zod';
import { AppError } from '../../src/domain/errors.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { Aria2Refusal } from '../../src/sources/torrent/aria2.ts';
import { readMetainfo } from '../../src/sources/torrent/metainfo.ts';
import { createSeeds } from '../../src/sources/torrent/seeds.ts';
import { makeTorrent } from '../helpers/torrents.ts';

const torrent = makeTorrent({
  name: 'M',
  files: { a: Buffer.alloc(10, 1), _____padding_file_0: Buffer.alloc(6), 'b/c': Buffer.alloc(4, 2) },
  tracker: 'http://127.0.0.1:1/announce',
});
const { infoHash } = torrent;

let folder: string;
/** What aria2 has, by its ids, and how much of it it has given. */
let has: Map<string, { status: string; uploadLength: number }>;
let asked: { method: string; params: readonly unknown[] }[];
let failure: Error | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-seeds-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'place', 'b'), { recursive: true });
  await writeFile(join(folder, 'place', 'a'), Buffer.alloc(10, 1));
  await writeFile(join(folder, 'place', 'b', 'c'), Buffer.alloc(4, 2));
  has = new Map();
  asked = [];
  failure = undefined;
});

const call = async <T>(answer: z.ZodType<T>, method: string, params: readonly unknown[]): Promise<T> => {
  asked.push({ method, params });
  if (failure) throw failure;
  if (method === 'aria2.changeGlobalOption') return answer.parse('OK');
  if (method === 'aria2.addTorrent') {
    const gid = `g${asked.length}`;
    has.set(gid, { status: 'active', uploadLength: 0 });
    return answer.parse(gid);
  }
  const [gid = ''] = params as string[];
  const one = has.get(gid);
  if (!one) throw new Aria2Refusal(`GID ${gid} is not found`);
  if (method === 'aria2.forceRemove') one.status = 'removed';
  if (method === 'aria2.removeDownloadResult') has.delete(gid);
  return answer.parse(
    method === 'aria2.tellStatus' ? { status: one.status, uploadLength: String(one.uploadLength) } : 'OK',
  );
};

const open = (more: Partial<Parameters<typeof createSeeds>[0]> = {}) =>
  createSeeds({
    aria2: { call },
    folder,
    egress: createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] }),
    dht: false,
    signal: new AbortController().signal,
    running: new Set<string>(),
    metadata: { known: async (hash) => (hash === infoHash ? readMetainfo(torrent.bytes) : undefined) },
    openAddress: (address) => address,
    ...more,
  });

const wanted = (paths: Readonly<Record<string, string>> = { a: 'place/a', 'b/c': 'place/b/c' }) =>
  new Map([
    [
      infoHash,
      {
        url: torrent.magnet,
        paths: async () => new Map(Object.entries(paths).map(([path, place]) => [path, join(folder, place)])),
      },
    ],
  ]);
const NOTHING = new Map();
const given = [[infoHash, { givenBytes: 0, refusal: undefined }]];
const seedsFolder = (): string => join(folder, 'seeds');
const limits = (): unknown[] =>
  asked.flatMap(({ method, params: [options] }) =>
    method === 'aria2.changeGlobalOption' ? (options as Record<string, unknown>)['max-overall-upload-limit'] : [],
  );
const begun = (): number => asked.filter(({ method }) => method === 'aria2.addTorrent').length;

it('gives files by other names of the same bytes, and zeros where pieces are filled up', async () => {
  const { seed } = open();
  expect([...(await seed(wanted(), undefined))]).toStrictEqual(given);
  const options = asked[0]?.params[2];
  expect(options).toMatchObject({ 'index-out': ['1=1', '3=3', '2=2'], 'bt-tracker': 'http://127.0.0.1:1/announce' });
  const own = join(seedsFolder(), infoHash);
  expect((await stat(join(own, '1'))).ino).toBe((await stat(join(folder, 'place', 'a'))).ino);
  expect((await stat(join(own, '3'))).ino).toBe((await stat(join(folder, 'place', 'b', 'c'))).ino);
  expect(await readFile(join(own, '2'))).toStrictEqual(Buffer.alloc(6));
});

it('says what was given since the last look, and at the end the rest', async () => {
  const { seed } = open();
  await seed(wanted(), undefined);
  const one = [...has.values()][0] ?? { uploadLength: 0 };
  one.uploadLength = 30;
  expect((await seed(wanted(), undefined)).get(infoHash)?.givenBytes).toBe(30);
  expect((await seed(wanted(), undefined)).get(infoHash)?.givenBytes).toBe(0);
  one.uploadLength = 42;
  expect((await seed(NOTHING, undefined)).get(infoHash)?.givenBytes).toBe(12);
  expect(has.size).toBe(0);
  expect(await readdir(seedsFolder())).toStrictEqual([]);
  expect(begun()).toBe(1);
});

it('keeps to 1 MB/s, to less if the limit for everything is less, and never to none', async () => {
  const { seed } = open();
  for (const limit of [undefined, 2 ** 20 + 1, 2 ** 20, 2 ** 20 - 1, 50_000.5, 1]) await seed(wanted(), limit);
  expect(limits()).toStrictEqual(['1048576', '1048576', '1048576', '1048575', '50000', '1024']);
});

it('begins anew with another process of aria2, and what aria2 has ended', async () => {
  const { seed } = open();
  await seed(wanted(), undefined);
  has.clear();
  expect([...(await seed(wanted(), undefined))]).toStrictEqual(given);
  for (const one of has.values()) one.status = 'error';
  expect([...(await seed(wanted(), undefined))]).toStrictEqual(given);
  expect([begun(), has.size]).toStrictEqual([3, 1]);
});

it('makes way until it is asked for again, and not while it is fetched', async () => {
  const running = new Set<string>();
  const { seed, letGo } = open({ running });
  await seed(wanted(), undefined);
  running.add(infoHash);
  await letGo(infoHash);
  expect([has.size, await readdir(seedsFolder())]).toStrictEqual([0, []]);
  expect([...(await seed(wanted(), undefined))]).toStrictEqual([]);
  running.clear();
  expect([...(await seed(wanted(), undefined))]).toStrictEqual(given);
});

it('removes what an earlier run has left, and asks aria2 nothing for that', async () => {
  await mkdir(join(seedsFolder(), 'a'.repeat(40)), { recursive: true });
  await open().seed(NOTHING, undefined);
  expect(await readdir(seedsFolder())).toStrictEqual([]);
  expect(asked).toStrictEqual([]);
});

it('gives nothing that is not there, has another size, or is a link to elsewhere', async () => {
  await writeFile(join(folder, 'longer'), Buffer.alloc(11));
  await symlink(join(folder, 'place', 'a'), join(folder, 'linked'));
  for (const a of ['gone', 'longer', 'linked', 'place']) {
    const looks = await open().seed(wanted({ a, 'b/c': 'place/b/c' }), undefined);
    expect(looks.get(infoHash)?.refusal).toBe('files');
  }
  const looks = await open({ metadata: { known: async () => undefined } }).seed(wanted(), undefined);
  expect(looks.get(infoHash)?.refusal).toBe('files');
  expect([begun(), await readdir(seedsFolder())]).toStrictEqual([0, []]);
});

it('gives nothing from a disk that has no second names for a file', async () => {
  const refusing = async (): Promise<never> => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  const looks = await open({ link: refusing }).seed(wanted(), undefined);
  expect(looks.get(infoHash)?.refusal).toBe('links');
  expect([begun(), await readdir(seedsFolder())]).toStrictEqual([0, []]);
});

it('asks no tracker in a private place', async () => {
  const looks = await open({ egress: createEgress({ endpoints: [], allowedHosts: [] }) }).seed(wanted(), undefined);
  expect(looks.get(infoHash)?.refusal).toBe('peers');
  expect(asked).toStrictEqual([]);
});

it('says that aria2 does not want to, and tries that again after a hundred looks', async () => {
  const { seed } = open();
  failure = new AppError('operational', 'not installed');
  expect((await seed(wanted(), undefined)).get(infoHash)?.refusal).toBe('aria2');
  failure = undefined;
  for (let looks = 1; looks < 100; looks += 1)
    expect((await seed(wanted(), undefined)).get(infoHash)?.refusal).toBe('aria2');
  expect([...(await seed(wanted(), undefined))]).toStrictEqual(given);
});
