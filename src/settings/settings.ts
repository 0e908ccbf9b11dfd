/* settings: what settings are now, of the system and of chats, and who decided. */

import type { GivenSettings } from '../domain/settings/system.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import { type ChatSettings, createChatSettings } from './chat-settings.ts';
import { createSystemSettings, type SystemSettings } from './system-settings.ts';

/** What may be set while the program runs: of the whole system, and of a chat. */
export interface Settings extends SystemSettings, ChatSettings {}

interface SettingsOptions {
  /** What the configuration says at the start. */
  readonly given: GivenSettings;
  readonly log: Log;
}

/** Settings over what the configuration gave: default < file < set in a chat < environment. */
export const createSettings = (store: Store, { given, log }: SettingsOptions): Settings => ({
  ...createSystemSettings({ store, given, log }),
  ...createChatSettings(store),
});
