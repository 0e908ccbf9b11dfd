import { describe, expect, it, vi } from 'vitest';
import type { GivenSettings } from '../../src/domain/settings/system.ts';
import { createSettings, type Settings } from '../../src/settings/settings.ts';
import type { SystemSetting } from '../../src/settings/system-settings.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type Bench, failure, openBench } from '../store/setup.ts';

const FILE = { origin: 'file', by: 'max_retries in hubgram.yaml' } as const;
const ENVIRONMENT = { origin: 'environment', by: 'HUBGRAM_MAX_RETRIES' } as const;

const open = (given: GivenSettings = {}, bench: Bench = openBench()): Settings & { readonly bench: Bench } => ({
  ...createSettings(bench.store, { given, log: silentLog }),
  bench,
});

const seen = (settings: Settings, key: string): Partial<SystemSetting> =>
  settings.listSystem().find((setting) => setting.key === key) ?? {};

describe('a setting of the system', () => {
  it('is as usual, as the file says, as a chat has set it, as the environment says: the later one wins', () => {
    const bench = openBench();
    expect(open({}, bench).system.max_retries).toBe(5);
    const file = open({ max_retries: { text: '6', ...FILE } }, bench);
    expect([file.system.max_retries, seen(file, 'max_retries').origin]).toEqual([6, 'file']);
    file.setSystem('max_retries', '7');
    expect([file.system.max_retries, seen(file, 'max_retries').origin]).toEqual([7, 'chat']);
    const environment = open({ max_retries: { text: '8', ...ENVIRONMENT } }, bench);
    expect([environment.system.max_retries, seen(environment, 'max_retries').origin]).toEqual([8, 'environment']);
  });

  it('means what its text means', () => {
    const { system, setSystem } = open();
    expect(system).toMatchObject({ log_level: 'info', bandwidth_limit: undefined, min_free_space: 2e9 });
    expect(system).toMatchObject({ auto_cleanup: false, cleanup_age_days: 30, concurrent_downloads: 2 });
    setSystem('log_level', 'WARNING');
    setSystem('bandwidth_limit', '20MB');
    setSystem('auto_cleanup', 'true');
    expect(system).toMatchObject({ log_level: 'warn', bandwidth_limit: 20e6, auto_cleanup: true });
    setSystem('bandwidth_limit', 'none');
    expect(system.bandwidth_limit).toBeUndefined();
  });

  it('that a chat has set is so after a restart', () => {
    const first = open();
    first.setSystem('concurrent_downloads', '9');
    expect(open({}, first.bench).system.concurrent_downloads).toBe(9);
  });

  it('that needs a restart holds from the next start, and says so until then', () => {
    const first = open();
    expect(first.setSystem('connections', '32')).toMatchObject({ text: '32', awaitsRestart: true });
    expect(first.system.connections).toBe(16);
    expect(first.setSystem('max_retries', '2')).toMatchObject({ awaitsRestart: false });
    const second = open({}, first.bench);
    expect(second.system.connections).toBe(32);
    expect(seen(second, 'connections').awaitsRestart).toBe(false);
  });

  it('that the environment has fixed is refused, with the name it was given under, and nothing is kept', () => {
    const fixed = open({ max_retries: { text: '8', ...ENVIRONMENT } });
    expect(failure(() => fixed.setSystem('max_retries', '3'))).toMatchObject({
      code: 'constraint',
      message: 'max_retries is fixed by HUBGRAM_MAX_RETRIES: change it there, and start hubgram anew.',
    });
    expect(seen(fixed, 'max_retries').fixedBy).toBe('HUBGRAM_MAX_RETRIES');
    expect(open({}, fixed.bench).system.max_retries).toBe(5);
  });

  it('is refused where there is no such key, or where it does not take the value', () => {
    const { setSystem, resetSystem } = open();
    expect(failure(() => setSystem('max_retry', '3')).message).toContain('Did you mean max_retries?');
    expect(failure(() => resetSystem('max_retry')).message).toContain('Did you mean max_retries?');
    expect(failure(() => setSystem('max_retries', 'many')).message).toContain('a whole number from 0 to 100');
  });

  it('is what the file says again once it is reset, one or all; that everything is held stays', () => {
    const settings = open({ max_retries: { text: '6', ...FILE } });
    for (const [key, text] of Object.entries({ max_retries: '1', log_level: 'debug', paused_all: 'true' }))
      settings.setSystem(key, text);
    expect(settings.resetSystem('max_retries').map(({ key, text }) => [key, text])).toEqual([['max_retries', '6']]);
    expect(settings.resetSystem('max_retries')).toEqual([]);
    expect(settings.system).toMatchObject({ max_retries: 6, log_level: 'debug' });
    expect(settings.resetSystem().map(({ key }) => key)).toEqual(['log_level']);
    expect(settings.system.log_level).toBe('info');
    expect(seen(settings, 'paused_all').text).toBe('true');
  });

  it('of another version, or with a value that none takes any more, is left out', () => {
    const bench = openBench();
    bench.raw.exec(`INSERT INTO system_configurations (key, value, created_at, updated_at)
      VALUES ('max_retries', 'lots', '', ''), ('colour', 'red', '', '')`);
    const settings = open({}, bench);
    expect(settings.system.max_retries).toBe(5);
    expect(settings.listSystem().map(({ key }) => key)).not.toContain('colour');
  });

  it('tells who wants to know of a change, and of nothing else', () => {
    const settings = open({ connections: { text: '8', origin: 'environment', by: 'HUBGRAM_CONNECTIONS' } });
    const told = vi.fn<() => void>();
    const end = settings.onSystemChange(told);
    settings.setSystem('max_retries', '1');
    settings.resetSystem();
    expect(told).toHaveBeenCalledTimes(2);
    settings.resetSystem();
    failure(() => settings.setSystem('connections', '9'));
    expect(told).toHaveBeenCalledTimes(2);
    end();
    settings.setSystem('max_retries', '1');
    expect(told).toHaveBeenCalledTimes(2);
  });
});
