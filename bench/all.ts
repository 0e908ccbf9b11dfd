/**
 * Everything whose figure stands in the README and in docs/speed.md, one after the other, and writes both anew:
 *
 *     npm run bench [-- --only=transfer,scale] [--quick]
 *
 * hubgram and what people would use instead take turns within each, on this machine, with nothing else running. `--only` leaves the other
 * sections as they are; `--quick` shows in minutes that all of it runs, and writes nothing: its figures are no claims. What each is and how
 * to run it alone stands in bench/README.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Measure, MEASURES } from './speed/measures.ts';
import { putInto, shown } from './speed/page.ts';
import { transferTable } from './speed/transfer-table.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: MEASURES.map(({ name }) => name).join(',') },
    quick: { type: 'boolean', default: false },
  },
});
const root = join(import.meta.dirname, '..');
const [PAGE, README] = [join(root, 'docs/speed.md'), join(root, 'README.md')];

const names = options.only.split(',');
const unknown = names.filter((name) => !MEASURES.some((measure) => measure.name === name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${MEASURES.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

/** The first line that a program says of its version; undefined if it is not installed. */
const versionOf = (program: string): string | undefined => {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /[\d.]*\d/.exec(stdout)?.[0] : undefined;
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

/** @returns what it has printed; undefined if it failed */
const run = async ({ script, args, quick }: Measure): Promise<string | undefined> => {
  const given = options.quick ? quick : args;
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...given], {
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

/** Writes what was measured into the pages: the file is read anew, since hours may have passed. */
const write = (measure: Measure, output: string): void => {
  const day = new Date().toISOString().slice(0, 10);
  const text = `Measured on ${day}: ${machine()}.\n\n${shown(output)}`;
  writeFileSync(PAGE, putInto(readFileSync(PAGE, 'utf8'), measure.name, text));
  if (measure.name === 'transfer')
    writeFileSync(README, putInto(readFileSync(README, 'utf8'), 'times', transferTable(output)));
};

const failed: string[] = [];
for (const measure of MEASURES.filter(({ name }) => names.includes(name))) {
  console.log(`\n## ${measure.title}\n`);
  const output = await run(measure);
  if (output === undefined) failed.push(measure.name);
  else if (!options.quick) write(measure, output);
}
if (failed.length > 0) console.error(`\nFailed, and left as they were: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;
