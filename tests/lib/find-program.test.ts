import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findProgram } from '../../src/lib/files/find-program.ts';

/** A folder with a file in it that may be run, or may not. */
const folderWith = (name: string, mode = 0o755): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), '');
  chmodSync(join(folder, name), mode);
  return folder;
};

it('finds a program in the first folder that has it', async () => {
  const folders = [folderWith('other'), folderWith('tool'), folderWith('tool')];
  expect(await findProgram('tool', folders.join(delimiter))).toBe(join(folders[1] ?? '', 'tool'));
});

it('passes over what may not be run', async () => {
  const [closed, open] = [folderWith('tool', 0o644), folderWith('tool')];
  expect(await findProgram('tool', [closed, open].join(delimiter))).toBe(join(open, 'tool'));
});

it('finds none where nothing has it, nor where it is not told to look', async () => {
  expect(await findProgram('tool', folderWith('other'))).toBeUndefined();
  expect(await findProgram('tool', '')).toBeUndefined();
  expect(await findProgram('tool', undefined)).toBeUndefined();
});

it('runs nothing from wherever it was begun', async () => {
  const folder = folderWith('tool');
  expect(await findProgram('tool', ['.', relative(process.cwd(), folder)].join(delimiter))).toBeUndefined();
});
