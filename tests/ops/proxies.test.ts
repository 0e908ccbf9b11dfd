import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openAppWorld } from '../helpers/app.ts';
import { freePort } from '../helpers/free-port.ts';
import { ANN } from '../helpers/stand-ins.ts';
import { findTool } from '../helpers/tools.ts';

const root = join(import.meta.dirname, '../..');
/** A key that guards nothing, and a certificate for 127.0.0.1 that this process alone trusts. */
const PEM = join(root, 'tests/transfer/loopback.pem');

const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, readFileSync(PEM, 'utf8')]));
afterAll(() => setDefaultCACertificates(trusted));

interface Ports {
  /** Of the proxy. */
  readonly outside: number;
  /** Of hubgram. */
  readonly inside: number;
}

/** What ships, with each of these replaced, which has to be there. */
const shipped = (file: string, replacements: Readonly<Record<string, string>>): string =>
  Object.entries(replacements).reduce(
    (text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, to);
    },
    readFileSync(join(root, file), 'utf8'),
  );

const nginx = (folder: string, { outside, inside }: Ports): readonly string[] => {
  const server = shipped('deploy/nginx.conf', {
    'listen 443 ssl;': `listen 127.0.0.1:${outside} ssl;`,
    'listen [::]:443 ssl;': '',
    '/etc/letsencrypt/live/bot.example.org/fullchain.pem': PEM,
    '/etc/letsencrypt/live/bot.example.org/privkey.pem': PEM,
    '127.0.0.1:8080': `127.0.0.1:${inside}`,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${folder}/pid; error_log stderr warn; events {}
    http { access_log off; ${temporary.join(' ')}\n${server}\n}`,
  );
  return ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
};

const caddy = (folder: string, { outside, inside }: Ports): readonly string[] => {
  const site = shipped('deploy/Caddyfile', {
    'bot.example.org {': `https://127.0.0.1:${outside} {\n\tbind 127.0.0.1\n\ttls ${PEM} ${PEM}`,
    '127.0.0.1:8080': `127.0.0.1:${inside}`,
  });
  writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
  return ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
};

const PROXIES = { nginx, caddy };

describe.each(['nginx', 'caddy'] as const)('behind %s, as it ships,', (name) => {
  const program = findTool(name);

  it.skipIf(program === undefined)('updates come through, and nothing else of hubgram is shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hubgram-proxy-'));
    const ports = { outside: await freePort(), inside: await freePort() };
    const args = PROXIES[name](folder, ports);
    const proxy = spawn(program ?? '', args, { env: { HOME: folder, PATH: '' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    proxy.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(proxy, 'exit');
    const world = await openAppWorld();
    onTestFinished(async () => {
      await world.close();
      proxy.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    const origin = `https://127.0.0.1:${ports.outside}`;
    const url = `${origin}/telegram`;
    const ask = async (address: string, init?: RequestInit) => (await fetch(address, init)).status;
    // It listens in a moment, or says why not.
    await expect.poll(() => ask(origin).catch(() => said)).toBe(404);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect(await ask(url, { ...json, body: '{}' })).toBe(502);

    await world.start({ HUBGRAM_HTTP_PORT: String(ports.inside), HUBGRAM_WEBHOOK_URL: url });
    world.say('/timezone Berlin');
    await world.sees(ANN, /Europe\/Berlin/);
    await world.waitFor(({ pendingUpdates }) => pendingUpdates().length === 0);
    expect(await ask(url, { ...json, body: '{}' })).toBe(401);
    expect(await ask(url)).toBe(405);
    for (const path of ['/healthz', '/metrics', '/telegram/', '/telegram/healthz', '/telegram/../healthz', '/'])
      expect([path, await ask(`${origin}${path}`)]).toEqual([path, 404]);
    expect(await fetch(`http://127.0.0.1:${ports.inside}/healthz`).then(({ ok }) => ok)).toBe(true);
  });
});

const caddyProgram = findTool('caddy');

it.skipIf(caddyProgram === undefined)('the Caddyfile is written as Caddy writes it', () => {
  const { stdout } = spawnSync(caddyProgram ?? '', ['fmt', join(root, 'deploy/Caddyfile')], { encoding: 'utf8' });
  expect(stdout).toBe(readFileSync(join(root, 'deploy/Caddyfile'), 'utf8'));
});
