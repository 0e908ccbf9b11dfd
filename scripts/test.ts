// `npm test -- [category…] [vitest's arguments]`: all tests, or those of some categories.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the tests of each category lie: a test file is in one of them, and in no other. */
const CATEGORIES = {
  unit: ['tests/*.test.ts', 'tests/!(contract|journeys|browser)/**', 'playground/tests/**'],
  contract: ['tests/contract/**'],
  journeys: ['tests/journeys/**'],
  browser: ['tests/browser/**'],
} as const;

export const NAMES = Object.keys(CATEGORIES);

/**
 * The arguments of `vitest run`. A word at the beginning is a category; without any all tests are meant.
 * @returns a sentence if there is no such category
 */
export const argumentsFor = (given: readonly string[]): readonly string[] | string => {
  const flags = given.filter((word) => word === '--coverage');
  const words = given.filter((word) => word !== '--coverage');
  const end = words.findIndex((word) => !/^[\w,:]+$/.test(word));
  const wanted = end < 0 ? words : words.slice(0, end);
  const unknown = wanted.find((word) => !NAMES.includes(word));
  if (unknown !== undefined) {
    const there = `There is no category “${unknown}” of tests: there are ${NAMES.join(', ')}.`;
    return `${there} A file is named with its path, as in npm test -- tests/lib/csv.test.ts`;
  }
  const others = Object.entries(CATEGORIES).filter(([name]) => wanted.length > 0 && !wanted.includes(name));
  const excluded = others.flatMap(([, globs]) => globs.map((glob) => `--exclude=${glob}`));
  return [...excluded, ...flags, ...words.slice(wanted.length)];
};

if (import.meta.main) {
  const found = argumentsFor(process.argv.slice(2));
  if (typeof found === 'string') {
    console.error(found);
    process.exit(2);
  }
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const running = spawn(process.execPath, [vitest, 'run', ...found], { stdio: 'inherit' });
  // It ends by itself when the terminal or a supervisor tells all of us to: we end with what it says.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => running.kill(signal));
  running.on('exit', (code) => process.exit(code ?? 1));
}
