import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HELP } from '../../src/config/flags.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { closeServer, listen } from '../../src/lib/net/listen.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const NAMES: readonly string[] = Object.values(SETTINGS).map(({ name }) => name);

/** The names of settings that a text mentions. */
const settingsIn = (text: string): string[] => [
  ...new Set(text.match(/\b(?:HUBGRAM_[A-Z_]+|HF_HOME|HF_HUB_CACHE|BOT_TOKEN)\b/g)),
];

test('the image and the systemd unit set only what there is to set', () => {
  for (const file of ['Dockerfile', 'deploy/hubgram.service']) {
    expect(settingsIn(read(file)).length).toBeGreaterThan(1);
    expect(NAMES).toEqual(expect.arrayContaining(settingsIn(read(file))));
  }
});

const copiedIntoImage = (): string[] =>
  [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));

test('what the image copies is there, and .dockerignore lets it through', () => {
  const copied = copiedIntoImage();
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect(copied).toContain('src');
  expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(new Set(copied)).toEqual(new Set(allowed));
});

test('the image and the unit are in production, where a lost token ends the start', () => {
  expect(read('Dockerfile')).toMatch(/^ENV NODE_ENV=production\b/m);
  expect(read('deploy/hubgram.service')).toContain('\nEnvironment=NODE_ENV=production\n');
});

const MEMORY = ['--min-semi-space-size=8', '--max-semi-space-size=8'];

test.each([
  ['package.json', 2],
  ['Dockerfile', 1],
  ['deploy/hubgram.service', 1],
  ['deploy/hubgram-host.service', 1],
  ['deploy/compose.hosts.yaml', 1],
])('Node is told the same of its memory by %s', (file, times) => {
  const starts = read(file).match(/--min-semi[^]*?src\/start\.mjs/g) ?? [];
  expect(starts.map((start) => start.match(/--[\w-]+=\d+/g))).toEqual(Array.from({ length: times }, () => MEMORY));
});

test('what Node is told of its memory it knows, and takes what was kept of sources all the same', () => {
  // V8 ends where it does not know one, and under some takes nothing of what was kept of sources.
  const tell = ['--print', 'v8.cachedDataVersionTag()'];
  const told = spawnSync(process.execPath, [...MEMORY, ...tell], { encoding: 'utf8' });
  expect(told.status).toBe(0);
  expect(told.stdout).toBe(spawnSync(process.execPath, tell, { encoding: 'utf8' }).stdout);
});

/** Where this machine has such addresses at all. */
const SIXTH = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** A server on this host, and what the image asks for its health with: it says how that ended. */
const openHealth = async (host: string, env: Record<string, string>) => {
  const [, command = ''] = /^HEALTHCHECK [^]*?\n {2}CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
  const [program, ...words] = JSON.parse(command) as readonly string[];
  expect(program).toBe('node');
  const told = { status: 200 };
  const server = createServer((_, response) => response.writeHead(told.status).end());
  await listen(server, 0, host);
  const { port } = server.address() as AddressInfo;
  return {
    told,
    ask: async (): Promise<number | null> => {
      const asking = spawn(process.execPath, words, { env: { ...env, HUBGRAM_HTTP_PORT: String(port) } });
      const [code] = (await once(asking, 'exit')) as [number | null];
      return code;
    },
    close: () => closeServer(server),
  };
};

test('the image asks for its health, and is told of one that is bad, or of nobody who answers', async () => {
  const { told, ask, close } = await openHealth('127.0.0.1', {});
  expect(await ask()).toBe(0);
  told.status = 503;
  expect(await ask()).toBe(1);
  await close();
  expect(await ask()).toBe(1);
});

test.each(['127.0.0.2', '0.0.0.0', ...(SIXTH ? ['::1'] : [])])(
  'the image asks for its health where it is told: on %s',
  async (host) => {
    const { ask, close } = await openHealth(host, { HUBGRAM_HTTP_HOST: host });
    expect(await ask()).toBe(0);
    await close();
  },
);

test('the image and the units keep memory for two threads at most', () => {
  expect(read('Dockerfile')).toMatch(/^ENV [^]*^ {4}MALLOC_ARENA_MAX=2 \\$/m);
  for (const unit of ['deploy/hubgram.service', 'deploy/hubgram-host.service'])
    expect(read(unit)).toMatch(/^Environment=MALLOC_ARENA_MAX=2$/m);
});

