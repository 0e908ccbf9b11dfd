import type { FileSettings } from '../../domain/moving/models-file.ts';
import { parseBytes } from '../../lib/text/bytes.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Store } from '../../store/store.ts';
import { type By, setAndNote } from '../configuration/configuration.ts';

/** Something that a file says and that is otherwise here. */
export interface SettingChange {
  readonly key: 'auto_cleanup' | 'cleanup_age_days' | 'max_total_size' | 'check_frequency';
  /** As people write it. */
  readonly now: string;
  readonly wanted: string;
  /** Of this machine, and so for owners; otherwise of one library, and for who manages its chat. */
  readonly isMachine: boolean;
  /** Why nobody can change it from a chat. */
  readonly fixedBy: string | undefined;
}

const NONE = 'none';

/** What holds for a library and on this machine, as a `models.json` says it. */
export const settingsFor = (settings: Settings, chatId: number): FileSettings => {
  const { auto_cleanup: autoCleanup, cleanup_age_days: cleanupAgeDays } = settings.system;
  const most = settings.listSystem().find(({ key }) => key === 'max_total_size')?.text ?? NONE;
  const { check_frequency: frequency } = settings.chat(chatId);
  return {
    autoCleanup,
    cleanupAgeDays,
    ...(most === NONE ? {} : { maxTotalSize: most }),
    // The format knows no word for it.
    ...(frequency === 'off' ? {} : { checkFrequency: frequency }),
  };
};

const isSame = (now: string, wanted: string): boolean =>
  now === wanted || (parseBytes(wanted) !== undefined && parseBytes(now) === parseBytes(wanted));

/** What a file would change beside the models. */
export const settingChanges = (settings: Settings, chatId: number, file: FileSettings): SettingChange[] => {
  const { autoCleanup, cleanupAgeDays, maxTotalSize, checkFrequency } = file;
  const wanted = { auto_cleanup: autoCleanup, cleanup_age_days: cleanupAgeDays, max_total_size: maxTotalSize };
  const machine = settings.listSystem().flatMap(({ key, text, fixedBy }): SettingChange[] => {
    if (key !== 'auto_cleanup' && key !== 'cleanup_age_days' && key !== 'max_total_size') return [];
    const said = wanted[key];
    return said === undefined ? [] : [{ key, now: text, wanted: String(said), isMachine: true, fixedBy }];
  });
  const { check_frequency: now } = settings.chat(chatId);
  const library: SettingChange[] =
    checkFrequency === undefined
      ? []
      : [{ key: 'check_frequency', now, wanted: checkFrequency, isMachine: false, fixedBy: undefined }];
  return [...machine, ...library].filter((change) => !isSame(change.now, change.wanted));
};

/**
 * Has what a file says hold.
 * @param by the person, and the chat of the library
 * @param scope the machine's settings, or those of the library; whoever calls this knows that the person may
 */
export const applySettings = (
  deps: { readonly settings: Settings; readonly store: Store },
  by: By,
  file: FileSettings,
  scope: 'machine' | 'library',
): void => {
  const { settings } = deps;
  for (const { key, wanted, isMachine, fixedBy } of settingChanges(settings, by.chatId, file)) {
    if (isMachine !== (scope === 'machine') || fixedBy !== undefined) continue;
    if (key === 'check_frequency') settings.setChat(by.chatId, key, wanted);
    else setAndNote(deps, by, key, wanted);
  }
};
