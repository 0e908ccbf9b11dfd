import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../src/config/settings.ts';
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

const Service = z.strictObject({
  profiles: z.array(z.string()).optional(),
  build: z.strictObject({ context: z.literal('..') }).optional(),
  image: z.string(),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
  env_file: z.array(z.strictObject({ path: z.string(), required: z.literal(false) })).optional(),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  volumes: z.array(z.string()),
  user: z.string().optional(),
  group_add: z.array(z.string()).optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().startsWith('/tmp:')),
  cap_drop: z.tuple([z.literal('ALL')]),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  mem_limit: z.string(),
  pids_limit: z.int(),
  logging: z.strictObject({
    driver: z.literal('json-file'),
    options: z.strictObject({ 'max-size': z.string(), 'max-file': z.string() }),
  }),
});

const Compose = z.strictObject({
  name: z.literal('hubgram'),
  services: z.strictObject({ hubgram: Service, 'telegram-bot-api': Service }),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('secrets/') })),
});

const compose = () => Compose.parse(parse(read('deploy/compose.yaml')));

it('what the compose file speaks of is there, and every service may do little', () => {
  const { services, volumes, secrets } = compose();
  const named = new Set<string>();
  for (const service of Object.values(services)) {
    // Built here, or one version for good.
    expect(service.build ? service.image : /:\d+(\.\d+)+$/.exec(service.image)).toBeTruthy();
    for (const secret of service.secrets) named.add(secret);
    for (const volume of service.volumes.filter((each) => /^\w/.test(each)))
      expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
    for (const [name, value] of Object.entries(service.environment).filter(([key]) => key.endsWith('_FILE')))
      expect([name, service.secrets.map((secret) => `/run/secrets/${secret}`)]).toEqual([
        name,
        expect.arrayContaining([value]),
      ]);
  }
  expect(named).toEqual(new Set(Object.keys(secrets)));
  const ignored = read('.gitignore').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['deploy/secrets/', 'deploy/hubgram.env']));
});

it('the compose file sets only what there is to set, and its folders are those of the image', () => {
  const { hubgram } = compose().services;
  const known = Object.values(SETTINGS).flatMap(({ name, ...setting }) =>
    'secret' in setting ? [name, `${name}_FILE`] : [name],
  );
  expect(known).toEqual(expect.arrayContaining(Object.keys(hubgram.environment)));
  const places = hubgram.volumes.map((volume) => /:(\/[\w/-]+)(?::ro)?$/.exec(volume)?.[1]);
  const [, inImage = '[]'] = /^VOLUME (.+)$/m.exec(read('Dockerfile')) ?? [];
  expect(places).toEqual(expect.arrayContaining(JSON.parse(inImage) as string[]));
  expect(hubgram.environment['TELEGRAM_API_ROOT']).toContain(`:-${SETTINGS.telegramApiRoot.fallback}}`);
});

it('no way to run it waits less for its end than it takes, or starts again for ever what does not start', () => {
  const { hubgram } = compose().services;
  expect(hubgram).toMatchObject({ stop_grace_period: '20s', restart: 'on-failure:10' });
  expect(read('deploy/hubgram.service')).toContain('\nTimeoutStopSec=20\n');
});