test('where the sources cannot be written, what Node makes of them is kept where something may be', () => {
  expect(read('Dockerfile')).toMatch(/^ENV [^]*^ {4}NODE_COMPILE_CACHE=\/data\/\w+ \\\n[^]*^VOLUME \["\/data"/m);
  for (const unit of ['deploy/hubgram.service', 'deploy/hubgram-host.service']) {
    expect(read(unit)).toMatch(/^ProtectSystem=strict$/m);
    expect(read(unit)).toMatch(/^CacheDirectory=(\w+)\nEnvironment=NODE_COMPILE_CACHE=\/var\/cache\/\1$/m);
  }
});

describe('in the image, which holds no playground,', () => {
  let app: string;

  beforeAll(async () => {
    app = await mkdtemp(join(tmpdir(), 'hubgram-image-'));
    // .dockerignore leaves out what is installed here.
    const filter = (path: string): boolean => basename(path) !== 'node_modules';
    for (const file of copiedIntoImage()) await cp(join(root, file), join(app, file), { recursive: true, filter });
    await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
  });

  afterAll(() => rm(app, { recursive: true, force: true }));

  test.each([
    ['a lost token is a mistake', { NODE_ENV: 'production' }, [], '- BOT_TOKEN is not set'],
    ['a token lost outside of production is one', {}, [], '- This hubgram comes without a playground: set BOT_TOKEN'],
    ['so is asking for it', { NODE_ENV: 'production' }, ['--playground'], '- This hubgram comes without a playground'],
  ])('%s', (_what, env, flags, sentence) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['src/start.mjs', ...flags], {
      cwd: app,
      env: { HOME: app, NODE_COMPILE_CACHE: join(app, 'compiled'), ...env },
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^The configuration has a mistake:\n- .*\n$/);
    expect(stderr).toContain(sentence);
    expect(existsSync(join(app, 'data'))).toBe(false);
  });
});

test('the image and the unit start the same program as `npm start`', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: { readonly start: string } };
  const words = scripts.start.split(' ');
  expect(read('Dockerfile')).toContain(`\nCMD ${JSON.stringify(words).replaceAll(',', ', ')}\n`);
  expect(read('deploy/hubgram.service')).toContain(
    `ExecStart=/usr/bin/${words.slice(0, -1).join(' ')} /opt/hubgram/${words.at(-1)}\n`,
  );
});

test('what starting again would not mend is not started again, and everybody who reads of it is told the same', () => {
  expect(read('deploy/hubgram.service')).toContain('\nRestart=on-failure\n');
  expect(read('deploy/hubgram.service')).toContain('\nRestartPreventExitStatus=2 3 4\n');
  // Docker knows no such thing: only how often.
  for (const file of ['docs/operating.md', 'Dockerfile']) {
    expect(read(file).match(/--restart \S+/g)).toEqual(['--restart on-failure:10']);
  }
  expect(HELP).toMatch(/Exit codes: 0 .*, 1 .*, 2 .*, 3 .*,\n4 another hubgram/);
  expect(read('docs/operating.md')).toMatch(/Exit codes: 0 .*, 1 .*, 2 .*, 3 .*, 4 if\nanother hubgram/);
});

test('.ci/run can be run', () => {
  expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
});

test('the lock file holds what every platform needs, so that `npm ci` takes it anywhere', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    readonly packages: Record<string, { readonly optionalDependencies?: Record<string, string> }>;
  };
  // npm leaves out what the registry in reach does not have, and then refuses its own lock file.
  const missing = Object.entries(packages)
    .filter(([path]) => path !== '')
    .flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    );
  expect(missing).toEqual([]);
});

test('installing compiles nothing: better-sqlite3 brings its binaries, and npm would build it over them', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { readonly allowScripts: Record<string, boolean> };
  expect(allowScripts['better-sqlite3']).toBe(false);
});

test('models that a service downloads are for other users’ programs too', () => {
  expect(read('deploy/hubgram.service')).toContain('\nStateDirectoryMode=0755\nUMask=0022\n');
});
