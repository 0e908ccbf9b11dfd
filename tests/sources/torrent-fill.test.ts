import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { z } from 'zod';
import { AppError } from '../../src/domain/errors.ts';
import { readMagnet } from '../../src/domain/repo/magnet.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import type { FillRequest } from '../../src/sources/port.ts';
import { Aria2Refusal } from '../../src/sources/torrent/aria2.ts';
import { fillFromTorrent } from '../../src/sources/torrent/fill.ts';
import { readMetainfo } from '../../src/sources/torrent/metainfo.ts';
import { makeTorrent } from '../helpers/torrents.ts';

const SIZE = 100_000;
const torrent = makeTorrent({
  name: 'M',
  files: { a: Buffer.alloc(SIZE), b: Buffer.alloc(SIZE), c: Buffer.alloc(1) },
  tracker: 'http://127.0.0.1:1/announce',
});

/** What aria2 says to each look, and the last one again and again. */
let looks: { status: string; done?: number; errorCode?: string; path?: string; verifiedLength?: string }[];
let asked: { method: string; params: readonly unknown[] }[];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-fill-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'M'));
  await writeFile(join(folder, 'M', 'b'), '');
  looks = [];
  asked = [];
});

const call = async <T>(answer: z.ZodType<T>, method: string, params: readonly unknown[]): Promise<T> => {
  asked.push({ method, params });
  if (method === 'aria2.addTorrent') return answer.parse('0123');
  if (method !== 'aria2.tellStatus') return answer.parse('OK');
  if (asked.some((one) => one.method === 'aria2.forceRemove')) return answer.parse({ status: 'removed' });
  const look = (looks.length > 1 ? looks.shift() : looks[0]) ?? { status: 'active' };
  const { done = 0, path = join(folder, 'M', 'b'), ...status } = look;
  const files = [
    { index: '1', path: join(folder, 'M', 'a'), completedLength: '0' },
    { index: '2', path, completedLength: String(done) },
  ];
  return answer.parse({ connections: '3', files, ...status });
};

const fill = (more: Partial<FillRequest> = {}, running = new Set<string>(), silenceMs?: number) => {
  const deps = {
    folder,
    aria2: { call },
    egress: createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] }),
    dht: false,
    signal: new AbortController().signal,
    metadata: { find: async () => readMetainfo(torrent.bytes) },
    running,
    makeWay: async () => undefined,
    silenceMs,
  };
  const stop = new AbortController();
  const request: FillRequest = {
    url: torrent.magnet,
    files: [{ path: 'b', size: SIZE }],
    folder,
    speedLimit: () => undefined,
    onReceived: () => undefined,
    checkFloor: async () => undefined,
    ...more,
  };
  return { ...fillFromTorrent(deps, readMagnet(torrent.magnet), request, stop.signal), stop };
};

const limits = (): unknown[] =>
  asked.flatMap(({ method, params: [, options] }) =>
    method === 'aria2.changeOption' ? (options as Record<string, unknown>)['max-download-limit'] : [],
  );

it('asks for the wanted files only, of allowed trackers only, and says where they lie', async () => {
  looks = [
    { status: 'active', done: 10 },
    { status: 'complete', done: SIZE },
  ];
  const received: number[] = [];
  const { done, progress } = fill({ onReceived: (bytes) => received.push(bytes) });
  expect([...(await done)]).toStrictEqual([['b', join(folder, 'M', 'b')]]);
  expect(asked[0]?.params[2]).toMatchObject({
    'select-file': '2',
    'bt-tracker': 'http://127.0.0.1:1/announce',
    'max-download-limit': '0',
  });
  // What lay there before counts as here, and not as received.
  expect(received).toStrictEqual([SIZE - 10]);
  expect(progress()).toStrictEqual({ ready: SIZE, received: SIZE - 10, isChecking: false, peers: 3 });
  expect(asked.at(-1)?.method).toBe('aria2.removeDownloadResult');
});

it('keeps to a limit as it is by then, shared by those that are filled, and never to none', async () => {
  looks = [
    { status: 'active' },
    { status: 'active' },
    { status: 'active' },
    { status: 'active' },
    { status: 'complete', done: SIZE },
  ];
  const rates = [90_000, 90_000, 60_000, 1, undefined];
  const { done } = fill({ speedLimit: () => (rates.length > 1 ? rates.shift() : rates[0]) }, new Set(['others']));
  await done;
  expect(asked[0]?.params[2]).toMatchObject({ 'max-download-limit': '45000' });
  expect(limits()).toStrictEqual(['45000', '30000', '1024', '0']);
});

it.each([
  ['9', 'no_space'],
  ['1', 'unavailable'],
  [undefined, 'unavailable'],
])('an end with the code %s is %s', async (errorCode, code) => {
  looks = [{ status: 'error', ...(errorCode === undefined ? {} : { errorCode }) }];
  await expect(fill().done).rejects.toMatchObject({ code });
  expect(asked.at(-1)?.method).toBe('aria2.removeDownloadResult');
});

it('that nobody sends anything of ends in time; reading what lies there is no silence', async () => {
  looks = [{ status: 'active', verifiedLength: '1' }, { status: 'active', verifiedLength: '2' }, { status: 'active' }];
  await expect(fill({}, new Set(), 1000).done).rejects.toMatchObject({ code: 'stalled' });
  expect(asked.filter(({ method }) => method === 'aria2.tellStatus').length).toBeGreaterThanOrEqual(4);
});

it('stops for a full disk, and when it is told to, and has aria2 forget it', async () => {
  const full = new AppError('no_space', 'full');
  await expect(fill({ checkFloor: () => Promise.reject(full) }).done).rejects.toBe(full);
  expect(asked.map(({ method }) => method)).toContain('aria2.forceRemove');
  const { done, stop } = fill();
  stop.abort(new Error('paused'));
  await expect(done).rejects.toThrow('paused');
});

it('is not taken from a place outside of its folder', async () => {
  await symlink('/etc/hostname', join(folder, 'M', 'link'));
  looks = [{ status: 'complete', done: SIZE, path: join(folder, 'M', 'link') }];
  await expect(fill().done).rejects.toMatchObject({ code: 'integrity' });
  looks = [{ status: 'complete', done: SIZE, path: join(folder, '..', 'elsewhere') }];
  asked = [];
  await expect(fill().done).rejects.toMatchObject({ code: 'integrity' });
});

it('of other files than there were is refused before aria2 is asked', async () => {
  await expect(fill({ files: [{ path: 'b', size: 1 }] }).done).rejects.toMatchObject({ code: 'integrity' });
  await expect(fill({ files: [{ path: 'x', size: SIZE }] }).done).rejects.toMatchObject({ code: 'integrity' });
  expect(asked).toStrictEqual([]);
});

it('that aria2 refuses may be tried again', async () => {
  const refusing = async (): Promise<never> => {
    throw new Aria2Refusal('no');
  };
  const deps = {
    folder,
    aria2: { call: refusing },
    egress: createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] }),
    dht: false,
    signal: new AbortController().signal,
    metadata: { find: async () => readMetainfo(torrent.bytes) },
    running: new Set<string>(),
    makeWay: async () => undefined,
  };
  const request = {
    url: torrent.magnet,
    files: [{ path: 'b', size: SIZE }],
    folder,
    speedLimit: () => undefined,
    onReceived: () => undefined,
    checkFloor: async () => undefined,
  };
  const { done } = fillFromTorrent(deps, readMagnet(torrent.magnet), request, deps.signal);
  await expect(done).rejects.toMatchObject({ code: 'unavailable' });
  expect(deps.running.size).toBe(0);
});
