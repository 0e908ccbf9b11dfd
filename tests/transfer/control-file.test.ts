import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteRange } from '../../src/domain/listing.ts';
import { BOOT_ID } from '../../src/lib/boot-id.ts';
import { notedIn, type ControlFile, createControlFile } from '../../src/transfer/files/control-file.ts';
import { createDice } from '../helpers/dice.ts';

const etag = 'e'.repeat(64);
const SIZE = 1000;

let folder = '';
let partPath = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-control-'));
  partPath = join(folder, `${etag}.part`);
  path = `${partPath}.control`;
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** As another run of the program would have it. */
const control = (of: { etag?: string; size?: number } = {}): ControlFile =>
  createControlFile({ partPath, etag, size: SIZE, ...of });
const upTo = (end: number): ByteRange[] => [{ start: 0, end }];
const line = (content: object): string => {
  const text = JSON.stringify(content);
  return `\n${crc32(text).toString(16).padStart(8, '0')} ${text}`;
};

describe('a control file', () => {
  it('says what was claimed, and nothing after it was cleared', async () => {
    expect(await control().load()).toEqual([]);
    await control().noteFlushed([
      { start: 0, end: 10 },
      { start: 500, end: 600 },
    ]);
    await control().noteWritten([{ start: 10, end: 20 }]);
    expect(await control().load()).toEqual([
      { start: 0, end: 20 },
      { start: 500, end: 600 },
    ]);
    await control().clear();
    expect(await control().load()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('cut off after any of its bytes claims what was claimed until then, and never more', async () => {
    const claims = Array.from({ length: 12 }, (_, index) => (index + 1) * 7);
    const lengths: number[] = [];
    for (const [index, end] of claims.entries()) {
      await (index % 3 === 2 ? control().noteFlushed(upTo(end)) : control().noteWritten(upTo(end)));
      lengths.push((await stat(path)).size);
    }
    const whole = await readFile(path);
    for (let kept = whole.length; kept >= 0; kept -= 1) {
      const last = claims[lengths.filter((length) => length <= kept).length - 1];
      const claimed = notedIn(whole.subarray(0, kept).toString(), { etag, size: SIZE });
      expect(claimed).toEqual(last === undefined ? [] : upTo(last));
    }
    // A kill in the middle of a line spoils none that comes after.
    await writeFile(path, whole.subarray(0, (lengths[4] ?? 0) + 20));
    await control().noteWritten(upTo(900));
    expect(await control().load()).toEqual(upTo(900));
  });

  it('with any byte changed, or a block of it lost, never claims more than was', async () => {
    const dice = createDice(5);
    for (const end of [100, 200, 300]) await control().noteFlushed(upTo(end));
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 1) {
      const bent = Buffer.from(whole);
      if (dice(4) === 0) bent.fill(0, at, Math.min(at + 64, bent.length));
      else bent[at] = dice(256);
      const claimed = notedIn(bent.toString(), { etag, size: SIZE });
      expect([[], upTo(100), upTo(200), upTo(300)]).toContainEqual(claimed);
    }
  });

  it.skipIf(BOOT_ID === undefined)('of an earlier start of the machine claims what was flushed only', async () => {
    const before = 'b'.repeat(36);
    await control().noteFlushed(upTo(100));
    const [flushed, written] = [await readFile(path, 'utf8'), { etag, size: SIZE, boot: before, ranges: [[0, 800]] }];
    await writeFile(path, flushed + line(written));
    expect(await control().load()).toEqual(upTo(100));
    await writeFile(path, flushed + line({ ...written, boot: BOOT_ID }));
    expect(await control().load()).toEqual(upTo(800));
  });

  it('of another blob, or of another size, claims nothing', async () => {
    await control({ etag: 'f'.repeat(64) }).noteFlushed(upTo(10));
    await control({ size: SIZE + 1 }).noteFlushed(upTo(20));
    expect(await control().load()).toEqual([]);
    await control().noteFlushed(upTo(5));
    expect(await control().load()).toEqual(upTo(5));
  });

  it.each([
    ['noise', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
    ['an empty file', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(8192)],
    ['lines of another program', '{"etag":"x"}\n[1,2]\nnull\n'],
    ['ranges that cannot be', line({ etag, size: SIZE, ranges: [[-5, 2000], [7], ['0', '9'], [1.5, 2]] })],
    ['ranges outside of the file', line({ etag, size: SIZE, ranges: [[0, SIZE + 1]] })],
    ['something that is no object', line([1, 2, 3])],
  ])('that holds %s claims nothing, and the next claim in it holds', async (_, content) => {
    await writeFile(path, content);
    expect(await control().load()).toEqual([]);
    await control().noteFlushed(upTo(50));
    expect(await control().load()).toEqual(upTo(50));
  });

  it('in whose place a link lies leads nowhere', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, line({ etag, size: SIZE, ranges: [[0, 500]] }));
    await symlink(victim, path);
    expect(await control().load()).toEqual([]);
    await expect(control().noteFlushed(upTo(9))).rejects.toMatchObject({ code: 'operational' });
    expect(await readFile(victim, 'utf8')).not.toContain('[0,9]');
  });

  it('stays short, however long a download takes, and says at each moment what was claimed last', async () => {
    const size = 1e6;
    const file = control({ size });
    const ranges = (upTo: number): ByteRange[] =>
      Array.from({ length: 1000 }, (_, index) => ({ start: index * 1000, end: index * 1000 + upTo }));
    for (let round = 1; round <= 12; round += 1) {
      await file.noteFlushed(ranges(round));
      expect(await control({ size }).load()).toEqual(ranges(round));
    }
    expect((await stat(path)).size).toBeLessThan(70_000);
    expect(await readdir(folder)).toEqual([`${etag}.part.control`]);
  });

  it('begun anew by a run that was killed before it had its name leaves the one before', async () => {
    await control().noteFlushed(upTo(300));
    await writeFile(`${path}.tmp`, line({ etag, size: SIZE, ranges: [[0, 9]] }).slice(0, 30));
    expect(await control().load()).toEqual(upTo(300));
  });

  it('in a folder that somebody has removed says so', async () => {
    await rm(folder, { recursive: true });
    await expect(control().noteFlushed(upTo(1))).rejects.toMatchObject({ code: 'changed' });
  });
});
