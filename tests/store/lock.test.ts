import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Log, silentLog } from '../../src/lib/log.ts';
import { type Hold, hold } from '../../src/store/database/lock.ts';
import { failure, tempFolder } from './setup.ts';

const NOW = Date.UTC(2026, 10, 28, 20, 15);
const LOCK = JSON.stringify(join(import.meta.dirname, '../../src/store/database/lock.ts'));

const warnings: string[] = [];
const log: Log = { ...silentLog, warn: (_, message) => void warnings.push(message) };

const take = (path: string): Hold => {
  const what = 'the data folder /data';
  const held = hold({ path, what, remedy: 'Stop that one first.', isPrivate: true, now: NOW, log });
  onTestFinished(() => held.close());
  return held;
};

/** Another process that holds it until it is told to end. */
const holder = async (path: string) => {
  const script = `import { hold } from ${LOCK};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    hold({ path: ${JSON.stringify(path)}, what: 'it', remedy: '', isPrivate: true, now: ${NOW}, log });
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { pid: child.pid, child, gone: once(child, 'exit') };
};

it('what another process holds is refused, with who has it and since when', async () => {
  const path = join(tempFolder(), 'hubgram.lock');
  const { pid } = await holder(path);
  const { code, message } = failure(() => take(path));
  expect(code).toBe('held');
  expect(message).toBe(
    `Another hubgram uses the data folder /data: process ${pid} on ${hostname()}, since 2026-11-28 20:15 UTC. Stop that one first.`,
  );
});

it('what a process held that was killed can be had at once', async () => {
  const path = join(tempFolder(), 'hubgram.lock');
  const { child, gone } = await holder(path);
  child.kill('SIGKILL');
  await gone;
  expect(existsSync(`${path}.json`)).toBe(true);
  take(path);
  expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toMatchObject({ pid: process.pid });
});

it('what was closed can be had again, and nobody is named as its holder', () => {
  const path = join(tempFolder(), 'deep', 'hubgram.lock');
  take(path).close();
  expect(existsSync(`${path}.json`)).toBe(false);
  take(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('the name of the holder missing, or damaged, the refusal stays a sentence', async () => {
  const path = join(tempFolder(), 'hubgram.lock');
  await holder(path);
  writeFileSync(`${path}.json`, '{"pid":');
  expect(failure(() => take(path)).message).toBe(
    'Another hubgram uses the data folder /data: it has not said which. Stop that one first.',
  );
});

it('a folder in which nothing can be locked is used all the same, with a warning', () => {
  const folder = tempFolder();
  warnings.length = 0;
  // As where a cache is read-only: nothing can be made there, whoever asks.
  symlinkSync('/proc/self', join(folder, 'locks'));
  take(join(folder, 'locks', 'hubgram.lock'));
  // Or what lies there is no lock.
  mkdirSync(join(folder, 'hubgram.lock'));
  take(join(folder, 'hubgram.lock'));
  writeFileSync(join(folder, 'other.lock'), 'not empty, and no database either'.repeat(10));
  take(join(folder, 'other.lock'));
  expect(warnings).toEqual(
    Array.from(
      { length: 3 },
      () => 'Nothing can keep a second hubgram away from the data folder /data; see that there is none',
    ),
  );
});

it('a lock leaves nothing else in the folder, and may be one that somebody else has made', async () => {
  const folder = tempFolder();
  const path = join(folder, 'hubgram.lock');
  writeFileSync(path, '');
  chmodSync(path, 0o664);
  const { child, gone } = await holder(path);
  expect(failure(() => take(path)).code).toBe('held');
  child.kill('SIGKILL');
  await gone;
  expect(readdirSync(folder).toSorted()).toEqual(['hubgram.lock', 'hubgram.lock.json']);
});
