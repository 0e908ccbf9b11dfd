import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { SYSTEM_SETTINGS } from '../../src/domain/settings/system.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Started in the project's folder, where nothing else lies that is read. */
const load = (argv: readonly string[], env: Record<string, string> = {}): Config =>
  loadConfig({
    argv,
    env: { HOME: '/home/ann', ...env },
    cwd: ROOT,
    readFile: (path) => {
      if (path.startsWith(join(ROOT, 'config'))) return readFileSync(path, 'utf8');
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    },
  });

describe('the examples of configuration files', () => {
  it.each(['default', 'development', 'production'])('are read, by the flag and by the environment: %s', (name) => {
    const file = `config/${name}.yaml`;
    const config = load(['--config', file]);
    expect(config.configFile).toBe(join(ROOT, file));
    expect(config.warnings).toEqual([]);
    expect(load([], { HUBGRAM_CONFIG: file })).toEqual(config);
  });

  it('begin with one that means what no file means, and names every setting', () => {
    const { configFile: _, origins, given, ...values } = load(['--config', 'config/default.yaml']);
    const { configFile: __, origins: ___, given: ____, ...usual } = load([]);
    expect(values).toEqual(usual);
    expect(origins.connections).toBe('file');
    const text = readFileSync(join(ROOT, 'config/default.yaml'), 'utf8');
    const missing = Object.keys(SYSTEM_SETTINGS).filter((key) => !new RegExp(`^#?${key}: `, 'm').test(text));
    // To hold everything is no setting of a service.
    expect(missing).toEqual(['paused_all']);
    expect(given.max_retries).toMatchObject({ text: '5', origin: 'file' });
  });

  it('say what their names promise', () => {
    expect(load(['--config', 'config/development.yaml'])).toMatchObject({
      logLevel: 'debug',
      cacheDir: join(ROOT, 'data/development/hub'),
    });
    const production = load(['--config', 'config/production.yaml']);
    expect(production).toMatchObject({ logLevel: 'info', dataDir: '/var/lib/hubgram', httpPort: 8080 });
    expect(production.defaultSchedule).toMatchObject({ type: 'daily', time: '23:00' });
  });
});
