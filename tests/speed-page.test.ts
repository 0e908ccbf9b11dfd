import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEASURES } from '../bench/speed/measures.ts';
import { placesIn, putInto, shown } from '../bench/speed/page.ts';
import { transferTable } from '../bench/speed/transfer-table.ts';

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
    '| @huggingface/hub | no | 340 | 6 |',
  ].join('\n');
  expect(transferTable(printed)).toBe(
    [
      '| 16 connections unless it says otherwise | hubgram | aria2c -x16 -s16 -j8 | curl -Z | @huggingface/hub |',
      '| --- | --- | --- | --- | --- |',
      '| 4 × 512 MiB, no limit | 4.4 s | 5.8 s; 18.1 s with `--checksum` | 3.2 s |  |',
      '| slow | 6.2 s; 3.9 s with 32 |  |  | 340 s |',
    ].join('\n'),
  );
  expect(() => transferTable('nothing')).toThrow('no scenario');
});
