import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { keepTrack, recoverUnflushed } from '../../src/cache/flush-later.ts';
import { repoPaths, type RepoPaths } from '../../src/cache/layout.ts';
import { createHasher } from '../../src/transfer/files/hasher.ts';
import { BOOT_ID } from '../../src/lib/boot-id.ts';

/** More than is flushed at once. */
const MANY = 100;

let cacheDir = '';
let paths: RepoPaths;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'hubgram-flush-'));
  paths = repoPaths(cacheDir, 'models--org--name');
  mkdirSync(paths.blobs, { recursive: true });
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }));
});

const contentOf = (index: number): string => `{"n":${index}}`;
const etags = Array.from({ length: MANY }, (_, index) => createHash('sha256').update(contentOf(index)).digest('hex'));
const publish = async (count: number): Promise<(() => Promise<void>) | undefined> => {
  const blobs = etags.slice(0, count).map((etag, index) => {
    writeFileSync(paths.blob(etag), contentOf(index));
    const size = contentOf(index).length;
    return { file: { etag, size }, unflushed: size };
  });
  return keepTrack(paths, blobs);
};
const notes = (): string[] => (existsSync(paths.partials) ? readdirSync(paths.partials) : []);

/** As the next start of the program finds it. @param begun told when a blob is being read */
const recover = async (
  begun: (hasher: ReturnType<typeof createHasher>) => void = () => undefined,
  signal = new AbortController().signal,
): Promise<number> => {
  const hasher = createHasher();
  let read = 0;
  const hash: typeof hasher.begin = (...asked) => {
    const hashing = hasher.begin(...asked);
    read += 1;
    begun(hasher);
    return hashing;
  };
  await recoverUnflushed(cacheDir, hash, signal);
  await hasher.close();
  return read;
};

/** As a power cut leaves it: the machine has started anew, and the disk has not got two of the blobs. */
const cutPower = (): void => {
  for (const note of notes()) {
    const path = join(paths.partials, note);
    writeFileSync(path, readFileSync(path, 'utf8').replace(BOOT_ID ?? '', 'the start before'));
  }
  writeFileSync(paths.blob(etags[3] ?? ''), '');
  writeFileSync(paths.blob(etags[4] ?? ''), '\0'.repeat(contentOf(4).length));
};

describe('blobs that are shown before the disk has them', () => {
  it('are noted, unless they are few, until they are flushed', async () => {
    expect(await publish(5)).toBeUndefined();
    expect(notes()).toEqual([]);
    const flush = await publish(MANY);
    expect(notes()).toHaveLength(1);
    await flush?.();
    expect(notes()).toEqual([]);
  });

  it('are not kept in memory until then: their note is read when they are flushed', async () => {
    const flush = await publish(MANY);
    const [note = ''] = notes();
    writeFileSync(join(paths.partials, note), '{"boot":"');
    await expect(flush?.()).rejects.toThrow(SyntaxError);
    // The next start looks at it.
    expect(notes()).toEqual([note]);
  });

  it('are left as they are after a kill: the kernel has them', async () => {
    await publish(MANY);
    writeFileSync(paths.blob(etags[3] ?? ''), 'not read');
    await recover();
    expect(readdirSync(paths.blobs)).toHaveLength(MANY);
    expect(notes()).toEqual([]);
  });

  it.skipIf(BOOT_ID === undefined)('are read after a power cut, and those that it damaged are gone', async () => {
    await publish(MANY);
    cutPower();
    await recover();
    expect(readdirSync(paths.blobs).toSorted()).toEqual(
      etags.filter((_, index) => index !== 3 && index !== 4).toSorted(),
    );
    expect(notes()).toEqual([]);
  });

  it.skipIf(BOOT_ID === undefined)('are all left where what reads them ends, and are read again', async () => {
    await publish(MANY);
    cutPower();
    await recover((hasher) => void hasher.close());
    expect(readdirSync(paths.blobs)).toHaveLength(MANY);
    expect(notes()).toHaveLength(1);
    await recover();
    expect(readdirSync(paths.blobs)).toHaveLength(MANY - 2);
  });

  it.skipIf(BOOT_ID === undefined)('are read no further when the program ends', async () => {
    await publish(MANY);
    cutPower();
    const end = new AbortController();
    expect(await recover(() => end.abort(), end.signal)).toBe(1);
    expect(readdirSync(paths.blobs)).toHaveLength(MANY);
    expect(notes()).toHaveLength(1);
  });
});
