import { SYSTEM_SETTINGS } from '../../domain/settings/system.ts';
import type { SystemSetting } from '../../settings/system-settings.ts';

export type ExportFormat = 'json' | 'yaml';

/** As a value of its own kind: numbers and yes or no as such, everything else as it is written. */
const plainValue = ({ key, text }: SystemSetting): string | number | boolean => {
  const value: unknown = SYSTEM_SETTINGS[key].read(text);
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' && String(value) === text ? value : text;
};

/** No setting of a service: whoever starts one from the file wants it to download. */
const isOfFile = ({ key }: SystemSetting): boolean => key !== 'paused_all';

/**
 * The configuration as a file that hubgram reads at its start. No secrets are among these settings.
 * In YAML, what stands in double quotes is read as in JSON, so that any text can stand there (yaml.org/spec/1.2.2, 7.3.1).
 */
export const exportConfiguration = (settings: readonly SystemSetting[], format: ExportFormat): string => {
  const entries = settings.filter(isOfFile).map((setting) => [setting.key, plainValue(setting)] as const);
  if (format === 'json') return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
  return entries.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
};
