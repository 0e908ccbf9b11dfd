import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { argumentsFor, NAMES } from '../scripts/test.ts';

/* The categories of `npm test`, as vitest itself takes them. */

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const listSchema = z.array(z.object({ file: z.string() }));
const reportSchema = z.object({ success: z.boolean(), testResults: z.array(z.object({ name: z.string() })) });

/** The test files that `npm test -- …` runs. */
const filesOf = async (...given: readonly string[]): Promise<readonly string[]> => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'list', '--filesOnly', '--json', ...[argumentsFor(given)].flat()];
  const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 2 ** 24 });
  const files = listSchema.parse(JSON.parse(stdout)).map(({ file }) => relative(root, file).replaceAll('\\', '/'));
  return files.toSorted();
};

let all: readonly string[];
let byName: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  all = await filesOf();
  const found: (readonly [string, readonly string[]])[] = [];
  for (const name of NAMES) found.push([name, await filesOf(name)]);
  byName = new Map(found);
});

describe('the categories of tests', () => {
  test('hold each test file once', () => {
    expect(all).toContain('tests/categories.test.ts');
    expect([...byName.values()].flat().toSorted()).toEqual(all);
  });

  test('hold what asks for a browser where it is said to be', () => {
    const asks = (file: string): boolean => /\/browser\.ts'/.test(readFileSync(join(root, file), 'utf8'));
    expect(all.filter(asks)).toEqual(byName.get('browser'));
  });

  test.each([
    ['unit', 'tests/documents.test.ts'],
    ['unit', 'tests/people/tokens/vault.test.ts'],
    ['unit', 'playground/tests/hub/faults.test.ts'],
    ['contract', 'tests/contract/data-model.test.ts'],
    ['journeys', 'tests/journeys/restore.test.ts'],
    ['browser', 'playground/tests/browser/look.test.ts'],
  ])('%s holds %s', (name, file) => {
    expect(byName.get(name)).toContain(file);
  });

  test('can be taken together, and narrowed to some files', async () => {
    const both = [...(byName.get('contract') ?? []), ...(byName.get('browser') ?? [])].toSorted();
    expect(await filesOf('contract', 'browser')).toEqual(both);
    expect(await filesOf('journeys', 'tests/journeys/restore.test.ts', 'tests/lib/csv.test.ts')).toEqual([
      'tests/journeys/restore.test.ts',
    ]);
  });

  test('are no part of what else vitest is told', () => {
    expect(argumentsFor(['tests/lib/csv.test.ts', '-t', 'unit'])).toEqual(['tests/lib/csv.test.ts', '-t', 'unit']);
    const report = ['--reporter=default', '--reporter=json', '--outputFile.json=/tmp/report'];
    expect(argumentsFor(report)).toEqual(report);
    expect(argumentsFor(['--coverage', 'contract', '--bail=1']).slice(-2)).toEqual(['--coverage', '--bail=1']);
  });
});

describe('npm test', () => {
  const npmTest = (...given: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> =>
    new Promise((resolve) => {
      const args = [join(root, 'scripts/test.ts'), ...given];
      execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) =>
        resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : 0 }),
      );
    });

  test('says which categories there are to who asks for another one', async () => {
    const { stdout, stderr, code } = await npmTest('units');
    expect({ stdout, stderr, code }).toEqual({
      stdout: '',
      stderr:
        'There is no category “units” of tests: there are unit, contract, journeys, browser. ' +
        'A file is named with its path, as in npm test -- tests/lib/csv.test.ts\n',
      code: 2,
    });
  });

  test('runs what it is asked for, and ends as the tests do', async () => {
    const report = join(await mkdtemp(join(tmpdir(), 'hubgram-categories-')), 'report.json');
    try {
      const asked = ['tests/lib/csv.test.ts', '--reporter=json', `--outputFile.json=${report}`];
      expect(await npmTest('unit', ...asked)).toMatchObject({ code: 0 });
      const { success, testResults } = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
      expect([success, testResults.map(({ name }) => relative(root, name))]).toEqual([true, ['tests/lib/csv.test.ts']]);
      // No file is in both: vitest finds none, and says no.
      expect(await npmTest('contract', ...asked)).toMatchObject({ code: 1 });
    } finally {
      await rm(dirname(report), { recursive: true });
    }
  });
});
