import { describe, expect, it } from 'vitest';
import { SYSTEM_SETTINGS } from '../../src/domain/settings/system.ts';
import { CHAT, codeOf, failure, GROUP, openBench } from './setup.ts';

const night = { chatId: CHAT, name: 'night', type: 'daily', time: '23:00' } as const;

describe('schedules', () => {
  it('are enabled only if the chat has no enabled one', () => {
    const { store, clock } = openBench();
    const first = store.schedules.createSchedule(night);
    expect(first).toEqual({
      ...night,
      id: first.id,
      until: null,
      limitBytes: null,
      nextRunAt: '',
      dayOfWeek: null,
      cron: null,
      enabled: true,
      maxConcurrentDownloads: 1,
      createdAt: clock.iso(),
      updatedAt: clock.iso(),
    });
    const second = store.schedules.createSchedule({
      ...night,
      name: 'friday',
      type: 'weekly',
      dayOfWeek: 4,
      maxConcurrentDownloads: 3,
    });
    expect(second).toMatchObject({ enabled: false, dayOfWeek: 4, maxConcurrentDownloads: 3 });
    const other = store.schedules.createSchedule({ ...night, chatId: GROUP, type: 'custom', cron: '0 2 * * *' });
    expect(other).toMatchObject({ enabled: true, cron: '0 2 * * *' });
    expect(store.schedules.listSchedules(CHAT).map((schedule) => schedule.name)).toEqual(['night', 'friday']);
    expect(store.schedules.getSchedule(second.id)).toEqual(second);
    expect(store.schedules.getSchedule(99)).toBeUndefined();
  });

  it('give way to the one that is enabled, in their chat only', () => {
    const { store } = openBench();
    const first = store.schedules.createSchedule(night);
    const second = store.schedules.createSchedule({ ...night, name: 'noon', time: '12:00' });
    const other = store.schedules.createSchedule({ ...night, chatId: GROUP });
    expect(store.schedules.enableSchedule(second.id)).toBe(true);
    expect(store.schedules.getActiveSchedule(CHAT)?.id).toBe(second.id);
    expect(store.schedules.getSchedule(first.id)?.enabled).toBe(false);
    expect(store.schedules.getActiveSchedule(GROUP)?.id).toBe(other.id);
    expect(store.schedules.enableSchedule(second.id)).toBe(true);
    expect(store.schedules.disableSchedule(second.id)).toBe(true);
    expect(store.schedules.getActiveSchedule(CHAT)).toBeUndefined();
    expect(store.schedules.enableSchedule(99)).toBe(false);
    expect(store.schedules.disableSchedule(99)).toBe(false);
  });

  it('cannot be enabled two at a time, whoever asks', () => {
    const { store, raw } = openBench();
    store.schedules.createSchedule(night);
    store.schedules.createSchedule({ ...night, name: 'noon' });
    expect(() => raw.exec('UPDATE schedule_configurations SET enabled = 1')).toThrow('UNIQUE');
  });

  it('that make no sense are refused with a sentence', () => {
    const { store } = openBench();
    const error = failure(() => store.schedules.createSchedule({ ...night, time: '24:00' }));
    expect(error.code).toBe('validation');
    expect(error.message).toBe('The time is HH:MM in 24 hours, for example 23:00.');
    expect(store.schedules.listSchedules(CHAT)).toEqual([]);
  });
});

describe('the system configuration', () => {
  it('holds what was set, with its description', () => {
    const { store, clock } = openBench();
    expect(store.config.getSystemConfig('max_retries')).toBeUndefined();
    expect(store.config.getSystemConfig('max_retries', '5')).toBe('5');
    expect(store.config.setSystemConfig('max_retries', '3')).toBe(true);
    expect(store.config.getSystemConfig('max_retries', '5')).toBe('3');
    clock.move(1000);
    store.config.setSystemConfig('max_retries', '4', 'for the flaky line');
    store.config.setSystemConfig('max_retries', '6');
    expect(store.config.listSystemConfig()).toEqual([
      {
        id: 1,
        key: 'max_retries',
        value: '6',
        description: 'for the flaky line',
        createdAt: clock.iso(-1000),
        updatedAt: clock.iso(),
      },
    ]);
    store.config.setSystemConfig('paused_all', 'true');
    expect(store.config.listSystemConfig()[1]?.description).toBe(SYSTEM_SETTINGS.paused_all.description);
  });

  it('has no other keys, and no other values', () => {
    const { store } = openBench();
    expect(failure(() => store.config.setSystemConfig('max_retry', '3')).message).toContain(
      'Did you mean max_retries?',
    );
    expect(codeOf(() => store.config.setSystemConfig('max_retries', 'many'))).toBe('validation');
    expect(store.config.listSystemConfig()).toEqual([]);
  });
});
