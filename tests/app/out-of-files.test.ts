import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./out-of-files-child.ts', import.meta.url));
/** A few more than a process has open that does nothing. */
const FILES_MOST = 64;

it('a process that may open no more files ends for none of those that it cannot begin', async () => {
  const { stdout } = await promisify(execFile)('/bin/sh', [
    '-c',
    `ulimit -n ${FILES_MOST} && exec "$0" "$@"`,
    process.execPath,
    CHILD,
  ]);
  expect(JSON.parse(stdout)).toEqual([
    'spawn node EMFILE',
    'could not be tried: spawn node EMFILE',
    'systemd cannot be told how hubgram is',
  ]);
});
