import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openLogFile } from '../../src/log/file.ts';
import { logFiles, logFolder } from '../../src/log/file-names.ts';
import { createLog } from '../../src/log/log.ts';
import { readBack } from '../../src/log/read-back.ts';
import { createTestClock } from '../helpers/clock.ts';

const folders: string[] = [];

const dataFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-log-'));
  folders.push(folder);
  return folder;
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const RETRY_MS = 10_000;
const TEN = 'nine byte\n';

const openIn = (dataDir: string, maxBytes = 1e6) => {
  const clock = createTestClock();
  const told: string[] = [];
  const log = { warn: (_fields: object, message: string) => void told.push(message) };
  return { clock, told, file: openLogFile({ dataDir, clock, log, maxBytes }) };
};

const read = (path: string): Promise<string> => readFile(path, 'utf8');

const back = async (dataDir: string, pieceBytes?: number): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of readBack(dataDir, { pieceBytes })) lines.push(line);
  return lines;
};

describe('the file of the log', () => {
  test('holds every line in order, and is nobody else’s to read', async () => {
    const dataDir = dataFolder();
    const { file } = openIn(dataDir);
    const lines = Array.from({ length: 3000 }, (_, at) => `{"line":${at}}\n`);
    for (const line of lines) file.write(line);
    await file.close();
    const [path] = logFiles(dataDir);
    expect(await read(path)).toBe(lines.join(''));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(logFolder(dataDir))).mode & 0o777).toBe(0o700);
  });

  test('is begun anew when the next line is too much for it, and four older ones stay', async () => {
    const dataDir = dataFolder();
    // Each line is awaited, so that it is a piece of its own.
    for (let at = 0; at < 17; at += 1) {
      const { file } = openIn(dataDir, 30);
      file.write(`line ${String(at).padStart(4, '0')}\n`);
      await file.close();
    }
    const names = logFiles(dataDir);
    expect((await readdir(logFolder(dataDir))).toSorted()).toEqual(names.map((path) => basename(path)).toSorted());
    expect(await Promise.all(names.map(read))).toEqual([
      'line 0015\nline 0016\n',
      'line 0012\nline 0013\nline 0014\n',
      'line 0009\nline 0010\nline 0011\n',
      'line 0006\nline 0007\nline 0008\n',
      'line 0003\nline 0004\nline 0005\n',
    ]);
  });

  test('becomes no longer than it may while many lines come at once, and takes one that is longer than that', async () => {
    const dataDir = dataFolder();
    const { file } = openIn(dataDir, 200_000);
    for (let at = 0; at < 30_000; at += 1) file.write(TEN);
    file.write(`${'x'.repeat(250_000)}\n`);
    file.write(TEN);
    await file.close();
    const sizes = await Promise.all(
      logFiles(dataDir)
        .slice(0, 4)
        .map(async (path) => (await stat(path)).size),
    );
    expect(sizes.slice(0, 2)).toEqual([10, 250_001]);
    expect(sizes[3]).toBeLessThanOrEqual(200_000);
    expect((sizes[2] ?? 0) + (sizes[3] ?? 0)).toBe(300_000);
  });

  test('ends a line that a crash has torn, and goes on with the next', async () => {
    const dataDir = dataFolder();
    const [path] = logFiles(dataDir);
    await mkdir(logFolder(dataDir));
    await writeFile(path, '{"a":1}\n{"tor');
    const { file } = openIn(dataDir);
    file.write('{"b":2}\n');
    await file.close();
    expect(await read(path)).toBe('{"a":1}\n{"tor\n{"b":2}\n');
  });

  test('that cannot be made ends nothing, is told once, and is tried again', async () => {
    const dataDir = dataFolder();
    await writeFile(logFolder(dataDir), 'a file where the folder should be');
    const { file, clock, told } = openIn(dataDir);
    file.write('one\n');
    await expect.poll(() => told).toHaveLength(1);
    clock.pass(RETRY_MS);
    file.write('two\n');
    await rm(logFolder(dataDir));
    clock.pass(RETRY_MS);
    file.write('three\n');
    await file.close();
    expect(await read(logFiles(dataDir)[0])).toBe('one\ntwo\nthree\n');
    expect(told).toHaveLength(1);
  });

  test.runIf(existsSync('/dev/full'))(
    'on a full disk keeps what has room, and says how many lines are missing',
    async () => {
      const dataDir = dataFolder();
      const [path] = logFiles(dataDir);
      await mkdir(logFolder(dataDir));
      await symlink('/dev/full', path);
      const { file, clock, told } = openIn(dataDir, 5e6);
      const long = `${'x'.repeat(99_999)}\n`;
      for (let at = 0; at < 13; at += 1) file.write(long);
      await expect.poll(() => told).toHaveLength(1);
      file.write('not tried before its time\n');
      await rm(path);
      clock.pass(RETRY_MS);
      file.write('left out too\n');
      await file.close();
      expect((await read(path)).length).toBe(1_000_000);
      expect(told).toEqual([expect.stringMatching(/cannot be written/), expect.stringMatching(/Lines are missing/)]);
    },
  );

  test('that cannot be put aside becomes no longer, and what is older stays', async () => {
    const dataDir = dataFolder();
    const [path, ...older] = logFiles(dataDir);
    // The oldest would have to go, and a folder that holds something cannot.
    await mkdir(join(older[3] ?? '', 'kept'), { recursive: true });
    for (const name of older.slice(0, 3)) await writeFile(name, name);
    const { file, clock, told } = openIn(dataDir, 15);
    file.write(TEN);
    file.write('too much\n');
    await expect.poll(() => told).toHaveLength(1);
    clock.pass(RETRY_MS);
    file.write(TEN);
    await file.close();
    expect(await read(path)).toBe(TEN);
    expect(await Promise.all(older.slice(0, 3).map(read))).toEqual(older.slice(0, 3));
  });

  test('takes the first name that is free, and drives no older one out', async () => {
    const dataDir = dataFolder();
    const [path, second, third, fourth] = logFiles(dataDir);
    await mkdir(logFolder(dataDir));
    await writeFile(path, TEN);
    await writeFile(second ?? '', 'second\n');
    await writeFile(fourth ?? '', 'fourth\n');
    const { file } = openIn(dataDir, 15);
    file.write('too much\n');
    await file.close();
    expect(await Promise.all([path, second ?? '', third ?? '', fourth ?? ''].map(read))).toEqual([
      'too much\n',
      TEN,
      'second\n',
      'fourth\n',
    ]);
  });
});

