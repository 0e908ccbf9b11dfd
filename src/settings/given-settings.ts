import { type GivenSettings, isSettingKey, SYSTEM_SETTINGS, type SystemValues } from '../domain/settings/system.ts';

/** What holds where there is no chat to set anything in: what was given at the start, or the defaults. */
export const givenSystem = (given: GivenSettings): SystemValues =>
  Object.fromEntries(
    Object.entries(SYSTEM_SETTINGS).map(([key, { read, fallback }]) => [
      key,
      read((isSettingKey(key) ? given[key]?.text : undefined) ?? fallback),
    ]),
  ) as unknown as SystemValues;
