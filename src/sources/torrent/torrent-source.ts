/* sources/torrent: a folder filled by aria2, a process of its own, with what a torrent names and its hashes prove. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SHA256_OF_NOTHING } from '../../domain/hashes.ts';
import type { RepoListing } from '../../domain/listing.ts';
import { magnetAddress, readMagnet } from '../../domain/repo/magnet.ts';
import { safePart } from '../../domain/repo/web-file.ts';
import type { RepoRef } from '../../domain/repo/repo.ts';
import type { FillingSource, Questions, Seeds, TorrentsKnown } from '../port.ts';
import { webFileListing } from '../web-file-listing.ts';
import { type Aria2Options, createAria2 } from './aria2.ts';
import { type FillDeps, fillFromTorrent } from './fill.ts';
import { createMetadata, type MetadataDeps } from './metadata.ts';
import { type Metainfo, readMetainfo } from './metainfo.ts';
import { createSeeds } from './seeds.ts';

export interface TorrentSourceOptions
  extends Aria2Options,
    Pick<MetadataDeps, 'egress' | 'waitMs'>,
    Pick<FillDeps, 'silenceMs'> {
  /** Opens what is sealed of a magnet link. @throws AppError forbidden */
  readonly openAddress: (address: string) => string;
}

/** Torrents: each is a repository whose commit is its hash. */
export interface TorrentSource extends FillingSource, Seeds, TorrentsKnown, Pick<Questions, 'inspect'> {
  /**
   * Keeps what somebody's file of a torrent says.
   * @returns its magnet link, by which it is known from then on
   * @throws AppError validation: it is none, or none that can be fetched
   */
  readonly keep: (bytes: Buffer) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Stands for the hash of a file until it has come; the pieces of a torrent are no hashes of its files. */
const nameOf = ({ infoHash }: Metainfo, index: number): string =>
  createHash('sha1').update(`${infoHash}\n${index}`).digest('hex');

const listingOf = (ref: RepoRef, metainfo: Metainfo): RepoListing =>
  webFileListing(ref, {
    commit: metainfo.infoHash,
    files: metainfo.files.map(({ path, size, index }) =>
      size === 0
        ? { path, size, etag: SHA256_OF_NOTHING }
        : { path, size, etag: nameOf(metainfo, index), isUnhashed: true },
    ),
    webFile: { name: safePart(metainfo.name) ?? 'torrent', hash: 'pieces', isFolder: !metainfo.isSingle },
  });

/** Nothing runs before the first torrent is asked for. */
export const createTorrentSource = (options: TorrentSourceOptions): TorrentSource => {
  const shutdown = new AbortController();
  const folder = join(options.folder, 'torrents');
  const aria2 = createAria2({ ...options, folder });
  const deps: MetadataDeps = { ...options, folder, aria2, signal: shutdown.signal };
  const metadata = createMetadata(deps);
  const running = new Set<string>();
  const { seed, letGo } = createSeeds({ ...deps, metadata, running, openAddress: options.openAddress });
  return {
    inspect: async (ref, signal) =>
      listingOf(ref, await metadata.find(readMagnet(options.openAddress(ref.url ?? '')), signal)),
    fill: (request, signal) =>
      fillFromTorrent(
        { ...deps, metadata, running, makeWay: letGo, silenceMs: options.silenceMs },
        readMagnet(options.openAddress(request.url)),
        request,
        signal,
      ),
    seed,
    letGo,
    forget: metadata.forget,
    keep: async (bytes) => {
      const metainfo = readMetainfo(bytes);
      await metadata.keep(metainfo);
      return magnetAddress(metainfo);
    },
    close: async () => {
      shutdown.abort(new Error('shutdown'));
      await aria2.close();
    },
  };
};
