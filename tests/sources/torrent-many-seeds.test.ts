import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../../src/lib/log.ts';
import { createEgress } from '../../src/lib/net/egress.ts';
import { createAria2 } from '../../src/sources/torrent/aria2.ts';
import { readMetainfo } from '../../src/sources/torrent/metainfo.ts';
import { createSeeds } from '../../src/sources/torrent/seeds.ts';
import { HAS_ARIA2, makeTorrent } from '../helpers/torrents.ts';
import { NO_KEYS } from '../helpers/tokens.ts';

/** As many as aria2 works on at a time. */
const SEEDS = 100;
const tracker = 'http://127.0.0.1:1/announce';
const status = z.object({ status: z.string() });

it.skipIf(!HAS_ARIA2)(
  'however many torrents are given to others, the next one is fetched',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hubgram-many-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const aria2 = createAria2({ folder, programPath: process.env['PATH'], dht: false, log: silentLog });
    onTestFinished(aria2.close);
    const { signal } = new AbortController();
    const place = join(folder, 'a');
    await writeFile(place, 'x');
    const torrents = Array.from({ length: SEEDS }, (_, at) =>
      makeTorrent({ name: `a${at}`, files: { '': Buffer.from('x') }, tracker }),
    );
    const known = new Map(torrents.map(({ infoHash, bytes }) => [infoHash, readMetainfo(bytes)]));
    const seeds = createSeeds({
      ...NO_KEYS,
      aria2,
      folder,
      signal,
      egress: createEgress({ endpoints: [], allowedHosts: ['127.0.0.0/8'] }),
      dht: false,
      running: new Set(),
      metadata: { known: async (infoHash) => known.get(infoHash) },
    });
    const wanted = new Map(
      torrents.map(({ infoHash, magnet }) => [infoHash, { url: magnet, paths: async () => new Map([['a', place]]) }]),
    );
    const looks = await seeds.seed(wanted, undefined);
    expect([...looks.values()].filter(({ refusal }) => refusal !== undefined)).toEqual([]);

    const other = makeTorrent({ name: 'other', files: { '': Buffer.alloc(100, 'y') }, tracker });
    const bytes = other.bytes.toString('base64');
    const gid = await aria2.call(z.string(), 'aria2.addTorrent', [bytes, [], { dir: folder }], signal);
    const now = async () => (await aria2.call(status, 'aria2.tellStatus', [gid, ['status']], signal)).status;
    await expect.poll(now).toBe('active');
  },
);
