/* library/configuration: what owners change of the system, checked, noted and told. */

import type { Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { AppError } from '../../domain/errors.ts';
import {
  type GivenSettings,
  isSettingKey,
  type StartUpSetting,
  SYSTEM_SETTINGS,
} from '../../domain/settings/system.ts';
import { within } from '../../lib/async/within.ts';
import { nearest } from '../../lib/text/nearest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { SystemSetting } from '../../settings/system-settings.ts';
import type { Store } from '../../store/store.ts';

/** What the program was told when it started. */
export interface Configured {
  readonly atStart: readonly StartUpSetting[];
  readonly given: GivenSettings;
  /** What it would be told now. @throws AppError configuration: its message lists every mistake */
  readonly reread: () => GivenSettings;
}

/** Who changes something, and where. */
export interface By {
  readonly userId: number;
  readonly chatId: number;
}

/** A key, and what it shall be. */
export type Wanted = readonly [key: string, text: string];

/** What has become of a setting. */
export interface Changed {
  readonly before: SystemSetting;
  readonly now: SystemSetting;
}

/** The configuration as its owner sees and changes it. */
export interface Configuration {
  /** What can be set, in order. */
  readonly list: () => readonly SystemSetting[];
  /** What was set when the program started, and cannot be while it runs. */
  readonly atStart: readonly StartUpSetting[];
  /**
   * Sets keys, from now on or from the next start: all of them, or none.
   * @throws AppError validation: no such key, a value that it does not take, or a folder that cannot be used; constraint: the environment
   * has fixed it
   */
  readonly set: (by: By, wanted: readonly Wanted[]) => Promise<readonly Changed[]>;
  /** Takes back what was set: of one key, or of all. @returns what is another value now @throws AppError validation: no such key */
  readonly reset: (by: By, key?: string) => readonly Changed[];
  /** What is wrong, or will be another value at the next start: a sentence each. */
  readonly check: () => Promise<readonly string[]>;
}

interface ConfigurationDeps {
  readonly store: Store;
  readonly settings: Settings;
  readonly configured: Configured;
  /** Asks a folder's disk; this machine's, if not given. */
  readonly stat?: (folder: string) => Promise<Pick<Stats, 'isDirectory'>>;
}

/** A disk on a network may answer nobody for hours: the chat of who asks does not wait for it. */
const DISK_MS = 2000;

const one = (settings: readonly SystemSetting[], key: string): SystemSetting | undefined =>
  settings.find((setting) => setting.key === key);

/** Why models could not go into a folder; '' if they can. */
const lookAt = async (folder: string, look: NonNullable<ConfigurationDeps['stat']>): Promise<string> => {
  const found = await look(folder).catch(() => undefined);
  if (!found?.isDirectory())
    return `There is no folder ${folder} on this machine. Make it first; hubgram only takes what is there.`;
  const isOpen = await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isOpen ? '' : `hubgram may not write into ${folder}. Change the permissions of that folder first.`;
};

/** Why models could not go there. */
const refusalOf = async (deps: Pick<ConfigurationDeps, 'stat'>, folder: string): Promise<string | undefined> => {
  const refusal = await within(DISK_MS, () => lookAt(folder, deps.stat ?? stat));
  return refusal === undefined
    ? `The disk with ${folder} does not answer now: it is failing, or gone. Try again later.`
    : refusal || undefined;
};

/** Some are set at the start only: they are no typing mistakes. @throws AppError validation: it is one of these */
const refuseAtStart = ({ configured }: ConfigurationDeps, key: string): void => {
  const wanted = key.toLowerCase();
  const found = configured.atStart.find(
    ({ name, keys }) => !isSettingKey(key) && (name.toLowerCase() === wanted || keys.includes(wanted)),
  );
  if (!found) return;
  const { name, keys } = found;
  throw new AppError(
    'validation',
    `${keys[0] ?? name} is read at the start only: set ${name} in the environment or ${keys[0] ?? name} in the YAML file, and start hubgram anew.`,
  );
};

/**
 * A person sets a key: that is noted in the activity log if it is another value now.
 * @throws AppError validation, constraint: as `setSystem`
 */
export const setAndNote = (
  { settings, store }: Pick<ConfigurationDeps, 'settings' | 'store'>,
  by: By,
  key: string,
  text: string,
): Changed => {
  const before = one(settings.listSystem(), key);
  const now = settings.setSystem(key, text);
  if (before?.text !== now.text)
    store.activity.logActivity(by.userId, by.chatId, 'config_set', { key, value: now.text });
  return { before: before ?? now, now };
};

/** @throws AppError validation, constraint: that cannot be set */
const refuseWrong = async (deps: ConfigurationDeps, [key, text]: Wanted): Promise<void> => {
  refuseAtStart(deps, key);
  const before = one(deps.settings.listSystem(), key);
  if (key === 'download_directory' && SYSTEM_SETTINGS[key].accepts(text)) {
    const refusal = before?.fixedBy === undefined ? await refusalOf(deps, text) : undefined;
    if (refusal !== undefined) throw new AppError('validation', refusal);
  }
  deps.settings.checkSystem(key, text);
};

const set = async (deps: ConfigurationDeps, by: By, wanted: readonly Wanted[]): Promise<readonly Changed[]> => {
  for (const each of wanted) await refuseWrong(deps, each);
  return wanted.map(([key, text]) => setAndNote(deps, by, key, text));
};

const reset = (deps: ConfigurationDeps, by: By, key: string | undefined): readonly Changed[] => {
  const { settings, store } = deps;
  if (key !== undefined) refuseAtStart(deps, key);
  const before = settings.listSystem();
  const changed = settings.resetSystem(key).map((now) => ({ before: one(before, now.key) ?? now, now }));
  if (changed.length > 0)
    store.activity.logActivity(by.userId, by.chatId, 'config_reset', { keys: changed.map(({ now }) => now.key) });
  return changed;
};

const checkRow = ({ key, value }: { readonly key: string; readonly value: string }): string => {
  if (isSettingKey(key))
    return `What was set for ${key} is none that this version takes, and is left out: it takes ${SYSTEM_SETTINGS[key].expected}.`;
  const meant = nearest(key, Object.keys(SYSTEM_SETTINGS));
  return `The database holds a setting ${key} (${value.length} characters) that this version does not know${meant === undefined ? '' : `; the nearest is ${meant}`}.`;
};

/** What the file and the environment would say at the next start. */
const checkGiven = ({ configured }: ConfigurationDeps): readonly string[] => {
  try {
    const anew = configured.reread();
    return Object.keys(SYSTEM_SETTINGS)
      .filter(isSettingKey)
      .filter((key) => anew[key]?.text !== configured.given[key]?.text)
      .map((key) => {
        const { text = 'its default', by = 'the file' } = anew[key] ?? {};
        return `${key} is ${text} by now, says ${by}: that counts from the next start.`;
      });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [`The next start would fail. ${error.message}`];
  }
};

const check = async (deps: ConfigurationDeps): Promise<readonly string[]> => {
  const { settings } = deps;
  const folder = one(settings.listSystem(), 'download_directory');
  const refusal = folder && (await refusalOf(deps, folder.text));
  return [...settings.listLeftOut().map(checkRow), ...(refusal === undefined ? [] : [refusal]), ...checkGiven(deps)];
};

/** What an owner does to the configuration. Everything is noted in the activity log. */
export const createConfiguration = (deps: ConfigurationDeps): Configuration => ({
  list: deps.settings.listSystem,
  atStart: deps.configured.atStart,
  set: (by, wanted) => set(deps, by, wanted),
  reset: (by, key) => reset(deps, by, key),
  check: () => check(deps),
});
