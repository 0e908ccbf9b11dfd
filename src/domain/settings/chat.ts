import { CONTEXT_MOST, USUAL_CONTEXT } from '../checks/fits.ts';
import { readQuantize } from '../files/selection.ts';
import { isHostName } from '../hosts/host.ts';
import { parseDaySpan } from '../schedule/day-span.ts';
import { parseTime } from '../schedule/schedule.ts';
import { checkSetting, flag, oneOf, type Setting, type ValuesOf, wholeNumber } from './form.ts';

/** What stands for “by the model’s task” where a category is named, and for “what a loader needs” where a quantization is. */
const AUTO = 'auto';
/** What stands for the machine of the bot where one is named; no other is called so. */
const HERE = 'here';
/** Of a category's name. */
const WORD_MOST = 64;

/** What a chat's people set for it. */
export const CHAT_SETTINGS = {
  default_category: {
    description: 'The category that models get when they are added',
    expected: 'the name of a category, or auto for the one that fits the model’s task',
    accepts: (text) => text.trim() !== '' && text.length <= WORD_MOST,
    read: (text) => (text === AUTO ? undefined : text),
    fallback: AUTO,
    who: 'manager',
  },
  default_quantize: {
    description: 'Which quantization is taken where none is named',
    expected: 'auto, q4, q8, q4f16, int8, uint8, bnb4, fp16, no, all or a GGUF label such as Q4_K_M',
    // What leads to a question, or to the usual choice, is no choice that could be usual.
    accepts: (text) => !['ask', 'latest'].includes(text) && readQuantize(text) === text,
    read: String,
    choices: [AUTO, 'q4', 'Q4_K_M', 'Q6_K', 'Q8_0', 'fp16', 'no', 'all'],
    fallback: AUTO,
    who: 'manager',
  },
  default_host: {
    description: 'The machine that models come onto where none is named',
    expected: `the name of a machine that /hosts lists, or ${HERE} for the one that the bot runs on`,
    accepts: isHostName,
    read: (text) => (text === HERE ? undefined : text),
    fallback: HERE,
    who: 'manager',
  },
  start: {
    description: 'When models start that are added without now or later',
    ...oneOf('schedule', 'now', 'wait'),
    fallback: 'schedule',
    who: 'manager',
  },
  check_frequency: {
    description: 'How often newer revisions are looked for',
    ...oneOf('daily', 'weekly', 'monthly', 'off'),
    fallback: 'daily',
    who: 'manager',
  },
  always_update: {
    description: 'Whether a newer revision is downloaded without asking',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  always_link: {
    description: 'Whether models are shown to other programs as soon as they are here',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  check_after_download: {
    description: 'Whether models are checked as soon as they are here',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  check_context: {
    description: 'For how long a text a check counts memory, in tokens',
    ...wholeNumber(1, CONTEXT_MOST),
    choices: ['2048', '4096', '8192', '32768', '131072'],
    fallback: String(USUAL_CONTEXT),
    who: 'manager',
  },
  notifications: {
    description: 'Whether what is told without being asked for makes a sound',
    ...flag(['on', 'off']),
    fallback: 'on',
    who: 'manager',
  },
  digest: {
    description: 'When the ends of downloads are told together, once a day',
    expected: 'a time such as 18:00, or off',
    accepts: (text) => text === 'off' || parseTime(text) === text,
    read: (text) => (text === 'off' ? undefined : text),
    choices: ['off', '08:00', '12:00', '18:00', '21:00'],
    fallback: 'off',
    who: 'manager',
  },
  quiet_hours: {
    description: 'When what is told without being asked for makes no sound',
    expected: 'two times with a dash between them, such as 22:00-07:00, or off',
    accepts: (text) => text === 'off' || parseDaySpan(text) !== undefined,
    read: parseDaySpan,
    choices: ['off', '22:00-07:00', '23:00-08:00', '00:00-09:00'],
    fallback: 'off',
    who: 'manager',
  },
  compact_cards: {
    description: 'Whether cards are two lines with one button',
    ...flag(['on', 'off']),
    fallback: 'off',
    who: 'manager',
  },
  auto_clear: {
    description: 'Whether the bot deletes its own old messages',
    ...flag(['on', 'off']),
    fallback: 'on',
    who: 'manager',
  },
  auto_clear_hours: {
    description: 'Hours without a word of anybody after which it deletes them',
    // Telegram lets nobody delete what is 48 hours old.
    ...wholeNumber(1, 47),
    choices: ['1', '6', '12', '24', '47'],
    fallback: '24',
    who: 'manager',
  },
} as const satisfies Record<string, Setting>;

export type ChatSettingKey = keyof typeof CHAT_SETTINGS;
export type ChatValues = ValuesOf<typeof CHAT_SETTINGS>;

/** Whether a word is the name of a setting of a chat. */
export const isChatSettingKey = (key: string): key is ChatSettingKey => Object.hasOwn(CHAT_SETTINGS, key);
/** @throws AppError validation: no such key of a chat, or a value it does not take */
export const validateChatSetting = (key: string, value: string): void => checkSetting(CHAT_SETTINGS, key, value);
