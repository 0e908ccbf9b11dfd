import { describe, expect, it } from 'vitest';
import { CHAT_SETTINGS, isChatSettingKey, validateChatSetting } from '../../src/domain/settings/chat.ts';
import { isSettingKey, SYSTEM_SETTINGS, validateSetting } from '../../src/domain/settings/system.ts';

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
    ['auto_cleanup', ['true', 'false'], ['on', '']],
    ['cleanup_age_days', ['1', '3650'], ['0', '3651', '30d']],
    ['verify_monthly', ['true', 'false'], ['on', '']],
    ['seed_hours', ['0', '1', '720'], ['-1', '721', '1.5', '24h', '']],
    ['try', ['true', 'false'], ['on', '']],
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

describe('the settings of a chat', () => {
  it.each([
    ['default_category', ['auto', 'text', 'My own one'], ['', ' ', 'x'.repeat(65)]],
    [
      'default_quantize',
      ['auto', 'q4', 'fp16', 'no', 'all', 'Q4_K_M', 'UD-Q4_K_XL', 'q4f16', 'int8', 'uint8', 'bnb4', 'q8', 'fp32'],
      ['q4_k_m', 'Q4F16', 'ask', 'latest', 'small', ''],
    ],
    ['start', ['schedule', 'now', 'wait'], ['later', '']],
    ['notifications', ['on', 'off'], ['loud', '']],
    ['digest', ['off', '08:00', '21:30'], ['8:00', '25:00', 'daily', '']],
    ['quiet_hours', ['off', '22:00-07:00', '22:00-24:00'], ['22:00', '22:00-22:00', '00:00-24:00', '22-25', '']],
    ['check_frequency', ['daily', 'weekly', 'monthly', 'off'], ['hourly', '']],
    ['always_update', ['on', 'off'], ['true', '']],
    ['always_link', ['on', 'off'], ['1', '']],
    ['check_after_download', ['on', 'off'], ['yes', '']],
    ['check_context', ['1', '4096', '10000000'], ['0', '10000001', '1e3', '']],
  ] as const)('take, for %s, what they say', (key, good, bad) => {
    expect(isChatSettingKey(key)).toBe(true);
    for (const value of good) expect(() => validateChatSetting(key, value)).not.toThrow();
    for (const value of bad)
      expect(() => validateChatSetting(key, value)).toThrow(`${key} takes ${CHAT_SETTINGS[key].expected}, not`);
  });

  it('are no settings of the system, and the other way round', () => {
    expect(isChatSettingKey('log_level')).toBe(false);
    expect(() => validateChatSetting('log_level', 'info')).toThrow('There is no setting “log_level”.');
    expect(() => validateSetting('start', 'now')).toThrow('There is no setting “start”.');
  });
});

describe('every setting', () => {
  const all = { ...SYSTEM_SETTINGS, ...CHAT_SETTINGS };

  it('takes its default, save for the folder that is found at the start, and each of its choices', () => {
    const refused = Object.entries(all).flatMap(([key, setting]) =>
      [setting.fallback, ...('choices' in setting ? setting.choices : [])]
        .filter((value) => !setting.accepts(value))
        .map((value) => [key, value]),
    );
    expect(refused).toEqual([['download_directory', '']]);
  });
});
