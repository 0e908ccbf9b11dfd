import { execFile } from 'node:child_process';
import { cpSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
/** What is changed. */
const SOURCE = 'src/app/version.ts';

describe('what a start loads', () => {
  let app: string;

  let source: string;

  beforeAll(async () => {
    app = await mkdtemp(join(tmpdir(), 'hubgram-kept-'));
    // At once: hundreds of small files one after the other wait behind whatever else has the threads.
    cpSync(join(ROOT, 'src'), join(app, 'src'), { recursive: true, preserveTimestamps: true });
    cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(app, 'node_modules'));
    source = await readFile(join(app, SOURCE), 'utf8');
  });

  /** Nothing is kept but what Node makes of sources, and what may have been changed is as it was, since just now. */
  beforeEach(async () => {
    for (const file of globSync(join(app, 'kept/*/sources*'))) await rm(file, { recursive: true });
    await writeFile(join(app, SOURCE), source);
  });

  afterAll(() => rm(app, { recursive: true, force: true }));

  /** @param aheadMs of the program's clock: what was copied just now has been there for a while */
  const version = async (aheadMs = 60_000, folder = 'kept'): Promise<string> => {
    const moved = `const { now } = Date; Date.now = () => now() + ${aheadMs};`;
    const words = ['--import', `data:text/javascript,${encodeURIComponent(moved)}`, 'src/start.mjs', '--version'];
    const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(app, folder) };
    const { stdout, stderr } = await run(process.execPath, words, { cwd: app, env });
    expect(stderr).toBe('');
    return stdout.trim();
  };

  const keptFile = (): string => globSync(join(app, 'kept/*/sources-start'))[0] ?? '';

  it('is kept without its types, and read from there', async () => {
    const told = await version();
    const kept = keptFile();
    const bytes = await readFile(kept);
    expect(bytes.toString()).toContain(`/${SOURCE}"`);
    expect(bytes.toString()).toContain('export const VERSION =');
    expect(bytes.toString()).not.toContain('version: string;');
    expect(await version()).toBe(told);
    // Nothing was new to it: it was not written again.
    expect((await readFile(kept)).equals(bytes)).toBe(true);
    expect(globSync(join(app, 'kept/*/sources-start.*'))).toEqual([]);
  });

  it('is read anew when it has changed, were it as long and as old as before', async () => {
    const told = await version();
    const other = source.replace(/export const VERSION(.*) = .*;/, (line: string) =>
      `export const VERSION = 'changed';`.padEnd(line.length),
    );
    expect(other).not.toBe(source);
    await writeFile(join(app, SOURCE), other);
    await utimes(join(app, SOURCE), new Date(0), new Date(0));
    expect(await version()).toBe('changed');
    await writeFile(join(app, SOURCE), source);
    await utimes(join(app, SOURCE), new Date(0), new Date(0));
    expect(await version()).toBe(told);
  });

  /** What may have become of the file. */
  const DAMAGES: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['holds nothing but zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
    ['has another byte somewhere', (bytes: Buffer) => bytes.fill(1, bytes.length - 500, bytes.length - 499)],
    ['is empty', () => Buffer.alloc(0)],
  ];

  it('is loaded all the same when the file is damaged, and kept again', async () => {
    const told = await version();
    for (const [what, damage] of DAMAGES) {
      const bytes = await readFile(keptFile());
      expect(bytes.length).toBeGreaterThan(100_000);
      const damaged = damage(Buffer.from(bytes));
      await writeFile(keptFile(), damaged);
      const isKeptAgain = async (): Promise<boolean> => !(await readFile(keptFile())).equals(damaged);
      expect([what, await version(), await isKeptAgain()]).toEqual([what, told, true]);
    }
  });

  it('names file, line and column of a fault as the source has them', async () => {
    const faulty = source.replace('export const VERSION = manifest.version;', `  throw new Error('a fault');`);
    await writeFile(join(app, SOURCE), faulty);
    const line = faulty.split('\n').findIndex((text) => text.includes('a fault')) + 1;
    for (const _run of ['translated', 'kept']) {
      await expect(version()).rejects.toThrow(`/${SOURCE}:${line}:9\n`);
    }
    expect((await readFile(keptFile())).toString()).toContain('a fault');
  });

  it('is not kept of a file that has changed a moment ago: its next change might not be told from this one', async () => {
    await version(-60_000);
    const bytes = await readFile(keptFile());
    expect(bytes.toString()).toContain('/zod/');
    expect(bytes.toString()).not.toContain(`/${SOURCE}"`);
  });

  it('leaves nothing behind where it cannot be kept', async () => {
    const told = await version();
    const kept = keptFile();
    await rm(kept);
    await mkdir(join(kept, 'a folder in its place'), { recursive: true });
    expect(await version()).toBe(told);
    expect(globSync(join(app, 'kept/*/sources-start.*'))).toEqual([]);
  });

  it('is loaded where nothing can be kept', async () => {
    await writeFile(join(app, 'none'), 'a file where the folder would be');
    expect(await version(undefined, 'none')).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('where packages lie', () => {
  let app: string;

  beforeEach(async () => {
    app = await mkdtemp(join(tmpdir(), 'hubgram-kept-'));
    await mkdir(join(app, 'node_modules/@org/name'), { recursive: true });
    await writeFile(join(app, 'node_modules/.package-lock.json'), '{}');
    await writeFile(manifest(), '{"exports":"./a.js"}');
  });

  afterEach(() => rm(app, { recursive: true, force: true }));

  const manifest = (): string => join(app, 'node_modules/@org/name/package.json');

  /** Notes where it lies if that is not known. @returns whether it was @param aheadMs of the program's clock */
  const isKnown = async (aheadMs = 60_000): Promise<boolean> => {
    const script = `
      const { now } = Date;
      Date.now = () => now() + ${aheadMs};
      const { openKept } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'src/kept-sources.mjs')).href)});
      const app = ${JSON.stringify(pathToFileURL(`${app}/`).href)};
      const kept = openKept(${JSON.stringify(join(app, 'sources'))}, app, ${JSON.stringify(join(app, 'node_modules/.package-lock.json'))});
      const context = { conditions: ['import'], parentURL: app + 'src/a.ts' };
      const known = kept.found('@org/name', context);
      if (!known) kept.noteFound('@org/name', context, { url: app + 'node_modules/@org/name/a.js', format: 'module' });
      kept.keep();
      console.log(known?.url === app + 'node_modules/@org/name/a.js');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    return stdout.trim() === 'true';
  };

  it('is known until a package.json is changed, were it as long and as old as before, or goes', async () => {
    expect([await isKnown(), await isKnown()]).toEqual([false, true]);
    await writeFile(manifest(), '{"exports":"./b.js"}');
    await utimes(manifest(), new Date(0), new Date(0));
    expect([await isKnown(), await isKnown()]).toEqual([false, true]);
    await rm(manifest());
    expect([await isKnown(), await isKnown()]).toEqual([false, true]);
  });

  it('is not believed of a package.json that has changed a moment ago', async () => {
    expect([await isKnown(-60_000), await isKnown(-60_000)]).toEqual([false, false]);
  });
});
