import { describeApps } from './apps.ts';
import type { Config } from './config.ts';
import { FIELDS, type Field, type Setting, SETTINGS } from './settings.ts';
import { isSettingKey, type StartUpSetting } from '../domain/settings/system.ts';
import { formatBytes } from '../lib/text/bytes.ts';
import { redact } from '../lib/text/redact.ts';

type Shown = string | number | boolean | readonly (number | string)[] | undefined;

const valueText = (setting: Setting, value: Shown): string => {
  if (setting.secret) return value === undefined ? 'not set' : 'set';
  if (value === undefined) return 'none';
  if (typeof value === 'object') return value.join(', ') || 'none';
  return setting.bytes ? formatBytes(Number(value)) : String(value);
};

const setTo = (config: Config, field: Field): StartUpSetting => {
  const values: Partial<Record<Field, Shown>> = config;
  const setting: Setting = SETTINGS[field];
  const { name, keys } = setting;
  return { name, keys, value: redact(valueText(setting, values[field])), origin: config.origins[field] };
};

/** What was set for good when the program started; what chats can set too is not among it. */
export const startUpSettings = (config: Config): readonly StartUpSetting[] =>
  FIELDS.map((field) => setTo(config, field)).filter(({ keys }) => !keys.some(isSettingKey));

/** Everything that was understood, a line each, with where it came from; of secrets only whether they are set. */
export const describeConfig = (config: Config): string => {
  const rows = FIELDS.map((field) => {
    const { name, value, origin } = setTo(config, field);
    return [name, value, origin] as const;
  });
  const [nameWidth, valueWidth] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) as [
    number,
    number,
  ];
  const lines = rows.map(
    ([name, value, origin]) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
  );
  const { defaultSchedule: schedule } = config;
  return redact(
    [
      `Configuration file: ${config.configFile ?? 'none'}`,
      `Runs as: ${config.isHost ? 'host' : config.playground ? 'playground' : 'bot'}`,
      ...config.warnings.map((warning) => `Warning: ${warning}`),
      ...(schedule ? [`Default schedule: ${schedule.name}, ${schedule.type}, ${schedule.cron ?? schedule.time}`] : []),
      ...describeApps(config.apps),
      '',
      ...lines,
      '',
    ].join('\n'),
  );
};
