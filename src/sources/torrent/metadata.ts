import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { diskFailure } from '../../domain/failures/disk-failure.ts';
import { type Magnet, magnetAddress } from '../../domain/repo/magnet.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Egress } from '../../lib/net/egress.ts';
import type { TorrentsKnown } from '../port.ts';
import type { Aria2 } from './aria2.ts';
import { METAINFO_MOST, type Metainfo, readMetainfo } from './metainfo.ts';
import { allowedTrackers } from './trackers.ts';

export interface MetadataDeps {
  /** For what is kept of torrents. */
  readonly folder: string;
  readonly aria2: Pick<Aria2, 'call'>;
  readonly egress: Pick<Egress, 'refusal' | 'lookup'>;
  readonly dht: boolean;
  /** Aborted when the program ends. */
  readonly signal: AbortSignal;
  /** How long whoever asks waits for peers; 15 s if not given. What was begun goes on for whoever asks again. */
  readonly waitMs?: number | undefined;
}

/** What is in torrents, as far as it is known here, and as their peers say it. */
export interface Metadata {
  /** What is in a torrent that was fetched, or looked up, before; nobody is asked. */
  readonly known: (infoHash: string) => Promise<Metainfo | undefined>;
  /** Keeps it. */
  readonly keep: (metainfo: Metainfo) => Promise<void>;
  /**
   * What is in the torrent of a magnet link.
   * @throws AppError validation: nothing that can be fetched; unavailable: nobody has said it so far; integrity: its trackers are in
   * private places; operational: no aria2; the signal's reason
   */
  readonly find: (magnet: Magnet, signal: AbortSignal) => Promise<Metainfo>;
  /** As `TorrentsKnown` of the port says. */
  readonly forget: TorrentsKnown['forget'];
}

const WAIT_MS = 15_000;
/** Peers are looked for so long, whoever asks meanwhile. */
const SEARCH_MS = 180_000;
const LOOK_MS = 250;

const statusSchema = z.object({ status: z.string() });

const fileOf = ({ folder }: MetadataDeps, infoHash: string): string => join(folder, 'known', `${infoHash}.torrent`);

