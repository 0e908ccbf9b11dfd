import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, it, onTestFinished } from 'vitest';
import { findTool } from '../helpers/tools.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What a program of the system says of it, and its exit code. */
const ask = (program: string | undefined, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(program ?? '', args, { encoding: 'utf8', cwd: root });
  return { status, said: stdout + stderr };
};

it('there is nothing to say against the Dockerfile', () => {
  expect(validate('FROM scratch\nMAINTAINER ann').map(({ message }) => message)).toEqual([
    'MAINTAINER has been deprecated',
  ]);
  expect(validate(read('Dockerfile'))).toEqual([]);
});

it('both stages of the image are the Node that the tests run on', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { readonly devDependencies: Record<string, string> };
  const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(bases).toEqual(Array(2).fill(`node:${devDependencies['node']}-bookworm-slim`));
});

const shellcheck = findTool('shellcheck');

it.skipIf(shellcheck === undefined).each(['deploy/entrypoint.sh', '.ci/run'])(
  'shellcheck finds nothing in %s',
  (file) => {
    expect(ask(shellcheck, file)).toEqual({ status: 0, said: '' });
  },
);

const systemd = findTool('systemd-analyze');

/** The unit with a program that is there: where Node lies is the machine's. */
const unitHere = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgram-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, 'hubgram.service');
  const text = read('deploy/hubgram.service');
  expect(text).toContain('ExecStart=/usr/bin/node ');
  writeFileSync(unit, text.replace('ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `));
  return unit;
};

it.skipIf(systemd === undefined)('systemd understands the whole unit', () => {
  expect(ask(systemd, 'verify', '--man=no', unitHere())).toEqual({ status: 0, said: '' });
});

it.skipIf(systemd === undefined)('the service may do little: systemd counts an exposure of 1.5 of 10 at most', () => {
  const { said } = ask(systemd, 'security', '--offline=true', '--no-pager', unitHere());
  const [, exposure] = /Overall exposure level for hubgram\.service: ([\d.]+)/.exec(said) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThanOrEqual(1.5);
});
