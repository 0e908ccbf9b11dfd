import { AppError } from '../domain/errors.ts';
import { spelledSwitch } from '../domain/settings/form.ts';
import {
  type GivenSetting,
  type GivenSettings,
  isSettingKey,
  type SettingKey,
  SYSTEM_SETTINGS,
  type SystemValues,
  validateSetting,
} from '../domain/settings/system.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';

/** Who decided: a later one wins. */
export type Origin = 'default' | 'file' | 'chat' | 'environment';

/** A setting of the system as it stands. */
export interface SystemSetting {
  readonly key: SettingKey;
  /** As people write it. */
  readonly text: string;
  readonly origin: Origin;
  /** Why no chat can change it, for people: the name it was given under; undefined if one can. */
  readonly fixedBy: string | undefined;
  /** It takes effect at the next start: until then something else holds. */
  readonly awaitsRestart: boolean;
}

export interface SystemSettings {
  /** What holds, at the moment it is asked for. */
  readonly system: SystemValues;
  /** All of them, in order. */
  readonly listSystem: () => readonly SystemSetting[];
  /** What the database holds that this version does not take. */
  readonly listLeftOut: () => readonly { readonly key: string; readonly value: string }[];
  /**
   * Sets a key for all chats, from now on or from the next start.
   * @throws AppError validation: no such key, or a value it does not take; constraint: the environment has fixed it
   */
  readonly setSystem: (key: string, typed: string) => SystemSetting;
  /** Whether that can be done; changes nothing. @throws as `setSystem` */
  readonly checkSystem: (key: string, typed: string) => void;
  /**
   * Takes back what chats have set; what the file says, or the default, holds again. Holding all downloads stays as it is.
   * @param key all keys if not given
   * @returns those that were changed
   * @throws AppError validation: no such key
   */
  readonly resetSystem: (key?: string) => readonly SystemSetting[];
  /** Is called after each change. @returns ends that */
  readonly onSystemChange: (listener: () => void) => () => void;
}

interface SettingsDeps {
  readonly store: Pick<Store, 'config'>;
  readonly given: GivenSettings;
  readonly log: Log;
}

/** The queue keeps it in the same table, and asks for it there. */
const HELD = 'paused_all';

const KEYS = Object.keys(SYSTEM_SETTINGS) as readonly SettingKey[];

const defaultOf = (key: SettingKey): GivenSetting => ({
  text: SYSTEM_SETTINGS[key].fallback,
  origin: 'default',
  by: 'the default',
});

type Said = Pick<SystemSetting, 'text' | 'origin' | 'fixedBy'>;

const isTaken = (key: string, value: string): boolean => isSettingKey(key) && SYSTEM_SETTINGS[key].accepts(value);

/** What each key says: of the rows, and of what was given at the start. */
const readAll = ({ store, given, log }: SettingsDeps): ReadonlyMap<SettingKey, Said> => {
  const rows = new Map(store.config.listSystemConfig().map(({ key, value }) => [key, value]));
  return new Map(
    KEYS.map((key): [SettingKey, Said] => {
      const { text, origin, by } = given[key] ?? defaultOf(key);
      if (origin === 'environment') return [key, { text, origin, fixedBy: by }];
      const row = rows.get(key);
      if (row === undefined) return [key, { text, origin, fixedBy: undefined }];
      if (isTaken(key, row)) return [key, { text: row, origin: 'chat', fixedBy: undefined }];
      log.warn({ key, value: row }, 'A setting in the database is none that this version takes; it is left out');
      return [key, { text, origin, fixedBy: undefined }];
    }),
  );
};

const valueOf = (key: SettingKey, { text }: Said): unknown => SYSTEM_SETTINGS[key].read(text);

/** As it is kept: words are written in any letter case. */
const spelled = (key: SettingKey, typed: string): string => {
  const text = typed.trim();
  const { accepts } = SYSTEM_SETTINGS[key];
  if (key === 'log_level' && accepts(text)) return SYSTEM_SETTINGS.log_level.read(text);
  const lower = spelledSwitch(SYSTEM_SETTINGS[key], text.toLowerCase());
  return accepts(text) || !accepts(lower) ? text : lower;
};

const needsRestart = (key: SettingKey): boolean => 'needsRestart' in SYSTEM_SETTINGS[key];

const known = (key: string): SettingKey => {
  if (isSettingKey(key)) return key;
  validateSetting(key, '');
  throw new Error('a setting that is none was taken');
};

/** The settings of the whole system, over what was given at the start. Only one program at a time has the database. */
export const createSystemSettings = (deps: SettingsDeps): SystemSettings => {
  const { store } = deps;
  const atStart = readAll(deps);
  /** In memory: they are asked for with every piece that arrives. */
  const values = new Map<SettingKey, unknown>([...atStart].map(([key, said]) => [key, valueOf(key, said)]));
  const listeners = new Set<() => void>();
  const system = Object.defineProperties(
    {},
    Object.fromEntries(
      KEYS.filter((key) => key !== HELD).map((key) => [key, { enumerable: true, get: () => values.get(key) }]),
    ),
  ) as SystemValues;

  const listSystem = (): readonly SystemSetting[] =>
    [...readAll(deps)].map(([key, said]) => ({
      key,
      ...said,
      awaitsRestart: needsRestart(key) && valueOf(key, said) !== values.get(key),
    }));
  const one = (key: SettingKey): SystemSetting => listSystem().find((setting) => setting.key === key) as SystemSetting;
  const changed = (keys: readonly SettingKey[]): readonly SystemSetting[] => {
    const all = listSystem().filter(({ key }) => keys.includes(key));
    for (const setting of all) if (!needsRestart(setting.key)) values.set(setting.key, valueOf(setting.key, setting));
    if (all.length > 0) for (const listener of listeners) listener();
    return all;
  };

  const taken = (key: string, typed: string): string => {
    const text = spelled(known(key), typed);
    validateSetting(key, text);
    const { fixedBy } = one(known(key));
    if (fixedBy !== undefined)
      throw new AppError('constraint', `${key} is fixed by ${fixedBy}: change it there, and start hubgram anew.`);
    return text;
  };

  return {
    system,
    listSystem,
    listLeftOut: () => store.config.listSystemConfig().filter(({ key, value }) => !isTaken(key, value)),
    checkSystem: (key, typed) => void taken(key, typed),
    setSystem: (key, typed) => {
      const text = taken(key, typed);
      store.config.setSystemConfig(key, text);
      return changed([known(key)])[0] as SystemSetting;
    },
    resetSystem: (key) => {
      const meant = key === undefined ? KEYS.filter((each) => each !== HELD) : [known(key)];
      return changed(meant.filter((each) => store.config.removeSystemConfig(each)));
    },
    onSystemChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
