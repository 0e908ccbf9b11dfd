import { describe, expect, it } from 'vitest';
import { isSettingKey, SYSTEM_SETTINGS, validateSetting } from '../../src/domain/settings.ts';

describe('setting keys', () => {
  it('begin with the data model’s four, and are alphanumeric with underscores', () => {
    const keys = Object.keys(SYSTEM_SETTINGS);
    expect(keys.slice(0, 4)).toEqual(['download_directory', 'log_level', 'max_retries', 'timeout_seconds']);
    for (const key of keys) {
      expect(key).toMatch(/^[A-Za-z0-9_]{1,64}$/);
      expect(isSettingKey(key)).toBe(true);
    }
  });

  it('are no others, not even what every object has', () => {
    for (const key of ['', 'nonsense', 'toString', '__proto__', 'MAX_RETRIES']) expect(isSettingKey(key)).toBe(false);
  });

  it('that are mistyped are guessed, others are listed', () => {
    expect(() => validateSetting('max_retry', '1')).toThrow(
      'There is no setting “max_retry”. Did you mean max_retries?',
    );
    expect(() => validateSetting('colour', '1')).toThrow('There are download_directory, log_level,');
    expect(() => validateSetting('colour', '1')).toThrow(expect.objectContaining({ code: 'validation' }));
  });
});

describe('values of settings', () => {
  it.each([
    ['download_directory', ['/srv/hub', 'C:\\hub', 'D:/hub'], ['hub', './hub', '~/hub', '']],
    ['log_level', ['info', 'WARNING', 'Critical', 'trace'], ['loud', '', 'information']],
    ['max_retries', ['0', '5', '100'], ['-1', '101', '1.5', 'five', '', ' 5']],
    ['timeout_seconds', ['1', '3600', '86400'], ['0', '86401', '30s']],
    ['concurrent_downloads', ['1', '1000'], ['0', '1001', '2.0']],
    ['connections', ['1', '128'], ['0', '129']],
    ['bandwidth_limit', ['20MB', '500kB', '1', 'none'], ['0', '0MB', '-1', '20 MB/s', 'unlimited', '']],
    ['min_free_space', ['2GB', '0', '1.5GB'], ['none', '2 gigs', '']],
    ['max_total_size', ['500GB', '2TB', 'none'], ['0', '0GB', 'all']],
    ['paused_all', ['true', 'false'], ['yes', '1', 'TRUE', '']],
  ] as const)('of %s', (key, good, bad) => {
    for (const value of good) expect(() => validateSetting(key, value)).not.toThrow();
    for (const value of bad)
      expect(() => validateSetting(key, value)).toThrow(
        `${key} takes ${SYSTEM_SETTINGS[key].expected}, not “${value}”.`,
      );
  });

  it('are shown back shortened', () => {
    expect(() => validateSetting('max_retries', '9'.repeat(500))).toThrow(/not “9{63}…”\.$/);
  });
});
