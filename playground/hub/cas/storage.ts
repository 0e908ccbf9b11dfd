import type { Content } from '../repos/content.ts';
import { createFragments, type Fragments } from './fragments.ts';
import type { Measured, MeasuredChunk } from './measure.ts';
import { measureOnce } from './measuring.ts';
import { addChunk, openXorb, type Xorb } from './xorb.ts';

/** Of a xorb; whichever is reached first (huggingface.co/docs/xet/xorb). */
const MOST_CHUNKS = 8192;
const MOST_BYTES = 64 * 2 ** 20;

/** Chunks of a xorb that follow each other in a file. */
export interface Term {
  readonly xorb: Xorb;
  readonly start: number;
  /** Of the first chunk that is not meant. */
  readonly end: number;
}

export interface StoredFile {
  readonly size: number;
  readonly terms: readonly Term[];
}

export interface Storage {
  /** Stores files as one upload, if they are not there. Uploads wait for each other. */
  readonly store: (contents: readonly Content[]) => Promise<void>;
  /** Of a file's Xet hash. */
  readonly file: (xetHash: string) => StoredFile | undefined;
  readonly xorb: (hash: string) => Xorb | undefined;
}

/** A term that may still grow. */
type OpenTerm = { -readonly [K in keyof Term]: Term[K] };

interface Home {
  readonly xorb: Xorb;
  readonly index: number;
}

/** One file on its way into storage. */
interface Upload {
  readonly content: Content;
  readonly chunks: readonly MeasuredChunk[];
  readonly terms: OpenTerm[];
  readonly fragments: Fragments;
}

/** How many chunks from here on lie one after the other in a xorb. */
const runOf = (home: Home, chunks: readonly MeasuredChunk[], from: number): number => {
  let length = 1;
  while (home.xorb.chunks[home.index + length]?.hash === (chunks[from + length]?.hash ?? 'the end')) length += 1;
  return length;
};

/** Whether a chunk of a xorb comes right behind what the file has. */
const isNext = ({ terms }: Upload, { xorb, index }: Home): boolean => {
  const last = terms.at(-1);
  return last?.xorb === xorb && last.end === index;
};

/** Puts chunks of a xorb behind what the file has. */
const point = (upload: Upload, home: Home, count: number): void => {
  const { terms, fragments } = upload;
  const last = terms.at(-1);
  if (last && isNext(upload, home)) {
    last.end += count;
    fragments.extend(count);
    return;
  }
  terms.push({ xorb: home.xorb, start: home.index, end: home.index + count });
  fragments.begin(count);
};

/** @param mostBytes of the chunks of a xorb as they are in files */
export const createStorage = (mostBytes = MOST_BYTES): Storage => {
  const files = new Map<string, StoredFile>();
  const xorbs = new Map<string, Xorb>();
  /** By the hash of a chunk. */
  const homes = new Map<string, Home>();
  let turn: Promise<unknown> = Promise.resolve();
  let open = openXorb();

  const close = async (): Promise<void> => {
    if (open.chunks.length === 0) return;
    const { hashToHex, hexToBytes, xorbHash } = await import('@huggingface/xetchunk-wasm');
    open.hash = hashToHex(xorbHash(open.chunks.map(({ hash, length }) => ({ hash: hexToBytes(hash), length }))));
    xorbs.set(open.hash, open);
    open = openXorb();
  };

  const add = async (upload: Upload, chunk: MeasuredChunk, at: number): Promise<void> => {
    if (open.unpackedBytes + chunk.length > mostBytes || open.chunks.length === MOST_CHUNKS) await close();
    const index = addChunk(open, { ...chunk, content: upload.content, at });
    if (!homes.has(chunk.hash)) homes.set(chunk.hash, { xorb: open, index });
    point(upload, { xorb: open, index }, 1);
  };

  const storeFile = async (content: Content, { xetHash, chunks }: Measured): Promise<void> => {
    if (files.has(xetHash)) return;
    const upload: Upload = { content, chunks, terms: [], fragments: createFragments() };
    let at = 0;
    for (let index = 0; index < chunks.length; ) {
      const chunk = chunks[index];
      if (!chunk) break;
      const home = homes.get(chunk.hash);
      const run = home ? runOf(home, chunks, index) : 0;
      const isPointed = home && (isNext(upload, home) || upload.fragments.mayPoint(run));
      if (isPointed) point(upload, home, run);
      else await add(upload, chunk, at);
      const count = isPointed ? run : 1;
      at += chunks.slice(index, index + count).reduce((sum, { length }) => sum + length, 0);
      index += count;
    }
    files.set(xetHash, { size: content.size, terms: upload.terms });
  };

  return {
    store: (contents) => {
      const upload = async (): Promise<void> => {
        for (const content of contents) await storeFile(content, await measureOnce(content));
        await close();
      };
      const stored = turn.then(upload);
      turn = stored.catch(() => {});
      return stored;
    },
    file: (xetHash) => files.get(xetHash),
    xorb: (hash) => xorbs.get(hash),
  };
};
