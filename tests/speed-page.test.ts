import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asTheyCame, columnsSideBySide, tablesSideBySide, underOneHead } from '../bench/speed/join.ts';
import { createKept } from '../bench/speed/kept.ts';
import { MEASURES } from '../bench/speed/measures.ts';
import { placesIn, putInto, sectionOf, shown } from '../bench/speed/page.ts';
import { transferTable } from '../bench/speed/transfer-table.ts';
import { tempFolder } from './store/setup.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the pages that the bench writes', () => {
  it('have a place for each measure, in its order, and the README one for the times', () => {
    expect(placesIn(read('docs/speed.md'))).toEqual(MEASURES.map(({ name }) => name));
    expect(placesIn(read('README.md'))).toEqual(['times']);
    for (const { name } of MEASURES) expect(putInto(read('docs/speed.md'), name, 'new')).toContain('new');
    expect(putInto(read('README.md'), 'times', 'new')).toContain('new');
  });

  it('name each by its title, and how it is run alone; and so does bench/README.md', () => {
    for (const { name, title, script } of MEASURES) {
      expect(existsSync(join(root, 'bench', script))).toBe(true);
      expect(read('docs/speed.md')).toContain(`## ${title}\n\n\`npm run bench -- --only=${name}\``);
      expect(read('bench/README.md')).toContain(`node bench/${script}`);
    }
  });

  it('keep all else as it is', () => {
    const page = 'before\n\n<!-- bench:one -->\n\nold\n\n<!-- /bench:one -->\n\nafter\n';
    expect(putInto(page, 'one', 'new $& words\n')).toBe(
      'before\n\n<!-- bench:one -->\n\nnew $& words\n\n<!-- /bench:one -->\n\nafter\n',
    );
    for (const [wrong, name] of [
      [page, 'two'],
      ['<!-- bench:one --> and no end', 'one'],
      [page + page, 'one'],
    ] as const)
      expect(() => putInto(wrong, name, 'new')).toThrow(`There is not one place for ${name}`);
  });

  it('show tables as tables, and all else as it was printed', () => {
    expect(shown('| a |\n|---|\n| 1 |\n')).toBe('| a |\n|---|\n| 1 |');
    expect(shown('a   1\n')).toBe('```text\na   1\n```');
  });

  it('say of each section when and where all of it was measured', () => {
    const on = (day: number, machine = '2 × CPU', taken = 0.15) => ({
      at: Date.UTC(2026, 10, day, 12),
      machine,
      taken,
    });
    expect(sectionOf([on(3), on(3)], 'a')).toBe('Measured on 2026-11-03: 2 × CPU.\n\n```text\na\n```');
    expect(sectionOf([on(4), on(3, '4 × CPU')], 'a')).toContain(
      'Measured on 2026-11-03 and 2026-11-04: 2 × CPU; 4 × CPU.',
    );
  });
});

describe('a measure in pieces', () => {
  it('has a name for each, once', () => {
    for (const { pieces } of MEASURES) {
      expect(pieces.length).toBeGreaterThan(0);
      expect(new Set(pieces.map(({ name }) => name)).size).toBe(pieces.length);
    }
  });

  it('goes on from what was kept within a day, whatever ended it', () => {
    const folder = join(tempFolder(), 'figures');
    let now = Date.UTC(2026, 10, 3);
    const { keep, kept } = createKept(folder, () => now);
    expect(kept('scale', '1')).toBeUndefined();
    keep('scale', '1', { machine: 'm', taken: 0, output: 'o' });
    writeFileSync(join(folder, 'scale-2.json'), '{"at":');
    expect(createKept(folder, () => now).kept('scale', '1')).toEqual({ at: now, machine: 'm', taken: 0, output: 'o' });
    expect(kept('scale', '2')).toBeUndefined();
    now += 86_400_000 - 1;
    expect(kept('scale', '1')).toBeDefined();
    now += 1;
    expect(kept('scale', '1')).toBeUndefined();
  });

  it('is one text: one after the other, and the machine once', () => {
    expect(asTheyCame(['a\n', 'b\n'])).toBe('a\n\nb');
    expect(underOneHead(['machine\n\nA\n', 'machine\n\nB\n', 'other\n\nC\n'])).toBe('machine\n\nA\n\nB\n\nother\n\nC');
  });

  it('is one table of what programs came to that ran in pieces of their own', () => {
    const of = (name: string, value: string): string => `about it\n\n| | ${name} |\n|---|---|\n| 429s | ${value} |\n`;
    expect(tablesSideBySide([of('hubgram', '0'), of('throttler', '7')])).toBe(
      'about it\n\n| | hubgram | throttler |\n|---|---|---|\n| 429s | 0 | 7 |',
    );
  });

  it('is one table of all sizes, each of which may come in pieces', () => {
    const line = (name: string, ...cells: string[]): string =>
      name.padEnd(36) + cells.map((cell) => cell.padStart(28)).join('');
    const pieces = [
      [line('median', '10 rows'), line('a look', '1 ms'), line('…  of it', '2 ms'), line('a claim', '3 ms')],
      [line('median', '20 rows'), line('answers', '4 ms'), line('a look', '5 ms')],
      [line('median', '20 rows'), line('a claim', '6 ms'), line('…  of it', '7 ms'), line('… of it', '8 ms')],
    ];
    expect(columnsSideBySide(pieces.map((lines) => `${lines.join('\n')}\n`)).split('\n')).toEqual([
      line('median', '10 rows', '20 rows'),
      line('a look', '1 ms', '5 ms'),
      line('…  of it', '2 ms', '7 ms'),
      line('a claim', '3 ms', '6 ms'),
      line('answers', '', '4 ms'),
      line('… of it', '', '8 ms'),
    ]);
  });
});

it('the times of all programs are one table', () => {
  const printed = [
    '2 × CPU, Linux 6, Node v24; medians',
    '',
    '**A**: 4 × 512 MiB, no limit',
    '',
    '| | verifies | s | MB/s |',
    '|---|---|---|---|',
    '| hubgram, 16 connections | yes | 4.38 | 490 |',
    '| aria2c -x16 -s16 -j8 | no | 5.82 | 369 |',
    '| aria2c -x16 -s16 -j8 --checksum | yes | 18.1 | 118 |',
    '| curl | no | 9.00 | 200 |',
    '| curl -Z | no | 3.2 | 600 |',
    '',
    '**B**: slow',
    '',
    '| hubgram, 16 connections | yes | 6.21 | 340 |',
    '| hubgram, 32 connections | yes | 3.9 | 540 |',
    '| curl -Z | no | 71.7 | 30 |',
    '| @huggingface/hub | no | > 150 |  |',
  ].join('\n');
  expect(transferTable(printed)).toBe(
    [
      '| 16 connections unless it says otherwise | hubgram | aria2c -x16 -s16 -j8 | curl -Z | @huggingface/hub |',
      '| --- | --- | --- | --- | --- |',
      '| 4 × 512 MiB, no limit | 4.4 s | 5.8 s; 18.1 s with `--checksum` | 3.2 s |  |',
      '| slow | 6.2 s; 3.9 s with 32 |  | 71.7 s | more than 150 s |',
    ].join('\n'),
  );
  expect(() => transferTable('nothing')).toThrow('no scenario');
});
