/**
 * Ten thousand chats with a schedule each: hubgram's scheduler on a real database, and what people would use instead, one
 * croner job with its timer for each schedule. Each side has a process of its own; prints a table:
 *
 *     node bench/schedules.ts [--chats=10000] [--seconds=40]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Answer, Load } from './schedules/plan.ts';

const { values } = parseArgs({
  options: { chats: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '40' } },
});
const load: Load = { chats: Number(values.chats), seconds: Number(values.seconds) };

const run = (script: string): Answer => {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'schedules', script)],
    {
      env: { PATH: process.env['PATH'] ?? '', LOAD: JSON.stringify(load) },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return JSON.parse(stdout) as Answer;
};

const ours = run('hubgram.ts');
const theirs = run('croner.ts');

const MB = 1_000_000;
const sides = (what: string, of: (answer: Answer) => number, unit: string): string => {
  const [own, other] = [of(ours), of(theirs)];
  const ratio = `${(other / Math.max(own, 0.01)).toFixed(1)} ×`;
  const show = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
  return [what.padEnd(36), show(own).padStart(12), show(other).padStart(12), ratio.padStart(9)].join('');
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

print(`${load.chats} schedules`.padEnd(36) + 'hubgram'.padStart(12) + 'croner'.padStart(12) + 'ratio'.padStart(9));
print(sides('start', ({ startMs }) => startMs, 'ms'));
print(sides('memory of the process', ({ rssBytes }) => rssBytes / MB, 'MB'));
print(sides('memory, of it for the schedules', ({ addedBytes }) => addedBytes / MB, 'MB'));
print(sides('CPU for each second of waiting', ({ idleCpuMs }) => idleCpuMs, 'ms'));
print('');
for (const [what, value] of ours.rows) print(`${what.padEnd(42)}${value}`);
