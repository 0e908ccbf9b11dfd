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
const listsSchema = z.array(z.array(z.string()));
const reportSchema = z.object({ success: z.boolean(), testResults: z.array(z.object({ name: z.string() })) });

/** Lists of words for vitest come in; for each it prints the files that it would run. Vitest is loaded once for all of them. */
const LISTING = `
  import { createVitest, parseCLI } from 'vitest/node';
  const lists = [];
  for (const words of JSON.parse(process.argv[1])) {
    const { filter, options } = parseCLI(['vitest', 'run', ...words]);
    const vitest = await createVitest('test', { ...options, watch: false });
    lists.push((await vitest.globTestSpecifications(filter)).map(({ moduleId }) => moduleId));
    await vitest.close();
  }
  process.stdout.write(JSON.stringify(lists));
  process.exit(0);`;

const BOTH = ['contract', 'browser'] as const;
const NARROWED = ['journeys', 'tests/journeys/restore.test.ts', 'tests/lib/csv.test.ts'] as const;

/** The test files that `npm test -- …` runs, by what is written there. */
let filesOf: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  const asked: readonly (readonly string[])[] = [[], ...NAMES.map((name) => [name]), BOTH, NARROWED];
  const words = JSON.stringify(asked.map((given) => [argumentsFor(given)].flat()));
  const args = ['--input-type=module', '--eval', LISTING, words];
  const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 2 ** 24 });
  const paths = (files: readonly string[]) =>
    files.map((file) => relative(root, file).replaceAll('\\', '/')).toSorted();
  filesOf = new Map(
    listsSchema.parse(JSON.parse(stdout)).map((files, at) => [asked[at]?.join(' ') ?? '', paths(files)]),
  );
});

const filesIn = (...given: readonly string[]): readonly string[] => filesOf.get(given.join(' ')) ?? [];

describe('the categories of tests', () => {
  test('hold each test file once', () => {
    expect(filesIn()).toContain('tests/categories.test.ts');
    expect(NAMES.flatMap((name) => filesIn(name)).toSorted()).toEqual(filesIn());
  });

  test('hold what asks for a browser where it is said to be', () => {
    const asks = (file: string): boolean => /\/browser\.ts'/.test(readFileSync(join(root, file), 'utf8'));
    expect(filesIn().filter(asks)).toEqual(filesIn('browser'));
  });

  test.each([
    ['unit', 'tests/documents.test.ts'],
    ['unit', 'tests/people/tokens/vault.test.ts'],
    ['unit', 'playground/tests/hub/faults.test.ts'],
    ['contract', 'tests/contract/data-model.test.ts'],
    ['journeys', 'tests/journeys/restore.test.ts'],
    ['browser', 'tests/browser/chat-page.test.ts'],
  ])('%s holds %s', (name, file) => {
    expect(filesIn(name)).toContain(file);
  });

  test('can be taken together, and narrowed to some files', () => {
    expect(filesIn(...BOTH)).toEqual(BOTH.flatMap((name) => filesIn(name)).toSorted());
    expect(filesIn(...NARROWED)).toEqual(['tests/journeys/restore.test.ts']);
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
