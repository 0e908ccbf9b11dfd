/**
 * How answers, claims and looks grow with what there is: libraries of ten thousand models in all, a hundred thousand, a million, with a
 * repository in the cache for each two hundred of them and a schedule for each hundred. One table, a column for each size: medians
 * and 99 of 100.
 *
 *     node bench/scale.ts [--rows=10000,100000,1000000] [--rounds=10] [--only=answers,looks,claims] [--folder=…] [--profile=<folder>]
 *
 * With `--folder`, what is made is left there, and taken by the next run if it is there; with `--profile`, where the bot's time went
 * is left in that folder (`.cpuprofile`).
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Answers, measureAnswers } from './scale/answers.ts';
import type { ClaimTimes, LookTimes } from './scale/measured.ts';
import { fillCache, fillRows, restCards, sizeOf } from './scale/rows.ts';
import { CELL_WIDTH, NAME_WIDTH } from './speed/join.ts';
import { delaysOf } from './telegram/measure.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,100000,1000000' },
    rounds: { type: 'string', default: '10' },
    only: { type: 'string', default: 'looks,answers,claims' },
    folder: { type: 'string' },
    profile: { type: 'string' },
  },
});
const sizes = options.rows.split(',').map((rows) => sizeOf(Number(rows)));
const parts = options.only.split(',');

const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'hubgram-scale-'));

/** Where all of that size lies; its database is taken anew by each part, since each leaves something in it. */
const made = (rows: number): string => {
  const place = join(folder, String(rows));
  const database = join(place, 'made.db');
  if (existsSync(database)) return place;
  mkdirSync(place, { recursive: true });
  const size = sizeOf(rows);
  fillCache(join(place, 'hub'), size);
  // It bears its name when it is whole: a run that was stopped leaves nothing that the next one takes for it.
  fillRows(join(place, 'making.db'), size, join(place, 'hub'));
  renameSync(join(place, 'making.db'), database);
  return place;
};

const takeAnew = (place: string): void => {
  rmSync(join(place, 'data'), { recursive: true, force: true });
  mkdirSync(join(place, 'data'), { mode: 0o700 });
  copyFileSync(join(place, 'made.db'), join(place, 'data', 'hubgram.db'));
  // A gigabyte that is still to be written to the disk would be waited for by who writes first, which is no matter of the program.
  const copy = openSync(join(place, 'data', 'hubgram.db'), 'r+');
  fsyncSync(copy);
  closeSync(copy);
};

const steps = <T extends LookTimes | ClaimTimes>(place: string, which: T extends LookTimes ? 'looks' : 'claims'): T => {
  takeAnew(place);
  const script = join(import.meta.dirname, 'scale', 'steps.ts');
  const profiling = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  const { status, stdout } = spawnSync(process.execPath, [...profiling, script, join(place, 'data'), which], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the ${which} ended with ${status}`);
  return JSON.parse(stdout) as T;
};

interface Column {
  readonly cells: ReadonlyMap<string, string>;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const spread = (times: readonly (number | undefined)[]): string => {
  const { median, p99, missing } = delaysOf(times);
  return `${ms(median)} / ${ms(p99)} ms${missing > 0 ? `, ${missing} never` : ''}`;
};

const cellsOfAnswers = ({ times, idle, asked }: Answers): readonly (readonly [string, string])[] => [
  ...[...times].map(([question, each]) => [question, spread(each)] as const),
  ['all answers', spread([...times.values()].flat())],
  ['longest stall, and of own work', `${asked.longestMs.toFixed(0)} and ${asked.longestWorkMs.toFixed(0)} ms`],
  ['memory, idle and most', `${idle.rssMb.toFixed(0)} and ${asked.peakMb.toFixed(0)} MB`],
];

const measure = async (rows: number): Promise<Column> => {
  const place = made(rows);
  const cells: (readonly [string, string])[] = [];
  try {
    if (parts.includes('looks')) {
      const { drawn, looks, lookCpuMs } = steps<LookTimes>(place, 'looks');
      cells.push(
        ['cards drawn before', String(drawn)],
        ['a look that draws nothing', spread(looks)],
        ['… of the processor', `${ms(lookCpuMs)} ms`],
      );
    }
    if (parts.includes('answers')) {
      takeAnew(place);
      restCards(join(place, 'data', 'hubgram.db'));
      cells.push(...cellsOfAnswers(await measureAnswers(place, Number(options.rounds), options.profile)));
    }
    if (parts.includes('claims')) {
      const { claims, claimCpuMs, turns, turnCpuMs } = steps<ClaimTimes>(place, 'claims');
      cells.push(
        ['a claim', spread(claims)],
        ['…  of the processor', `${ms(claimCpuMs)} ms`],
        ['a look at the queue, with a claim', spread(turns)],
        ['…   of the processor', `${ms(turnCpuMs)} ms`],
      );
    }
  } finally {
    if (options.folder === undefined) rmSync(place, { recursive: true, force: true });
  }
  return { cells: new Map(cells) };
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const line = (what: string, cells: readonly string[]): void =>
  print([what.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padStart(CELL_WIDTH))].join(''));

const columns: Column[] = [];
try {
  for (const { rows } of sizes) columns.push(await measure(rows));
} finally {
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
line(
  'median / 99 of 100',
  sizes.map(({ rows }) => `${rows} rows`),
);
line(
  'repositories, schedules',
  sizes.map(({ repositories, schedules }) => `${repositories}, ${schedules}`),
);
for (const what of new Set(columns.flatMap(({ cells }) => [...cells.keys()])))
  line(
    what,
    columns.map(({ cells }) => cells.get(what) ?? ''),
  );