const write = async (file: string, bytes: Buffer): Promise<void> => {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.tmp`, bytes, { flush: true });
    await rename(`${file}.tmp`, file);
  } catch (error) {
    throw diskFailure(error, file);
  }
};

/** @returns undefined: it is not here, or another one @throws AppError validation: nothing that can be fetched */
const read = async (file: string, infoHash: string): Promise<Metainfo | undefined> => {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes || bytes.length > METAINFO_MOST) return undefined;
  const found = readMetainfo(bytes);
  return found.infoHash === infoHash ? found : undefined;
};

/** What was kept could be fetched: what cannot any more is damaged, and its peers are asked again. */
const readKept = (deps: MetadataDeps, infoHash: string): Promise<Metainfo | undefined> =>
  read(fileOf(deps, infoHash), infoHash).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'validation') return undefined;
    throw error;
  });

/** From what was looked up something may come as long: a row that names it. */
const LOOKED_AT_MS = 24 * 3_600_000;

/** @returns whether it went: nobody has looked at it for long */
const removeUnused = async (file: string): Promise<boolean> => {
  try {
    // The system's clock, as the disk notes it.
    if (systemClock.now() - (await stat(file)).mtimeMs < LOOKED_AT_MS) return false;
    await rm(file);
    return true;
  } catch {
    // A disk that does not let it go now is asked again at the next time.
    return false;
  }
};

/** Files of torrents, each for as long as it may be of use. */
const createKept = (deps: MetadataDeps) => {
  const beingWritten = new Map<string, Promise<void>>();
  const going = new Map<string, Promise<boolean>>();
  const folder = join(deps.folder, 'known');
  return {
    /** What is hashed is the same whoever brings it: of two that are kept at once one is written. */
    keep: async ({ infoHash, bytes }: Metainfo): Promise<void> => {
      await going.get(infoHash);
      const known = beingWritten.get(infoHash);
      if (known) return known;
      const mine = write(fileOf(deps, infoHash), bytes).finally(() => beingWritten.delete(infoHash));
      beingWritten.set(infoHash, mine);
      return mine;
    },
    /** For somebody who looks it up: what comes of that may name it only later. */
    lookAt: async (infoHash: string): Promise<Metainfo | undefined> => {
      await going.get(infoHash);
      const now = new Date(systemClock.now());
      // Most often there is none.
      await utimes(fileOf(deps, infoHash), now, now).catch(() => undefined);
      return readKept(deps, infoHash);
    },
    forget: async (isNamed: (infoHash: string) => boolean): Promise<number> => {
      let forgotten = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        const [, infoHash] = /^([0-9a-f]{40})\.torrent(?:\.tmp)?$/.exec(name) ?? [];
        if (infoHash === undefined || isNamed(infoHash) || beingWritten.has(infoHash)) continue;
        const mine = removeUnused(join(folder, name)).finally(() => going.delete(infoHash));
        going.set(infoHash, mine);
        if (await mine) forgotten += 1;
      }
      return forgotten;
    },
  };
};

/** Where torrents may ask for peers. @throws AppError integrity: only in places where nothing is asked; validation: nowhere */
export const trackersFor = async (
  { egress, dht }: Pick<MetadataDeps, 'egress' | 'dht'>,
  { trackers }: Pick<Magnet, 'trackers'>,
  isPrivate = false,
): Promise<readonly string[]> => {
  const { allowed, refusal } = await allowedTrackers(egress, trackers);
  if (allowed.length > 0 || (dht && !isPrivate)) return allowed;
  if (refusal !== undefined) throw new AppError('integrity', `Its tracker is not asked. ${refusal}`);
  throw new AppError(
    trackers.length > 0 ? 'unreachable' : 'validation',
    trackers.length > 0
      ? 'None of its trackers is known here by its name.'
      : 'It names no tracker, and without one nobody who has it is found here. Send a link with trackers (tr=) in it.',
  );
};

const search = async (deps: MetadataDeps, keep: Metadata['keep'], magnet: Magnet): Promise<Metainfo> => {
  const { aria2, folder, signal } = deps;
  const { infoHash } = magnet;
  const trackers = await trackersFor(deps, magnet);
  const dir = join(folder, 'found');
  const file = join(dir, `${infoHash}.torrent`);
  try {
    await mkdir(dir, { recursive: true });
    await rm(file, { force: true });
  } catch (error) {
    throw diskFailure(error, file);
  }
  const options = { dir, 'bt-metadata-only': 'true', 'bt-tracker': trackers.join(','), 'bt-stop-timeout': '0' };
  // Of the link nothing is handed on but the hash: it may name anybody.
  const uri = magnetAddress({ infoHash, name: undefined, trackers: [] });
  const gid = await aria2.call(z.string(), 'aria2.addUri', [[uri], options], signal);
  try {
    for (let waited = 0; waited < SEARCH_MS; waited += LOOK_MS) {
      const { status } = await aria2.call(statusSchema, 'aria2.tellStatus', [gid, ['status']], signal);
      const found = status === 'complete' ? await read(file, infoHash) : undefined;
      if (found) {
        await keep(found);
        return found;
      }
      if (status === 'error' || status === 'removed') break;
      await pass(LOOK_MS, undefined, { signal });
    }
  } finally {
    await aria2.call(z.unknown(), 'aria2.forceRemove', [gid], signal).catch(() => undefined);
    await aria2.call(z.unknown(), 'aria2.removeDownloadResult', [gid], signal).catch(() => undefined);
    await rm(file, { force: true });
  }
  throw new AppError('unavailable', 'Nobody who has that torrent could be found.');
};

const notYet = (): AppError =>
  new AppError(
    'unavailable',
    'Nobody has said yet what is in that torrent. It may be that no one who has it is online; the file of the torrent, sent as a document, would say it.',
  );

/** One search for each torrent at a time, whoever asks. */
export const createMetadata = (deps: MetadataDeps): Metadata => {
  const underWay = new Map<string, Promise<Metainfo>>();
  const { keep, lookAt, forget } = createKept(deps);
  const begin = (magnet: Magnet): Promise<Metainfo> => {
    const known = underWay.get(magnet.infoHash);
    if (known) return known;
    const mine = search(deps, keep, magnet).finally(() => underWay.delete(magnet.infoHash));
    mine.catch(() => undefined);
    underWay.set(magnet.infoHash, mine);
    return mine;
  };
  return {
    known: (infoHash) => readKept(deps, infoHash),
    keep,
    forget,
    find: async (magnet, signal) => {
      const { infoHash } = magnet;
      const kept = await lookAt(infoHash);
      if (kept) return kept;
      const enough = new AbortController();
      const ends = AbortSignal.any([signal, enough.signal]);
      const tooLong = pass(deps.waitMs ?? WAIT_MS, undefined, { signal: ends }).then(() => {
        throw notYet();
      });
      tooLong.catch(() => undefined);
      try {
        return await Promise.race([begin(magnet), tooLong]);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        enough.abort();
      }
    },
  };
};
