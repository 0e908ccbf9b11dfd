import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { logsOf } from '../../src/app/daemon/logs.ts';
import { loadConfig } from '../../src/config/config.ts';
import { silentLog } from '../../src/lib/log.ts';
import { logFiles } from '../../src/log/file-names.ts';
import { openLogFile } from '../../src/log/file.ts';
import { endOfLog } from '../../src/log/follow.ts';
import { readBack } from '../../src/log/read-back.ts';

let dataDir: string;
let path: string;
let older: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hubgram-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  [path, older = ''] = logFiles(dataDir);
  mkdirSync(join(path, '..'));
});

interface Shown {
  readonly lines: string[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const show = (tail: number | undefined, follow: boolean, isTerminal = false): Shown => {
  const config = loadConfig({
    argv: [],
    env: { BOT_TOKEN: '123456789:AAExampleExampleExampleExampleExample', HUBGRAM_DATA_DIR: dataDir },
    cwd: dataDir,
  });
  const [lines, stop]: [string[], AbortController] = [[], new AbortController()];
  const print = (line: string): void => void lines.push(line);
  const ended = logsOf(config, { tail, follow, isTerminal, print, complain: print, signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await Promise.allSettled([ended]);
  });
  return { lines, stop, ended };
};

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `{"n":${from + at}}`);
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

it('the last lines are shown oldest first, twenty unless somebody says how many, through all files', async () => {
  writeFileSync(older, text(numbers(1, 15)));
  writeFileSync(path, text(numbers(16, 30)));
  for (const [tail, from] of [
    [undefined, 11],
    [1, 30],
    [16, 15],
    [30, 1],
    [31, 1],
  ] as const) {
    const { lines, ended } = show(tail, false);
    await ended;
    expect(lines).toEqual(numbers(from, 30));
  }
  const { lines, ended } = show(0, false);
  await ended;
  expect(lines).toEqual([]);
});

it.each([false, true])('what cannot be read is told in a sentence (follow: %s)', async (follow) => {
  mkdirSync(path);
  const { ended } = show(5, follow);
  await expect(ended).rejects.toMatchObject({
    code: 'operational',
    message: `The log in ${join(path, '..')} cannot be read (EISDIR). Look whether it is hubgram's own.`,
  });
});

it('half a line at the end is not shown before its other half is there', async () => {
  writeFileSync(path, '{"n":1}\n{"n"');
  const { lines } = show(5, true);
  await expect.poll(() => lines).toEqual(['{"n":1}']);
  appendFileSync(path, ':2}\n');
  await expect.poll(() => lines).toEqual(['{"n":1}', '{"n":2}']);
});

it('what comes is shown once, through every file that is begun meanwhile', async () => {
  const log = openLogFile({ dataDir, clock: { monotonic: () => 0 }, log: silentLog, maxBytes: 100 });
  const { lines } = show(0, true);
  // Three times as many lines as two files of a hundred bytes have; four older ones are kept.
  for (const begin of [1, 21, 41]) {
    for (const line of numbers(begin, begin + 19)) log.write(`${line}\n`);
    await expect.poll(() => lines.at(-1)).toBe(`{"n":${begin + 19}}`);
  }
  await log.close();
  await expect.poll(() => lines).toEqual(numbers(1, 60));
});

it('a file that gets its older name between two looks is read to its end', async () => {
  writeFileSync(path, text(numbers(1, 2)));
  const { lines } = show(1, true);
  await expect.poll(() => lines).toEqual(numbers(2, 2));
  appendFileSync(path, text(numbers(3, 3)));
  renameSync(path, older);
  writeFileSync(path, text(numbers(4, 5)));
  await expect.poll(() => lines).toEqual(numbers(2, 5));
});

it('one that was emptied by hand begins anew, and one that is still to come is waited for', async () => {
  const { lines, stop, ended } = show(20, true);
  await expect.poll(() => lines).toEqual([`There is nothing in the log yet: ${path}`]);
  writeFileSync(path, text(numbers(1, 3)));
  await expect.poll(() => lines.slice(1)).toEqual(numbers(1, 3));
  truncateSync(path);
  // A look has to see that it is shorter.
  await expect.poll(async () => (await endOfLog(dataDir))?.bytes).toBe(0);
  writeFileSync(path, text(numbers(4, 4)));
  await expect.poll(() => lines.slice(1)).toEqual(numbers(1, 4));
  stop.abort();
  await ended;
});

it('what is written after the end that was noted is left to whoever follows', async () => {
  writeFileSync(path, text(numbers(1, 2)));
  const end = await endOfLog(dataDir);
  appendFileSync(path, text(numbers(3, 3)));
  renameSync(path, older);
  writeFileSync(path, text(numbers(4, 4)));
  const lines: string[] = [];
  for await (const line of readBack(dataDir, { end })) lines.push(line);
  expect(lines).toEqual(numbers(1, 2).toReversed());
});

it('a terminal gets lines for eyes, with nothing in them that it would obey', async () => {
  const told = { level: 'warn', time: '2026-11-29T17:00:00.000Z', msg: 'A name \u001b[2J\u0007 of others', model: 5 };
  writeFileSync(path, `${JSON.stringify(told)}\nno JSON \u001b[31m\n`);
  const { lines, ended } = show(20, false, true);
  await ended;
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}A name ·\[2J· of others {2}model=5$/);
  expect(lines[1]).toBe('no JSON ·[31m');
});
