import type { QuotaDefaults } from '../domain/quotas/quota.ts';
import type { SystemSettings } from './system-settings.ts';

/** What people and groups may have of whom nobody has said anything, as the settings stand. */
export const quotaDefaults = ({ system }: Pick<SystemSettings, 'system'>): QuotaDefaults => ({
  person: {
    models: system.models_per_person,
    bytes: system.bytes_per_person,
    running: system.running_per_person,
    adds_per_hour: system.adds_per_hour,
  },
  group: {
    models: system.models_per_group,
    bytes: system.bytes_per_group,
    running: system.running_per_group,
    adds_per_hour: system.group_adds_per_hour,
  },
});
