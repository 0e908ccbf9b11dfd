/**
 * Everything whose figure stands in the README and in docs/speed.md, one after the other, and writes both anew:
 *
 *     npm run bench [-- --only=transfer,scale:answers] [--go-on] [--thorough] [--quick]
 *
 * hubgram and what people would use instead take turns within each, on this machine, with nothing else running. Each piece takes five minutes
 * at most, and what it has measured is kept at once (in `data/bench-figures`): a section is written as soon as all its pieces were measured
 * within a day. `--only` takes measures or single pieces; `--go-on` leaves out what was measured already; `--thorough` takes more runs where
 * that says more; `--quick` shows in minutes that all of it runs, and writes nothing: its figures are no claims. What each is and how to run
 * it alone stands in bench/README.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKept } from './speed/kept.ts';
import { type Measure, MEASURES, type Piece } from './speed/measures.ts';
import { putInto, sectionOf } from './speed/page.ts';
import { transferTable } from './speed/transfer-table.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: MEASURES.map(({ name }) => name).join(',') },
    'go-on': { type: 'boolean', default: false },
    thorough: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '..');
const [PAGE, README] = [join(root, 'docs/speed.md'), join(root, 'README.md')];
const { keep, kept } = createKept(join(root, 'data/bench-figures'));

interface Part {
  readonly measure: Measure;
  readonly piece: Piece;
}

const nameOf = ({ measure, piece }: Part): string => `${measure.name}:${piece.name}`;
const parts: readonly Part[] = MEASURES.flatMap((measure) => measure.pieces.map((piece) => ({ measure, piece })));
const wanted = options.only.split(',');
const isWanted = (part: Part): boolean => wanted.includes(part.measure.name) || wanted.includes(nameOf(part));
const unknown = wanted.filter((name) => !parts.some((part) => part.measure.name === name || nameOf(part) === name));
if (unknown.length > 0) {
  const all = MEASURES.map(({ name, pieces }) =>
    pieces.length > 1 ? `${name} (${pieces.map((piece) => `${name}:${piece.name}`).join(', ')})` : name,
  );
  console.error(`There is no ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(2);
}

/** The first line that a program says of its version; undefined if it is not installed. */
const versionOf = (program: string): string | undefined => {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /\d+\.[\d.]*\d/.exec(stdout)?.[0] : undefined;
};

const machine = (): string => {
  const peers = ['aria2c', 'curl'].flatMap((program) => {
    const version = versionOf(program);
    return version === undefined ? [] : [`${program} ${version}`];
  });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}`,
    `${(totalmem() / 1e9).toFixed(0)} GB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    ...peers,
    `@huggingface/hub ${dependencies['@huggingface/hub'] ?? ''}`,
  ].join(', ');
};

const LOOK_MS = 1000;

/** Of the time of all processors so far, in milliseconds: all, and that in which they had nothing to do. */
const processorTimes = (): { readonly all: number; readonly idle: number } => {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (of: (one: (typeof times)[number]) => number): number => times.reduce((total, one) => total + of(one), 0);
  return {
    all: sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq),
    idle: sum(({ idle }) => idle),
  };
};

/** What share of the processors others take. */
const takenByOthers = async (): Promise<number> => {
  const before = processorTimes();
  await sleep(LOOK_MS);
  const after = processorTimes();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
};

/** @returns what it has printed; undefined if it failed */
const run = async (script: string, args: readonly string[]): Promise<string | undefined> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  await once(child, 'close');
  return child.exitCode === 0 ? output : undefined;
};

/** Writes a section into the pages, if all its pieces were measured. The file is read anew: hours may have passed. */
const write = (measure: Measure): void => {
  const found = measure.pieces.map(({ name }) => kept(measure.name, name));
  const missing = measure.pieces
    .filter((_, at) => found[at] === undefined)
    .map(({ name }) => `${measure.name}:${name}`);
  if (missing.length > 0) return console.log(`\nNot measured yet of this section: ${missing.join(', ')}.`);
  const whole = found.flatMap((one) => one ?? []);
  const output = measure.join(whole.map((one) => one.output));
  writeFileSync(PAGE, putInto(readFileSync(PAGE, 'utf8'), measure.name, sectionOf(whole, output)));
  if (measure.name === 'transfer')
    writeFileSync(README, putInto(readFileSync(README, 'utf8'), 'times', transferTable(output)));
  // As `.ci/run` wants it.
  spawnSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', PAGE, README]);
};

const failed: string[] = [];
if (options.quick)
  for (const measure of MEASURES.filter((one) => parts.some((part) => part.measure === one && isWanted(part)))) {
    console.log(`\n## ${measure.title}\n`);
    if ((await run(measure.script, measure.quick)) === undefined) failed.push(measure.name);
  }
else
  for (const part of parts.filter(isWanted)) {
    const { measure, piece } = part;
    if (options['go-on'] && kept(measure.name, piece.name)) continue;
    console.log(`\n## ${measure.title} (${nameOf(part)})\n`);
    const taken = await takenByOthers();
    const output = await run(measure.script, (options.thorough ? piece.thorough : undefined) ?? piece.args);
    if (output === undefined) failed.push(nameOf(part));
    else {
      keep(measure.name, piece.name, { machine: machine(), taken, output });
      write(measure);
    }
  }
if (failed.length > 0) console.error(`\nFailed, and left as they were: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;
