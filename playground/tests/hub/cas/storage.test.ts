import { describe, expect, it } from 'vitest';
import { measure } from '../../../hub/cas/measure.ts';
import { createStorage, type StoredFile } from '../../../hub/cas/storage.ts';
import { type Content, givenContent } from '../../../hub/repos/content.ts';
import { joinedContent, wovenContent } from '../../../hub/repos/woven-content.ts';

const KB = 1000;

const store = async (contents: readonly Content[], mostBytes?: number): Promise<readonly StoredFile[]> => {
  const storage = createStorage(mostBytes);
  for (const content of contents) await storage.store([content]);
  return contents.map((content) => storage.file(measure(content).xetHash)!);
};

const chunksOf = ({ terms }: StoredFile) => terms.flatMap(({ xorb, start, end }) => xorb.chunks.slice(start, end));

describe('a file in storage', () => {
  it('has its own chunks, in order, whatever it shares', async () => {
    const old = wovenContent({ seed: 'old', size: 3000 * KB });
    const part = (from: number, size: number) => wovenContent({ seed: 'old', from, size });
    const content = joinedContent([
      part(1000 * KB, 1500 * KB),
      wovenContent({ seed: 'new', size: 500 * KB }),
      part(0, 900 * KB),
    ]);
    const [, stored] = await store([old, content], 700 * KB);
    expect(chunksOf(stored!).map(({ hash }) => hash)).toEqual(measure(content).chunks.map(({ hash }) => hash));
    for (const { xorb } of stored!.terms) expect(xorb.unpackedBytes).toBeLessThanOrEqual(700 * KB);
    expect(new Set(stored!.terms.map(({ xorb }) => xorb)).size).toBeGreaterThan(3);
  });

  it('points at a chunk that it has often, again and again', async () => {
    const [repeated] = await store([givenContent(Buffer.alloc(131_072 * 5))]);
    expect(repeated!.terms.map(({ start, end }) => [start, end])).toEqual(Array.from({ length: 5 }, () => [0, 1]));
  });

  it('is not in too many pieces: short runs of known chunks are stored anew, once there are many of them', async () => {
    const old = wovenContent({ seed: 'old', size: 36_000 * KB });
    const pieces = Array.from({ length: 120 }, (_, at) => [
      wovenContent({ seed: 'old', from: at * 300 * KB, size: 260 * KB }),
      wovenContent({ seed: `new ${at}`, size: 20 * KB }),
    ]).flat();
    const [before, after] = await store([old, joinedContent(pieces)]);
    const known = new Set(chunksOf(before!).map(({ hash }) => hash));
    const oldXorbs = new Set(before!.terms.map(({ xorb }) => xorb));
    const isAnew = ({ xorb, start, end }: StoredFile['terms'][number]): boolean =>
      !oldXorbs.has(xorb) && xorb.chunks.slice(start, end).some(({ hash }) => known.has(hash));
    // As long as it has few pieces, nothing is stored twice.
    expect(after!.terms.slice(0, 100).some(isAnew)).toBe(false);
    expect(after!.terms.slice(100).some(isAnew)).toBe(true);
  });
});
