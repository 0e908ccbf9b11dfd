import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

/*
 * The limits of files and functions, and what else the linter holds: it is given planted faults, by the project's own rules,
 * so that a rule that is switched off or has gone blind is noticed.
 */

const root = join(import.meta.dirname, '..');

const lines = (many: number): string => `export {};\n${'//\n'.repeat(many - 1)}`;
const functionOf = (many: number): string =>
  `export const run = (step: () => void) => {\n${'step();\n'.repeat(many - 2)}};\n`;
const inside = (before: string, text: string): string => `export const run = (${before}): void => {\n${text}\n};\n`;
const nested = (depth: number): string =>
  inside('on: () => boolean', `${'if (on()) {'.repeat(depth)}${'}'.repeat(depth)}`);
const branches = (many: number): string => inside('on: () => boolean', 'if (on()) on();\n'.repeat(many));
const parameters = (many: number): string =>
  inside(Array.from({ length: many }, (_, at) => `_${at}: string`).join(', '), '');
const promise = (before: string): string => inside('begin: () => Promise<void>', `${before} begin();`);

/** A rule, what it must object to, and what it must let pass. */
const CASES: readonly (readonly [rule: string, fault: string, good: string])[] = [
  ['max-lines', lines(301), lines(300)],
  ['max-lines-per-function', functionOf(71), functionOf(70)],
  ['max-params', parameters(5), parameters(4)],
  ['max-depth', nested(4), nested(3)],
  ['complexity', branches(16), branches(15)],
  ['no-cycle', "import { a } from './other.ts';\nexport const b = a;\n", "export const b = '';\n"],
  ['no-floating-promises', promise(''), promise('void')],
  [
    'no-explicit-any',
    'export const x = (y: any): string => String(y);\n',
    'export const x = (y: unknown): string => String(y);\n',
  ],
  [
    'no-non-null-assertion',
    'export const x = (y?: string): string => y!;\n',
    "export const x = (y?: string): string => y ?? '';\n",
  ],
  ['only-throw-error', inside('', "throw 'x';"), inside('', "throw new Error('x');")],
  ['no-console', inside('', "console.log('x');"), inside('', '')],
  ['no-default-export', 'export default 1;\n', 'export const one = 1;\n'],
];

const reportSchema = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

let folder: string;
/** The rules that were broken, by file. */
let broken: ReadonlyMap<string, readonly string[]>;

/** `eslint(max-lines)` is `max-lines`. */
const ruleOf = (code: string): string => /\(([^)]+)\)/.exec(code)?.[1] ?? code;

const lint = (cwd: string): Promise<string> =>
  new Promise((resolve) => {
    const program = join(root, 'node_modules/.bin/oxlint');
    execFile(program, ['--format', 'json', '.'], { cwd, shell: process.platform === 'win32' }, (_error, stdout) =>
      resolve(stdout),
    );
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubgram-linter-'));
  await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  const options = { extends: join(root, 'tsconfig.json'), compilerOptions: { types: [] }, include: ['src'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
  for (const [rule, fault, good] of CASES) {
    for (const [kind, text] of Object.entries({ fault, good })) {
      const place = join(folder, 'src', rule, kind);
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'file.ts'), text);
      await writeFile(join(place, 'other.ts'), "import { b } from './file.ts';\nexport const a: string = b;\n");
    }
  }
  const { diagnostics } = reportSchema.parse(JSON.parse(await lint(folder)));
  const files = Map.groupBy(diagnostics, ({ filename }) => filename.replaceAll('\\', '/'));
  broken = new Map([...files].map(([file, found]) => [file, found.map(({ code }) => ruleOf(code))]));
});

afterAll(() => rm(folder, { recursive: true }));

describe.each(CASES)('the linter’s rule %s', (rule) => {
  test('objects to a planted fault', () => {
    expect(broken.get(`src/${rule}/fault/file.ts`)).toEqual([rule]);
  });

  test('lets pass what is just allowed', () => {
    expect(broken.get(`src/${rule}/good/file.ts`) ?? []).toEqual([]);
  });
});
