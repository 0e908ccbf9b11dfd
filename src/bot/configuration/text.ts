import { FormattedString } from '@grammyjs/parse-mode';
import { type StartUpSetting, SYSTEM_SETTINGS } from '../../domain/settings/system.ts';
import type { Changed } from '../../library/configuration/configuration.ts';
import type { Origin, SystemSetting } from '../../settings/system-settings.ts';
import type { Topic } from '../feature.ts';
import { count, lines, shorten } from '../ui/text.ts';

const VALUE_LIMIT = 120;

const ORIGINS: Readonly<Record<Origin, string>> = {
  default: 'default',
  file: 'file',
  chat: 'set in a chat',
  environment: 'environment',
};

const NEXT_START = 'from the next start';

const valueOf = ({ text: value }: SystemSetting): string => shorten(value, VALUE_LIMIT);

/** Whether a chat has set it, as `/config reset` means that: holding all downloads is no setting that stays. */
export const isOwn = ({ origin, key }: SystemSetting): boolean => origin === 'chat' && key !== 'paused_all';

/** What the configuration feature says. */
export const text = {
  ownersOnly: 'Only the owner of this bot sees and changes its configuration.',
  onlyAlone: 'The configuration is for the owner alone. Write /config to me in our own chat.',
  usage: (word: string): string =>
    `I do not know “/config ${shorten(word, 30)}”. There is: show, set, reset, validate, export, and /config alone.`,
  which: 'Which setting, and to what? Write both behind, for example /config set max_retries 3.',
  secret: (name: string, isDeleted: boolean): string =>
    `${name} is a secret: no chat sets it, but the environment or the file, when hubgram starts. ${
      isDeleted ? 'I deleted your message.' : 'Telegram did not let me delete your message: please delete it yourself.'
    } What stood in it has been in a chat: take another one. Of the token of a bot, /revoke at @BotFather makes another.`,
  format: (word: string): string => `The configuration is exported as json or yaml, not as “${shorten(word, 30)}”.`,
  unknownKey: (word: string): string =>
    `There is no setting “${shorten(word, 64)}” that can be set here. /config shows what there is.`,
  askReset: (settings: readonly SystemSetting[]): string =>
    `Take back ${settings.length === 1 ? 'the one setting that was' : settings.length === 2 ? 'both settings that were' : `all ${settings.length} settings that were`} set in a chat (${settings.map(({ key }) => key).join(', ')})? What the file says, or the default, counts again.`,
  resetAll: (settings: readonly SystemSetting[]): string => (settings.length === 1 ? 'Take it back' : 'Take them back'),
  nothingSet: 'Nothing was set in a chat: all of it is as the file, the environment and the defaults say.',
  kept: 'They stay as they are.',
  wasNotSet: (key: string): string => `${key} was not set in a chat.`,
  fine: (settings: readonly SystemSetting[]): string =>
    `The configuration is right: ${count(settings.length, 'setting')}, ${settings.filter(isOwn).length} of them set in a chat.`,
  wrong: (amount: number): string => `${amount === 1 ? 'One thing is' : `${amount} things are`} to be looked at:`,
  caption: 'All settings as they are now, as a file that hubgram reads. Secrets are not in it.',
} as const;

const shown = (setting: SystemSetting): string =>
  `${setting.key} · ${valueOf(setting)} · ${ORIGINS[setting.origin]}${setting.awaitsRestart ? ` · ${NEXT_START}` : ''}`;

const isUsual = ({ origin, awaitsRestart }: SystemSetting): boolean => origin === 'default' && !awaitsRestart;

/** All that can be set: what somebody has said first. */
export const allText = (settings: readonly SystemSetting[]): FormattedString => {
  const said = settings.filter((setting) => !isUsual(setting));
  return lines(
    FormattedString.b('Configuration'),
    ...said.map(shown),
    said.length > 0 && FormattedString.b('By default'),
    ...settings.filter(isUsual).map((setting) => `${setting.key} · ${valueOf(setting)}`),
    '/config show max_retries says more of one, /config set max_retries 3 changes it.',
  );
};

const startUpLine = ({ name, value }: StartUpSetting): string => `${name} · ${shorten(value, VALUE_LIMIT)}`;

/** What was set for good at the start: what somebody has said first. */
export const startUpText = (settings: readonly StartUpSetting[]): FormattedString =>
  lines(
    FormattedString.b('Read at the start only'),
    ...settings
      .filter(({ origin }) => origin !== 'default')
      .map((setting) => `${startUpLine(setting)} · ${ORIGINS[setting.origin]}`),
    FormattedString.b('By default'),
    ...settings.filter(({ origin }) => origin === 'default').map(startUpLine),
  );

/** Asks for the value that is missing. */
export const toWhatText = (setting: SystemSetting): string =>
  `To what? ${setting.key} takes ${SYSTEM_SETTINGS[setting.key].expected}; it is ${valueOf(setting)} now.`;

/** One setting with what it takes. */
export const oneText = (setting: SystemSetting): FormattedString => {
  const { description, expected, fallback } = SYSTEM_SETTINGS[setting.key];
  const usual = fallback === '' ? '' : ` The default is ${fallback}.`;
  const when = 'needsRestart' in SYSTEM_SETTINGS[setting.key] ? ` A change counts ${NEXT_START}.` : '';
  return lines(
    FormattedString.b(`${setting.key} · ${valueOf(setting)}`),
    `${description}. It takes ${expected}.${usual}${when}`,
    setting.fixedBy === undefined
      ? `Where that comes from: ${ORIGINS[setting.origin]}${setting.awaitsRestart ? `, ${NEXT_START}` : ''}.`
      : `It is fixed by ${setting.fixedBy}, and cannot be changed here.`,
  );
};

const folderText = ({ before, now }: Changed): string =>
  now.key === 'download_directory' && now.awaitsRestart
    ? ` Nothing is moved: what lies in ${shorten(before.text, VALUE_LIMIT)} stays there, and what is in the new folder by then is found.`
    : '';

/** What has become of a setting. */
export const changedText = (changed: Changed): string => {
  const { before, now } = changed;
  const value = valueOf(now);
  if (now.awaitsRestart) return `${now.key} is ${value} ${NEXT_START} of hubgram.${folderText(changed)}`;
  if (before.text === now.text) return `${now.key} is ${value}, as it was.`;
  return `${now.key} is ${value} now. It was ${valueOf(before)}.`;
};

export const help: Topic = {
  name: 'configuration',
  lines: [
    'Configuration',
    'For the owner, in our own chat. What is set here comes before the file and after the environment, for all chats.',
    '/config shows what is set and where it comes from; /config show max_retries tells of one.',
    '/config set concurrent_downloads 4 · /config set bandwidth_limit 20MB · /config set log_level debug',
    'Most of it counts at once; the answer says what counts from the next start.',
    '/config reset max_retries takes one back; /config reset asks about all.',
    '/config validate looks whether all is right, and whether the next start will read something else.',
    '/config export json, or yaml, sends it as a file without secrets.',
  ],
  words: ['config', 'configure'],
};
