import { link, lstat, mkdir, readdir, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import { readMagnet } from '../../domain/repo/magnet.ts';
import { forEachLimit } from '../../lib/async/for-each-limit.ts';
import type { SeedLook, SeedRefusal, Seeds, SeedWanted } from '../port.ts';
import { Aria2Refusal, UPLOAD_MOST } from './aria2.ts';
import { end, type FillDeps } from './fill.ts';
import { type Metadata, trackersFor } from './metadata.ts';
import type { Metainfo } from './metainfo.ts';

interface SeedsDeps extends Pick<FillDeps, 'aria2' | 'signal' | 'egress' | 'dht' | 'running' | 'folder'> {
  readonly metadata: Pick<Metadata, 'known'>;
  /** Opens what is sealed of a magnet link. @throws AppError forbidden */
  readonly openAddress: (address: string) => string;
  /** Gives a file another name, if not Node's own. */
  readonly link?: typeof link;
}

/** A torrent that aria2 gives to others. */
interface Seed {
  readonly gid: string;
  /** As far as was looked. */
  givenBytes: number;
}

interface State extends SeedsDeps {
  /** By their hashes. */
  readonly given: Map<string, Seed>;
  /** What was refused, and how many looks ago: much of it passes. */
  readonly refused: Map<string, { readonly refusal: SeedRefusal; looks: number }>;
}

/** Why one is not given, as far as that is nobody's fault. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: SeedRefusal;
  constructor(refusal: SeedRefusal, cause?: unknown) {
    super(`not given: ${refusal}`, { cause });
    this.refusal = refusal;
  }
}

const LINKS_AT_ONCE = 16;
const LOOKS_UNTIL_TRIED_AGAIN = 100;
/** In minutes: whoever wants it ends it before that. */
const NO_END = '5256000';

const statusSchema = z.object({ status: z.string(), uploadLength: z.string().regex(/^\d+$/).transform(Number) });

const folderOf = ({ folder }: Pick<SeedsDeps, 'folder'>): string => join(folder, 'seeds');

/** Another name for each file, the number that it has in the torrent: nothing of what strangers call files becomes a path here. */
const linkAll = async (
  { link: linkFile = link }: SeedsDeps,
  folder: string,
  metainfo: Metainfo,
  { paths }: SeedWanted,
): Promise<void> => {
  const lying = await paths();
  await forEachLimit(metainfo.files, LINKS_AT_ONCE, async ({ path, index, size }) => {
    // One that is alone may have another name here.
    const [only] = metainfo.isSingle ? lying.values() : [];
    const existing = only ?? lying.get(path);
    const found = existing === undefined ? undefined : await lstat(existing).catch(() => undefined);
    if (existing === undefined || !found?.isFile() || found.size !== size) throw new Refused('files');
    await linkFile(existing, join(folder, String(index))).catch((error: unknown) => {
      throw new Refused('links', error);
    });
  });
  for (const { index, size } of metainfo.padding) {
    await writeFile(join(folder, String(index)), '');
    await truncate(join(folder, String(index)), size);
  }
};

const begin = async (state: State, infoHash: string, wanted: SeedWanted): Promise<Seed> => {
  const { aria2, signal, metadata, openAddress } = state;
  const metainfo = await metadata.known(infoHash);
  if (!metainfo) throw new Refused('files');
  const magnet = readMagnet(openAddress(wanted.url));
  const trackers = await trackersFor(state, magnet, metainfo.isPrivate).catch((error: unknown) => {
    throw new Refused('peers', error);
  });
  const folder = join(folderOf(state), infoHash);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await linkAll(state, folder, metainfo, wanted);
  const options = {
    dir: await realpath(folder),
    'index-out': [...metainfo.files, ...metainfo.padding].map(({ index }) => `${index}=${index}`),
    'bt-tracker': trackers.join(','),
    // All of it was verified, and has the size that it had. What would be mended here is a person's file: that is for /verify.
    'check-integrity': 'false',
    'bt-seed-unverified': 'true',
    'seed-ratio': '0.0',
    'seed-time': NO_END,
  };
  const gid = await aria2.call(
    z.string(),
    'aria2.addTorrent',
    [metainfo.bytes.toString('base64'), [], options],
    signal,
  );
  return { gid, givenBytes: 0 };
};

/** What was given since the last look. @returns undefined: aria2 gives it no more */
const lookAt = async ({ aria2, signal }: State, seed: Seed): Promise<number | undefined> => {
  try {
    const { status, uploadLength } = await aria2.call(
      statusSchema,
      'aria2.tellStatus',
      [seed.gid, ['status', 'uploadLength']],
      signal,
    );
    const more = Math.max(0, uploadLength - seed.givenBytes);
    seed.givenBytes = uploadLength;
    return status === 'active' || status === 'waiting' ? more : undefined;
  } catch (error) {
    // Another process of it, which knows nothing of that.
    if (error instanceof Aria2Refusal) return undefined;
    throw error;
  }
};

/** Ends giving it, and removes its other names. */
const drop = async (state: State, infoHash: string): Promise<void> => {
  const seed = state.given.get(infoHash);
  state.given.delete(infoHash);
  if (seed) await end(state, seed.gid);
  await rm(join(folderOf(state), infoHash), { recursive: true, force: true });
};

const refusalOf = (error: unknown): SeedRefusal | undefined => {
  if (error instanceof Refused) return error.refusal;
  return error instanceof AppError || error instanceof Aria2Refusal ? 'aria2' : undefined;
};

/** Begins it, or sees how it goes. */
const seedOne = async (state: State, infoHash: string, wanted: SeedWanted): Promise<SeedLook> => {
  const { given, refused, signal } = state;
  const before = refused.get(infoHash);
  if (before) {
    before.looks += 1;
    if (before.looks < LOOKS_UNTIL_TRIED_AGAIN) return { givenBytes: 0, refusal: before.refusal };
  }
  try {
    const known = given.get(infoHash);
    const givenBytes = known && (await lookAt(state, known));
    if (givenBytes !== undefined) return { givenBytes, refusal: undefined };
    await drop(state, infoHash);
    given.set(infoHash, await begin(state, infoHash, wanted));
    refused.delete(infoHash);
    return { givenBytes: 0, refusal: undefined };
  } catch (error) {
    signal.throwIfAborted();
    await drop(state, infoHash);
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    refused.set(infoHash, { refusal, looks: 0 });
    return { givenBytes: 0, refusal };
  }
};

/** Ends what nobody wants to be given; also what an earlier run has left. @returns of those that were given until now, how much */
const endOthers = async (
  state: State,
  wanted: ReadonlyMap<string, SeedWanted>,
): Promise<ReadonlyMap<string, SeedLook>> => {
  const ended = new Map<string, SeedLook>();
  const left = await readdir(folderOf(state)).catch(() => []);
  for (const infoHash of new Set([...state.given.keys(), ...left])) {
    if (wanted.has(infoHash)) continue;
    const seed = state.given.get(infoHash);
    const givenBytes = seed && (await lookAt(state, seed).catch(() => undefined));
    if (givenBytes !== undefined) ended.set(infoHash, { givenBytes, refusal: undefined });
    await drop(state, infoHash);
  }
  for (const infoHash of state.refused.keys()) if (!wanted.has(infoHash)) state.refused.delete(infoHash);
  return ended;
};

const seedAll = async (
  state: State,
  wanted: ReadonlyMap<string, SeedWanted>,
  bytesPerSecond: number | undefined,
): Promise<ReadonlyMap<string, SeedLook>> => {
  const { aria2, running, given, signal } = state;
  const looks = new Map(await endOthers(state, wanted));
  for (const [infoHash, one] of wanted)
    if (!running.has(infoHash)) looks.set(infoHash, await seedOne(state, infoHash, one));
  if (given.size > 0) {
    const limit = Math.max(1024, Math.floor(Math.min(UPLOAD_MOST, bytesPerSecond ?? UPLOAD_MOST)));
    const options = { 'max-overall-upload-limit': String(limit) };
    await aria2.call(z.unknown(), 'aria2.changeGlobalOption', [options], signal);
  }
  return looks;
};

/** Has aria2 give torrents that lie here whole to others, by hard links to their files. Nothing is given before it is asked for. */
export const createSeeds = (
  deps: SeedsDeps,
): Seeds & {
  /** It is not given any more until it is asked for again, and holds nothing of its files. */
  readonly letGo: (infoHash: string) => Promise<void>;
} => {
  const state: State = { ...deps, given: new Map(), refused: new Map() };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    seed: (wanted, bytesPerSecond) => inTurn(() => seedAll(state, wanted, bytesPerSecond)),
    letGo: (infoHash) => inTurn(() => drop(state, infoHash)),
  };
};