describe('a log with a file', () => {
  test('has its first lines there too, as JSON also where a person reads along, and no token', async () => {
    const dataDir = dataFolder();
    const printed: string[] = [];
    const log = createLog({ level: 'info', readable: true, write: (line) => void printed.push(line) });
    log.info({ token: 'hf_abcdefghijklmnopqrst' }, 'before there was a file');
    const { file } = openIn(dataDir);
    log.alsoTo(file);
    log.info({ line: 2 }, 'after');
    await file.close();
    const lines = (await read(logFiles(dataDir)[0])).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'info', token: '[hf token]', msg: 'before there was a file' },
      { level: 'info', line: 2, msg: 'after' },
    ]);
    expect(printed.join('')).toMatch(/INFO {2}after {2}line=2/);
  });

  test('has the last line before an abrupt end', async () => {
    const dataDir = dataFolder();
    const source = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../src', name));
    const script = `
      import { createLog } from ${source('log/log.ts')};
      import { openLogFile } from ${source('log/file.ts')};
      import { systemClock } from ${source('lib/clock.ts')};
      const log = createLog({ level: 'info', readable: false, write: () => undefined });
      log.alsoTo(openLogFile({ dataDir: ${JSON.stringify(dataDir)}, clock: systemClock, log }));
      log.info({}, 'first');
      setTimeout(() => {
        for (let line = 1; line <= 2000; line += 1) log.info({ line }, 'x'.repeat(100));
        log.flush();
        process.exit(0);
      }, 100);`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const lines = new Set((await read(logFiles(dataDir)[0])).trimEnd().split('\n'));
    expect(lines.size).toBe(2001);
  });
});

describe('reading back', () => {
  test('gives lines newest first through all files, whatever the size of the pieces', async () => {
    const dataDir = dataFolder();
    const [path, second, third] = logFiles(dataDir);
    await mkdir(logFolder(dataDir));
    await writeFile(third ?? '', '1\n\n22é\n');
    await writeFile(second ?? '', 'no end\n');
    await writeFile(path, '333\n4444\nhalf');
    for (const pieceBytes of [1, 2, 3, 5, 100]) {
      expect(await back(dataDir, pieceBytes)).toEqual(['4444', '333', 'no end', '22é', '', '1']);
    }
  });

  test('leaves out a line that is longer than any', async () => {
    const dataDir = dataFolder();
    await mkdir(logFolder(dataDir));
    await writeFile(logFiles(dataDir)[0], `first\n${'x'.repeat(1_200_000)}\nlast\n`);
    expect(await back(dataDir)).toEqual(['last', 'first']);
  });

  test('has no lines where there is no log', async () => {
    expect(await back(dataFolder())).toEqual([]);
  });

  test('gives no line twice when files are put aside meanwhile', async () => {
    const dataDir = dataFolder();
    const { file } = openIn(dataDir, 30);
    for (const line of ['1', '2', '3']) file.write(`${line.repeat(14)}\n`);
    await file.close();
    const lines: string[] = [];
    for await (const line of readBack(dataDir)) {
      lines.push(line[0] ?? '');
      if (lines.length > 1) continue;
      const later = openIn(dataDir, 30).file;
      for (const word of ['4', '5']) later.write(`${word.repeat(14)}\n`);
      await later.close();
    }
    expect(lines).toEqual(['3', '2', '1']);
  });

  test('says so if a file cannot be read', async () => {
    const dataDir = dataFolder();
    await mkdir(logFiles(dataDir)[0], { recursive: true });
    await appendFile(join(logFiles(dataDir)[0], 'x'), '');
    await expect(back(dataDir)).rejects.toThrow(/EISDIR/);
  });
});
