import { mkdirSync, mkdtempSync, rmSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesBelow, inFolder, makeFolder } from '../../src/lib/folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hubgram-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('work in a folder', () => {
  it('is done once more when the folder was gone', async () => {
    const folder = join(root, 'parent', 'folder');
    await inFolder(folder, () => writeFile(join(folder, 'file'), 'x'));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('is done once more when others made the folder and removed it while we made it', async () => {
    const folder = join(root, 'folder');
    // To mkdir it is there, and when it looks what it is, it is not: as a folder that goes between the two.
    symlinkSync(join(root, 'nowhere'), folder);
    let times = 0;
    await inFolder(folder, async () => {
      times += 1;
      if (times === 2) unlinkSync(folder);
      await writeFile(join(folder, 'file'), 'x');
    });
    expect([times, await readdir(folder)]).toEqual([3, ['file']]);
  });

  it('is done once more when the parent was removed while we made the folder', async () => {
    const [parent, folder] = [join(root, 'parent'), join(root, 'parent', 'folder')];
    symlinkSync(join(root, 'nowhere'), parent);
    let times = 0;
    await inFolder(folder, async () => {
      times += 1;
      if (times === 2) unlinkSync(parent);
      await writeFile(join(folder, 'file'), 'x');
    });
    expect([times, await readdir(folder)]).toEqual([3, ['file']]);
  });

  it('goes on for as long as somebody removes the folder each time, up to twenty times', async () => {
    const folder = join(root, 'folder');
    let times = 0;
    const lose = async (): Promise<void> => {
      times += 1;
      if (times > 1) rmdirSync(folder);
      if (times < 20) await writeFile(join(folder, 'file'), 'x');
    };
    await inFolder(folder, lose);
    expect(times).toBe(20);
    const losing = inFolder(folder, async () => {
      times += 1;
      rmSync(folder, { recursive: true, force: true });
      await writeFile(join(folder, 'file'), 'x');
    });
    await expect(losing).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
    expect(times).toBe(40);
  });

  it('fails at once for any other reason', async () => {
    let times = 0;
    const failing = inFolder(root, async () => {
      times += 1;
      await writeFile(root, 'x');
    });
    await expect(failing).rejects.toMatchObject({ code: 'EISDIR' });
    expect(times).toBe(1);
  });
});

describe('a folder that is to be there', () => {
  it('is made with its parents, and left if it is there', async () => {
    const folder = join(root, 'one', 'two');
    await makeFolder(folder);
    writeFileSync(join(folder, 'file'), 'x');
    await makeFolder(folder);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('is not made where a file lies, or on the way to it', async () => {
    writeFileSync(join(root, 'file'), 'x');
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder(join(root, 'file', 'folder'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('is not made through a link that leads nowhere', async () => {
    symlinkSync(join(root, 'nowhere'), join(root, 'link'));
    await expect(makeFolder(join(root, 'link'))).rejects.toMatchObject({ code: 'ENOENT' });
    mkdirSync(join(root, 'nowhere'));
    await makeFolder(join(root, 'link'));
  });
});

describe('what lies below a folder', () => {
  it('comes in parts, however much it is, with what lies in folders of it, and links are followed nowhere', async () => {
    const names = Array.from({ length: 1201 }, (_, at) => `file-${at}`);
    for (const name of names) writeFileSync(join(root, name), '');
    mkdirSync(join(root, 'inner', 'empty'), { recursive: true });
    writeFileSync(join(root, 'inner', 'file'), '');
    symlinkSync(root, join(root, 'inner', 'link'));
    const seen: string[] = [];
    const lengths: number[] = [];
    for await (const part of entriesBelow(root)) {
      lengths.push(part.length);
      seen.push(...part.map(({ parentPath, name }) => join(parentPath, name)));
    }
    const all = [...names, 'inner', 'inner/empty', 'inner/file', 'inner/link'].map((name) => join(root, name));
    expect(seen.toSorted()).toEqual(all.toSorted());
    expect(Math.max(...lengths)).toBe(500);
  });

  it('is nothing where there is no folder', async () => {
    for await (const part of entriesBelow(join(root, 'gone'))) expect(part).toEqual([]);
    writeFileSync(join(root, 'file'), '');
    for await (const part of entriesBelow(join(root, 'file'))) expect(part).toEqual([]);
  });
});
